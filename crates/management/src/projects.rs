//! `/api/projects`: where collections, clients and recipes live.

use actions::{Faults, ProjectPatch};
use axum::extract::State;
use model::id::{FolderId, ProjectId};
use model::workspace::Project;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, NotEmpty, Problem};
use crate::request::{Body, Path, Query};

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub(crate) struct ShownProject {
    /// Its id.
    #[schema(value_type = i64, example = 649122)]
    id: ProjectId,
    /// For people; unique in the workspace.
    #[schema(example = "Procure to Pay")]
    name: String,
    /// For people.
    description: Option<String>,
    /// Its root folder.
    #[schema(value_type = i64, example = 1563029)]
    folder_id: FolderId,
}

impl From<Project> for ShownProject {
    fn from(project: Project) -> Self {
        let Project { id, folder, name, description, .. } = project;
        Self { id, name, description, folder_id: folder }
    }
}

/// Lists projects, oldest first. A folder made without a parent is one.
#[utoipa::path(
    get,
    path = "/api/projects",
    tag = "Projects",
    params(PageQuery),
    responses((status = OK, description = "One page of projects", body = Vec<ShownProject>)),
)]
pub(crate) async fn list_projects(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<ShownProject>>, Problem> {
    let projects = store::projects::list(&management.db, caller.scope(), page.page()?).await?;
    Ok(Answer(projects.into_iter().map(ShownProject::from).collect()))
}

/// A project in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProjectPath {
    /// Id of the project.
    #[param(value_type = i64, example = 649122)]
    project_id: ProjectId,
}

/// What is to change about a project. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProjectChanges {
    /// For people; unique in the workspace. The root folder of the project has the same name.
    #[schema(value_type = Option<String>, example = "Procure to Pay")]
    name: Given<String>,
    /// For people.
    #[schema(value_type = Option<String>, example = "Orders and invoices")]
    description: Given<String>,
}

/// Changes a project.
#[utoipa::path(
    put,
    path = "/api/projects/{project_id}",
    tag = "Projects",
    params(ProjectPath, MayMatch),
    request_body = ProjectChanges,
    responses((status = OK, description = "The project", body = ShownProject), Missing, Conflict),
)]
pub(crate) async fn update_project(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProjectPath>,
    Body(body): Body<ProjectChanges>,
) -> Result<Tagged<ShownProject>, Problem> {
    let found = store::projects::find(&management.db, caller.scope(), path.project_id).await?;
    let id = found.ok_or_else(|| Problem::missing("project"))?.id;
    let mut faults = Faults::default();
    let patch = ProjectPatch {
        name: body.name.optional("name", &mut faults),
        description: body.description.optional("description", &mut faults),
    };
    faults.check()?;
    let project = management.actions.update_project(caller.actor(), id, patch).await?;
    Ok(Tagged(project.updated_at, project.into()))
}

/// Deletes a project with its folders, if nothing else is left in it.
#[utoipa::path(
    delete,
    path = "/api/projects/{project_id}",
    tag = "Projects",
    params(ProjectPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, NotEmpty),
)]
pub(crate) async fn delete_project(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProjectPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_project(caller.actor(), path.project_id).await?;
    Ok(SUCCESS)
}
