//! What a document is given as.

use std::fmt;

use model::document::DocumentFormat;

use openapi::Format;
use store::document_drafts::DocumentDraft;

use super::{Archive, DOCUMENT_BYTES, DOCUMENT_FILES, Prepared, Unreadable};

/// A document as it is given.
#[derive(Debug)]
pub enum Source {
    /// A single text.
    Text(Text),
    /// Several files that refer to each other.
    Files {
        /// The files.
        files: Box<dyn Files>,
        /// The one in which it begins; found by its name if it is not given.
        entry: Option<String>,
        /// What its entry is said to be; see [`Text::format`].
        format: Option<DocumentFormat>,
    },
    /// One that was read before, to look at it.
    Prepared(Box<Prepared>),
    /// One that was read before, and kept until somebody had looked at it.
    Draft(Box<DocumentDraft>),
}

/// How archives begin (APPNOTE.TXT, section 4.3.7).
const ZIP: &[u8] = b"PK\x03\x04";

impl Source {
    /// What is in a file: a zip archive, or a text. Says why it is neither.
    pub fn of_bytes(name: Option<String>, bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.starts_with(ZIP) {
            let files = Box::new(Archive::open(bytes)?);
            return Ok(Self::Files { files, entry: None, format: None });
        }
        match openapi::utf8(&bytes) {
            Ok(text) => Ok(Self::Text(Text { content: text.to_owned(), format: None, name })),
            Err(fault) => Err(format!("cannot be read: {fault}")),
        }
    }
}

/// A document in a single text.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text.
    pub content: String,
    /// What it is said to be. Clients are not always right about that: when it is not, but is the
    /// other, it is read as the other.
    pub format: Option<DocumentFormat>,
    /// The file that it is from, or the address.
    pub name: Option<String>,
}

impl From<String> for Source {
    /// A text of unknown origin.
    fn from(content: String) -> Self {
        Self::Text(Text { content, format: None, name: None })
    }
}

/// Files in a folder or in an archive. Their names are relative, with `/` between the parts and
/// without `.` and `..`.
pub trait Files: fmt::Debug + Send {
    /// The names of all files, those in the folder itself and below.
    fn names(&self) -> Result<Vec<String>, String>;

    /// What is in a file; `None` if it is not there. Says why it cannot be read.
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String>;
}

/// The names that the file has in which documents begin, the likeliest first.
const ENTRIES: [&str; 6] =
    ["openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json"];

/// The file in which the document begins: the only one at the top that has a usual name, else the one
/// that says so itself.
pub(super) fn find_entry(files: &mut dyn Files) -> Result<String, Unreadable> {
    let names = files.names().map_err(Unreadable)?;
    let mut usual = ENTRIES.iter().filter(|entry| names.iter().any(|name| name == *entry));
    if let (Some(entry), None) = (usual.next(), usual.next()) {
        return Ok((*entry).to_owned());
    }
    let mut texts = Vec::new();
    let mut left = DOCUMENT_BYTES;
    for name in names.into_iter().filter(|name| Format::of_file(name).is_some()).take(DOCUMENT_FILES) {
        // What is broken is complained about when it turns out to be part of the document.
        let Ok(Some(content)) = files.read(&name) else { continue };
        let Some(rest) = left.checked_sub(content.len()) else {
            let message = "there is too much to look for where the document begins; name the entry";
            return Err(Unreadable(message.to_owned()));
        };
        left = rest;
        texts.extend(String::from_utf8(content).ok().map(|text| (name, text)));
    }
    let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    openapi::entry(texts).map(str::to_owned).map_err(|fault| Unreadable(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    impl Files for BTreeMap<&'static str, &'static str> {
        fn names(&self) -> Result<Vec<String>, String> {
            Ok(self.keys().map(|&name| name.to_owned()).collect())
        }

        fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
            Ok(self.get(name).map(|text| text.as_bytes().to_vec()))
        }
    }

    fn find(files: &[(&'static str, &'static str)]) -> Result<String, String> {
        find_entry(&mut BTreeMap::from_iter(files.iter().copied())).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_document_begins_in_the_file_with_the_usual_name() {
        let files = [("a.yaml", "openapi: 3.1.0"), ("openapi.yaml", "openapi: 3.1.0"), ("z.json", "{}")];
        assert_eq!(find(&files).unwrap(), "openapi.yaml");
        let files = [("api/openapi.yml", "openapi: 3.1.0"), ("api/schemas/a.yaml", "{}"), ("README.md", "")];
        assert_eq!(find(&files).unwrap(), "api/openapi.yml");
    }

    #[test]
    fn or_in_the_one_that_says_so() {
        let files =
            [("a.yaml", "type: object"), ("quotes.yaml", "openapi: 3.1.0"), ("b.txt", "openapi: 3.1.0")];
        assert_eq!(find(&files).unwrap(), "quotes.yaml");
        assert!(find(&[("a.yaml", "openapi: 3.1.0"), ("b.yaml", "openapi: 3.1.0")]).is_err());
        assert!(
            find(&[("openapi.json", "{\"openapi\": \"3.1.0\"}"), ("openapi.yaml", "openapi: 3.1.0")])
                .is_err()
        );
        assert!(find(&[("README.md", "")]).is_err());
    }
}
