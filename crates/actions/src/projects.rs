//! Projects and folders.

use model::access::Privilege;
use model::audit::Deed;
use model::id::{FolderId, ProjectId};
use model::workspace::{Folder, Project};
use serde_json::json;
use store::Tx;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A folder to be made; without a parent, or in the workspace's root folder, it is a project.
#[derive(Debug, Clone)]
pub struct FolderDraft {
    /// For people; of projects unique in the workspace.
    pub name: String,
    /// For people; of projects only.
    pub description: Option<String>,
    /// The folder it is to lie in.
    pub parent: Option<FolderId>,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct CreatedFolder {
    /// The folder.
    pub folder: Folder,
    /// The project whose root it is, if it is one.
    pub project: Option<Project>,
}

impl Actions {
    /// Makes a folder or a project.
    pub async fn create_folder(&self, actor: &Actor, draft: FolderDraft) -> Result<CreatedFolder> {
        actor.must(Privilege::ManageProjects)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let description =
            draft.description.map(|description| text::description("description", &description, &mut faults));
        faults.check()?;
        let now = self.environment.now();
        let workspace = &actor.workspace;
        let mut tx = self.db.begin().await?;
        let parent = draft.parent.filter(|parent| *parent != workspace.root_folder);
        let created = match parent {
            Some(parent) => {
                let Some(parent) = store::projects::find_folder(&mut tx, workspace.id, parent).await? else {
                    return Err(
                        Faults::of("parent_id", format!("is {parent}, which is no folder here")).into()
                    );
                };
                let folder = store::projects::insert_folder(
                    &mut tx,
                    workspace.id,
                    Some(parent.id),
                    parent.project,
                    &name,
                    false,
                    now,
                )
                .await?;
                CreatedFolder { folder, project: None }
            }
            None => {
                if store::projects::by_name(&mut tx, workspace.id, &name).await?.is_some() {
                    let message = format!("`{name}` is taken by another project; choose another name");
                    return Err(Error::Conflict { field: "name", message });
                }
                let root = workspace.root_folder;
                let (project, folder) =
                    store::projects::insert(&mut tx, workspace.id, root, &name, description.as_deref(), now)
                        .await?;
                CreatedFolder { folder, project: Some(project) }
            }
        };
        let (deed, id) = match &created.project {
            Some(project) => (Deed::ProjectCreated, project.id.0),
            None => (Deed::FolderCreated, created.folder.id.0),
        };
        let details = json!({ "after": { "parent_id": created.folder.parent } });
        self.record(&mut tx, actor, deed, Subject { id, name: &name }, details).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// The project that a new thing is to lie in, if it is to lie in one, and the folder that its
    /// recipes go into.
    pub(crate) async fn place(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        project: Option<ProjectId>,
    ) -> Result<(Option<ProjectId>, FolderId)> {
        let Some(id) = project else { return Ok((None, actor.workspace.root_folder)) };
        match store::projects::find(tx, actor.workspace.id, id).await? {
            Some(project) => Ok((Some(id), project.folder)),
            None => {
                let message = format!("is {id}, which is no project here; `GET /api/projects` lists them");
                Err(Faults::of("project_id", message).into())
            }
        }
    }
}
