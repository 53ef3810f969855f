//! API clients and their keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ClientId, CollectionId, KeyId, ProjectId, WorkspaceId};
use crate::net::IpRules;

/// The most keys that a client can have.
pub const KEYS_PER_CLIENT: i64 = 20;

/// A consumer of published APIs: who it is, how it authenticates, what it may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whom to write to about it.
    pub email: Option<String>,
    /// How it authenticates; cannot change once it is made.
    pub auth_type: AuthType,
    /// Made through the first version of the API.
    pub is_legacy: bool,
    /// Whether its keys may call anything.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a client authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// An auth token per key.
    Token,
    /// Signed by the client: RFC 7519.
    Jwt,
    /// Client credentials: RFC 6749, section 4.4.
    Oauth2,
    /// Signed by an identity provider: OpenID Connect Core 1.0.
    Oidc,
}

/// A credential of a client with its own address rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id; stays when the token is refreshed.
    pub id: KeyId,
    /// The client it belongs to.
    pub client: ClientId,
    /// For people.
    pub name: String,
    /// Who may call with it, by address.
    pub rules: IpRules,
    /// Whether it can be used.
    pub active: bool,
    /// When it was last made usable or refreshed; never null on the wire.
    pub active_since: Timestamp,
    /// The last four characters of its token, for display.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A client's or key's collection, as lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionName {
    /// Its id.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
}
