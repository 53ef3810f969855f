//! Projects and folders.

use jiff::Timestamp;
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

/// What is to change about a project; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectPatch {
    /// For people; unique in the workspace.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
}

/// What is to change about a folder; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct FolderPatch {
    /// For people; of projects unique in the workspace.
    pub name: Option<String>,
    /// The folder it is to lie in, of the same project.
    pub parent: Option<FolderId>,
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
                let Some(parent) = store::projects::find_folder(&mut tx, actor.scope(), parent).await? else {
                    return Err(no_folder(parent));
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
            None if actor.restricted.is_some() => {
                let message = "must be one of a project, since this token is restricted to projects and makes none; `GET /api/folders` lists them";
                return Err(Faults::of("parent_id", message).into());
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
        actor.commit(tx).await?;
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
        let Some(id) = project else {
            if actor.restricted.is_some() {
                let message = "can't be blank, since this token is restricted to projects; `GET /api/projects` lists them";
                return Err(Faults::of("project_id", message).into());
            }
            return Ok((None, actor.workspace.root_folder));
        };
        match store::projects::find(tx, actor.scope(), id).await? {
            Some(project) => Ok((Some(id), project.folder)),
            None => {
                let message = format!("is {id}, which is no project here; `GET /api/projects` lists them");
                Err(Error::Unknown(Faults::of("project_id", message)))
            }
        }
    }
}

impl Actions {
    /// Changes the name or the description of a project; its root folder has the same name.
    pub async fn update_project(&self, actor: &Actor, id: ProjectId, patch: ProjectPatch) -> Result<Project> {
        actor.must(Privilege::ManageProjects)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let description = patch.description.map(|text| text::description("description", &text, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let former = before.clone();
        let project = Project {
            name: name.unwrap_or(former.name),
            description: description.or(former.description),
            ..before.clone()
        };
        rename(&mut tx, &project, self.environment.now()).await?;
        let project = load(&mut tx, actor, id).await?;
        let details = json!({
            "before": { "name": before.name, "description": before.description },
            "after": { "name": project.name, "description": project.description },
        });
        let subject = Subject { id: id.0, name: &project.name };
        self.record(&mut tx, actor, Deed::ProjectUpdated, subject, details).await?;
        actor.commit(tx).await?;
        Ok(project)
    }

    /// Deletes a project with its folders, if nothing else is left in it.
    pub async fn delete_project(&self, actor: &Actor, id: ProjectId) -> Result<()> {
        actor.must(Privilege::ManageProjects)?;
        let mut tx = self.db.begin().await?;
        let project = load(&mut tx, actor, id).await?;
        actor.saw(project.updated_at)?;
        let contents = store::projects::contents(&mut tx, id).await?
            + store::projects::folder_contents(&mut tx, project.folder).await?;
        if contents > 0 {
            return Err(Error::NotEmpty(format!(
                "Cannot destroy project: collections, clients, recipes or connections lie in `{}`; move or delete them first",
                project.name
            )));
        }
        store::projects::delete(&mut tx, &project).await?;
        let details = json!({ "before": { "name": project.name, "description": project.description } });
        let subject = Subject { id: id.0, name: &project.name };
        self.record(&mut tx, actor, Deed::ProjectDeleted, subject, details).await?;
        actor.commit(tx).await
    }

    /// Renames a folder, or moves it to another place in its project. The root folder of a project
    /// has the project's name and place.
    pub async fn update_folder(&self, actor: &Actor, id: FolderId, patch: FolderPatch) -> Result<Folder> {
        actor.must(Privilege::ManageProjects)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        faults.check()?;
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let before = load_folder(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let parent = patch.parent.filter(|parent| Some(*parent) != before.parent);
        if let Some(parent) = parent {
            check_parent(&mut tx, actor, &before, parent).await?;
        }
        let former = before.clone();
        let folder =
            Folder { name: name.unwrap_or(former.name), parent: parent.or(former.parent), ..before.clone() };
        match (folder.is_project, folder.project) {
            (true, Some(project)) => {
                let project = Project { name: folder.name.clone(), ..load(&mut tx, actor, project).await? };
                rename(&mut tx, &project, now).await?;
            }
            _ => store::projects::update_folder(&mut tx, &folder, now).await?,
        }
        let after = load_folder(&mut tx, actor, id).await?;
        let shown = |folder: &Folder| json!({ "name": folder.name, "parent_id": folder.parent });
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        let subject = Subject { id: id.0, name: &after.name };
        self.record(&mut tx, actor, Deed::FolderUpdated, subject, details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a folder with those in it, if no recipe lies in any. The root folder of a project goes
    /// with the project.
    pub async fn delete_folder(&self, actor: &Actor, id: FolderId) -> Result<()> {
        actor.must(Privilege::ManageProjects)?;
        let folder = store::projects::find_folder(&self.db, actor.scope(), id).await?;
        let folder = folder.filter(|folder| folder.parent.is_some()).ok_or(Error::Missing("folder"))?;
        if let (true, Some(project)) = (folder.is_project, folder.project) {
            return self.delete_project(actor, project).await;
        }
        let mut tx = self.db.begin().await?;
        let folder = load_folder(&mut tx, actor, id).await?;
        actor.saw(folder.updated_at)?;
        if store::projects::folder_contents(&mut tx, id).await? > 0 {
            return Err(Error::NotEmpty(format!(
                "Cannot destroy folder: recipes lie in `{}` or a folder in it",
                folder.name
            )));
        }
        store::projects::delete_folder(&mut tx, id).await?;
        let details = json!({ "before": { "name": folder.name, "parent_id": folder.parent } });
        let subject = Subject { id: id.0, name: &folder.name };
        self.record(&mut tx, actor, Deed::FolderDeleted, subject, details).await?;
        actor.commit(tx).await
    }
}

async fn load(tx: &mut Tx, actor: &Actor, id: ProjectId) -> Result<Project> {
    store::projects::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("project"))
}

/// The folder; the one that the projects lie in is nobody's to change.
async fn load_folder(tx: &mut Tx, actor: &Actor, id: FolderId) -> Result<Folder> {
    let folder = store::projects::find_folder(tx, actor.scope(), id).await?;
    folder.filter(|folder| folder.parent.is_some()).ok_or(Error::Missing("folder"))
}

fn no_folder(parent: FolderId) -> Error {
    Error::Unknown(Faults::of("parent_id", format!("is {parent}, which is no folder here")))
}

async fn rename(tx: &mut Tx, project: &Project, now: Timestamp) -> Result<()> {
    match store::projects::update(tx, project, now).await {
        Err(store::Error::Taken(_)) => {
            let message = format!("`{}` is taken by another project; choose another name", project.name);
            Err(Error::Conflict { field: "name", message })
        }
        updated => Ok(updated?),
    }
}

/// Refuses a parent that is not there, in another project or inside the folder itself.
async fn check_parent(tx: &mut Tx, actor: &Actor, folder: &Folder, parent: FolderId) -> Result<()> {
    let Some(found) = store::projects::find_folder(&mut *tx, actor.scope(), parent).await? else {
        return Err(no_folder(parent));
    };
    if folder.is_project || found.project != folder.project {
        return Err(Error::Refused(
            "a folder can be moved inside its project only, and a project not at all".to_owned(),
        ));
    }
    if store::projects::is_inside(tx, parent, folder.id).await? {
        let message = format!("is {parent}, which is the folder itself or lies in it");
        return Err(Faults::of("parent_id", message).into());
    }
    Ok(())
}
