//! Workspaces.

use model::change::ChangeKind;
use model::id::{FolderId, WorkspaceId};
use model::workspace::Workspace;

use crate::changes::announce;
use crate::error::Result;
use crate::rows::{Id, next_id, time};
use crate::sql::{Conn, Query, sql};
use crate::{Tx, projects};

/// What a new workspace is made of.
pub struct NewWorkspace<'a> {
    /// The first path segment of its public URLs; unique.
    pub handle: &'a str,
    /// For people.
    pub name: &'a str,
    /// Whom to write to about it.
    pub contact_email: &'a str,
    /// IANA name of its time zone.
    pub time_zone: &'a str,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    handle: String,
    name: String,
    contact_email: String,
    time_zone: String,
    root_folder_id: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    pub(crate) fn workspace(self) -> Result<Workspace> {
        Ok(Workspace {
            id: WorkspaceId(self.id),
            handle: self.handle,
            name: self.name,
            contact_email: self.contact_email,
            time_zone: self.time_zone,
            root_folder: FolderId(self.root_folder_id),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select() -> Query {
    sql(
        "select id, handle, name, contact_email, time_zone, root_folder_id, created_at, updated_at from workspaces where 1 = 1",
    )
}

/// The workspace with this handle.
pub async fn by_handle(on: impl Into<Conn<'_>>, handle: &str) -> Result<Option<Workspace>> {
    select().and(Some(handle), "handle = ?").maybe::<Row>(on).await?.map(Row::workspace).transpose()
}

/// The workspace with this id.
pub async fn find(on: impl Into<Conn<'_>>, id: WorkspaceId) -> Result<Option<Workspace>> {
    select().and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::workspace).transpose()
}

/// Adds a workspace with its root folder.
pub async fn insert(tx: &mut Tx, new: NewWorkspace<'_>, now: jiff::Timestamp) -> Result<Workspace> {
    let id = WorkspaceId(next_id(tx, "workspace").await?);
    let root_folder = FolderId(next_id(tx, "folder").await?);
    sql("insert into workspaces (id, handle, name, contact_email, time_zone, root_folder_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)")
    .bind(id)
    .bind(new.handle)
    .bind(new.name)
    .bind(new.contact_email)
    .bind(new.time_zone)
    .bind(root_folder)
    .bind(now)
    .run(tx)
    .await?;
    projects::insert_root(tx, id, root_folder, now).await?;
    announce(tx, ChangeKind::Workspace, id).await?;
    Ok(Workspace {
        id,
        handle: new.handle.to_owned(),
        name: new.name.to_owned(),
        contact_email: new.contact_email.to_owned(),
        time_zone: new.time_zone.to_owned(),
        root_folder,
        created_at: now,
        updated_at: now,
    })
}

/// Writes the name, the contact address and the time zone of a workspace.
pub async fn update(tx: &mut Tx, workspace: &Workspace, now: jiff::Timestamp) -> Result<()> {
    sql("update workspaces set name = $2, contact_email = $3, time_zone = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(workspace.id)
        .bind(workspace.name.as_str())
        .bind(workspace.contact_email.as_str())
        .bind(workspace.time_zone.as_str())
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Workspace, workspace.id).await
}

/// Deletes a workspace with all that is in it, and tells the gateway of each thing that it served.
pub async fn delete(tx: &mut Tx, id: WorkspaceId) -> Result<()> {
    for (kind, text) in [
        (ChangeKind::Key, "select id from api_keys where workspace_id = $1"),
        (ChangeKind::Client, "select id from clients where workspace_id = $1"),
        (ChangeKind::Collection, "select id from collections where workspace_id = $1"),
        (ChangeKind::Recipe, "select id from recipes where workspace_id = $1"),
        (ChangeKind::Connection, "select id from connections where workspace_id = $1"),
    ] {
        for gone in sql(text).bind(id).all::<Id>(&mut *tx).await? {
            announce(tx, kind, gone.id).await?;
        }
    }
    sql("delete from workspaces where id = $1").bind(id).run(tx).await?;
    announce(tx, ChangeKind::Workspace, id).await
}
