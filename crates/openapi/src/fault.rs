//! Why a text is not a document that we read.

use std::fmt;

use crate::read::NESTING;

/// What is wrong with a document, where, and what helps: its text is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON.
    #[error("the document is not JSON: {problem} at {place}; {remedy}")]
    Syntax {
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
    /// JSON, but not a document.
    #[error("{subject} {problem}; {remedy}")]
    Structure {
        /// JSON pointer of what is wrong; empty for the whole document.
        pointer: String,
        /// The pointer in back-ticks, or `the document`.
        subject: String,
        /// What is wrong with it.
        problem: String,
        /// What helps.
        remedy: String,
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

impl Fault {
    pub(crate) fn structure(pointer: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let subject = if pointer.is_empty() { "the document".to_owned() } else { format!("`{pointer}`") };
        Self::Structure {
            pointer: pointer.to_owned(),
            subject,
            problem: problem.into(),
            remedy: remedy.into(),
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
