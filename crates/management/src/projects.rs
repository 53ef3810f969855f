//! `/api/projects`: where collections, clients and recipes live.

use axum::extract::State;
use model::id::{FolderId, ProjectId};
use model::workspace::Project;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Management;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::page::PageQuery;
use crate::problem::Problem;
use crate::request::Query;

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
        let Project { id, folder, name, description } = project;
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
    let projects = store::projects::list(&management.db, caller.workspace(), page.page()?).await?;
    Ok(Answer(projects.into_iter().map(ShownProject::from).collect()))
}
