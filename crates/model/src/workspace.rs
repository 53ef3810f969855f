//! Workspaces, and the projects and folders in them.

use jiff::Timestamp;

use crate::id::{FolderId, ProjectId, WorkspaceId};

/// A tenant: its projects, collections, clients and tokens. Nothing crosses a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The first path segment of its public URLs.
    pub handle: String,
    /// For people.
    pub name: String,
    /// Whom to write to about this workspace.
    pub contact_email: String,
    /// IANA name of the zone in which times are shown; `UTC` unless set.
    pub time_zone: String,
    /// The folder that holds the projects.
    pub root_folder: FolderId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, and what it is called by whoever manages it.
    pub updated_at: Timestamp,
}

/// A workspace that another one manages: that of an operator's customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedWorkspace {
    /// The workspace.
    pub workspace: Workspace,
    /// What the operator calls it; unique among the operator's.
    pub external_id: Option<String>,
}

/// The name of the workspace that exists from the first start.
pub const DEFAULT_WORKSPACE: &str = "main";

/// Handles that a workspace cannot have: paths of the product's own beside them.
pub const RESERVED_HANDLES: [&str; 4] = ["oauth2", ".well-known", "api", "console"];

/// Whether `handle` can be a workspace's: 1 to 63 of `a-z`, `0-9` and `-`, beginning and ending
/// with a letter or digit, and not [reserved](RESERVED_HANDLES).
pub fn is_workspace_handle(handle: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (1..=63).contains(&handle.len())
        && handle.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && edge(handle.as_bytes().first())
        && edge(handle.as_bytes().last())
        && !RESERVED_HANDLES.contains(&handle)
}

/// A top folder with a description; where collections, clients and recipes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its root folder.
    pub folder: FolderId,
    /// For people; unique in the workspace.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A folder: a project's root, or one inside a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// For people.
    pub name: String,
    /// The folder it lies in; none for the workspace's root folder.
    pub parent: Option<FolderId>,
    /// The project it belongs to; none for the workspace's root folder.
    pub project: Option<ProjectId>,
    /// Whether it is a project's root.
    pub is_project: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
