//! Mocks in the making. Reading a large document takes a second or so, for which nothing else must
//! wait: a key that was revoked meanwhile is refused at once.

use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use model::CollectionId;
use store::serving::ServedCollection;
use store::{Db, Result, documents, serving};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::RETRY;
use crate::gate::{Delta, Gate};

/// How long a change waits for mocks, so that those of ordinary documents are there together with
/// the change that needs them.
const PATIENCE: Duration = Duration::from_millis(25);

/// The collections whose mocks are being prepared. Until they are, those of the document before are
/// answered, and what that one did not have is answered as unavailable.
pub(super) struct Preparing {
    gate: Arc<Gate>,
    db: Db,
    tasks: JoinSet<CollectionId>,
    open: HashSet<CollectionId>,
    /// Prepared, but perhaps not in force yet.
    done: Vec<CollectionId>,
}

impl Preparing {
    pub(super) fn new(gate: &Arc<Gate>, db: &Db) -> Self {
        let (gate, db) = (Arc::clone(gate), db.clone());
        Self { gate, db, tasks: JoinSet::new(), open: HashSet::new(), done: Vec::new() }
    }

    /// Begins to prepare the mocks of a collection, unless they are there or on their way.
    pub(super) fn begin(&mut self, row: &ServedCollection) {
        if self.gate.missing_document(row).is_none() || !self.open.insert(row.id) {
            return;
        }
        let (gate, db, row) = (Arc::clone(&self.gate), self.db.clone(), row.clone());
        self.tasks.spawn(async move {
            while let Err(error) = prepare(&gate, &db, &row).await {
                tracing::warn!(collection = %row.id, %error, "the document of a mock cannot be loaded");
                sleep(RETRY).await;
            }
            row.id
        });
    }

    /// Waits until everything is prepared, but not for long: what is not ready in time is put in
    /// force later.
    pub(super) async fn wait_a_moment(&mut self) {
        let all = async {
            while let Some(id) = joined(&mut self.tasks).await {
                self.done.push(id);
            }
        };
        _ = timeout(PATIENCE, all).await;
    }

    /// The next collection whose mocks are prepared.
    pub(super) async fn next(&mut self) -> CollectionId {
        match self.done.pop() {
            Some(id) => id,
            None => match joined(&mut self.tasks).await {
                Some(id) => id,
                None => pending().await,
            },
        }
    }

    /// Lets a collection answer with what was prepared for it.
    pub(super) async fn put_in_force(&mut self, id: CollectionId) {
        let row = match serving::collection(&self.db, id).await {
            Ok(row) => row,
            Err(error) => {
                tracing::warn!(collection = %id, %error, "a collection cannot be read");
                sleep(RETRY).await;
                return self.done.push(id);
            }
        };
        self.open.remove(&id);
        if let Some(row) = &row {
            // It may have got another document in the meantime.
            self.begin(row);
        }
        self.gate.apply(vec![Delta::Collection(id, row.map(Box::new))], self.gate.state().seq);
    }
}

async fn joined(tasks: &mut JoinSet<CollectionId>) -> Option<CollectionId> {
    match tasks.join_next().await? {
        Ok(id) => Some(id),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Reads the document of a collection's mocks, unless that is done already or none of them is in
/// use.
pub(super) async fn prepare(gate: &Arc<Gate>, db: &Db, row: &ServedCollection) -> Result<()> {
    let Some(document) = gate.missing_document(row) else { return Ok(()) };
    // Without a text, the document went away a moment ago, and the change that says so is next.
    let text = documents::content(db, document).await?.unwrap_or_default();
    let (gate, row) = (Arc::clone(gate), row.clone());
    let prepared = tokio::task::spawn_blocking(move || gate.prepare_mocks(&row, document, &text)).await;
    prepared.map_err(|error| std::panic::resume_unwind(error.into_panic()))
}
