//! The responses that an operation declares.

use serde_json::{Map, Value};

use super::StandsFor;

/// A declared response with the status that a mock answers it with.
pub(super) struct Declared<'d> {
    pub(super) status: u16,
    pub(super) stands_for: StandsFor,
    /// As it is written, perhaps a reference.
    pub(super) response: &'d Value,
}

/// The declared responses, the successful ones first, then by status, an exact one before its
/// range.
pub(super) fn responses(operation: &Map<String, Value>) -> Vec<Declared<'_>> {
    let declared = || operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let is_success = |status: u16| status < 400;
    let has_success = declared().any(|(key, _)| status(key).is_some_and(|(status, _)| is_success(status)));
    let mut ranked: Vec<_> = declared()
        .filter_map(|(key, response)| {
            if let Some((status, stands_for)) = status(key) {
                let rank = (false, !(200..300).contains(&status), status, stands_for != StandsFor::Itself);
                Some((rank, Declared { status, stands_for, response }))
            } else if key == "default" {
                let status = if has_success { 500 } else { 200 };
                let rank = (has_success, false, status, true);
                Some((rank, Declared { status, stands_for: StandsFor::Others, response }))
            } else {
                None
            }
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, declared)| declared).collect()
}

/// `404`, or `4XX` as 400 and as a range. What begins with 1 is no answer yet.
fn status(key: &str) -> Option<(u16, StandsFor)> {
    match *key.as_bytes() {
        [first @ b'2'..=b'5', b'X' | b'x', b'X' | b'x'] => {
            Some((u16::from(first - b'0') * 100, StandsFor::Class))
        }
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] => Some((key.parse().ok()?, StandsFor::Itself)),
        _ => None,
    }
}
