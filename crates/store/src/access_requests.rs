//! What portal users ask for.

use jiff::Timestamp;
use model::access_request::{AccessRequest, RequestState};
use model::id::{AccessRequestId, ClientId, CollectionId, PortalId, PortalUserId, WorkspaceId};
use model::page::{Page, Paged};

use crate::Tx;
use crate::error::Result;
use crate::rows::{maybe_time, next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};

/// What a new request is made of. It is pending until it is [decided](decide).
pub struct NewAccessRequest<'a> {
    /// The workspace of all that it names.
    pub workspace: WorkspaceId,
    /// The portal in which it is made.
    pub portal: PortalId,
    /// Who asks.
    pub user: PortalUserId,
    /// Which client is to call.
    pub client: ClientId,
    /// What it is to call.
    pub collection: CollectionId,
    /// What for.
    pub reason: &'a str,
}

/// A request with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRequest {
    /// The request.
    pub request: AccessRequest,
    /// The e-mail address of who asks.
    pub email: String,
    /// The name of the client.
    pub client: String,
    /// The name of the collection.
    pub collection: String,
    /// The version of the collection.
    pub version: String,
}

/// Which requests are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those in this portal.
    pub portal: Option<PortalId>,
    /// Only those in this state.
    pub state: Option<RequestState>,
    /// Only those of this user.
    pub user: Option<PortalUserId>,
    /// Only those for this client.
    pub client: Option<ClientId>,
    /// Only those for this collection.
    pub collection: Option<CollectionId>,
}

impl Filter {
    fn applied(self, query: Query) -> Query {
        query
            .and(self.portal, "r.portal_id = ?")
            .and(self.state.map(written), "r.state = ?")
            .and(self.user, "r.portal_user_id = ?")
            .and(self.client, "r.client_id = ?")
            .and(self.collection, "r.collection_id = ?")
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    portal_id: i64,
    portal_user_id: i64,
    client_id: i64,
    collection_id: i64,
    reason: String,
    state: String,
    note: Option<String>,
    decided_by: Option<String>,
    created_at: i64,
    decided_at: Option<i64>,
    email: String,
    client_name: String,
    collection_name: String,
    version: String,
}

impl Row {
    fn listed(self) -> Result<ListedRequest> {
        let request = AccessRequest {
            id: AccessRequestId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            portal: PortalId(self.portal_id),
            user: PortalUserId(self.portal_user_id),
            client: ClientId(self.client_id),
            collection: CollectionId(self.collection_id),
            reason: self.reason,
            state: word("state of an access request", &self.state)?,
            note: self.note,
            decided_by: self.decided_by,
            created_at: time(self.created_at)?,
            decided_at: maybe_time(self.decided_at)?,
        };
        Ok(ListedRequest {
            request,
            email: self.email,
            client: self.client_name,
            collection: self.collection_name,
            version: self.version,
        })
    }
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select r.id, r.workspace_id, r.portal_id, r.portal_user_id, r.client_id, r.collection_id, r.reason,
                r.state, r.note, r.decided_by, r.created_at, r.decided_at, u.email,
                c.name as client_name, l.name as collection_name, l.version
         from access_requests r
         join portal_users u on u.id = r.portal_user_id
         join clients c on c.id = r.client_id
         join collections l on l.id = r.collection_id
         where r.workspace_id = $1")
    .bind(workspace)
}

/// Requests of a workspace, newest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    filter: Filter,
    page: Page,
) -> Result<Paged<ListedRequest>> {
    let mut on = on.into();
    let total = count(on.again(), workspace, filter).await?;
    let query = filter.applied(select(workspace)).then("order by r.id desc").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::listed).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// How many requests of a workspace the filter leaves.
pub async fn count(on: impl Into<Conn<'_>>, workspace: WorkspaceId, filter: Filter) -> Result<i64> {
    let counting =
        sql("select count(*) as value from access_requests r where r.workspace_id = $1").bind(workspace);
    number(filter.applied(counting), on).await
}

/// The request with this id in this workspace.
pub async fn find(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: AccessRequestId,
) -> Result<Option<ListedRequest>> {
    select(workspace).and(Some(id), "r.id = ?").maybe::<Row>(on).await?.map(Row::listed).transpose()
}

/// Adds a pending request. [`Taken`](crate::Error::Taken) if there is one already for this client and
/// collection.
pub async fn insert(tx: &mut Tx, new: NewAccessRequest<'_>, now: Timestamp) -> Result<AccessRequestId> {
    let id = AccessRequestId(next_id(tx, "access_request").await?);
    sql("insert into access_requests (id, workspace_id, portal_id, portal_user_id, client_id, collection_id,
                                      reason, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.portal)
    .bind(new.user)
    .bind(new.client)
    .bind(new.collection)
    .bind(new.reason)
    .bind(written(RequestState::Pending))
    .bind(now)
    .run(tx)
    .await?;
    Ok(id)
}

/// Writes what became of a request, by whom and with which note.
pub async fn decide(
    tx: &mut Tx,
    id: AccessRequestId,
    state: RequestState,
    decided_by: Option<&str>,
    note: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql("update access_requests set state = $2, decided_by = $3, note = $4, decided_at = $5 where id = $1")
        .bind(id)
        .bind(written(state))
        .bind(decided_by)
        .bind(note)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Approves every pending request of a client for these collections, since it may call them now.
pub async fn settle(
    tx: &mut Tx,
    client: ClientId,
    collections: &[CollectionId],
    decided_by: &str,
    now: Timestamp,
) -> Result<u64> {
    if collections.is_empty() {
        return Ok(0);
    }
    sql("update access_requests set state = $2, decided_by = $3, decided_at = $4
         where client_id = $1 and state = $5 and collection_id in")
    .bind(client)
    .bind(written(RequestState::Approved))
    .bind(decided_by)
    .bind(now)
    .bind(written(RequestState::Pending))
    .list(collections.iter().copied())
    .run(tx)
    .await
}
