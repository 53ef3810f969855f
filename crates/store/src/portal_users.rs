//! Portal users: developers who sign in to a portal, and the clients that they act for.

use jiff::Timestamp;
use model::id::{ClientId, PortalId, PortalUserId, WorkspaceId};
use model::page::{Page, Paged};
use model::people::{CameBy, PortalUser, email_key};

use crate::Tx;
use crate::error::Result;
use crate::rows::{containing, maybe_time, next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};

/// What a new portal user is made of. They are active from the start.
pub struct NewPortalUser<'a> {
    /// The workspace of the portal.
    pub workspace: WorkspaceId,
    /// Where they sign in.
    pub portal: PortalId,
    /// Unique in the portal, whatever the case of its letters.
    pub email: &'a str,
    /// As they want to be called, or empty.
    pub name: &'a str,
    /// How they come.
    pub came_by: CameBy,
    /// The clients that they act for.
    pub clients: &'a [ClientId],
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    portal_id: i64,
    email: String,
    name: String,
    came_by: String,
    active: bool,
    invited_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn user(self) -> Result<PortalUser> {
        Ok(PortalUser {
            id: PortalUserId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            portal: PortalId(self.portal_id),
            email: self.email,
            name: self.name,
            came_by: word("way that a portal user came", &self.came_by)?,
            active: self.active,
            invited_at: maybe_time(self.invited_at)?,
            last_sign_in_at: maybe_time(self.last_sign_in_at)?,
            clients: Vec::new(),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// Which portal users are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Only those of this portal.
    pub portal: Option<PortalId>,
    /// Only those who act for this client.
    pub client: Option<ClientId>,
    /// Only those who may come in, or only those who may not.
    pub active: Option<bool>,
    /// Only those with this e-mail address, however its letters are written.
    pub email: Option<&'a str>,
    /// Only those with this in their name or e-mail address, whatever its case.
    pub text: Option<&'a str>,
}

impl Filter<'_> {
    fn applied(self, query: Query) -> Query {
        query
            .and(self.portal, "portal_id = ?")
            .and(
                self.client,
                "exists (select 1 from portal_user_clients c
                         where c.portal_user_id = portal_users.id and c.client_id = ?)",
            )
            .and(self.active, "active = ?")
            .and(self.email.map(email_key), "email_key = ?")
            .and(
                self.text.map(containing),
                "(lower(name) like lower(?) escape '!' or lower(email) like lower(?) escape '!')",
            )
    }
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, workspace_id, portal_id, email, name, came_by, active, invited_at, last_sign_in_at,
                created_at, updated_at
         from portal_users where workspace_id = $1")
    .bind(workspace)
}

/// Portal users of a workspace, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<PortalUser>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from portal_users where workspace_id = $1").bind(workspace);
    let total = number(filter.applied(counting), on.again()).await?;
    let query = filter.applied(select(workspace)).then("order by id").page(page);
    let rows: Vec<Row> = query.all(on.again()).await?;
    let mut users = rows.into_iter().map(Row::user).collect::<Result<Vec<_>>>()?;
    fill(&mut users, on).await?;
    Ok(Paged { rows: users, total })
}

/// The portal user with this id in this workspace.
pub async fn find(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: PortalUserId,
) -> Result<Option<PortalUser>> {
    one(select(workspace).and(Some(id), "id = ?"), on.into()).await
}

/// The user of this portal with this e-mail address, however its letters are written.
pub async fn by_email(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    portal: PortalId,
    email: &str,
) -> Result<Option<PortalUser>> {
    let filter = Filter { portal: Some(portal), email: Some(email), ..Filter::default() };
    one(filter.applied(select(workspace)), on.into()).await
}

async fn one(query: Query, mut on: Conn<'_>) -> Result<Option<PortalUser>> {
    let row: Option<Row> = query.maybe(on.again()).await?;
    let Some(user) = row.map(Row::user).transpose()? else { return Ok(None) };
    let mut users = [user];
    fill(&mut users, on).await?;
    let [user] = users;
    Ok(Some(user))
}

/// Fills in the clients of users that are in order of their ids, with one statement.
async fn fill(users: &mut [PortalUser], on: Conn<'_>) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Acting {
        portal_user_id: i64,
        client_id: i64,
    }
    if users.is_empty() {
        return Ok(());
    }
    let query = sql("select portal_user_id, client_id from portal_user_clients where portal_user_id in")
        .list(users.iter().map(|user| user.id))
        .then("order by portal_user_id, client_id");
    for row in query.all::<Acting>(on).await? {
        if let Ok(place) = users.binary_search_by_key(&row.portal_user_id, |user| user.id.0) {
            users[place].clients.push(ClientId(row.client_id));
        }
    }
    Ok(())
}

/// Adds a portal user. [`Taken`](crate::Error::Taken) if the e-mail address is, in this portal.
pub async fn insert(tx: &mut Tx, new: NewPortalUser<'_>, now: Timestamp) -> Result<PortalUserId> {
    let id = PortalUserId(next_id(tx, "portal_user").await?);
    let invited_at = (new.came_by == CameBy::Invitation).then_some(now);
    sql("insert into portal_users (id, workspace_id, portal_id, email, email_key, name, came_by, active,
                                   invited_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.portal)
    .bind(new.email)
    .bind(email_key(new.email))
    .bind(new.name)
    .bind(written(new.came_by))
    .bind(true)
    .bind(invited_at)
    .bind(now)
    .run(tx)
    .await?;
    act_for(tx, id, new.clients).await?;
    Ok(id)
}

/// Writes the e-mail address, the name, the flag, the last invitation and the clients of a portal user.
/// [`Taken`](crate::Error::Taken) if the address is, in this portal.
pub async fn update(tx: &mut Tx, user: &PortalUser, now: Timestamp) -> Result<()> {
    sql("update portal_users set email = $2, email_key = $3, name = $4, active = $5, invited_at = $6,
                                 updated_at = case when updated_at < $7 then $7 else updated_at + 1 end
         where id = $1")
    .bind(user.id)
    .bind(user.email.as_str())
    .bind(email_key(&user.email))
    .bind(user.name.as_str())
    .bind(user.active)
    .bind(user.invited_at)
    .bind(now)
    .run(tx)
    .await?;
    sql("delete from portal_user_clients where portal_user_id = $1").bind(user.id).run(tx).await?;
    act_for(tx, user.id, &user.clients).await
}

async fn act_for(tx: &mut Tx, user: PortalUserId, clients: &[ClientId]) -> Result<()> {
    for client in clients {
        sql("insert into portal_user_clients (portal_user_id, client_id) values ($1, $2)
             on conflict (portal_user_id, client_id) do nothing")
        .bind(user)
        .bind(*client)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Notes that a portal user signed in.
pub async fn signed_in(tx: &mut Tx, id: PortalUserId, now: Timestamp) -> Result<()> {
    sql("update portal_users set last_sign_in_at = $2 where id = $1").bind(id).bind(now).run(tx).await?;
    Ok(())
}

/// Deletes a portal user with what they asked for. The clients stay.
pub async fn delete(tx: &mut Tx, id: PortalUserId) -> Result<()> {
    sql("delete from portal_users where id = $1").bind(id).run(tx).await?;
    Ok(())
}
