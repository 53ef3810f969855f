//! Developer API clients: the tokens of the management API.

use jiff::Timestamp;
use model::access::{DeveloperClient, Reached, Role};
use model::id::{DeveloperClientId, FolderId, ProjectId, WorkspaceId};
use model::net::IpRules;
use model::page::{Page, Paged};
use model::secret::{Digest, Secret};
use model::workspace::Workspace;

use crate::Tx;
use crate::error::Result;
use crate::rows::{maybe_time, next_id, number, rules, rules_json, time, word, written};
use crate::sql::{Conn, Query, sql};

/// What a new developer API client is made of.
pub struct NewDeveloperClient<'a> {
    /// The workspace it acts in.
    pub workspace: WorkspaceId,
    /// Unique in the workspace.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// The projects that it is restricted to, if it is.
    pub projects: Option<&'a [ProjectId]>,
    /// From where it may be used.
    pub rules: &'a IpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Its token, of which the digest and the last four characters are kept.
    pub token: &'a Secret,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    name: String,
    role: String,
    restricted: bool,
    last_four: String,
    ip_rules: String,
    expires_at: Option<i64>,
    issued_at: Option<i64>,
    created_at: i64,
    updated_at: Option<i64>,
}

impl Row {
    /// The developer API client; the projects of one that is restricted are to be filled in.
    fn client(self) -> Result<DeveloperClient> {
        Ok(DeveloperClient {
            id: DeveloperClientId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            name: self.name,
            role: word("role", &self.role)?,
            projects: self.restricted.then(Vec::new),
            rules: rules(&self.ip_rules)?,
            expires_at: maybe_time(self.expires_at)?,
            last_four: self.last_four,
            issued_at: time(self.issued_at.unwrap_or(self.created_at))?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at.unwrap_or(self.created_at))?,
        })
    }
}

