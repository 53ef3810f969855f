//! Projects and the folders in them.

use jiff::Timestamp;
use model::access::Scope;
use model::id::{FolderId, ProjectId, WorkspaceId};
use model::page::Page;
use model::workspace::{Folder, Project};

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time};
use crate::scope::in_projects;
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
struct ProjectRow {
    id: i64,
    folder_id: i64,
    name: String,
    description: Option<String>,
    updated_at: i64,
}

impl ProjectRow {
    fn project(self) -> Result<Project> {
        Ok(Project {
            id: ProjectId(self.id),
            folder: FolderId(self.folder_id),
            name: self.name,
            description: self.description,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select_projects(scope: Scope) -> Query {
    sql("select id, folder_id, name, description, updated_at from projects where workspace_id = $1")
        .bind(scope.workspace)
        .within(scope, in_projects!("id"))
}

/// Projects of a scope, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, page: Page) -> Result<Vec<Project>> {
    let rows: Vec<ProjectRow> = select_projects(scope.into()).then("order by id").page(page).all(on).await?;
    rows.into_iter().map(ProjectRow::project).collect()
}

/// The project with this id in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: ProjectId,
) -> Result<Option<Project>> {
    let row: Option<ProjectRow> = select_projects(scope.into()).and(Some(id), "id = ?").maybe(on).await?;
    row.map(ProjectRow::project).transpose()
}

/// The project with this name in this workspace.
pub async fn by_name(on: impl Into<Conn<'_>>, workspace: WorkspaceId, name: &str) -> Result<Option<Project>> {
    let row: Option<ProjectRow> =
        select_projects(workspace.into()).and(Some(name), "name = ?").maybe(on).await?;
    row.map(ProjectRow::project).transpose()
}

/// Adds a project with its root folder. [`Taken`](crate::Error::Taken) if the name is.
pub async fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    root: FolderId,
    name: &str,
    description: Option<&str>,
    now: Timestamp,
) -> Result<(Project, Folder)> {
    let id = ProjectId(next_id(tx, "project").await?);
    let folder = insert_folder(tx, workspace, Some(root), Some(id), name, true, now).await?;
    sql("insert into projects (id, workspace_id, folder_id, name, description, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)")
    .bind(id)
    .bind(workspace)
    .bind(folder.id)
    .bind(name)
    .bind(description)
    .bind(now)
    .run(tx)
    .await?;
    let project = Project {
        id,
        folder: folder.id,
        name: name.to_owned(),
        description: description.map(str::to_owned),
        updated_at: now,
    };
    Ok((project, folder))
}

#[derive(sqlx::FromRow)]
struct FolderRow {
    id: i64,
    name: String,
    parent_id: Option<i64>,
    project_id: Option<i64>,
    /// The root folder of the project, to tell whether this one is it.
    project_folder_id: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl FolderRow {
    fn folder(self) -> Result<Folder> {
        Ok(Folder {
            id: FolderId(self.id),
            name: self.name,
            parent: self.parent_id.map(FolderId),
            project: self.project_id.map(ProjectId),
            is_project: self.project_folder_id == Some(self.id),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select_folders(scope: Scope) -> Query {
    sql("select f.id, f.name, f.parent_id, f.project_id, p.folder_id as project_folder_id,
                f.created_at, f.updated_at
         from folders f left join projects p on p.id = f.project_id
         where f.workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_projects!("f.project_id"))
}

/// Folders of a scope, oldest first: those in `parent`, or all, the root folder left out.
pub async fn list_folders(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    parent: Option<FolderId>,
    page: Page,
) -> Result<Vec<Folder>> {
    let rows: Vec<FolderRow> = select_folders(scope.into())
        .and(Some(0), "f.parent_id > ?")
        .and(parent, "f.parent_id = ?")
        .then("order by f.id")
        .page(page)
        .all(on)
        .await?;
    rows.into_iter().map(FolderRow::folder).collect()
}

/// Folders of a scope inside `root`, at whatever depth, oldest first.
pub async fn list_nested_folders(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    root: FolderId,
    page: Page,
) -> Result<Vec<Folder>> {
    let scope = scope.into();
    let rows: Vec<FolderRow> = sql("with recursive inside (id) as (
             select id from folders where workspace_id = $1 and parent_id = $2
             union all
             select f.id from folders f join inside i on f.parent_id = i.id)
         select f.id, f.name, f.parent_id, f.project_id, p.folder_id as project_folder_id,
                f.created_at, f.updated_at
         from inside i join folders f on f.id = i.id left join projects p on p.id = f.project_id
         where 1 = 1")
    .bind(scope.workspace)
    .bind(root)
    .within(scope, in_projects!("f.project_id"))
    .then("order by f.id")
    .page(page)
    .all(on)
    .await?;
    rows.into_iter().map(FolderRow::folder).collect()
}

/// The folder with this id in this scope.
pub async fn find_folder(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: FolderId,
) -> Result<Option<Folder>> {
    select_folders(scope.into())
        .and(Some(id), "f.id = ?")
        .maybe::<FolderRow>(on)
        .await?
        .map(FolderRow::folder)
        .transpose()
}

/// Adds a folder.
pub async fn insert_folder(
    tx: &mut Tx,
    workspace: WorkspaceId,
    parent: Option<FolderId>,
    project: Option<ProjectId>,
    name: &str,
    is_project: bool,
    now: Timestamp,
) -> Result<Folder> {
    let id = FolderId(next_id(tx, "folder").await?);
    write_folder(tx, workspace, id, parent, project, name, now).await?;
    let name = name.to_owned();
    Ok(Folder { id, name, parent, project, is_project, created_at: now, updated_at: now })
}

/// Adds the folder that the projects of a workspace lie in.
pub(crate) async fn insert_root(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: FolderId,
    now: Timestamp,
) -> Result<()> {
    write_folder(tx, workspace, id, None, None, "Home", now).await
}

async fn write_folder(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: FolderId,
    parent: Option<FolderId>,
    project: Option<ProjectId>,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    sql("insert into folders (id, workspace_id, parent_id, project_id, name, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)")
    .bind(id)
    .bind(workspace)
    .bind(parent)
    .bind(project)
    .bind(name)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the name and description of a project, and the name of its root folder.
/// [`Taken`](crate::Error::Taken) if the name is.
pub async fn update(tx: &mut Tx, project: &Project, now: Timestamp) -> Result<()> {
    sql("update projects set name = $2, description = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end where id = $1")
        .bind(project.id)
        .bind(project.name.as_str())
        .bind(project.description.as_deref())
        .bind(now)
        .run(tx)
        .await?;
    sql("update folders set name = $2, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(project.folder)
        .bind(project.name.as_str())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// How many things lie in a project, its folders aside.
pub async fn contents(on: impl Into<Conn<'_>>, id: ProjectId) -> Result<i64> {
    let query = sql("select (select count(*) from collections where project_id = $1)
                          + (select count(*) from clients where project_id = $1)
                          + (select count(*) from recipes where project_id = $1)
                          + (select count(*) from connections where project_id = $1) as value")
    .bind(id);
    number(query, on).await
}

/// Deletes a project that has no [contents](contents), with its folders.
pub async fn delete(tx: &mut Tx, project: &Project) -> Result<()> {
    sql("delete from projects where id = $1").bind(project.id).run(tx).await?;
    delete_folder(tx, project.folder).await
}

/// Writes the name and the parent of a folder that is no project.
pub async fn update_folder(tx: &mut Tx, folder: &Folder, now: Timestamp) -> Result<()> {
    sql("update folders set name = $2, parent_id = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end where id = $1")
        .bind(folder.id)
        .bind(folder.name.as_str())
        .bind(folder.parent)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

const INSIDE: &str = "with recursive inside (id) as (
         select id from folders where id = $1
         union all
         select f.id from folders f join inside i on f.parent_id = i.id) ";

/// How many recipes lie in a folder and those in it.
pub async fn folder_contents(on: impl Into<Conn<'_>>, id: FolderId) -> Result<i64> {
    let query = sql(INSIDE)
        .then("select count(*) as value from recipes where folder_id in (select id from inside)")
        .bind(id);
    number(query, on).await
}

/// Whether one folder is another one or lies in it, at whatever depth.
pub async fn is_inside(on: impl Into<Conn<'_>>, folder: FolderId, outer: FolderId) -> Result<bool> {
    let query =
        sql(INSIDE).then("select count(*) as value from inside where id = $2").bind(outer).bind(folder);
    Ok(number(query, on).await? > 0)
}

/// Deletes a folder with those in it, none of which has [contents](folder_contents).
pub async fn delete_folder(tx: &mut Tx, id: FolderId) -> Result<()> {
    sql("delete from folders where id = $1").bind(id).run(tx).await?;
    Ok(())
}
