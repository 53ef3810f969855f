//! Connections: how to reach backends.

use jiff::Timestamp;
use model::change::ChangeKind;
use model::endpoint::{BaseUrl, Connection};
use model::id::{ConnectionId, ProjectId, WorkspaceId};

use crate::Tx;
use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::rows::{next_id, time};
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    project_id: Option<i64>,
    name: String,
    base_url: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn connection(self) -> Result<Connection> {
        Ok(Connection {
            id: ConnectionId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            project: self.project_id.map(ProjectId),
            name: self.name,
            base_url: base_url(&self.base_url)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// A base URL from its column.
pub(crate) fn base_url(text: &str) -> Result<BaseUrl> {
    BaseUrl::parse(text).map_err(|_| unreadable("base URL", text))
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, workspace_id, project_id, name, base_url, created_at, updated_at
         from connections where workspace_id = $1")
    .bind(workspace)
}

/// The connection with this id in this workspace.
pub async fn find(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    select(workspace).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::connection).transpose()
}

/// The connection with this name in this workspace.
pub async fn by_name(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Connection>> {
    select(workspace).and(Some(name), "name = ?").maybe::<Row>(on).await?.map(Row::connection).transpose()
}

/// Adds a connection. Nothing stands on it yet, so the gateway need not know.
/// [`Taken`](crate::Error::Taken) if the name is.
pub async fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: Option<ProjectId>,
    name: &str,
    base_url: &BaseUrl,
    now: Timestamp,
) -> Result<Connection> {
    let id = ConnectionId(next_id(tx, "connection").await?);
    sql("insert into connections (id, workspace_id, project_id, name, base_url, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)")
    .bind(id)
    .bind(workspace)
    .bind(project)
    .bind(name)
    .bind(base_url.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(Connection {
        id,
        workspace,
        project,
        name: name.to_owned(),
        base_url: base_url.clone(),
        created_at: now,
        updated_at: now,
    })
}

/// Lets a connection lead elsewhere.
pub async fn redirect(tx: &mut Tx, id: ConnectionId, base_url: &BaseUrl, now: Timestamp) -> Result<()> {
    sql("update connections set base_url = $2, updated_at = $3 where id = $1")
        .bind(id)
        .bind(base_url.as_str())
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Connection, id).await
}
