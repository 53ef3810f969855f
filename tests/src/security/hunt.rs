//! Looks for secrets in files, in the spellings in which they could have got there.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use tokio::process::Command;

use crate::world::Database;

/// What must be nowhere.
#[derive(Default)]
pub(crate) struct Hunt {
    secrets: Vec<(String, String)>,
}

impl Hunt {
    /// Looks for this one, too.
    pub(crate) fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() > 10, "{what} is too short to be told from anything else: {secret}");
        self.secrets.push((what.to_owned(), secret.to_owned()));
    }

    /// Fails if something in the folder has one of them; `open` must be there.
    pub(crate) async fn in_folder(&self, folder: &Path, open: &str) {
        let found = grep(&[open.to_owned()], folder).await;
        assert!(!found.is_empty(), "{open} is not in {}: nothing was looked at", folder.display());
        let spellings: Vec<_> = self.secrets.iter().flat_map(|(_, secret)| spellings(secret)).collect();
        for file in grep(&spellings, folder).await {
            for (what, secret) in &self.secrets {
                for spelling in spellings_of(secret) {
                    let is_there = !grep(std::slice::from_ref(&spelling), &file).await.is_empty();
                    assert!(!is_there, "{} has {what}: {spelling}", file.display());
                }
            }
        }
    }

    /// The same for all that a database writes.
    pub(crate) async fn in_place(&self, place: &Place, open: &str) {
        for folder in &place.folders {
            self.in_folder(folder, open).await;
        }
    }
}

fn spellings_of(secret: &str) -> Vec<String> {
    spellings(secret).collect()
}

/// As it is, in Base64 of either alphabet, in hex, and escaped for addresses.
fn spellings(secret: &str) -> impl Iterator<Item = String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = reqwest::Url::parse_with_params("http://a", [("a", secret)])
        .unwrap()
        .query()
        .unwrap()
        .trim_start_matches("a=")
        .to_owned();
    [
        secret.to_owned(),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex,
        escaped.replace('+', "%20"),
        escaped,
    ]
    .into_iter()
}

/// The files at a place that have one of these texts, whatever else they have.
async fn grep(texts: &[String], place: &Path) -> Vec<PathBuf> {
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), texts.join("\n")).unwrap();
    let output = Command::new("grep")
        .args(["--recursive", "--fixed-strings", "--text", "--files-with-matches", "--no-messages"])
        // The one file whose business it is.
        .arg("--exclude=master.key")
        .arg(format!("--file={}", list.path().display()))
        .arg(place)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(PathBuf::from).collect()
}

/// Where a database keeps what it writes: tables, and the log of what it is about to write.
pub(crate) struct Place {
    folders: Vec<PathBuf>,
    url: Option<String>,
}

impl Place {
    pub(crate) async fn of(database: &Database) -> Self {
        let Some(url) = database.url() else {
            return Self { folders: vec![database.folder().to_owned()], url: None };
        };
        let root = PathBuf::from(ask(url, "show data_directory").await);
        let id = ask(url, "select oid from pg_database where datname = current_database()").await;
        Self { folders: vec![root.join("base").join(id), root.join("pg_wal")], url: Some(url.to_owned()) }
    }

    /// Has everything written that is in memory only.
    pub(crate) async fn settle(&self) {
        if let Some(url) = &self.url {
            ask(url, "checkpoint").await;
        }
    }
}

async fn ask(url: &str, question: &str) -> String {
    let arguments = [url, "--no-align", "--tuples-only", "--quiet", "--command", question];
    let output = Command::new("psql").args(arguments).stdin(Stdio::null()).output().await.unwrap();
    assert!(output.status.success(), "{question}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
