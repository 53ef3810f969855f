//! What people may do, whichever door they come through: is it allowed, is it sound, write it,
//! write who did it, announce it. One transaction each; a refusal leaves nothing behind.

mod actor;
mod clients;
mod collections;
mod connections;
mod error;
mod import;
mod keys;
mod projects;
mod recipes;
mod text;
mod workspaces;

use model::environment::Environment;
use store::Db;

pub use actor::Actor;
pub use clients::{ClientDraft, ClientPatch};
pub use collections::{CollectionDraft, Created, EndpointDraft};
pub use error::{Error, Faults, Result};
pub use import::{ImportResults, Unserved};
pub use keys::{IssuedKey, KeyDraft, KeyPatch};
pub use projects::{CreatedFolder, FolderDraft};
pub use workspaces::{TokenDraft, WorkspaceDraft};

/// The one desk behind the management API, the pages and the command line.
#[derive(Clone)]
pub struct Actions {
    db: Db,
    environment: Environment,
}

impl Actions {
    /// Acts on this database, with this clock and this source of chance.
    pub fn new(db: Db, environment: Environment) -> Self {
        Self { db, environment }
    }
}
