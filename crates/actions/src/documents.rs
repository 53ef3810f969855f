//! OpenAPI documents: given as a text, as files or as an archive, read aside of everything else,
//! and kept with the collection that goes by them.

mod archive;
mod draft;
mod history;
mod plan;
mod prepare;
mod preview;
mod reimport;
mod remote;
mod source;

use std::sync::Arc;

use outbound::Outbound;
use tokio::sync::Semaphore;

use crate::Actions;

pub use archive::Archive;
pub use prepare::{Prepared, Unreadable};
pub use preview::{Preview, PreviewedOperation, UnservedOperation};
pub use reimport::{Put, Reimport, Reimported};
pub use source::{Files, Source, Text};

/// The largest document, all its files together: as large as the management API's largest body.
pub const DOCUMENT_BYTES: usize = 32 << 20;

/// The most files of one document.
pub const DOCUMENT_FILES: usize = openapi::FILES;

/// The most operations of one document. The largest that are published have some two thousand.
const OPERATIONS: usize = 10_000;

/// How many documents a collection keeps, the one in force included. Ten megabytes each, they are what
/// a database is full of; nobody goes back further.
pub(crate) const KEPT_DOCUMENTS: i64 = 20;

/// How many documents are read at once: reading one takes several times its size in memory.
const READERS: usize = 2;

/// How far the reading and writing of a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many files of it were read.
    Files(usize),
    /// So many of its operations are written, of so many.
    Operations(usize, usize),
}

/// Hears how far it is.
pub type Progress = Arc<dyn Fn(Step) + Send + Sync>;

/// How documents are read.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) outbound: Outbound,
    /// Whether files that a document names by address are fetched.
    pub(crate) remote_references: bool,
    pub(crate) progress: Option<Progress>,
    readers: Arc<Semaphore>,
}

impl Desk {
    /// Fetches nothing.
    pub(crate) fn new() -> Self {
        Self {
            outbound: Outbound::new(Vec::new()),
            remote_references: false,
            progress: None,
            readers: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// Tells how far it is.
    pub(crate) fn note(&self, step: Step) {
        if let Some(progress) = &self.progress {
            progress(step);
        }
    }

    /// Does long work on a thread for it, when it is its turn.
    pub(crate) async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = Arc::clone(&self.readers).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        match done.await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl Actions {
    /// Fetches what documents name through this, if it is to fetch anything at all.
    #[must_use]
    pub fn with_outbound(mut self, outbound: Outbound, remote_references: bool) -> Self {
        self.desk.outbound = outbound;
        self.desk.remote_references = remote_references;
        self
    }

    /// Tells how far the reading and writing of documents is.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.desk.progress = Some(progress);
        self
    }
}
