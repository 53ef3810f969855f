//! From what is given to what is kept and served. This is the long work: it runs aside, before any
//! transaction begins, and leaves nothing of the parsed tree behind.

use model::document::{DocumentFile, DocumentFormat};
use model::environment::Environment;
use openapi::{Difference, Document, Fault, Format, compare};
use sha2::{Digest as _, Sha256};
use store::documents::NewDocument;

use super::source::{Source, Text, find_entry};
use super::{DOCUMENT_BYTES, Desk, Files, OPERATIONS, Step};
use crate::import::{ImportResults, Servable, sort_out};
use crate::{Actions, text};

/// A document that was read and checked. Nothing of it is written yet.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) document: NewDocument,
    pub(crate) operations: Vec<Servable>,
    pub(crate) results: ImportResults,
    pub(crate) servers: Vec<String>,
}

impl Prepared {
    /// The name of the API, in its publisher's words.
    pub fn title(&self) -> &str {
        &self.document.title
    }
}

/// Why a document cannot be read: one sentence that says what is wrong, where, and in which file if
/// there are several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(crate) String);

impl Unreadable {
    fn in_file(name: &str, fault: impl std::fmt::Display) -> Self {
        Self(format!("in `{name}`: {fault}"))
    }
}

/// What a document is compared with.
#[derive(Debug)]
pub(crate) struct Compared {
    /// The operations of the former document.
    pub(crate) before: Vec<Servable>,
    pub(crate) difference: Difference,
}

impl Actions {
    /// Reads a document, and checks all that can be checked without a collection.
    pub async fn read_document(&self, source: Source) -> Result<Prepared, Unreadable> {
        let reader = Reader::of(self);
        self.desk.aside(move || Ok(reader.prepare(source, |_| Ok(()))?.0)).await
    }

    /// Reads a document, and compares it with the text of one that is kept.
    pub(crate) async fn read_against(
        &self,
        source: Source,
        former: Option<String>,
    ) -> Result<(Prepared, Compared), Unreadable> {
        let reader = Reader::of(self);
        self.desk
            .aside(move || reader.prepare(source, |document| compared(document, former.as_deref())))
            .await
    }

    /// Reads the text of a document that is kept, and compares it with another one.
    pub(crate) async fn read_kept(
        &self,
        content: String,
        former: Option<String>,
    ) -> Result<(Vec<Servable>, ImportResults, Compared), Unreadable> {
        self.desk
            .aside(move || {
                let document = kept(&content)?;
                drop(content);
                let compared = compared(&document, former.as_deref())?;
                let (operations, results) = sort_out(&document);
                Ok((operations, results, compared))
            })
            .await
    }
}

/// The former document's operations, and what is different. Where there was none, or one that another
/// version of Portico took and this one does not, everything is new.
fn compared(document: &Document, former: Option<&str>) -> Result<Compared, Unreadable> {
    let former = match former.and_then(|content| kept(content).ok()) {
        Some(former) => former,
        None => {
            let mut empty = serde_json::Map::new();
            for field in ["openapi", "swagger", "info"] {
                if let Some(value) = document.as_value().get(field) {
                    empty.insert(field.to_owned(), value.clone());
                }
            }
            empty.insert("paths".to_owned(), serde_json::json!({}));
            kept(&serde_json::Value::Object(empty).to_string())?
        }
    };
    Ok(Compared { before: sort_out(&former).0, difference: compare(&former, document) })
}

/// Reads the text of a document that is kept.
fn kept(content: &str) -> Result<Document, Unreadable> {
    Document::parse_json(content).map_err(|fault| Unreadable(fault.to_string()))
}

/// A document with its tree and its texts.
struct Opened {
    document: Document,
    new: NewDocument,
    warnings: Vec<String>,
}

impl Opened {
    fn prepared(self) -> Prepared {
        let (operations, mut results) = sort_out(&self.document);
        results.warnings.splice(0..0, self.warnings);
        let address = self.new.entry.as_deref().filter(|entry| entry.contains("://"));
        let servers = self.document.suggested_servers(address);
        let mut document = self.new;
        document.operations = i64::try_from(results.total).unwrap_or(i64::MAX);
        Prepared { document, operations, results, servers }
    }
}

/// Reads documents on a thread for it.
struct Reader {
    desk: Desk,
    environment: Environment,
}

impl Reader {
    fn of(actions: &Actions) -> Self {
        Self { desk: actions.desk.clone(), environment: actions.environment.clone() }
    }

