//! JSON.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::{NESTING, Stop, Trail, VALUES, tight};
use crate::Format;
use crate::fault::{Fault, Place};

/// Reads JSON in which no object has a key twice, and which nests no deeper than [`NESTING`].
pub fn read(text: &str) -> Result<Value, Fault> {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut state = State::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = Strict { state: &mut state, level: 0 }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    read.map_err(|error| {
        let place = place(&error, text);
        state.trail.fault(place).unwrap_or_else(|| syntax(&error, text, place))
    })
}

fn syntax(error: &serde_json::Error, text: &str, place: Place) -> Fault {
    let message = error.to_string();
    let problem = message.split(" at line ").next().unwrap_or_default();
    let (problem, remedy) = if text.trim().is_empty() {
        ("it is empty", "send the document itself")
    } else if Format::guess(text) == Format::Yaml {
        (problem, "if it is YAML, send it as YAML")
    } else if error.classify() == Category::Eof {
        (problem, "the end seems to be missing")
    } else {
        (problem, "correct it there")
    };
    Fault::Syntax { format: Format::Json, problem: problem.to_owned(), place, remedy }
}

/// `serde_json` counts bytes; people count characters.
fn place(error: &serde_json::Error, text: &str) -> Place {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let end = line.floor_char_boundary(error.column());
    Place { line: error.line().max(1), column: line[..end].chars().count().max(1) }
}

/// Reads any JSON.
struct Strict<'s> {
    state: &'s mut State,
    level: usize,
}

#[derive(Default)]
struct State {
    trail: Trail,
    values: usize,
}

impl State {
    fn stop<E: de::Error>(&mut self, why: Stop) -> E {
        self.trail.stop = Some(why);
        // Nobody sees this text: `Trail::fault` writes its own.
        E::custom("stopped")
    }

    fn count<E: de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values > VALUES { Err(self.stop(Stop::TooMany)) } else { Ok(()) }
    }
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
            return Err(self.state.stop(Stop::TooDeep));
        }
        let mut items = Vec::new();
        loop {
            self.state.count()?;
            match access.next_element_seed(Strict { state: &mut *self.state, level }) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => {
                    items.shrink_to_fit();
                    return Ok(Value::Array(items));
                }
                Err(error) => {
                    self.state.trail.tokens.push(items.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let level = self.level + 1;
        if level > NESTING {
            return Err(self.state.stop(Stop::TooDeep));
        }
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.state.count()?;
            match fields.entry(key) {
                Entry::Occupied(twice) => {
                    self.state.trail.tokens.push(twice.key().clone());
                    return Err(self.state.stop(Stop::Duplicate));
                }
                Entry::Vacant(entry) => {
                    match access.next_value_seed(Strict { state: &mut *self.state, level }) {
                        Ok(value) => _ = entry.insert(value),
                        Err(error) => {
                            self.state.trail.tokens.push(entry.key().clone());
                            return Err(error);
                        }
                    }
                }
            }
        }
        Ok(Value::Object(tight(fields)))
    }
}

#[cfg(test)]
mod tests;
