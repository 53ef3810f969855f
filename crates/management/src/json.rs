//! Reading a body as JSON in which no object has a key twice: which of the two is meant cannot
//! be known.

use openapi::{Fault, read_json};
use serde_json::Value;

/// Reads JSON. The error says what is wrong and where.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("the body is not UTF-8, from byte {} on", error.valid_up_to() + 1))?;
    read_json(text).map_err(|fault| match fault {
        Fault::Syntax { problem, place, .. } => format!("the body is not JSON: {problem} at {place}"),
        Fault::Duplicate { key, place, .. } => format!("the body has the key `{key}` twice, at {place}"),
        Fault::TooDeep { place } => format!("the body nests too deeply at {place}"),
        fault => fault.to_string(),
    })
}
