//! What the gateway serves: the rows that its snapshot is made of. Whatever is read here, the
//! functions that write it [announce](crate::changes).

use jiff::Timestamp;
use model::change::{Change, ChangeKind};
use model::client::AuthType;
use model::endpoint::{BaseUrl, Method, RecipeKind};
use model::id::{ClientId, CollectionId, EndpointId, KeyId, RecipeId, WorkspaceId};
use model::net::IpRules;
use model::path::PathTemplate;
use model::secret::Digest;

use crate::connections::base_url;
use crate::endpoints::{method, template};
use crate::error::{Result, unreadable};
use crate::rows::{Id, maybe_time, rules, word};
use crate::sql::{Query, sql};
use crate::{Db, collections};

/// A collection with everything behind it.
#[derive(Debug, Clone)]
pub struct ServedCollection {
    /// Its id.
    pub id: CollectionId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The first path segment.
    pub workspace_handle: String,
    /// The second path segment.
    pub handle: String,
    /// The document that its mock recipes answer from.
    pub document: Option<String>,
    /// All its endpoints, inactive ones included.
    pub endpoints: Vec<ServedEndpoint>,
}

/// An endpoint with what stands behind it.
#[derive(Debug, Clone)]
pub struct ServedEndpoint {
    /// Its id.
    pub id: EndpointId,
    /// The method it answers.
    pub method: Method,
    /// The path it answers, relative to its collection.
    pub path: PathTemplate,
    /// Whether it can be called.
    pub active: bool,
    /// What stands behind it.
    pub recipe: RecipeId,
    /// What its recipe does with a call.
    pub kind: RecipeKind,
    /// Whether its recipe is started.
    pub running: bool,
    /// Where a proxy recipe forwards to.
    pub base_url: Option<BaseUrl>,
}

/// A client as the gateway sees it.
#[derive(Debug, Clone)]
pub struct ServedClient {
    /// Its id.
    pub id: ClientId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Whether its keys may call anything.
    pub active: bool,
    /// What it may call, in order of the ids.
    pub collections: Vec<CollectionId>,
}

/// A key as the gateway sees it.
#[derive(Debug, Clone)]
pub struct ServedKey {
    /// Its id.
    pub id: KeyId,
    /// The client it belongs to.
    pub client: ClientId,
    /// What its token is recognised by.
    pub digest: Digest,
    /// Whether it can be used.
    pub active: bool,
    /// How callers authenticate with it.
    pub auth_type: AuthType,
    /// What it may call in place of what its client may, in order; of access profiles.
    pub collections: Option<Vec<CollectionId>>,
    /// Who may call with it, by address.
    pub rules: IpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct CollectionRow {
    id: i64,
    workspace_id: i64,
    workspace_handle: String,
    handle: String,
}

fn select_collections() -> Query {
    sql("select c.id, c.workspace_id, w.handle as workspace_handle, c.handle
         from collections c join workspaces w on w.id = c.workspace_id where 1 = 1")
}

/// The collection with this id; `None` if it is gone.
pub async fn collection(db: &Db, id: CollectionId) -> Result<Option<ServedCollection>> {
    match select_collections().and(Some(id), "c.id = ?").maybe::<CollectionRow>(db).await? {
        Some(row) => Ok(Some(load_collection(db, row).await?)),
        None => Ok(None),
    }
}

/// All collections.
pub async fn collections(db: &Db) -> Result<Vec<ServedCollection>> {
    let rows: Vec<CollectionRow> = select_collections().then("order by c.id").all(db).await?;
    let mut collections = Vec::with_capacity(rows.len());
    for row in rows {
        collections.push(load_collection(db, row).await?);
    }
    Ok(collections)
}

async fn load_collection(db: &Db, row: CollectionRow) -> Result<ServedCollection> {
    let id = CollectionId(row.id);
    let endpoints = endpoints(db, id).await?;
    // Documents may be large, and only mock recipes read them here.
    let has_mock = endpoints.iter().any(|endpoint| endpoint.kind == RecipeKind::Mock);
    let document = if has_mock { collections::document(db, id).await? } else { None };
    Ok(ServedCollection {
        id,
        workspace: WorkspaceId(row.workspace_id),
        workspace_handle: row.workspace_handle,
        handle: row.handle,
        document,
        endpoints,
    })
}

async fn endpoints(db: &Db, collection: CollectionId) -> Result<Vec<ServedEndpoint>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        method: String,
        path: String,
        active: bool,
        recipe_id: i64,
        kind: String,
        running: bool,
        base_url: Option<String>,
    }
    let rows: Vec<Row> =
        sql("select e.id, e.method, e.path, e.active, e.recipe_id, r.kind, r.running, n.base_url
         from endpoints e
         join recipes r on r.id = e.recipe_id
         left join connections n on n.id = r.connection_id
         where e.collection_id = $1 order by e.id")
        .bind(collection)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ServedEndpoint {
                id: EndpointId(row.id),
                method: method(&row.method)?,
                path: template(&row.path)?,
                active: row.active,
                recipe: RecipeId(row.recipe_id),
                kind: word("kind of recipe", &row.kind)?,
                running: row.running,
                base_url: row.base_url.as_deref().map(base_url).transpose()?,
            })
        })
        .collect()
}

