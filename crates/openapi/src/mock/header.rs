//! The headers of a response.

use serde_json::Value;

use super::write::plain;
use super::{HEADER_BYTES, HEADERS, Mocks};

impl<'d> Mocks<'d> {
    /// The headers that a response declares, with an example or a value of their schema.
    pub(super) fn headers(&mut self, response: &'d Value) -> Vec<(String, String)> {
        let declared = response.get("headers").and_then(Value::as_object).into_iter().flatten();
        let mut headers = Vec::new();
        for (name, header) in declared.take(HEADERS) {
            let header = self.document.resolve(header);
            if let Some(value) = header.and_then(|header| self.header(header))
                && value.len() <= HEADER_BYTES
                && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            {
                headers.push((name.clone(), value.trim().to_owned()));
            }
        }
        headers
    }

    fn header(&mut self, header: &'d Value) -> Option<String> {
        let document = self.document;
        if let Some((_, media)) =
            header.get("content").and_then(Value::as_object).and_then(|all| all.iter().next())
        {
            let value = self.header_value(media, media.get("schema"))?;
            return Some(if value.is_string() { plain(&value) } else { value.to_string() });
        }
        // In 2.0 a header is its own schema.
        let schema = if self.is_v2() { Some(header) } else { header.get("schema") };
        let examples = header.get("examples").and_then(Value::as_object).into_iter().flatten();
        let mut written =
            examples.filter_map(|(_, example)| document.resolve(example)?.get("serializedValue")?.as_str());
        if let Some(text) = written.next() {
            return Some(text.to_owned());
        }
        let value = self.header_value(header, schema)?;
        let explode = header.get("explode") == Some(&Value::Bool(true));
        Some(simple(&value, explode))
    }

    /// An example that is valid, else a value of the schema, else an example.
    fn header_value(&mut self, described: &'d Value, schema: Option<&'d Value>) -> Option<Value> {
        let document = self.document;
        let named = described.get("examples").and_then(Value::as_object).into_iter().flatten();
        let named = named.filter_map(|(_, example)| {
            let example = document.resolve(example)?;
            example.get("value").or_else(|| example.get("dataValue"))
        });
        let given: Vec<_> = described.get("example").into_iter().chain(named).collect();
        let Some(schema) = schema else { return given.first().copied().cloned() };
        let valid = given.iter().find(|given| self.sampler.accepts(schema, given));
        match valid {
            Some(valid) => Some((*valid).clone()),
            None => self.sampler.sample(schema).or_else(|| given.first().copied().cloned()),
        }
    }
}

/// The style `simple`, the only one of headers.
fn simple(value: &Value, explode: bool) -> String {
    let separator = if explode { "=" } else { "," };
    match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(name, value)| format!("{name}{separator}{}", plain(value)));
            pairs.collect::<Vec<_>>().join(",")
        }
        scalar => plain(scalar),
    }
}
