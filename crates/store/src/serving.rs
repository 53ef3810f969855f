//! What the gateway serves: the rows that its snapshot is made of. Whatever is read here, the
//! functions that write it [announce](crate::changes).

mod callers;
mod policies;

use model::authorities::Authorities;
use model::backend::BackendCredential;
use model::change::{Change, ChangeKind};
use model::cors::Cors;
use model::endpoint::{BaseUrl, Forwarding, Method, RecipeKind};
use model::id::{CollectionId, DocumentId, EndpointId, RecipeId, WorkspaceId};
use model::path::PathTemplate;

use crate::connections::{authorities, base_url};
use crate::endpoints::{method, template};
use crate::error::Result;
use crate::rows::{Id, word};
use crate::sql::{Query, sql};
use crate::{Db, backend, documents};

pub use callers::{ServedClient, ServedKey, client, clients, key, keys};
pub use policies::{ServedPolicy, policies, policy};

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
    /// Which pages of other sites may call it; absent if none may.
    pub cors: Option<Cors>,
    /// The subdomains of the portals that publish it.
    pub portals: Vec<String>,
    /// How many bytes the body of a call may have; absent for what the gateway has for all.
    pub max_body_bytes: Option<i64>,
    /// The document that its mock recipes answer from; absent if it has no mock recipes.
    pub document: Option<DocumentId>,
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
    /// Whom to trust about the certificate found there, besides those whom the system trusts.
    pub authorities: Option<Authorities>,
    /// What the gateway proves itself with there.
    pub credential: Option<BackendCredential>,
    /// How its calls are forwarded.
    pub forwarding: Forwarding,
}

#[derive(sqlx::FromRow)]
struct CollectionRow {
    id: i64,
    workspace_id: i64,
    workspace_handle: String,
    handle: String,
    cors: Option<String>,
    max_body_bytes: Option<i64>,
}

fn select_collections() -> Query {
    sql("select c.id, c.workspace_id, w.handle as workspace_handle, c.handle, c.cors,
                c.max_body_bytes
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
    let has_mock = endpoints.iter().any(|endpoint| endpoint.kind == RecipeKind::Mock);
    let document = if has_mock { documents::in_force_id(db, id).await? } else { None };
    Ok(ServedCollection {
        id,
        workspace: WorkspaceId(row.workspace_id),
        workspace_handle: row.workspace_handle,
        handle: row.handle,
        cors: crate::collections::read_cors(row.cors)?,
        portals: crate::portals::that_publish(db, id).await?,
        max_body_bytes: row.max_body_bytes,
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
        authorities: Option<String>,
        credential: Option<String>,
        timeout_seconds: Option<i64>,
        to_base_url: bool,
    }
    let rows: Vec<Row> =
        sql("select e.id, e.method, e.path, e.active, e.recipe_id, r.kind, r.running, n.base_url,
                n.authorities, n.credential, e.timeout_seconds, e.to_base_url
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
                authorities: row.authorities.as_deref().map(authorities).transpose()?,
                credential: backend::read(&db.0.seal, row.credential.as_deref())?,
                forwarding: Forwarding { timeout_seconds: row.timeout_seconds, to_base_url: row.to_base_url },
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
        ChangeKind::Client | ChangeKind::Key | ChangeKind::Policy | ChangeKind::Revocation => {
            return Ok(Vec::new());
        }
    };
    let rows: Vec<Id> = query.bind(change.id).all(db).await?;
    Ok(rows.into_iter().map(|row| CollectionId(row.id)).collect())
}