    /// Reads a document, and looks at its tree before that is gone.
    fn prepare<T>(
        &self,
        source: Source,
        look: impl FnOnce(&Document) -> Result<T, Unreadable>,
    ) -> Result<(Prepared, T), Unreadable> {
        let opened = match source {
            Source::Text(text) => self.open_text(text)?,
            Source::Files { files, entry, format } => self.open_files(files, entry, format)?,
            Source::Prepared(prepared) => {
                let seen = look(&kept(&prepared.document.content)?)?;
                return Ok((*prepared, seen));
            }
        };
        if opened.document.operations().nth(OPERATIONS).is_some() {
            return Err(Unreadable(format!(
                "the document has more than {OPERATIONS} operations, which is the most there can be; divide it"
            )));
        }
        let seen = look(&opened.document)?;
        Ok((opened.prepared(), seen))
    }
}

impl Reader {
    fn open_text(&self, text: Text) -> Result<Opened, Unreadable> {
        let Text { content, format, name } = text;
        check_size(content.len())?;
        let (document, format) = parse(&content, format, name.as_deref())?;
        self.desk.note(Step::Files(1));
        let (content, files) = match format {
            DocumentFormat::Json => (content, Vec::new()),
            DocumentFormat::Yaml => {
                let file = name.clone().unwrap_or_else(|| "openapi.yaml".to_owned());
                (document.to_json_string(), vec![DocumentFile { name: file, content }])
            }
        };
        let new = described(&document, format, name, content, files);
        Ok(Opened { document, new, warnings: Vec::new() })
    }

    fn open_files(
        &self,
        mut files: Box<dyn Files>,
        entry: Option<String>,
        format: Option<DocumentFormat>,
    ) -> Result<Opened, Unreadable> {
        let entry = match entry {
            Some(entry) => entry,
            None => files.names().and_then(|names| find_entry(&names)).map_err(Unreadable)?,
        };
        let content = read_file(&mut *files, &entry)?;
        self.open_text(Text { content, format, name: Some(entry) })
    }
}

/// What is kept of a document beside its operations, which are counted later.
fn described(
    document: &Document,
    format: DocumentFormat,
    entry: Option<String>,
    content: String,
    files: Vec<DocumentFile>,
) -> NewDocument {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    add(entry.as_deref().unwrap_or_default());
    match &files[..] {
        [] => add(&content),
        files => files.iter().for_each(|file| {
            add(&file.name);
            add(&file.content);
        }),
    }
    NewDocument {
        format,
        entry,
        openapi_version: document.version().as_str().to_owned(),
        title: text::one_line(document.title()),
        api_version: text::one_line(document.api_version()),
        operations: 0,
        digest: hex::encode(digest.finalize()),
        content,
        files,
    }
}

fn check_size(bytes: usize) -> Result<(), Unreadable> {
    if bytes > DOCUMENT_BYTES {
        return Err(Unreadable(format!("the document has {bytes} bytes; it may have {DOCUMENT_BYTES}")));
    }
    Ok(())
}

fn read_file(files: &mut dyn Files, name: &str) -> Result<String, Unreadable> {
    let content = files.read(name).map_err(|fault| Unreadable(format!("the file `{name}` {fault}")))?;
    let content = content.ok_or_else(|| Unreadable(format!("there is no file `{name}`")))?;
    match openapi::utf8(&content) {
        Ok(_) => Ok(String::from_utf8(content).unwrap_or_default()),
        Err(fault) => Err(Unreadable::in_file(name, fault)),
    }
}

/// Reads a text as what it is said to be, or else as the other. Where it is neither, what is wrong
/// with it as the first counts.
fn parse(
    content: &str,
    said: Option<DocumentFormat>,
    name: Option<&str>,
) -> Result<(Document, DocumentFormat), Unreadable> {
    let first = match said {
        Some(DocumentFormat::Json) => Format::Json,
        Some(DocumentFormat::Yaml) => Format::Yaml,
        None => Format::guess(content),
    };
    let (other, kept, other_kept) = match first {
        Format::Json => (Format::Yaml, DocumentFormat::Json, DocumentFormat::Yaml),
        Format::Yaml => (Format::Json, DocumentFormat::Yaml, DocumentFormat::Json),
    };
    Document::parse(content, first)
        .map(|document| (document, kept))
        .or_else(|fault| {
            let is_other = said.is_some() && matches!(fault, Fault::Syntax { .. });
            let second = if is_other { Document::parse(content, other).ok() } else { None };
            second.map(|document| (document, other_kept)).ok_or(fault)
        })
        .map_err(|fault| match name {
            Some(name) => Unreadable::in_file(name, fault),
            None => Unreadable(fault.to_string()),
        })
}
