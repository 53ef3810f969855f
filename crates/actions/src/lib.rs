//! What people may do, whichever door they come through: is it allowed, is it sound, write it,
//! write who did it, announce it. One transaction each; a refusal leaves nothing behind.

mod actor;
mod authentication;
mod clients;
mod collections;
mod connections;
mod documents;
mod error;
mod import;
mod keys;
mod policies;
mod portals;
mod profiles;
mod projects;
mod recipes;
mod text;
mod tokens;
mod upkeep;
mod workspaces;

use model::environment::Environment;
use store::Db;

use documents::Desk;

pub use actor::{Actor, Expected, Pending};
pub use authentication::JwtDraft;
pub use clients::{ClientDraft, ClientPatch};
pub use collections::{CollectionDraft, Created, EndpointDraft};
pub use documents::{
    Archive, DOCUMENT_BYTES, DOCUMENT_FILES, Files, Prepared, Preview, PreviewedOperation, Progress, Put,
    Reimport, Reimported, Source, Step, Text, Unreadable, UnservedOperation,
};
pub use error::{Error, Faults, Result};
pub use import::{ImportResults, Unserved};
pub use keys::{IssuedKey, KeyDraft, KeyPatch};
pub use policies::{PolicyDraft, PolicyPatch};
pub use portals::{PortalDraft, PortalPatch};
pub use profiles::{ChangedProfile, ProfileDraft, ProfilePatch};
pub use projects::{CreatedFolder, FolderDraft, FolderPatch, ProjectPatch};
pub use tokens::{IssuedToken, TokenDraft, TokenPatch};
pub use upkeep::{CollectionPatch, EndpointPatch};
pub use workspaces::WorkspaceDraft;

/// The one desk behind the management API, the pages and the command line.
#[derive(Clone)]
pub struct Actions {
    db: Db,
    environment: Environment,
    desk: Desk,
}

impl Actions {
    /// Acts on this database, with this clock and this source of chance. It fetches nothing unless it
    /// is [told how](Actions::with_outbound).
    pub fn new(db: Db, environment: Environment) -> Self {
        Self { db, environment, desk: Desk::new() }
    }
}
