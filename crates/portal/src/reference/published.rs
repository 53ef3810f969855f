//! Documents as their readers see them: derived from what is stored, read once, and kept for those
//! who read on.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use model::endpoint::{Endpoint, Method};
use model::id::{CollectionId, DocumentId};
use model::path::{PathTemplate, Piece};
use model::secret::Digest;
use openapi::{Document, Publication};
use serde_json::{Map, Value, json};
use site::{Oops, markdown};
use store::Db;
use tokio::sync::Semaphore;

use super::contents::Contents;

/// The most documents that are kept, and the most bytes of their JSON.
const ENTRIES: usize = 32;
const BYTES: usize = 48 << 20;

/// The most documents that are derived at once. Each takes a core for as long as it lasts.
const DERIVATIONS: usize = 2;

/// The most summaries that are kept: some hundred bytes each.
const SUMMARIES: usize = 10_000;

/// The characters of a summary: two lines of a card.
const SUMMARY_CHARACTERS: usize = 200;

/// A document as its readers see it, with its contents.
pub(crate) struct Published {
    pub(crate) document: Document,
    pub(crate) contents: Contents,
    size_bytes: usize,
}

/// What is needed to publish the document of a collection.
pub(crate) struct Wanted<'a> {
    pub(crate) collection: CollectionId,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) document: Option<DocumentId>,
    /// Where it is called.
    pub(crate) base_url: &'a str,
}

/// What was read last.
pub(crate) struct Shelf {
    /// The last used first.
    documents: Mutex<VecDeque<(Digest, Arc<Published>)>>,
    summaries: Mutex<HashMap<DocumentId, String>>,
    derivations: Semaphore,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self {
            documents: Mutex::default(),
            summaries: Mutex::default(),
            derivations: Semaphore::new(DERIVATIONS),
        }
    }

    /// The document of a collection as its readers see it.
    pub(crate) async fn published(&self, db: &Db, wanted: Wanted<'_>) -> Result<Arc<Published>, Oops> {
        let active = store::endpoints::active_of(db, wanted.collection).await?;
        let key = key(&wanted, &active);
        if let Some(kept) = self.kept(key) {
            return Ok(kept);
        }
        let _place = self.derivations.acquire().await.map_err(|error| Oops::internal(error.to_string()))?;
        if let Some(kept) = self.kept(key) {
            return Ok(kept);
        }
        let given = match wanted.document {
            Some(id) => store::documents::content(db, id).await?,
            None => None,
        };
        let text = given.unwrap_or_else(|| made_from(&wanted, &active).to_string());
        let base_url = wanted.base_url.to_owned();
        let derived = tokio::task::spawn_blocking(move || derive(&text, &base_url, &active)).await;
        let derived = derived.map_err(|error| Oops::internal(format!("deriving a document: {error}")))?;
        let published = Arc::new(derived.map_err(|fault| {
            Oops::internal(format!("the document of collection {}: {fault}", wanted.collection))
        })?);
        self.keep(key, Arc::clone(&published));
        Ok(published)
    }

    fn kept(&self, key: Digest) -> Option<Arc<Published>> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let place = documents.iter().position(|(known, _)| *known == key)?;
        let entry = documents.remove(place)?;
        let published = Arc::clone(&entry.1);
        documents.push_front(entry);
        Some(published)
    }

    fn keep(&self, key: Digest, published: Arc<Published>) {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.push_front((key, published));
        let mut left = BYTES;
        let fitting = documents.iter().take(ENTRIES).take_while(|(_, published)| {
            let fits = left.checked_sub(published.size_bytes);
            left = fits.unwrap_or_default();
            fits.is_some()
        });
        let fitting = fitting.count();
        documents.truncate(fitting);
    }

    /// The first words of what a document says about its API, for a card.
    pub(crate) async fn summary(&self, db: &Db, document: Option<DocumentId>) -> Result<String, Oops> {
        let Some(id) = document else { return Ok(String::new()) };
        let kept = self.summaries.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(summary) = kept {
            return Ok(summary);
        }
        let text = store::documents::content(db, id).await?.unwrap_or_default();
        let summary = tokio::task::spawn_blocking(move || {
            let document: Value = serde_json::from_str(&text).unwrap_or_default();
            let about = |field| {
                document.pointer(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
            };
            let about = about("/info/summary").or_else(|| about("/info/description"));
            markdown::line(about.unwrap_or_default(), SUMMARY_CHARACTERS)
        });
        let summary =
            summary.await.map_err(|error| Oops::internal(format!("reading a document: {error}")))?;
        let mut summaries = self.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        if summaries.len() >= SUMMARIES {
            summaries.clear();
        }
        summaries.insert(id, summary.clone());
        Ok(summary)
    }
}

/// What tells one published document from all others.
fn key(wanted: &Wanted<'_>, active: &[Endpoint]) -> Digest {
    let mut parts = format!("{} {:?} {:?}", wanted.collection, wanted.document, wanted.base_url);
    if wanted.document.is_none() {
        parts.push_str(&format!(" {:?} {:?}", wanted.name, wanted.version));
    }
    for endpoint in active {
        parts.push_str(&format!("\n{} {:?}", endpoint.method.as_str(), endpoint.path.as_str()));
        if wanted.document.is_none() {
            parts.push_str(&format!(" {:?} {:?}", endpoint.name, endpoint.description));
        }
    }
    Digest::of_bytes(parts.as_bytes())
}

fn derive(text: &str, base_url: &str, active: &[Endpoint]) -> Result<Published, openapi::Fault> {
    let document = Document::parse_json(text)?;
    let shown: HashSet<(Method, &str)> =
        active.iter().map(|endpoint| (endpoint.method, endpoint.path.as_str())).collect();
    let keep = |method: &str, path: &str| {
        let template = PathTemplate::parse(path).ok();
        let key = Method::from_request(method).zip(template.as_ref().map(PathTemplate::as_str));
        key.is_some_and(|key| shown.contains(&key))
    };
    let published = document.published(&Publication { gateway_url: base_url, keep: &keep }).to_string();
    let document = Document::parse_json(&published)?;
    let contents = Contents::of(&document);
    Ok(Published { document, contents, size_bytes: published.len() })
}

/// What can be said of a collection to which no document was given.
fn made_from(wanted: &Wanted<'_>, endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let pieces = endpoint.path.segments().iter().flat_map(|segment| &segment.0);
        let names = pieces.filter_map(|piece| match piece {
            Piece::Fixed(_) => None,
            Piece::Parameter(name) => Some(name),
        });
        let parameters: Vec<Value> = names
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let operation = json!({
            "summary": endpoint.name,
            "description": endpoint.description.as_deref().unwrap_or_default(),
            "parameters": parameters,
            "responses": { "default": { "description": "The answer of the API." } },
        });
        let path = paths.entry(format!("/{}", endpoint.path)).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(endpoint.method.as_str().to_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": wanted.name, "version": wanted.version },
        "paths": paths,
    })
}