/// The collections in which something is served differently after `change`.
pub async fn collections_touched_by(db: &Db, change: &Change) -> Result<Vec<CollectionId>> {
    let query = match change.kind {
        ChangeKind::Collection => return Ok(vec![CollectionId(change.id)]),
        ChangeKind::Workspace => sql("select id from collections where workspace_id = $1"),
        ChangeKind::Recipe => sql("select distinct collection_id as id from endpoints where recipe_id = $1"),
        ChangeKind::Connection => sql("select distinct e.collection_id as id
             from endpoints e join recipes r on r.id = e.recipe_id where r.connection_id = $1"),
        ChangeKind::Client | ChangeKind::Key => return Ok(Vec::new()),
    };
    let rows: Vec<Id> = query.bind(change.id).all(db).await?;
    Ok(rows.into_iter().map(|row| CollectionId(row.id)).collect())
}

#[derive(sqlx::FromRow)]
struct ClientRow {
    id: i64,
    workspace_id: i64,
    active: bool,
}

/// The client with this id; `None` if it is gone.
pub async fn client(db: &Db, id: ClientId) -> Result<Option<ServedClient>> {
    let query = sql("select id, workspace_id, active from clients where id = $1").bind(id);
    let row: Option<ClientRow> = query.maybe(db).await?;
    Ok(with_collections(db, row.into_iter().collect()).await?.pop())
}

/// Up to `limit` clients with higher ids than `after`, in order.
pub async fn clients(db: &Db, after: ClientId, limit: i64) -> Result<Vec<ServedClient>> {
    let rows: Vec<ClientRow> =
        sql("select id, workspace_id, active from clients where id > $1 order by id limit $2")
            .bind(after)
            .bind(limit)
            .all(db)
            .await?;
    with_collections(db, rows).await
}

async fn with_collections(db: &Db, rows: Vec<ClientRow>) -> Result<Vec<ServedClient>> {
    #[derive(sqlx::FromRow)]
    struct Assigned {
        client_id: i64,
        collection_id: i64,
    }
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let assigned: Vec<Assigned> = sql("select client_id, collection_id from client_collections
         where client_id >= $1 and client_id <= $2 order by client_id, collection_id")
    .bind(first.id)
    .bind(last.id)
    .all(db)
    .await?;
    let mut assigned = assigned.into_iter().peekable();
    let mut clients = Vec::with_capacity(rows.len());
    for row in rows {
        let mut collections = Vec::new();
        while let Some(next) = assigned.next_if(|next| next.client_id <= row.id) {
            if next.client_id == row.id {
                collections.push(CollectionId(next.collection_id));
            }
        }
        let (id, workspace) = (ClientId(row.id), WorkspaceId(row.workspace_id));
        clients.push(ServedClient { id, workspace, active: row.active, collections });
    }
    Ok(clients)
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: i64,
    client_id: i64,
    digest: String,
    own_auth_type: Option<String>,
    client_auth_type: String,
    active: bool,
    ip_rules: String,
    expires_at: Option<i64>,
}

impl KeyRow {
    /// The key, without the collections of an access profile.
    fn key(self) -> Result<ServedKey> {
        Ok(ServedKey {
            id: KeyId(self.id),
            client: ClientId(self.client_id),
            digest: Digest::from_hex(&self.digest).ok_or_else(|| unreadable("digest of key", self.id))?,
            auth_type: word("auth type", self.own_auth_type.as_ref().unwrap_or(&self.client_auth_type))?,
            collections: self.own_auth_type.map(|_| Vec::new()),
            active: self.active,
            rules: rules(&self.ip_rules)?,
            expires_at: maybe_time(self.expires_at)?,
        })
    }
}

fn select_keys() -> Query {
    sql("select k.id, k.client_id, k.digest, k.auth_type as own_auth_type, c.auth_type as client_auth_type,
                k.active, k.ip_rules, k.expires_at
         from api_keys k join clients c on c.id = k.client_id where 1 = 1")
}

/// The key with this id; `None` if it is gone.
pub async fn key(db: &Db, id: KeyId) -> Result<Option<ServedKey>> {
    let rows = select_keys().and(Some(id), "k.id = ?").all(db).await?;
    Ok(with_own_collections(db, rows).await?.pop())
}

/// Up to `limit` keys with higher ids than `after`, in order.
pub async fn keys(db: &Db, after: KeyId, limit: i64) -> Result<Vec<ServedKey>> {
    let rows =
        select_keys().and(Some(after), "k.id > ?").then("order by k.id").limit(limit, 0).all(db).await?;
    with_own_collections(db, rows).await
}

/// Keys that are in order of their ids, with the collections of those that are access profiles.
async fn with_own_collections(db: &Db, rows: Vec<KeyRow>) -> Result<Vec<ServedKey>> {
    #[derive(sqlx::FromRow)]
    struct Assigned {
        key_id: i64,
        collection_id: i64,
    }
    let mut keys = rows.into_iter().map(KeyRow::key).collect::<Result<Vec<_>>>()?;
    let mut profiles = keys.iter().filter(|key| key.collections.is_some()).map(|key| key.id);
    let Some(first) = profiles.next() else { return Ok(keys) };
    let last = profiles.next_back().unwrap_or(first);
    let assigned: Vec<Assigned> = sql("select key_id, collection_id from key_collections
         where key_id >= $1 and key_id <= $2 order by key_id, collection_id")
    .bind(first)
    .bind(last)
    .all(db)
    .await?;
    for row in assigned {
        if let Ok(place) = keys.binary_search_by_key(&row.key_id, |key| key.id.0)
            && let Some(collections) = &mut keys[place].collections
        {
            collections.push(CollectionId(row.collection_id));
        }
    }
    Ok(keys)
}
