//! From what is given to what is kept and served. This is the long work: it runs aside, before any
//! transaction begins, and leaves nothing of the parsed tree behind.

use model::document::{DocumentFile, DocumentFormat};
use model::environment::Environment;
use openapi::{Bundler, Difference, Document, Fault, Format, Location, compare};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::documents::NewDocument;
use tokio::runtime::Handle;

use super::remote::Fetching;
use super::source::{Source, Text, find_entry};
use super::{DOCUMENT_BYTES, DOCUMENT_FILES, Desk, Files, OPERATIONS, Step};
use crate::import::{ImportResults, Servable, sort_out};
use crate::{Actions, text};

/// A document that was read and checked. Nothing of it is written yet.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) document: NewDocument,
    pub(crate) operations: Vec<Servable>,
    pub(crate) results: ImportResults,
    pub(crate) servers: Vec<String>,
    /// Which files were not there when it was put together.
    pub(crate) absent: Vec<String>,
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
        results.warnings.splice(0..0, self.warnings.iter().cloned());
        let address = self.new.entry.as_deref().filter(|entry| entry.contains("://"));
        let servers = self.document.suggested_servers(address);
        let mut document = self.new;
        document.operations = i64::try_from(results.total).unwrap_or(i64::MAX);
        Prepared { document, operations, results, servers, absent: self.warnings }
    }
}

/// Reads documents on a thread for it.
pub(super) struct Reader {
    pub(super) desk: Desk,
    pub(super) environment: Environment,
    pub(super) runtime: Handle,
}

impl Reader {
    fn of(actions: &Actions) -> Self {
        Self {
            desk: actions.desk.clone(),
            environment: actions.environment.clone(),
            runtime: Handle::current(),
        }
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
            Source::Draft(draft) => {
                let document = kept(&draft.document.content)?;
                Opened { document, new: draft.document, warnings: draft.warnings }
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
        let format = read_as(&content, format, name.as_deref());
        let location = match &name {
            Some(name) => locate(name)?,
            None => locate(usual_name(format))?,
        };
        self.open_entry(&location, name, content, format, None)
    }

    fn open_files(
        &self,
        mut files: Box<dyn Files>,
        entry: Option<String>,
        format: Option<DocumentFormat>,
    ) -> Result<Opened, Unreadable> {
        let entry = match entry {
            Some(entry) => entry,
            None => find_entry(&mut *files)?,
        };
        let content = read_file(&mut *files, &entry)?;
        let content = content.ok_or_else(|| Unreadable(format!("there is no file `{entry}`")))?;
        let format = read_as(&content, format, Some(&entry));
        self.open_entry(&locate(&entry)?, Some(entry), content, format, Some(files))
    }

    /// Reads a document with everything that it refers to.
    fn open_entry(
        &self,
        location: &Location,
        name: Option<String>,
        content: String,
        format: Format,
        mut files: Option<Box<dyn Files>>,
    ) -> Result<Opened, Unreadable> {
        check(&content)?;
        let unreadable = |fault: Fault| match fault {
            // Whoever sent a text without a name knows of no file.
            Fault::InFile { file, fault } if name.is_none() && file == location.as_str() => {
                Unreadable(fault.to_string())
            }
            fault => Unreadable(fault.to_string()),
        };
        // Nearly all documents are one file, and large ones are: those need no second copy of it.
        let document = Document::parse(&content, format).ok();
        if let Some(document) = document.filter(|document| !refers_elsewhere(document.as_value())) {
            self.desk.note(Step::Files(1));
            let (content, files) = kept_as(&document, format, name.as_deref(), content, Vec::new());
            let new = described(&document, format, name, content, files);
            return Ok(Opened { document, new, warnings: Vec::new() });
        }
        let mut fetching = Fetching::new(self);
        let mut bundler = Bundler::new(location.clone(), content.clone()).map_err(unreadable)?;
        let mut given = Vec::new();
        let mut warnings = Vec::new();
        self.desk.note(Step::Files(1));
        while let Some(needed) = bundler.needs().map_err(unreadable)? {
            if given.len() + 1 >= DOCUMENT_FILES {
                let message = format!(
                    "the document has more than {DOCUMENT_FILES} files, which is the most there can be"
                );
                return Err(Unreadable(message));
            }
            let found = match &needed {
                Location::File(name) => match &mut files {
                    Some(files) => read_file(&mut **files, name)?,
                    None => None,
                },
                Location::Address(address) => fetching.fetch(address)?,
            };
            match found {
                Some(content) => {
                    check(&content)?;
                    given.push(DocumentFile { name: needed.to_string(), content: content.clone() });
                    bundler.give(&needed, content).map_err(unreadable)?;
                    self.desk.note(Step::Files(given.len() + 1));
                }
                None => {
                    warnings.push(absent(&needed, self.desk.remote_references));
                    bundler.withhold(&needed);
                }
            }
        }
        let document = bundler.finish().map_err(unreadable)?.document;
        let (content, files) = kept_as(&document, format, name.as_deref(), content, given);
        let new = described(&document, format, name, content, files);
        Ok(Opened { document, new, warnings })
    }
}

/// Whether a value may refer to another file. Where that is not sure, as in an example that has a
/// `$ref`, it may.
fn refers_elsewhere(value: &Value) -> bool {
    let is_elsewhere = |text: &Value| text.as_str().is_some_and(|text| !text.starts_with('#'));
    match value {
        Value::Array(items) => items.iter().any(refers_elsewhere),
        Value::Object(fields) => fields.iter().any(|(key, value)| match (key.as_str(), value) {
            ("$ref" | "$dynamicRef" | "operationRef" | "$id" | "$self", Value::String(_)) => {
                is_elsewhere(value)
            }
            // A name or a reference.
            ("mapping", Value::Object(targets)) => {
                targets.values().any(is_elsewhere) || refers_elsewhere(value)
            }
            _ => refers_elsewhere(value),
        }),
        _ => false,
    }
}

/// The JSON that readers parse, and what was given if that is something else.
fn kept_as(
    document: &Document,
    format: Format,
    name: Option<&str>,
    content: String,
    mut others: Vec<DocumentFile>,
) -> (String, Vec<DocumentFile>) {
    if format == Format::Json && others.is_empty() {
        return (content, others);
    }
    let name = name.unwrap_or(usual_name(format)).to_owned();
    others.insert(0, DocumentFile { name, content });
    (document.to_json_string(), others)
}

/// Why a file of a document is not part of it.
fn absent(location: &Location, remote_references: bool) -> String {
    match location {
        Location::File(name) => {
            format!("`{name}` is not among the files, so what refers to it leads nowhere")
        }
        Location::Address(address) if remote_references => {
            format!("there is nothing at `{address}`, so what refers to it leads nowhere")
        }
        Location::Address(address) => format!(
            "`{address}` is not fetched, so what refers to it leads nowhere; \
             the setting `documents.remote_references` allows it"
        ),
    }
}

/// The name of a document that came without one.
fn usual_name(format: Format) -> &'static str {
    match format {
        Format::Json => "openapi.json",
        Format::Yaml => "openapi.yaml",
    }
}

