//! Why a text is not a document that we read.

use std::fmt;

use serde_json::Value;

use crate::Format;
use crate::read::{self, NESTING};

/// What is wrong with a document, where, and what helps: its text is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not UTF-8.
    #[error("the document is not UTF-8, from {place} on; save it as UTF-8")]
    Encoding {
        /// Where the first other byte stands.
        place: Place,
    },
    /// Not JSON, or not YAML.
    #[error("the document is not {format}: {problem} at {place}; {remedy}")]
    Syntax {
        /// What it was read as.
        format: Format,
        /// What the parser met or missed.
        problem: String,
        /// Where it stopped.
        place: Place,
        /// What helps.
        remedy: &'static str,
    },
    /// An object has a key twice, and which of the values is meant cannot be known.
    #[error("the key `{key}` occurs twice in one object, at `{pointer}` ({place}); keep one of the two")]
    Duplicate {
        /// The key, shortened if it is long.
        key: String,
        /// JSON pointer of the second one.
        pointer: String,
        /// Where the second one stands.
        place: Place,
    },
    /// Nested deeper than [`NESTING`].
    #[error(
        "the document nests deeper than {NESTING} levels at {place}; move inner schemas to `components` and refer to them"
    )]
    TooDeep {
        /// Where the level too many begins.
        place: Place,
    },
    /// More than anybody writes, or than its aliases may stand for.
    #[error("the document {problem}, at {place}; {remedy}")]
    TooLarge {
        /// What there is too much of.
        problem: String,
        /// Where it became too much.
        place: Place,
        /// What helps.
        remedy: &'static str,
    },
    /// JSON or YAML, but not a document.
    #[error("{subject} {problem}{}; {remedy}", At(.place))]
    Structure {
        /// JSON pointer of what is wrong; empty for the whole document.
        pointer: String,
        /// The pointer in back-ticks, or `the document`.
        subject: String,
        /// What is wrong with it.
        problem: String,
        /// Where it stands, or the nearest thing around it if it is missing.
        place: Option<Place>,
        /// What helps.
        remedy: String,
    },
    /// Something is wrong with one of several files.
    #[error("`{file}`: {fault}")]
    InFile {
        /// The path or the address of the file.
        file: String,
        /// What is wrong there.
        fault: Box<Fault>,
    },
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A place in brackets, if it is known.
struct At<'p>(&'p Option<Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

impl Fault {
    pub(crate) fn structure(pointer: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let subject = if pointer.is_empty() { "the document".to_owned() } else { format!("`{pointer}`") };
        Self::Structure {
            pointer: pointer.to_owned(),
            subject,
            problem: problem.into(),
            place: None,
            remedy: remedy.into(),
        }
    }

    /// The fault, now that it is known where it stands.
    #[must_use]
    pub(crate) fn at(mut self, found: impl Into<Option<Place>>) -> Self {
        if let Self::Structure { place, .. } = &mut self {
            *place = found.into();
        }
        self
    }

    /// The fault with its place in the text that has it.
    #[must_use]
    pub(crate) fn found_in(self, text: &str, format: Format) -> Self {
        let place = match &self {
            Self::Structure { pointer, place: None, .. } => read::find(text, format, pointer),
            _ => return self,
        };
        self.at(place)
    }

    /// The fault with the file that has it.
    #[must_use]
    pub(crate) fn in_file(self, file: &str) -> Self {
        match self {
            Self::InFile { .. } => self,
            fault => Self::InFile { file: excerpt(file), fault: Box::new(fault) },
        }
    }

    /// The file that has it, if there are several.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::InFile { file, .. } => Some(file),
            _ => None,
        }
    }

    /// JSON pointer of what is wrong, if it is at a certain value.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Duplicate { pointer, .. } | Self::Structure { pointer, .. } => Some(pointer),
            Self::InFile { fault, .. } => fault.pointer(),
            _ => None,
        }
    }

    /// Where in the text it is.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Encoding { place }
            | Self::Syntax { place, .. }
            | Self::Duplicate { place, .. }
            | Self::TooDeep { place }
            | Self::TooLarge { place, .. } => Some(*place),
            Self::Structure { place, .. } => *place,
            Self::InFile { fault, .. } => fault.place(),
        }
    }
}

/// A text out of a document, short enough for a sentence.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 200;
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a value is, for a sentence.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
