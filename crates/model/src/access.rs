//! Who may use the management API: tokens of developer API clients, their roles and privileges.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{DeveloperClientId, FolderId, ProjectId, WorkspaceId};
use crate::net::IpRules;

/// A token for the management API and what it may do. Not to be mistaken for an API client,
/// which calls published APIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeveloperClient {
    /// Its id.
    pub id: DeveloperClientId,
    /// The workspace it acts in.
    pub workspace: WorkspaceId,
    /// For people; unique in the workspace.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The projects that it is restricted to, by id; `None` if it reaches the whole workspace.
    pub projects: Option<Vec<Reached>>,
    /// From where it may be used.
    pub rules: IpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// The last four characters of its token, for display.
    pub last_four: String,
    /// When its present token was issued.
    pub issued_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A project that a token is restricted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its id.
    pub project: ProjectId,
    /// Its root folder.
    pub folder: FolderId,
    /// Its name.
    pub name: String,
}

/// What of a workspace somebody reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Nothing outside of it exists for them.
    pub workspace: WorkspaceId,
    /// The token to whose projects they are restricted, if they are.
    pub token: Option<DeveloperClientId>,
}

impl From<WorkspaceId> for Scope {
    /// All of the workspace.
    fn from(workspace: WorkspaceId) -> Self {
        Self { workspace, token: None }
    }
}

/// One thing that a token may be allowed to do; named as the permission lists of existing
/// clients name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Privilege {
    /// See collections and endpoints.
    ListCollections,
    /// Make collections and endpoints, also by import.
    CreateCollection,
    /// Change and delete collections, and change endpoints.
    ManageCollections,
    /// Enable and disable endpoints.
    ToggleEndpoints,
    /// See clients and their keys.
    ListClients,
    /// Ask what would be decided about a call, whoever makes it.
    ExplainCalls,
    /// Make, change and delete clients.
    ManageClients,
    /// Make, change, enable, disable, refresh and delete keys.
    ManageKeys,
    /// See policies.
    ListPolicies,
    /// Make, change and delete policies.
    ManagePolicies,
    /// See developer portals.
    ListPortals,
    /// Make, change and delete developer portals.
    ManagePortals,
    /// See the developers of portals, and what they ask for.
    ListPortalUsers,
    /// Invite, change and remove the developers of portals.
    ManagePortalUsers,
    /// Approve and reject what developers ask for.
    DecideRequests,
    /// See projects and folders, and what can be exported from them.
    ListProjects,
    /// Make, change and delete projects and folders.
    ManageProjects,
    /// See recipes.
    ListRecipes,
    /// Start and stop recipes.
    RunRecipes,
    /// See connections.
    ListConnections,
    /// Make, change and delete connections.
    ManageConnections,
    /// See who administers the workspace.
    ListMembers,
    /// Invite, change and remove those who administer the workspace.
    ManageMembers,
    /// Change the workspace itself.
    ManageWorkspace,
    /// See the workspaces that this one manages.
    ListManaged,
    /// Make, change and delete the workspaces that this one manages.
    ManageManaged,
    /// See tokens for the management API, and make, change and delete them.
    ManageTokens,
    /// Read the audit trail.
    ReadAudit,
    /// See the mail that was sent, send it again, and hand its links over in another way.
    ManageMail,
}

impl Privilege {
    /// Whether a token that is restricted to projects has it, if its role does. It does what lies in
    /// projects, and sees policies, which clients of all projects share; what belongs to the workspace
    /// as a whole is out of its reach.
    pub const fn is_of_projects(self) -> bool {
        match self {
            Self::ListCollections
            | Self::CreateCollection
            | Self::ManageCollections
            | Self::ToggleEndpoints
            | Self::ListClients
            | Self::ManageClients
            | Self::ManageKeys
            | Self::ListPolicies
            | Self::ListProjects
            | Self::ManageProjects
            | Self::ListRecipes
            | Self::RunRecipes
            | Self::ListConnections
            | Self::ManageConnections => true,
            Self::ExplainCalls
            | Self::ManagePolicies
            | Self::ListPortals
            | Self::ManagePortals
            | Self::ListPortalUsers
            | Self::ManagePortalUsers
            | Self::DecideRequests
            | Self::ListMembers
            | Self::ManageMembers
            | Self::ManageWorkspace
            | Self::ListManaged
            | Self::ManageManaged
            | Self::ManageTokens
            | Self::ReadAudit
            | Self::ManageMail => false,
        }
    }
}

/// A set of privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Everything but the workspace itself, its members and tokens, and the audit trail.
    Publisher,
    /// Sees everything but tokens and the audit trail, changes nothing.
    Viewer,
    /// Of itself nothing: a portal user, who acts for the own clients and nobody else. No token has it.
    Developer,
}

impl Role {
    /// Those that a token can have, the mightiest first.
    pub const ALL: &[Self] = &[Self::Admin, Self::Publisher, Self::Viewer];

    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Publisher => "publisher",
            Self::Viewer => "viewer",
            Self::Developer => "developer",
        }
    }

    /// Whether this role has that privilege.
    pub const fn may(self, privilege: Privilege) -> bool {
        use Privilege as P;
        match self {
            Self::Admin => true,
            Self::Publisher => !matches!(
                privilege,
                P::ManageTokens
                    | P::ReadAudit
                    | P::ManageMembers
                    | P::ManageWorkspace
                    | P::ManageManaged
                    // A link out of the outbox signs in as whoever it was for.
                    | P::ManageMail
            ),
            Self::Viewer => matches!(
                privilege,
                P::ListCollections
                    | P::ListClients
                    | P::ExplainCalls
                    | P::ListPolicies
                    | P::ListPortals
                    | P::ListProjects
                    | P::ListRecipes
                    | P::ListConnections
                    | P::ListPortalUsers
                    | P::ListMembers
                    | P::ListManaged
            ),
            Self::Developer => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a token's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of the roles `admin`, `publisher`, `viewer`")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}
