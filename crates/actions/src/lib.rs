//! What people may do, whichever door they come through: is it allowed, is it sound, write it,
//! write who did it, announce it. One transaction each; a refusal leaves nothing behind.

mod access_requests;
mod actor;
mod authentication;
mod clients;
mod collections;
mod connections;
mod cors;
mod documents;
mod endpoints;
mod error;
mod forwarding;
mod identity;
mod import;
mod invitations;
mod keys;
mod logos;
mod mail;
mod managed;
mod members;
mod notices;
mod policies;
mod portal_pages;
mod portal_settings;
mod portal_users;
mod portals;
mod profiles;
mod projects;
mod recipes;
mod text;
mod tokens;
mod trying;
mod upkeep;
mod workspaces;

use model::environment::Environment;
use store::Db;

use documents::Desk;
use identity::Door;
use mail::Post;

pub use access_requests::AccessRequestDraft;
pub use actor::{Actor, Expected, Pending, Whence};
pub use authentication::JwtDraft;
pub use clients::{ClientDraft, ClientPatch};
pub use collections::{CollectionDraft, Created, EndpointDraft};
pub use connections::{ConnectionDraft, ConnectionPatch, Prober};
pub use cors::CorsDraft;
pub use documents::{
    Archive, DOCUMENT_BYTES, DOCUMENT_FILES, Files, Prepared, Preview, PreviewedOperation, Progress, Put,
    Reimport, Reimported, Source, Step, Text, Unreadable, UnservedOperation,
};
pub use endpoints::{Toggled, Which};
pub use error::{Error, Faults, Result};
pub use identity::{
    Answer, ConsoleSso, Departure, Developer, IdentityRules, LinkView, Operator, PASSWORD_CHARACTERS,
    PasswordField, Place, SeenProvider, SignInFault, SignedIn, Wish,
};
pub use import::{ImportResults, Unserved};
pub use invitations::{INVITATIONS_BY_LIST, Invitable};
pub use keys::{IssuedKey, KeyDraft, KeyPatch};
pub use logos::{LOGO_BYTES, LogoOf};
pub use mail::{Addresses, MailToSend};
pub use managed::{ManagedDraft, ManagedPatch};
pub use members::{MemberDraft, MemberPatch};
pub use policies::{PolicyDraft, PolicyPatch};
pub use portal_pages::{PAGE_CHARACTERS, PortalPageDraft, PortalPagePatch, Towards};
pub use portal_settings::{JitDraft, OidcDraft, PortalSettingsPatch, PublicationPatch};
pub use portal_users::{INVITATIONS, PortalUserDraft, PortalUserPatch};
pub use portals::{PortalDraft, PortalPatch};
pub use profiles::{ChangedProfile, ProfileDraft, ProfilePatch};
pub use projects::{CreatedFolder, FolderDraft, FolderPatch, ProjectPatch};
pub use tokens::{IssuedToken, TOKEN_PROJECTS, TokenDraft, TokenPatch};
pub use trying::{TRY_IT_HEADER, TryIt};
pub use upkeep::{CollectionPatch, EndpointPatch};
pub use workspaces::{WorkspaceDraft, WorkspacePatch};

/// The one desk behind the management API, the pages and the command line.
#[derive(Clone)]
pub struct Actions {
    db: Db,
    environment: Environment,
    desk: Desk,
    post: Post,
    door: Door,
    prober: Option<Prober>,
}

impl Actions {
    /// Acts on this database, with this clock and this source of chance. It fetches nothing unless it
    /// is [told how](Actions::with_outbound).
    pub fn new(db: Db, environment: Environment) -> Self {
        let door = Door::new(&environment, IdentityRules::default());
        Self { db, environment, desk: Desk::new(), post: Post::default(), door, prober: None }
    }

    /// Lets people in by these rules.
    #[must_use]
    pub fn with_identity_rules(mut self, rules: IdentityRules) -> Self {
        self.door = Door::new(&self.environment, rules);
        self
    }
}
