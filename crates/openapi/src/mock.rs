//! What a mock answers: the examples of an operation.

use serde_json::{Map, Value};

use crate::Document;
use crate::bounds::Budget;
use crate::sample::Sampler;

/// The most that the bodies of one operation take together; further examples are left out.
const BODIES_BYTES: usize = 8 << 20;

/// One answer that a document gives as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockAnswer {
    /// From 200 to 599.
    pub status: u16,
    /// Fit for a header; absent where there is no body.
    pub content_type: Option<String>,
    /// The name of the example, if it has one.
    pub name: Option<String>,
    /// The example; empty where the document has none.
    pub body: Vec<u8>,
}

impl Document {
    /// The answers of an operation, the one to give unless another is asked for first. `None`
    /// if there is no such operation. The path is the template as it is written.
    ///
    /// `2XX` answers as 200, and so on. `default` answers as 200 if no success is declared, and
    /// else, as the error that it then describes, as 500 and last.
    pub fn mock(&self, method: &str, path: &str) -> Option<Vec<MockAnswer>> {
        let operation = self.operation(method, path)?;
        let mut budget = Budget::new(BODIES_BYTES);
        let mut answers = Vec::new();
        for (status, response) in responses(operation) {
            let response = self.resolve(response).unwrap_or(&Value::Null);
            let before = answers.len();
            if may_have_body(status) {
                self.examples(status, response, &mut budget, &mut answers);
            }
            if answers.len() == before {
                answers.push(MockAnswer { status, content_type: None, name: None, body: Vec::new() });
            }
        }
        Some(answers)
    }

    /// All examples of a response.
    fn examples<'d>(
        &'d self,
        status: u16,
        response: &'d Value,
        budget: &mut Budget,
        answers: &mut Vec<MockAnswer>,
    ) {
        let content = response.get("content").and_then(Value::as_object);
        for (range, media) in content.into_iter().flatten() {
            let content_type = content_type(range);
            let mut answer = |name: Option<&str>, value: &Value| {
                answers.push(MockAnswer {
                    status,
                    content_type: content_type.clone(),
                    name: name.map(str::to_owned),
                    body: body(content_type.as_deref(), value),
                });
            };
            let mut has_named = false;
            for (name, value) in self.named_examples(media) {
                if budget.spend(name.len()).and_then(|()| budget.charge(value)).is_some() {
                    has_named = true;
                    answer(Some(name), value);
                }
            }
            if has_named {
                continue;
            }
            if let Some(value) = media.get("example") {
                if budget.charge(value).is_some() {
                    answer(None, value);
                }
            } else if let Some(value) =
                media.get("schema").and_then(|schema| Sampler::new(self, budget).sample(schema))
            {
                answer(None, &value);
            }
        }
    }

    /// Those whose value stands in the document; where others are is not for us to fetch.
    fn named_examples<'d>(&'d self, media: &'d Value) -> impl Iterator<Item = (&'d str, &'d Value)> {
        let examples = media.get("examples").and_then(Value::as_object);
        examples
            .into_iter()
            .flatten()
            .filter_map(|(name, example)| Some((name.as_str(), self.resolve(example)?.get("value")?)))
    }
}

/// The declared responses with the status that a mock answers them with, the successful ones
/// first, then by status, an exact one before its range.
fn responses(operation: &Map<String, Value>) -> Vec<(u16, &Value)> {
    let declared = || operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let is_success = |status: u16| status < 400;
    let has_success = declared().any(|(key, _)| status(key).is_some_and(|(status, _)| is_success(status)));
    let mut ranked: Vec<_> = declared()
        .filter_map(|(key, response)| {
            if let Some((status, is_range)) = status(key) {
                Some(((false, !(200..300).contains(&status), status, is_range), status, response))
            } else if key == "default" {
                let status = if has_success { 500 } else { 200 };
                Some(((has_success, false, status, true), status, response))
            } else {
                None
            }
        })
        .collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    ranked.into_iter().map(|(_, status, response)| (status, response)).collect()
}

/// `404`, or `4XX` as 400 and as a range. What begins with 1 is no answer yet.
fn status(key: &str) -> Option<(u16, bool)> {
    match *key.as_bytes() {
        [first @ b'2'..=b'5', b'X' | b'x', b'X' | b'x'] => Some((u16::from(first - b'0') * 100, true)),
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] => Some((key.parse().ok()?, false)),
        _ => None,
    }
}

/// RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
fn may_have_body(status: u16) -> bool {
    !matches!(status, 204 | 205 | 304)
}

/// The content type of an answer out of a media type range; `None` if that leaves it open or
/// would not fit into a header.
fn content_type(range: &str) -> Option<String> {
    let range = range.trim();
    match essence(range).as_str() {
        "*/*" | "application/*" => Some("application/json".to_owned()),
        "text/*" => Some("text/plain".to_owned()),
        essence if essence.contains('*') || !essence.contains('/') => None,
        _ => range.bytes().all(|byte| matches!(byte, b' '..=b'~')).then(|| range.to_owned()),
    }
}

/// A media type without its parameters, in lower case.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn body(content_type: Option<&str>, value: &Value) -> Vec<u8> {
    let is_json = content_type.map(essence).is_some_and(|essence| {
        matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
    });
    match value {
        Value::String(text) if !is_json => text.clone().into_bytes(),
        value => value.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests;
