//! A document as a reference for people: what operations there are, and what each takes and gives.

pub(crate) mod contents;
pub(crate) mod operation;
pub(crate) mod published;
pub(crate) mod samples;
pub(crate) mod schema;

use serde_json::{Map, Value};

/// The longest chain of references that is followed; also what ends a circle.
const CHAIN: usize = 32;

/// The value itself, or what it refers to in this document; null if that is not to be found.
pub(crate) fn resolve<'d>(root: &'d Value, value: &'d Value) -> &'d Value {
    let mut value = value;
    for _ in 0..CHAIN {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
        let Some(target) = pointer(reference).and_then(|pointer| root.pointer(&pointer)) else {
            return &Value::Null;
        };
        value = target;
    }
    &Value::Null
}

/// The JSON pointer of a reference into the same document (RFC 6901, section 6).
fn pointer(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    Some(percent_encoding::percent_decode_str(fragment).decode_utf8().ok()?.into_owned())
}

/// The text of a field; empty if it is not there.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a field is `true`.
pub(crate) fn is(value: &Value, field: &str) -> bool {
    value.get(field) == Some(&Value::Bool(true))
}

/// The items of a field that is a list.
pub(crate) fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The fields of a field that is an object.
pub(crate) fn fields<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = (&'v str, &'v Value)> {
    let fields: Option<&Map<String, Value>> = value.get(field).and_then(Value::as_object);
    fields.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// A value in one line, as it is written in a document; a text without its quotes.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