fn select() -> Query {
    sql("select id, workspace_id, name, role, restricted, last_four, ip_rules, expires_at, issued_at, created_at, updated_at
         from developer_clients where 1 = 1")
}

/// The developer API client whose token has this digest, in any workspace, with that workspace.
pub async fn by_digest(
    on: impl Into<Conn<'_>>,
    digest: Digest,
) -> Result<Option<(DeveloperClient, Workspace)>> {
    #[derive(sqlx::FromRow)]
    struct Found {
        #[sqlx(flatten)]
        client: Row,
        handle: String,
        workspace_name: String,
        contact_email: String,
        time_zone: String,
        root_folder_id: i64,
        made_at: i64,
        changed_at: i64,
    }
    let mut on = on.into();
    let found: Option<Found> = sql("select d.id, d.workspace_id, d.name, d.role, d.restricted, d.last_four,
                d.ip_rules, d.expires_at, d.issued_at, d.created_at, d.updated_at, w.handle,
                w.name as workspace_name, w.contact_email, w.time_zone, w.root_folder_id,
                w.created_at as made_at, w.updated_at as changed_at
         from developer_clients d join workspaces w on w.id = d.workspace_id where d.digest = $1")
    .bind(digest.to_hex())
    .maybe(on.again())
    .await?;
    let Some(found) = found else { return Ok(None) };
    let mut clients = [found.client.client()?];
    fill(&mut clients, on).await?;
    let [client] = clients;
    let workspace = Workspace {
        id: client.workspace,
        handle: found.handle,
        name: found.workspace_name,
        contact_email: found.contact_email,
        time_zone: found.time_zone,
        root_folder: FolderId(found.root_folder_id),
        created_at: time(found.made_at)?,
        updated_at: time(found.changed_at)?,
    };
    Ok(Some((client, workspace)))
}

async fn one(query: Query, on: Conn<'_>) -> Result<Option<DeveloperClient>> {
    Ok(all(query, on).await?.pop())
}

async fn all(query: Query, mut on: Conn<'_>) -> Result<Vec<DeveloperClient>> {
    let rows = query.all::<Row>(on.again()).await?;
    let mut clients = rows.into_iter().map(Row::client).collect::<Result<Vec<_>>>()?;
    fill(&mut clients, on).await?;
    Ok(clients)
}

/// Fills in the projects of those that are restricted, of clients in order of their ids, with one
/// statement; without one if none is.
async fn fill(clients: &mut [DeveloperClient], on: Conn<'_>) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Row {
        developer_client_id: i64,
        id: i64,
        folder_id: i64,
        name: String,
    }
    let mut restricted = clients.iter().filter(|client| client.projects.is_some()).map(|client| client.id);
    let Some(first) = restricted.next() else { return Ok(()) };
    let last = restricted.next_back().unwrap_or(first);
    let rows: Vec<Row> = sql("select r.developer_client_id, p.id, p.folder_id, p.name
         from developer_client_projects r join projects p on p.id = r.project_id
         where r.developer_client_id >= $1 and r.developer_client_id <= $2
         order by r.developer_client_id, p.id")
    .bind(first)
    .bind(last)
    .all(on)
    .await?;
    for row in rows {
        if let Ok(place) = clients.binary_search_by_key(&row.developer_client_id, |client| client.id.0)
            && let Some(projects) = &mut clients[place].projects
        {
            let (project, folder) = (ProjectId(row.id), FolderId(row.folder_id));
            projects.push(Reached { project, folder, name: row.name });
        }
    }
    Ok(())
}

/// Developer API clients of a workspace, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    page: Page,
) -> Result<Paged<DeveloperClient>> {
    let mut on = on.into();
    let counting =
        sql("select count(*) as value from developer_clients where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let query = select().and(Some(workspace), "workspace_id = ?").then("order by id").page(page);
    Ok(Paged { rows: all(query, on).await?, total })
}

/// The developer API client with this id in this workspace.
pub async fn find(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: DeveloperClientId,
) -> Result<Option<DeveloperClient>> {
    one(select().and(Some(workspace), "workspace_id = ?").and(Some(id), "id = ?"), on.into()).await
}

/// Adds a developer API client. [`Taken`](crate::Error::Taken) if the name is.
pub async fn insert(tx: &mut Tx, new: NewDeveloperClient<'_>, now: Timestamp) -> Result<DeveloperClientId> {
    let id = DeveloperClientId(next_id(tx, "developer_client").await?);
    sql("insert into developer_clients (id, workspace_id, name, role, digest, last_four, ip_rules, expires_at,
                                        created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.name)
    .bind(written(new.role))
    .bind(new.token.digest().to_hex())
    .bind(new.token.last_four())
    .bind(rules_json(new.rules))
    .bind(new.expires_at)
    .bind(now)
    .run(&mut *tx)
    .await?;
    if new.projects.is_some() {
        restrict(tx, id, new.projects).await?;
    }
    Ok(id)
}

/// Writes the name, the role, the address rules and the end of a developer API client.
/// [`Taken`](crate::Error::Taken) if the name is.
pub async fn update(tx: &mut Tx, client: &DeveloperClient, now: Timestamp) -> Result<()> {
    sql("update developer_clients set name = $2, role = $3, ip_rules = $4, expires_at = $5, updated_at =
             case when coalesce(updated_at, created_at) < $6 then $6 else coalesce(updated_at, created_at) + 1 end
         where id = $1")
    .bind(client.id)
    .bind(client.name.as_str())
    .bind(written(client.role))
    .bind(rules_json(&client.rules))
    .bind(client.expires_at)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Restricts a developer API client to these projects and no others, or to none but the workspace.
pub async fn restrict(tx: &mut Tx, id: DeveloperClientId, projects: Option<&[ProjectId]>) -> Result<()> {
    sql("update developer_clients set restricted = $2 where id = $1")
        .bind(id)
        .bind(projects.is_some())
        .run(&mut *tx)
        .await?;
    sql("delete from developer_client_projects where developer_client_id = $1")
        .bind(id)
        .run(&mut *tx)
        .await?;
    for project in projects.unwrap_or_default() {
        sql("insert into developer_client_projects (developer_client_id, project_id) values ($1, $2)
             on conflict (developer_client_id, project_id) do nothing")
        .bind(id)
        .bind(*project)
        .run(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Gives a developer API client another token; the former one is forgotten.
pub async fn regenerate(tx: &mut Tx, id: DeveloperClientId, token: &Secret, now: Timestamp) -> Result<()> {
    sql("update developer_clients set digest = $2, last_four = $3, issued_at = $4, updated_at =
             case when coalesce(updated_at, created_at) < $4 then $4 else coalesce(updated_at, created_at) + 1 end
         where id = $1")
    .bind(id)
    .bind(token.digest().to_hex())
    .bind(token.last_four())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Deletes a developer API client.
pub async fn delete(tx: &mut Tx, id: DeveloperClientId) -> Result<()> {
    sql("delete from developer_clients where id = $1").bind(id).run(tx).await?;
    Ok(())
}
