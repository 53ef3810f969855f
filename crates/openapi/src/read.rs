//! Text to JSON, stricter than parsers are by themselves.

mod json;
mod place;
mod scalar;
mod yaml;

use serde_json::{Map, Value};

pub use json::read as json;
pub(crate) use place::{find, source};

use crate::Format;
use crate::fault::{Fault, Place, excerpt};
use crate::reference::push_token;

/// The deepest nesting of objects and arrays that a document may have: enough for schemas
/// within schemas fifty times over, and below the 127 at which `serde_json` stops, so that
/// whatever is derived from a document can be read again.
pub const NESTING: usize = 120;

/// The most values that a document may have, keys aside. The largest descriptions of large APIs
/// have half a million; a text of nothing but zeros would take forty times its size in memory.
pub const VALUES: usize = 4_000_000;

/// Reads a text in which no object has a key twice, and which keeps to [`NESTING`] and [`VALUES`].
pub(crate) fn text(text: &str, format: Format) -> Result<Value, Fault> {
    match format {
        Format::Json => json(text),
        Format::Yaml => yaml::read(text),
    }
}

/// The text in bytes: UTF-8, and nothing else.
pub fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Fault::Encoding { place: Place { line, column: last_line.chars().count() + 1 } }
    })
}

/// Why reading stops where parsers would go on.
enum Stop {
    /// A key that its object has already. It is the last token of the trail.
    Duplicate,
    TooDeep,
    TooMany,
    /// Something else that is not for us.
    Refused {
        problem: String,
        remedy: String,
    },
}

/// What is known of an error. On its way out of one a reader notes the keys that it comes by, so
/// that reading what has none costs nothing for it.
#[derive(Default)]
struct Trail {
    /// The innermost first.
    tokens: Vec<String>,
    stop: Option<Stop>,
}

impl Trail {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for token in self.tokens.iter().rev() {
            push_token(&mut pointer, token);
        }
        pointer
    }

    /// The fault, if it was we who stopped.
    fn fault(&mut self, place: Place) -> Option<Fault> {
        Some(match self.stop.take()? {
            Stop::TooDeep => Fault::TooDeep { place },
            Stop::TooMany => Fault::TooLarge {
                problem: format!("has more than {VALUES} values"),
                place,
                remedy: "split it",
            },
            Stop::Duplicate => Fault::Duplicate {
                key: self.tokens.first().map(|key| excerpt(key)).unwrap_or_default(),
                pointer: excerpt(&self.pointer()),
                place,
            },
            Stop::Refused { problem, remedy } => {
                Fault::structure(&excerpt(&self.pointer()), problem, remedy).at(place)
            }
        })
    }
}

/// The same object in no more memory than it needs. Most objects have one key or two, for which
/// a growing one sets room for three aside.
fn tight(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().collect()
}
