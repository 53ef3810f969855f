//! The mocks that are prepared. Preparing them reads a document, which may be large; so they are
//! kept as long as the document is the same, whatever else of the collection changes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::{CollectionId, DocumentId, Method, PathTemplate, RecipeKind};
use openapi::{Document, Format};
use store::serving::ServedCollection;

use super::Mock;

/// What the bodies of one operation may take.
const OPERATION_BYTES: usize = 4 << 20;

/// What the bodies of one collection take, about: from half of it on, operations share what is left.
const COLLECTION_BYTES: usize = 48 << 20;

/// What an operation gets of it in any case: bodies as people write them.
const SHARE_BYTES: usize = 8 << 10;

/// The mocks of each collection that has some.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<HashMap<CollectionId, Arc<PreparedMocks>>>);

/// The mocks of a collection.
#[derive(Debug)]
pub(crate) struct PreparedMocks {
    document: DocumentId,
    /// `None` where the document has nothing to answer.
    mocks: HashMap<(Method, PathTemplate), Option<Arc<Mock>>>,
}

impl Shelf {
    /// The document that has to be read before this collection can be served as it is now: one that
    /// was not read yet, if a mock that is in use needs it.
    pub(crate) fn missing(&self, row: &ServedCollection) -> Option<DocumentId> {
        let document = row.document?;
        let mut mocks = row.endpoints.iter().filter(|endpoint| endpoint.kind == RecipeKind::Mock);
        let prepared = self.of(row).filter(|prepared| prepared.document == document);
        let has = |method: Method, path: &PathTemplate| {
            prepared.as_ref().is_some_and(|prepared| prepared.mocks.contains_key(&(method, path.clone())))
        };
        let is_missing = mocks
            .any(|endpoint| endpoint.active && endpoint.running && !has(endpoint.method, &endpoint.path));
        is_missing.then_some(document)
    }

    /// What is prepared for a collection; out of the document before its present one while that one
    /// is still being read, so that calls go on.
    pub(crate) fn of(&self, row: &ServedCollection) -> Option<Arc<PreparedMocks>> {
        row.document?;
        self.lock().get(&row.id).cloned()
    }

    pub(crate) fn put(&self, id: CollectionId, prepared: PreparedMocks) {
        self.lock().insert(id, Arc::new(prepared));
    }

    pub(crate) fn remove(&self, id: CollectionId) {
        self.lock().remove(&id);
    }

    /// Keeps only the mocks of these collections.
    pub(crate) fn retain(&self, ids: &HashSet<CollectionId>) {
        self.lock().retain(|id, _| ids.contains(id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CollectionId, Arc<PreparedMocks>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PreparedMocks {
    /// Prepares the mocks of a collection, those that are not in use at the moment as well. Takes a
    /// second or so for large documents.
    pub(crate) fn new(row: &ServedCollection, document: DocumentId, text: &str) -> Self {
        let wanted = row.endpoints.iter().filter(|endpoint| endpoint.kind == RecipeKind::Mock);
        let mut mocks: HashMap<_, _> =
            wanted.map(|endpoint| ((endpoint.method, endpoint.path.clone()), None)).collect();
        match Document::parse(text, Format::guess(text)) {
            Ok(document) => fill(&mut mocks, &document),
            Err(fault) => {
                tracing::warn!(collection = %row.id, %fault, "the document of a mock is not readable");
            }
        }
        Self { document, mocks }
    }

    pub(crate) fn get(&self, method: Method, path: &PathTemplate) -> Option<&Arc<Mock>> {
        self.mocks.get(&(method, path.clone()))?.as_ref()
    }
}

fn fill(mocks: &mut HashMap<(Method, PathTemplate), Option<Arc<Mock>>>, document: &Document) {
    let mut makers = document.mocks();
    let mut left = COLLECTION_BYTES;
    let mut operations_left = mocks.len();
    // The same error is described at many operations.
    let mut bodies: HashSet<Bytes> = HashSet::new();
    for operation in document.operations() {
        // A document writes its paths as it likes; an endpoint has the canonical form of one.
        let key = Method::from_request(&operation.method).zip(PathTemplate::parse(operation.path).ok());
        let Some(slot) = key.and_then(|key| mocks.get_mut(&key)).filter(|slot| slot.is_none()) else {
            continue;
        };
        let size = if left > COLLECTION_BYTES / 2 { OPERATION_BYTES } else { left / operations_left.max(1) };
        let responses = makers.responses(&operation.method, operation.path, size.max(SHARE_BYTES));
        let keep = |body: Vec<u8>| match bodies.get(body.as_slice()) {
            Some(kept) => kept.clone(),
            None => {
                left = left.saturating_sub(body.len());
                let body = Bytes::from(body);
                bodies.insert(body.clone());
                body
            }
        };
        *slot = responses.and_then(|responses| Mock::new(responses, keep)).map(Arc::new);
        operations_left = operations_left.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests;
