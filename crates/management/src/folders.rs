//! `/api/folders`: projects and the folders in them.

use actions::{Faults, FolderDraft, FolderPatch};
use axum::extract::State;
use model::id::{FolderId, ProjectId};
use model::workspace::Folder;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Flag, Given};
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, NotEmpty, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// A folder, or the root folder of a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Folder)]
pub(crate) struct ShownFolder {
    /// Its id.
    #[schema(value_type = i64, example = 1563029)]
    id: FolderId,
    /// For people.
    #[schema(example = "Procure to Pay")]
    name: String,
    /// The folder it lies in.
    #[schema(value_type = Option<i64>, example = 1)]
    parent_id: Option<FolderId>,
    /// When it was made.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    updated_at: String,
    /// The project it belongs to.
    #[schema(value_type = Option<i64>, example = 649122)]
    project_id: Option<ProjectId>,
    /// Whether it is the root folder of its project.
    #[schema(example = true)]
    is_project: bool,
}

impl ShownFolder {
    fn new(zone: &Zone, folder: Folder) -> Self {
        Self {
            id: folder.id,
            name: folder.name,
            parent_id: folder.parent,
            created_at: zone.time(folder.created_at),
            updated_at: zone.time(folder.updated_at),
            project_id: folder.project,
            is_project: folder.is_project,
        }
    }
}

/// Which folders are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FolderFilter {
    /// Only those in this folder; by default those at the top, which are the projects.
    #[param(value_type = Option<i64>, example = 1563029)]
    parent_id: Given<FolderId>,
    /// Whether folders in folders are listed as well.
    #[param(value_type = Option<bool>, example = true)]
    with_nested_folders: Given<Flag>,
}

/// Lists folders, oldest first.
#[utoipa::path(
    get,
    path = "/api/folders",
    tag = "Projects",
    params(FolderFilter, PageQuery),
    responses((status = OK, description = "One page of folders", body = Vec<ShownFolder>)),
)]
pub(crate) async fn list_folders(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<FolderFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<ShownFolder>>, Problem> {
    let mut faults = Faults::default();
    let parent = filter.parent_id.optional("parent_id", &mut faults);
    let nested = filter.with_nested_folders.optional("with_nested_folders", &mut faults);
    faults.check()?;
    let (db, scope, page) = (&management.db, caller.scope(), page.page()?);
    let parent = parent.unwrap_or(caller.actor().workspace.root_folder);
    let folders = match nested {
        Some(Flag(true)) => store::projects::list_nested_folders(db, scope, parent, page).await?,
        _ => store::projects::list_folders(db, scope, Some(parent), page).await?,
    };
    Ok(Answer(folders.into_iter().map(|folder| ShownFolder::new(caller.zone(), folder)).collect()))
}

/// A folder to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewFolder {
    /// For people; of projects unique in the workspace.
    #[schema(value_type = String, example = "Procure to Pay")]
    name: Given<String>,
    /// The folder it is to lie in. Without one it is a project.
    #[schema(value_type = Option<i64>, example = 1563029)]
    parent_id: Given<FolderId>,
}

/// Makes a folder, or at the top a project.
#[utoipa::path(
    post,
    path = "/api/folders",
    tag = "Projects",
    request_body = NewFolder,
    responses((status = OK, description = "The folder", body = ShownFolder), Missing, Conflict),
)]
pub(crate) async fn create_folder(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewFolder>,
) -> Result<Tagged<ShownFolder>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let parent = body.parent_id.optional("parent_id", &mut faults);
    faults.check()?;
    let draft = FolderDraft { name: name.unwrap_or_default(), description: None, parent };
    let created = management.actions.create_folder(caller.actor(), draft).await?;
    Ok(Tagged(created.folder.updated_at, ShownFolder::new(caller.zone(), created.folder)))
}

/// A folder in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FolderPath {
    /// Id of the folder.
    #[param(value_type = i64, example = 1563029)]
    folder_id: FolderId,
}

/// What is to change about a folder. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct FolderChanges {
    /// For people; of projects unique in the workspace.
    #[schema(value_type = Option<String>, example = "Procure to Pay")]
    name: Given<String>,
    /// The folder it is to lie in, of the same project.
    #[schema(value_type = Option<i64>, example = 1563029)]
    parent_id: Given<FolderId>,
}

/// Renames a folder or moves it inside its project. With the root folder of a project, the project
/// is renamed.
#[utoipa::path(
    put,
    path = "/api/folders/{folder_id}",
    tag = "Projects",
    params(FolderPath, MayMatch),
    request_body = FolderChanges,
    responses((status = OK, description = "The folder", body = ShownFolder), Missing, Conflict, Refused),
)]
pub(crate) async fn update_folder(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<FolderPath>,
    Body(body): Body<FolderChanges>,
) -> Result<Tagged<ShownFolder>, Problem> {
    let found = store::projects::find_folder(&management.db, caller.scope(), path.folder_id).await?;
    let id = found.ok_or_else(|| Problem::missing("folder"))?.id;
    let mut faults = Faults::default();
    let patch = FolderPatch {
        name: body.name.optional("name", &mut faults),
        parent: body.parent_id.optional("parent_id", &mut faults),
    };
    faults.check()?;
    let folder = management.actions.update_folder(caller.actor(), id, patch).await?;
    Ok(Tagged(folder.updated_at, ShownFolder::new(caller.zone(), folder)))
}

/// Deletes a folder with those in it, if no recipe lies in any. With the root folder of a project, the
/// project is deleted.
#[utoipa::path(
    delete,
    path = "/api/folders/{folder_id}",
    tag = "Projects",
    params(FolderPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, NotEmpty),
)]
pub(crate) async fn delete_folder(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<FolderPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_folder(caller.actor(), path.folder_id).await?;
    Ok(SUCCESS)
}
