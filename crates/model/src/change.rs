//! The change feed: how every node learns what to serve.

use serde::{Deserialize, Serialize};

/// One entry of the feed: something that the gateway can see was made, changed or removed.
/// Whoever follows the feed reads the present state of it; what is gone is no longer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order of commits.
    pub seq: i64,
    /// What kind of thing changed.
    pub kind: ChangeKind,
    /// The id of what changed, in its own kind.
    pub id: i64,
}

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A workspace, its handle included.
    Workspace,
    /// A collection with all its endpoints and its document.
    Collection,
    /// A recipe.
    Recipe,
    /// A connection.
    Connection,
    /// A client with its collections, not its keys.
    Client,
    /// A key.
    Key,
    /// A policy.
    Policy,
    /// An access token that was revoked.
    Revocation,
}

impl ChangeKind {
    const ALL: [Self; 8] = [
        Self::Workspace,
        Self::Collection,
        Self::Recipe,
        Self::Connection,
        Self::Client,
        Self::Key,
        Self::Policy,
        Self::Revocation,
    ];

    /// As it stands in the feed's table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Collection => "collection",
            Self::Recipe => "recipe",
            Self::Connection => "connection",
            Self::Client => "client",
            Self::Key => "key",
            Self::Policy => "policy",
            Self::Revocation => "revocation",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
