//! What a document is given as.

use std::fmt;

use model::document::DocumentFormat;

use super::Prepared;

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

/// The file in which the document begins: the one that has a usual name, or the only one that could
/// be it; in the folder itself, or in the one folder that everything lies in.
pub(super) fn find_entry(names: &[String]) -> Result<String, String> {
    let folder = common_folder(names);
    let top: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_prefix(folder))
        .filter(|name| !name.contains('/') && is_document(name))
        .collect();
    let usual = ENTRIES.iter().find(|entry| top.contains(entry)).copied();
    match (usual, &top[..]) {
        (Some(entry), _) | (None, &[entry]) => Ok(format!("{folder}{entry}")),
        (None, []) => Err("no file of it could be an OpenAPI document".to_owned()),
        (None, _) => {
            Err("several files of it could be the one in which it begins; name that one as the entry"
                .to_owned())
        }
    }
}

/// The folder that all files lie in, with its slash; empty if some lie outside of any.
fn common_folder(names: &[String]) -> &str {
    let Some((folder, _)) = names.first().and_then(|first| first.split_once('/')) else { return "" };
    let folder = names[0].split_at(folder.len() + 1).0;
    if names.iter().all(|name| name.starts_with(folder)) { folder } else { "" }
}

fn is_document(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
}

#[cfg(test)]
mod tests {
    fn find(names: &[&str]) -> Result<String, String> {
        super::find_entry(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_document_begins_in_the_file_with_the_usual_name() {
        assert_eq!(find(&["a.yaml", "openapi.yaml", "z.json"]).unwrap(), "openapi.yaml");
        assert_eq!(find(&["swagger.json", "openapi.json"]).unwrap(), "openapi.json");
        assert_eq!(
            find(&["api/schemas/a.yaml", "api/openapi.yml", "api/README.md"]).unwrap(),
            "api/openapi.yml"
        );
    }

    #[test]
    fn or_in_the_only_one_that_could_be_it() {
        assert_eq!(find(&["README.md", "quotes.yaml", "schemas/a.yaml"]).unwrap(), "quotes.yaml");
        assert!(find(&["a.yaml", "b.yaml"]).unwrap_err().contains("name that one as the entry"));
        assert!(find(&["README.md", "schemas/openapi.yaml"]).unwrap_err().contains("no file"));
        assert!(find(&[]).unwrap_err().contains("no file"));
    }
}
