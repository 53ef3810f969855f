//! Text to JSON, stricter than `serde_json`, and JSON to a document.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::Version;
use crate::fault::{Fault, Place, excerpt};
use crate::reference::push_token;

/// The deepest nesting of objects and arrays that a document may have: enough for schemas
/// within schemas fifty times over, and below the 127 at which `serde_json` stops, so that
/// whatever is derived from a document can be read again.
pub const NESTING: usize = 120;

/// Reads JSON in which no object has a key twice, and which nests no deeper than [`NESTING`].
pub fn json(text: &str) -> Result<Value, Fault> {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut trail = Trail::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = Strict { trail: &mut trail, level: 0 }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    read.map_err(|error| trail.fault(&error, text))
}

/// Whether this is a document that we read, and in which version it is written.
pub(crate) fn document(root: &Value) -> Result<Version, Fault> {
    let Value::Object(fields) = root else {
        let remedy = "an OpenAPI document is an object with `openapi`, `info` and `paths`";
        return Err(Fault::structure("", format!("is {}", kind(root)), remedy));
    };
    let version = version(fields)?;
    let info = match fields.get("info") {
        Some(Value::Object(info)) => info,
        info => {
            return Err(misfit(
                "/info",
                info,
                "an object",
                "write `\"info\": {\"title\": …, \"version\": …}`",
            ));
        }
    };
    for (field, pointer, remedy) in [
        ("title", "/info/title", "give the API a name there"),
        ("version", "/info/version", "write the version of the API there, in quotes, as in `\"1.0.0\"`"),
    ] {
        if !info.get(field).is_some_and(Value::is_string) {
            return Err(misfit(pointer, info.get(field), "text", remedy));
        }
    }
    match fields.get("paths") {
        Some(Value::Object(_)) => Ok(version),
        // A document in 3.1 may describe webhooks or components only.
        None if version >= Version::V3_1 => Ok(version),
        paths => Err(misfit("/paths", paths, "an object", "its keys are the paths, as in `\"/quotes\"`")),
    }
}

fn version(fields: &Map<String, Value>) -> Result<Version, Fault> {
    const READS: &str = "Portico reads OpenAPI 2.0 to 3.2";
    let unsupported = |pointer, what: String| {
        Err(Fault::structure(pointer, what, format!("{READS}, so convert the document first")))
    };
    match (fields.get("openapi"), fields.get("swagger")) {
        (Some(Value::String(text)), _) => {
            let mut parts = text.trim().splitn(3, '.');
            match (parts.next(), parts.next()) {
                (Some("3"), Some("0")) => Ok(Version::V3_0),
                (Some("3"), Some("1")) => Ok(Version::V3_1),
                (Some("3"), Some("2")) => Ok(Version::V3_2),
                _ => unsupported("/openapi", format!("is `{}`", excerpt(text))),
            }
        }
        (None, Some(Value::String(text))) if text.trim() == "2.0" => Ok(Version::V2_0),
        (None, Some(Value::String(text))) => unsupported("/swagger", format!("is `{}`", excerpt(text))),
        (None, Some(_)) => unsupported("/swagger", "marks an older format".to_owned()),
        (found, _) => Err(misfit(
            "/openapi",
            found,
            "text",
            &format!(
                "{READS}, so write `\"openapi\": \"3.1.0\"` or the version that the document is written in"
            ),
        )),
    }
}

/// What is missing or of the wrong type.
fn misfit(pointer: &str, found: Option<&Value>, expected: &str, remedy: &str) -> Fault {
    let problem = match found {
        None => "is missing".to_owned(),
        Some(found) => format!("is {} and must be {expected}", kind(found)),
    };
    Fault::structure(pointer, problem, remedy)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Reads any JSON. On its way out of an error it notes the keys it comes by, so that where the
/// error was is known, and reading what has no error costs nothing for it.
struct Strict<'t> {
    trail: &'t mut Trail,
    level: usize,
}

#[derive(Default)]
struct Trail {
    /// The innermost first.
    tokens: Vec<String>,
    stop: Option<Stop>,
}

/// What we stop at and `serde_json` would not.
enum Stop {
    Duplicate,
    TooDeep,
}

impl Trail {
    fn stop<E: de::Error>(&mut self, why: Stop) -> E {
        self.stop = Some(why);
        // Nobody sees this text: `fault` writes its own.
        E::custom("stopped")
    }

    fn fault(self, error: &serde_json::Error, text: &str) -> Fault {
        let place = place(error, text);
        match self.stop {
            Some(Stop::TooDeep) => Fault::TooDeep { place },
            Some(Stop::Duplicate) => {
                let mut pointer = String::new();
                for token in self.tokens.iter().rev() {
                    push_token(&mut pointer, token);
                }
                let key = self.tokens.first().map(|key| excerpt(key)).unwrap_or_default();
                Fault::Duplicate { key, pointer: excerpt(&pointer), place }
            }
            None => syntax(error, text, place),
        }
    }
}

fn syntax(error: &serde_json::Error, text: &str, place: Place) -> Fault {
    let message = error.to_string();
    let problem = message.split(" at line ").next().unwrap_or_default();
    let begins_like_json = text.trim_start().starts_with(['{', '[', '"']);
    let (problem, remedy) = if text.trim().is_empty() {
        ("it is empty", "send the document itself")
    } else if !begins_like_json {
        (problem, "this version of Portico reads JSON, so convert YAML first")
    } else if error.classify() == Category::Eof {
        (problem, "the end seems to be missing")
    } else {
        (problem, "correct it there")
    };
    Fault::Syntax { problem: problem.to_owned(), place, remedy }
}

/// `serde_json` counts bytes; people count characters.
fn place(error: &serde_json::Error, text: &str) -> Place {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let end = line.floor_char_boundary(error.column());
    Place { line: error.line().max(1), column: line[..end].chars().count().max(1) }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let level = self.level + 1;
        if level > NESTING {
            return Err(self.trail.stop(Stop::TooDeep));
        }
        let mut items = Vec::new();
        loop {
            match access.next_element_seed(Strict { trail: &mut *self.trail, level }) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Value::Array(items)),
                Err(error) => {
                    self.trail.tokens.push(items.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let level = self.level + 1;
        if level > NESTING {
            return Err(self.trail.stop(Stop::TooDeep));
        }
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            match fields.entry(key) {
                Entry::Occupied(twice) => {
                    self.trail.tokens.push(twice.key().clone());
                    return Err(self.trail.stop(Stop::Duplicate));
                }
                Entry::Vacant(entry) => {
                    match access.next_value_seed(Strict { trail: &mut *self.trail, level }) {
                        Ok(value) => _ = entry.insert(value),
                        Err(error) => {
                            self.trail.tokens.push(entry.key().clone());
                            return Err(error);
                        }
                    }
                }
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests;
