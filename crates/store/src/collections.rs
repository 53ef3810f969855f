//! Collections and their OpenAPI documents.

use std::collections::HashMap;

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::collection::{Collection, CollectionKind, Version};
use model::cors::Cors;
use model::id::{CollectionId, ConnectionId, ProjectId, WorkspaceId};
use model::page::Page;
use model::secret::{Digest, Secret};

use crate::Tx;
use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::rows::{Id, next_id, number, time, word, written};
use crate::scope::in_projects;
use crate::sql::{Conn, Query, sql};

const SEALED: &str = "collections.specification_token";

/// What a new collection is made of.
pub struct NewCollection<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// Unique in the workspace together with the version.
    pub name: &'a str,
    /// Its version.
    pub version: &'a Version,
    /// Unique in the workspace.
    pub handle: &'a str,
    /// What its endpoints stand on.
    pub kind: CollectionKind,
    /// Where its proxy recipes forward to.
    pub connection: Option<ConnectionId>,
    /// The token in its `api_spec_url`.
    pub specification_token: &'a Secret,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    project_id: Option<i64>,
    name: String,
    version: String,
    handle: String,
    kind: String,
    connection_id: Option<i64>,
    specification_token: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn collection(self, seal: &crate::seal::Seal) -> Result<Collection> {
        Ok(Collection {
            id: CollectionId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            project: self.project_id.map(ProjectId),
            name: self.name,
            version: Version::parse(&self.version).ok_or_else(|| unreadable("version", &self.version))?,
            handle: self.handle,
            kind: word("kind of collection", &self.kind)?,
            connection: self.connection_id.map(ConnectionId),
            specification_token: Secret::from_sealed(seal.open(SEALED, &self.specification_token)?),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select() -> Query {
    sql("select id, workspace_id, project_id, name, version, handle, kind, connection_id,
                specification_token, created_at, updated_at
         from collections where 1 = 1")
}

async fn maybe(query: Query, on: impl Into<Conn<'_>>) -> Result<Option<Collection>> {
    let on = on.into();
    let db = on.db().clone();
    query.maybe::<Row>(on).await?.map(|row| row.collection(&db.0.seal)).transpose()
}

pub(crate) fn read_cors(json: Option<String>) -> Result<Option<Cors>> {
    json.map(|json| serde_json::from_str(&json).map_err(|error| unreadable("CORS rules", error))).transpose()
}

/// Which pages of other sites may call a collection, if any may; `None` if there is no such collection in
/// the scope.
pub async fn cors(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: CollectionId,
) -> Result<Option<Option<Cors>>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        cors: Option<String>,
    }
    let scope = scope.into();
    let query = sql("select cors from collections where workspace_id = $1 and id = $2");
    let query = query.bind(scope.workspace).bind(id).within(scope, in_projects!("project_id"));
    let row: Option<Row> = query.maybe(on).await?;
    row.map(|row| read_cors(row.cors)).transpose()
}

/// Lets pages of other sites call a collection, or none.
pub async fn set_cors(tx: &mut Tx, id: CollectionId, cors: Option<&Cors>, now: Timestamp) -> Result<()> {
    let json = cors.map(|cors| serde_json::to_string(cors).expect("lists of texts have a JSON form"));
    sql("update collections set cors = $2, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(id)
        .bind(json)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Collection, id).await
}

fn select_within(scope: Scope) -> Query {
    select().and(Some(scope.workspace), "workspace_id = ?").within(scope, in_projects!("project_id"))
}

/// Collections of a scope, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, page: Page) -> Result<Vec<Collection>> {
    let on = on.into();
    let db = on.db().clone();
    let query = select_within(scope.into()).then("order by id").page(page);
    query.all::<Row>(on).await?.into_iter().map(|row| row.collection(&db.0.seal)).collect()
}

/// The collection with this id in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: CollectionId,
) -> Result<Option<Collection>> {
    maybe(select_within(scope.into()).and(Some(id), "id = ?"), on).await
}

/// The collection whose `api_spec_url` has the token with this digest, in any workspace.
pub async fn by_specification_token(on: impl Into<Conn<'_>>, digest: Digest) -> Result<Option<Collection>> {
    maybe(select().and(Some(digest.to_hex()), "specification_digest = ?"), on).await
}