fn locate(name: &str) -> Result<Location, Unreadable> {
    match Location::address(name) {
        Some(address) => Ok(address),
        None => Location::file(name).map_err(|fault| Unreadable(fault.to_string())),
    }
}

/// What is kept of a document beside its operations, which are counted later.
fn described(
    document: &Document,
    format: Format,
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
        format: match format {
            Format::Json => DocumentFormat::Json,
            Format::Yaml => DocumentFormat::Yaml,
        },
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

/// Whether a text can be kept at all.
fn check(content: &str) -> Result<(), Unreadable> {
    if content.len() > DOCUMENT_BYTES {
        let bytes = content.len();
        return Err(Unreadable(format!("the document has {bytes} bytes; it may have {DOCUMENT_BYTES}")));
    }
    // PostgreSQL has no such text, and neither JSON nor YAML has it.
    if content.contains('\0') {
        return Err(Unreadable("the document has a NUL character; remove it".to_owned()));
    }
    Ok(())
}

fn read_file(files: &mut dyn Files, name: &str) -> Result<Option<String>, Unreadable> {
    let content = files.read(name).map_err(|fault| Unreadable(format!("the file `{name}` {fault}")))?;
    content.map(|content| text_of(name, content)).transpose()
}

/// The text in a file.
pub(super) fn text_of(name: &str, content: Vec<u8>) -> Result<String, Unreadable> {
    match openapi::utf8(&content) {
        Ok(_) => Ok(String::from_utf8(content).unwrap_or_default()),
        Err(fault) => Err(Unreadable(format!("`{name}`: {fault}"))),
    }
}

/// What a text is in. Clients are not always right about that, and neither are names of files: what
/// looks like JSON is JSON.
fn read_as(content: &str, said: Option<DocumentFormat>, name: Option<&str>) -> Format {
    let guessed = Format::guess(content);
    let by_name = name.and_then(Format::of_file);
    match (guessed, said, by_name) {
        // Broken JSON may look like YAML; then it is complained about as JSON.
        (Format::Yaml, Some(DocumentFormat::Json), _) | (Format::Yaml, None, Some(Format::Json))
            if content.trim_start().starts_with(['{', '[']) =>
        {
            Format::Json
        }
        _ => guessed,
    }
}
