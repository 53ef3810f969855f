//! Values as bodies.

use serde_json::Value;

use super::form::Form;
use super::{stream, xml};
use crate::Document;

/// A value in the form of its media type; `None` if it cannot be written so.
pub(super) fn write(
    document: &Document,
    form: Form,
    schema: Option<&Value>,
    value: &Value,
) -> Option<Vec<u8>> {
    Some(match (form, value) {
        (Form::Json, value) => value.to_string().into_bytes(),
        // In other forms a text is the body as it is.
        (_, Value::String(text)) => text.clone().into_bytes(),
        (Form::Parts, _) => return None,
        (Form::Xml, value) => xml::write(document, schema, value).into_bytes(),
        (Form::Pairs, value) => pairs(value)?.into_bytes(),
        (form, value) if form.is_stream() => stream::write(form, value),
        (_, Value::Null) => Vec::new(),
        (_, value) => value.to_string().into_bytes(),
    })
}

/// `application/x-www-form-urlencoded`: arrays repeat their name, objects are JSON.
fn pairs(value: &Value) -> Option<String> {
    let mut text = String::new();
    for (name, value) in value.as_object()? {
        let values = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            if !text.is_empty() {
                text.push('&');
            }
            encode(name, &mut text);
            text.push('=');
            encode(&plain(value), &mut text);
        }
    }
    Some(text)
}

/// A scalar as people write it, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The serializer of the URL standard, section 5.2.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                into.push(char::from(byte));
            }
            b' ' => into.push('+'),
            other => into.push_str(&format!("%{other:02X}")),
        }
    }
}
