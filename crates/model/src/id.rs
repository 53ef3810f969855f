//! One integer type per noun, so that a key's id can never be taken for a client's.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }
    )*};
}

ids! {
    /// A tenant. Nothing crosses a workspace.
    WorkspaceId
    /// A project: the top folder of collections, clients and recipes.
    ProjectId
    /// A folder inside a project, or the project's root.
    FolderId
    /// How to reach a backend.
    ConnectionId
    /// What stands behind an endpoint; `flow_id` on the wire.
    RecipeId
    /// A versioned group of endpoints.
    CollectionId
    /// A method and path in a collection.
    EndpointId
    /// An OpenAPI document as it was given.
    DocumentId
    /// A document that somebody looks at before it is put to use.
    DocumentDraftId
    /// A consumer of published APIs.
    ClientId
    /// A client's credential.
    KeyId
    /// A token for the management API.
    DeveloperClientId
    /// One line of the audit trail.
    AuditId
    /// How often keys may call.
    PolicyId
    /// A site for developers.
    PortalId
    /// A text of a portal's own, such as its terms.
    PortalPageId
    /// Somebody who administers workspaces.
    PersonId
    /// A person in a workspace.
    MemberId
    /// A developer who signs in to a portal.
    PortalUserId
    /// A portal user's wish for a collection.
    AccessRequestId
    /// A mail in the outbox.
    MailId
    /// What remembers that somebody signed in.
    SessionId
}
