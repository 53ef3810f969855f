//! What developers ask for in a portal: collections for their clients.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccessRequestId, ClientId, CollectionId, PortalId, PortalUserId, WorkspaceId};

/// The most characters of a reason, and of a decider's note.
pub const REASON_CHARACTERS: usize = 2_000;

/// A portal user's wish that one of their clients may call a collection. A client has at most one
/// pending wish for each collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Its id.
    pub id: AccessRequestId,
    /// The workspace of all that it names.
    pub workspace: WorkspaceId,
    /// The portal in which it was made.
    pub portal: PortalId,
    /// Who asks.
    pub user: PortalUserId,
    /// Which client is to call.
    pub client: ClientId,
    /// What it is to call.
    pub collection: CollectionId,
    /// What for.
    pub reason: String,
    /// What became of it.
    pub state: RequestState,
    /// What the decider says to the developer, if anything.
    pub note: Option<String>,
    /// Who decided, as the audit trail names them; none while it is pending, and where the portal
    /// approves by itself.
    pub decided_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl AccessRequest {
    /// When it was last changed: it is decided once, and nothing else about it changes.
    pub fn updated_at(&self) -> Timestamp {
        self.decided_at.unwrap_or(self.created_at)
    }
}

/// What became of an access request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestState {
    /// Nobody decided yet.
    Pending,
    /// The client may call the collection.
    Approved,
    /// Somebody said no.
    Rejected,
}

impl RequestState {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Pending, Self::Approved, Self::Rejected];

    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}
