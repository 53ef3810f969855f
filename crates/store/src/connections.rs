//! Connections: how to reach backends.

use jiff::Timestamp;
use model::access::Scope;
use model::authorities::Authorities;
use model::change::ChangeKind;
use model::endpoint::{BaseUrl, Connection};
use model::id::{ConnectionId, ProjectId, WorkspaceId};
use model::page::{Page, Paged};

use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::rows::{next_id, number, time};
use crate::scope::in_projects;
use crate::seal::Seal;
use crate::sql::{Conn, Query, sql};
use crate::{Tx, backend};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    project_id: Option<i64>,
    name: String,
    base_url: String,
    authorities: Option<String>,
    credential: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn connection(self, seal: &Seal) -> Result<Connection> {
        Ok(Connection {
            id: ConnectionId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            project: self.project_id.map(ProjectId),
            name: self.name,
            base_url: base_url(&self.base_url)?,
            authorities: self.authorities.as_deref().map(authorities).transpose()?,
            credential: backend::read(seal, self.credential.as_deref())?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// A base URL from its column.
pub(crate) fn base_url(text: &str) -> Result<BaseUrl> {
    BaseUrl::parse(text).map_err(|_| unreadable("base URL", text))
}

/// Authorities from their column.
pub(crate) fn authorities(text: &str) -> Result<Authorities> {
    Authorities::parse(text).map_err(|fault| unreadable("certificates of authorities", fault))
}

fn select(scope: Scope) -> Query {
    sql("select id, workspace_id, project_id, name, base_url, authorities, credential, created_at, updated_at
         from connections where workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_projects!("project_id"))
}

async fn maybe(query: Query, on: Conn<'_>) -> Result<Option<Connection>> {
    let db = on.db().clone();
    query.maybe::<Row>(on).await?.map(|row| row.connection(&db.0.seal)).transpose()
}

/// Connections of a scope, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, page: Page) -> Result<Paged<Connection>> {
    let (mut on, scope) = (on.into(), scope.into());
    let counting = sql("select count(*) as value from connections where workspace_id = $1")
        .bind(scope.workspace)
        .within(scope, in_projects!("project_id"));
    let db = on.db().clone();
    let total = number(counting, on.again()).await?;
    let rows: Vec<Row> = select(scope).then("order by id").page(page).all(on).await?;
    let rows = rows.into_iter().map(|row| row.connection(&db.0.seal)).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The connection with this id in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    maybe(select(scope.into()).and(Some(id), "id = ?"), on.into()).await
}

/// The connection with this name in this workspace.
pub async fn by_name(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Connection>> {
    maybe(select(workspace.into()).and(Some(name), "name = ?"), on.into()).await
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
        authorities: None,
        credential: None,
        created_at: now,
        updated_at: now,
    })
}

/// Writes the name, the project, the base URL and how it is trusted and proves itself of a connection.
/// [`Taken`](crate::Error::Taken) if the name is.
pub async fn update(tx: &mut Tx, connection: &Connection, now: Timestamp) -> Result<()> {
    let credential = backend::write(&tx.db.0.seal, connection.credential.as_ref());
    sql(
        "update connections set name = $2, project_id = $3, base_url = $4, authorities = $5, credential = $7,
             updated_at = case when updated_at < $6 then $6 else updated_at + 1 end
         where id = $1",
    )
    .bind(connection.id)
    .bind(connection.name.as_str())
    .bind(connection.project)
    .bind(connection.base_url.as_str())
    .bind(connection.authorities.as_ref().map(Authorities::as_pem))
    .bind(now)
    .bind(credential)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Connection, connection.id).await
}

/// How many recipes and collections stand on a connection.
pub async fn users(on: impl Into<Conn<'_>>, id: ConnectionId) -> Result<i64> {
    let query = sql("select (select count(*) from recipes where connection_id = $1)
                          + (select count(*) from collections where connection_id = $1) as value")
    .bind(id);
    number(query, on).await
}

/// Deletes a connection on which nothing [stands](users).
pub async fn delete(tx: &mut Tx, id: ConnectionId) -> Result<()> {
    sql("delete from connections where id = $1").bind(id).run(tx).await?;
    announce(tx, ChangeKind::Connection, id).await
}
