//! `/api/portico/v1/workspace`: the workspace of the token.

use actions::{Faults, WorkspacePatch};
use axum::extract::State;
use model::id::{FolderId, WorkspaceId};
use model::workspace::Workspace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Management;
use crate::answer::{Data, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MustMatch;
use crate::problem::Problem;
use crate::request::Body;
use crate::zone::Zone;

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct ShownWorkspace {
    /// Its id.
    #[schema(value_type = i64, example = 1)]
    id: WorkspaceId,
    /// For people.
    #[schema(example = "Main")]
    name: String,
    /// The first path segment of its public URLs.
    #[schema(example = "main")]
    handle: String,
    /// Whom to write to about it.
    #[schema(example = "ada@example.com")]
    contact_email: String,
    /// IANA name of the zone in which answers show times.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// The folder that the projects lie in.
    #[schema(value_type = i64, example = 1)]
    root_folder_id: FolderId,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl ShownWorkspace {
    fn new(workspace: Workspace) -> Self {
        let zone = Zone::of(&workspace);
        Self {
            created_at: zone.time(workspace.created_at),
            updated_at: zone.time(workspace.updated_at),
            id: workspace.id,
            name: workspace.name,
            handle: workspace.handle,
            contact_email: workspace.contact_email,
            time_zone: workspace.time_zone,
            root_folder_id: workspace.root_folder,
        }
    }
}

/// Shows the workspace of the token.
#[utoipa::path(
    get,
    path = "/api/portico/v1/workspace",
    tag = "Workspace",
    responses((status = OK, description = "The workspace", body = Data<ShownWorkspace>)),
)]
pub(crate) async fn get_workspace(caller: Caller) -> Tagged<Data<ShownWorkspace>> {
    let workspace = caller.actor().workspace.clone();
    Tagged(workspace.updated_at, Data { data: ShownWorkspace::new(workspace) })
}

/// What is to change about the workspace. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct WorkspaceChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "Main", min_length = 1, max_length = 255)]
    name: Given<String>,
    /// Whom to write to about it.
    #[schema(value_type = Option<String>, example = "ada@example.com", min_length = 3, max_length = 254)]
    contact_email: Given<String>,
    /// IANA name of the zone in which answers show times.
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Given<String>,
}

/// Changes the workspace of the token.
#[utoipa::path(
    put,
    path = "/api/portico/v1/workspace",
    tag = "Workspace",
    params(MustMatch),
    request_body = WorkspaceChanges,
    responses((status = OK, description = "The workspace", body = Data<ShownWorkspace>)),
)]
pub(crate) async fn update_workspace(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<WorkspaceChanges>,
) -> Result<Tagged<Data<ShownWorkspace>>, Problem> {
    let mut faults = Faults::default();
    let patch = WorkspacePatch {
        name: body.name.optional("name", &mut faults),
        contact_email: body.contact_email.optional("contact_email", &mut faults),
        time_zone: body.time_zone.optional("time_zone", &mut faults),
    };
    faults.check()?;
    let workspace = management.actions.update_workspace(caller.actor(), patch).await?;
    Ok(Tagged(workspace.updated_at, Data { data: ShownWorkspace::new(workspace) }))
}
