//! A document's files in a zip archive.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Cursor, Read as _, Write as _};

use model::document::DocumentFile;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{DOCUMENT_BYTES, Files};

/// The most entries of an archive, folders included. More than a document may have files, since
/// archives of whole projects are sent as well.
const ENTRIES: usize = 10_000;

/// How many times larger than packed a file may be. Text gets a tenth of its size, tables of the same
/// line a fiftieth; what is beyond was made to fill memories.
const RATIO: u64 = 200;

/// A zip archive in memory. Nothing is unpacked before it is asked for.
pub struct Archive {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    /// Where each file stands, by its clean name.
    files: BTreeMap<String, usize>,
}

impl Archive {
    /// Opens an archive. Says why it cannot be read.
    pub fn open(bytes: Vec<u8>) -> Result<Self, String> {
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("is no zip archive: {error}"))?;
        if archive.len() > ENTRIES {
            return Err(format!("has more than {ENTRIES} entries, which is the most there can be"));
        }
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let name = archive.name_for_index(index).and_then(Result::ok);
            let name = name.ok_or_else(|| "has a file whose name is no text".to_owned())?;
            if name.ends_with('/') {
                continue;
            }
            let name = clean(&name).ok_or_else(|| {
                format!("has the file `{}`, whose name leads out of it", name.escape_debug())
            })?;
            if files.insert(name.clone(), index).is_some() {
                return Err(format!("has the file `{name}` twice"));
            }
        }
        Ok(Self { archive, files })
    }
}

impl Archive {
    /// Packs files into an archive.
    pub fn pack(files: &[DocumentFile]) -> Result<Vec<u8>, String> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            let name = path_of(&file.name);
            writer.start_file(name, SimpleFileOptions::default()).map_err(|error| error.to_string())?;
            writer.write_all(file.content.as_bytes()).map_err(|error| error.to_string())?;
        }
        let packed = writer.finish().map_err(|error| error.to_string())?;
        Ok(packed.into_inner())
    }
}

/// A name as a path: that of a file that was fetched is its address.
fn path_of(name: &str) -> String {
    let path = name.split_once("://").map_or(name, |(_, rest)| rest);
    path.replace([':', '?', '\\'], "_")
}

/// The name without empty and `.` parts; `None` if it is none inside a folder.
fn clean(name: &str) -> Option<String> {
    if name.starts_with('/') || name.contains(['\\', '\0', ':']) {
        return None;
    }
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

impl Files for Archive {
    fn names(&self) -> Result<Vec<String>, String> {
        Ok(self.files.keys().cloned().collect())
    }

    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(&index) = self.files.get(name) else { return Ok(None) };
        let mut file = self.archive.by_index(index).map_err(|error| error.to_string())?;
        if !file.is_file() {
            return Err("is a link, and links are not followed".to_owned());
        }
        // What the archive says of the size need not be true; what comes out of it is counted.
        let limit = (DOCUMENT_BYTES as u64).min(file.compressed_size().saturating_mul(RATIO));
        let mut content = Vec::new();
        file.by_ref().take(limit + 1).read_to_end(&mut content).map_err(|error| error.to_string())?;
        if content.len() as u64 > limit {
            return Err(if limit < DOCUMENT_BYTES as u64 {
                format!("is more than {RATIO} times as large as it is packed")
            } else {
                format!("has more than {DOCUMENT_BYTES} bytes")
            });
        }
        Ok(Some(content))
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn files_are_found_by_their_clean_names() {
        let bytes = packed(&[("./api//openapi.yaml", b"a: 1"), ("api/b.json", b"{}")]);
        let mut archive = Archive::open(bytes).unwrap();
        assert_eq!(archive.names().unwrap(), ["api/b.json", "api/openapi.yaml"]);
        assert_eq!(archive.read("api/openapi.yaml").unwrap().unwrap(), b"a: 1");
        assert_eq!(archive.read("api/c.json").unwrap(), None);
    }

    #[test]
    fn what_is_packed_can_be_opened() {
        let file = |name: &str| DocumentFile { name: name.to_owned(), content: name.repeat(3) };
        let files = [file("openapi.yaml"), file("https://example.com/a.yaml?v=1")];
        let mut archive = Archive::open(Archive::pack(&files).unwrap()).unwrap();
        assert_eq!(archive.names().unwrap(), ["example.com/a.yaml_v=1", "openapi.yaml"]);
        assert_eq!(archive.read("openapi.yaml").unwrap().unwrap(), files[0].content.as_bytes());
    }

    #[test]
    fn names_that_lead_out_of_the_archive_are_refused() {
        for name in ["../a.yaml", "/etc/a.yaml", "a/../../b.yaml", "C:\\a.yaml", "a\\..\\..\\b.yaml"] {
            let fault = Archive::open(packed(&[(name, b"")])).unwrap_err();
            assert!(fault.contains("leads out of it"), "{name}: {fault}");
        }
        let fault = Archive::open(packed(&[("a.yaml", b""), ("./a.yaml", b"")])).unwrap_err();
        assert_eq!(fault, "has the file `a.yaml` twice");
    }

    #[test]
    fn a_file_that_unpacks_to_far_too_much_is_not_unpacked() {
        let bytes = packed(&[("bomb.yaml", &vec![b' '; 8 << 20]), ("text.yaml", &b"a: 1\n".repeat(100))]);
        let mut archive = Archive::open(bytes).unwrap();
        let fault = archive.read("bomb.yaml").unwrap_err();
        assert_eq!(fault, "is more than 200 times as large as it is packed");
        assert_eq!(archive.read("text.yaml").unwrap().unwrap().len(), 500);
    }

    #[test]
    fn a_link_is_not_followed() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("a.yaml", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let mut archive = Archive::open(writer.finish().unwrap().into_inner()).unwrap();
        assert!(archive.read("a.yaml").unwrap_err().contains("links are not followed"));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        assert!(Archive::open(b"openapi: 3.1.0".to_vec()).unwrap_err().starts_with("is no zip archive"));
        assert!(Archive::open(Vec::new()).is_err());
    }

    #[test]
    fn an_archive_of_too_many_entries_is_refused() {
        let names: Vec<_> = (0..=ENTRIES).map(|number| number.to_string()).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(Archive::open(packed(&files)).unwrap_err().contains("more than 10000 entries"));
    }
}