/// The collection with this name and version in this workspace.
pub async fn by_name(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    name: &str,
    version: &Version,
) -> Result<Option<Collection>> {
    let query = select()
        .and(Some(workspace), "workspace_id = ?")
        .and(Some(name), "name = ?")
        .and(Some(version.as_str()), "version = ?");
    maybe(query, on).await
}

/// The collection under this handle in this workspace.
pub async fn by_handle(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    handle: &str,
) -> Result<Option<Collection>> {
    maybe(select().and(Some(workspace), "workspace_id = ?").and(Some(handle), "handle = ?"), on).await
}

/// Whether the workspace has a collection under this handle.
pub async fn has_handle(on: impl Into<Conn<'_>>, workspace: WorkspaceId, handle: &str) -> Result<bool> {
    let query = sql("select count(*) as value from collections where workspace_id = $1 and handle = $2")
        .bind(workspace)
        .bind(handle);
    Ok(number(query, on).await? > 0)
}

/// The handles of these collections of a workspace, and of those with ids between theirs, with one
/// statement.
pub async fn handles(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    ids: &[CollectionId],
) -> Result<HashMap<CollectionId, String>> {
    #[derive(sqlx::FromRow)]
    struct Handle {
        id: i64,
        handle: String,
    }
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(HashMap::new()) };
    let rows: Vec<Handle> =
        sql("select id, handle from collections where workspace_id = $1 and id >= $2 and id <= $3")
            .bind(workspace)
            .bind(*first)
            .bind(*last)
            .all(on)
            .await?;
    Ok(rows.into_iter().map(|row| (CollectionId(row.id), row.handle)).collect())
}

/// Adds a collection.
pub async fn insert(tx: &mut Tx, new: NewCollection<'_>, now: Timestamp) -> Result<CollectionId> {
    let id = CollectionId(next_id(tx, "collection").await?);
    let sealed = tx.db.0.seal.close(SEALED, new.specification_token.expose());
    sql("insert into collections (id, workspace_id, project_id, name, version, handle, kind, connection_id,
                                  specification_token, specification_digest, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.project)
    .bind(new.name)
    .bind(new.version.as_str())
    .bind(new.handle)
    .bind(written(new.kind))
    .bind(new.connection)
    .bind(sealed)
    .bind(new.specification_token.digest().to_hex())
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Collection, id).await?;
    Ok(id)
}

/// The text of the document in force of a collection, in the JSON that readers parse.
pub async fn document(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Content {
        content: String,
    }
    let row: Option<Content> = sql("select d.content from documents d
                                    join collections c on c.document_id = d.id where c.id = $1")
    .bind(collection)
    .maybe(on)
    .await?;
    Ok(row.map(|row| row.content))
}

/// Writes the name, the kind and the connection of a collection.
pub async fn update(tx: &mut Tx, collection: &Collection, now: Timestamp) -> Result<()> {
    sql("update collections set name = $2, kind = $3, connection_id = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(collection.id)
        .bind(collection.name.as_str())
        .bind(written(collection.kind))
        .bind(collection.connection)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Collection, collection.id).await
}

/// Lets the recipes of this scope behind the endpoints of a collection that forward to one connection
/// forward to another.
pub async fn reconnect(
    tx: &mut Tx,
    scope: impl Into<Scope>,
    collection: CollectionId,
    from: ConnectionId,
    to: ConnectionId,
    now: Timestamp,
) -> Result<()> {
    sql("update recipes set connection_id = $3, version = version + 1, updated_at = $4
         where connection_id = $2
               and id in (select recipe_id from endpoints where collection_id = $1)")
    .bind(collection)
    .bind(from)
    .bind(to)
    .bind(now)
    .within(scope.into(), in_projects!("project_id"))
    .run(&mut *tx)
    .await?;
    // Other collections may stand on the same recipes.
    let recipes: Vec<Id> = sql("select distinct r.id from recipes r join endpoints e on e.recipe_id = r.id
         where e.collection_id = $1 and r.connection_id = $2 order by r.id")
    .bind(collection)
    .bind(to)
    .all(&mut *tx)
    .await?;
    for recipe in recipes {
        announce(tx, ChangeKind::Recipe, recipe.id).await?;
    }
    Ok(())
}

/// Deletes a collection with its endpoints and documents; clients and portals forget it. Recipes and
/// connections stay.
pub async fn delete(tx: &mut Tx, collection: CollectionId) -> Result<()> {
    sql("delete from collections where id = $1").bind(collection).run(tx).await?;
    announce(tx, ChangeKind::Collection, collection).await
}
