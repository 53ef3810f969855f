//! The audit trail: who did what to which thing.

use std::net::IpAddr;

use crate::id::DeveloperClientId;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Token, command line or the program itself.
    pub by: By,
    /// The name of the token or of the command, for people.
    pub name: String,
    /// From where, if over the network.
    pub address: Option<IpAddr>,
    /// With what, if it said.
    pub user_agent: Option<String>,
}

/// What kind of actor did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A management token.
    Token(DeveloperClientId),
    /// Someone with a shell on the machine.
    CommandLine,
    /// The program, at first start.
    System,
}

/// What was done, to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are sentences: who is a noun, what is a verb")]
pub enum Deed {
    WorkspaceCreated,
    ProjectCreated,
    FolderCreated,
    ConnectionCreated,
    ConnectionUpdated,
    CollectionCreated,
    CollectionImported,
    CollectionReimported,
    CollectionRestored,
    EndpointCreated,
    EndpointEnabled,
    EndpointDisabled,
    RecipeStarted,
    RecipeStopped,
    ClientCreated,
    ClientUpdated,
    ClientDeleted,
    KeyCreated,
    KeyUpdated,
    KeyEnabled,
    KeyDisabled,
    KeyRefreshed,
    KeyDeleted,
    TokenCreated,
}

impl Deed {
    /// `noun.verb`, as it stands in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkspaceCreated => "workspace.created",
            Self::ProjectCreated => "project.created",
            Self::FolderCreated => "folder.created",
            Self::ConnectionCreated => "connection.created",
            Self::ConnectionUpdated => "connection.updated",
            Self::CollectionCreated => "collection.created",
            Self::CollectionImported => "collection.imported",
            Self::CollectionReimported => "collection.reimported",
            Self::CollectionRestored => "collection.restored",
            Self::EndpointCreated => "endpoint.created",
            Self::EndpointEnabled => "endpoint.enabled",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::RecipeStarted => "recipe.started",
            Self::RecipeStopped => "recipe.stopped",
            Self::ClientCreated => "client.created",
            Self::ClientUpdated => "client.updated",
            Self::ClientDeleted => "client.deleted",
            Self::KeyCreated => "key.created",
            Self::KeyUpdated => "key.updated",
            Self::KeyEnabled => "key.enabled",
            Self::KeyDisabled => "key.disabled",
            Self::KeyRefreshed => "key.refreshed",
            Self::KeyDeleted => "key.deleted",
            Self::TokenCreated => "token.created",
        }
    }
}
