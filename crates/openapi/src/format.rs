//! The two ways in which documents are written.

use std::fmt;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// YAML 1.2, of which only what JSON can say as well.
    Yaml,
}

impl Format {
    /// What a text looks like: JSON if it begins with what an object or an array in JSON begins
    /// with. Nearly all JSON is YAML too; reading it as JSON is quicker, and says better what is
    /// wrong with it.
    pub fn guess(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let inner =
            text.trim_start_matches(|character: char| "{[".contains(character) || character.is_whitespace());
        let is_json =
            text.starts_with(['{', '[']) && (inner.is_empty() || inner.starts_with(['"', '}', ']']));
        if is_json { Self::Json } else { Self::Yaml }
    }

    /// What a file with this name is in, if the name says it.
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// As people say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_like_json_is_json() {
        for text in ["{\"openapi\": 1}", "\u{feff} {\n}", "[\n[", "{", "[{}]"] {
            assert_eq!(Format::guess(text), Format::Json, "{text}");
        }
        for text in ["openapi: 3.1.0", "# {\n{}", "{openapi: 3.1.0}", "--- {}", "", "\"a\": 1", "[{a: 1}]"] {
            assert_eq!(Format::guess(text), Format::Yaml, "{text}");
        }
    }

    #[test]
    fn a_name_may_say_it() {
        assert_eq!(Format::of_file("a/b.YAML"), Some(Format::Yaml));
        assert_eq!(Format::of_file("b.yml"), Some(Format::Yaml));
        assert_eq!(Format::of_file("b.json"), Some(Format::Json));
        assert_eq!(Format::of_file("b.txt"), None);
        assert_eq!(Format::of_file("b"), None);
    }
}
