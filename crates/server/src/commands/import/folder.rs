//! A document's files in a folder of this machine.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use actions::{DOCUMENT_BYTES, Files};
use anyhow::{Context as _, Result};

/// The most files of a folder that are looked at to find the one in which a document begins.
const NAMES: usize = 10_000;

/// A folder, out of which nothing leads.
#[derive(Debug)]
pub(super) struct Folder {
    /// Without links.
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let root = path.canonicalize().with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self { root })
    }

    /// Whether a path, with its links followed, is inside.
    fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }
}

impl Files for Folder {
    /// Those in the folder and below; folders behind links are not looked into.
    fn names(&self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut folders = vec![(self.root.clone(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| error.to_string())? {
                let entry = entry.map_err(|error| error.to_string())?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let name = format!("{prefix}{name}");
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push((entry.path(), format!("{name}/")));
                } else if entry.path().is_file() {
                    names.push(name);
                }
                if names.len() + folders.len() > NAMES {
                    return Err(format!(
                        "{} has more than {NAMES} files; name the entry",
                        self.root.display()
                    ));
                }
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let path = match self.root.join(name).canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot be read: {error}")),
        };
        if !self.holds(&path) {
            return Err(format!(
                "lies outside of {}; import the folder that holds both",
                self.root.display()
            ));
        }
        let failed = |error: std::io::Error| format!("cannot be read: {error}");
        let file = fs::File::open(&path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err("is no file".to_owned());
        }
        let mut content = Vec::new();
        file.take(DOCUMENT_BYTES as u64 + 1).read_to_end(&mut content).map_err(failed)?;
        if content.len() > DOCUMENT_BYTES {
            return Err(format!("has more than {DOCUMENT_BYTES} bytes, which is the most there can be"));
        }
        Ok(Some(content))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_read_inside_the_folder_and_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("api");
        fs::create_dir_all(root.join("schemas")).unwrap();
        fs::write(root.join("openapi.yaml"), "a: 1").unwrap();
        fs::write(root.join("schemas/quote.yaml"), "b: 2").unwrap();
        fs::write(place.path().join("secret.yaml"), "c: 3").unwrap();
        symlink("../secret.yaml", root.join("out.yaml")).unwrap();
        symlink("schemas/quote.yaml", root.join("in.yaml")).unwrap();
        symlink(place.path(), root.join("up")).unwrap();

        let mut folder = Folder::open(&root).unwrap();
        assert_eq!(folder.names().unwrap(), ["in.yaml", "openapi.yaml", "out.yaml", "schemas/quote.yaml"]);
        assert_eq!(folder.read("openapi.yaml").unwrap().unwrap(), b"a: 1");
        assert_eq!(folder.read("in.yaml").unwrap().unwrap(), b"b: 2");
        assert_eq!(folder.read("none.yaml").unwrap(), None);
        for name in ["../secret.yaml", "out.yaml", "up/secret.yaml", "/etc/hostname"] {
            assert!(folder.read(name).unwrap_err().contains("lies outside of"), "{name}");
        }
        assert_eq!(folder.read("schemas").unwrap_err(), "is no file");
    }
}
