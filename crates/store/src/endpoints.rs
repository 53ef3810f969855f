//! Endpoints.

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::endpoint::{Endpoint, Method};
use model::id::{CollectionId, EndpointId, RecipeId, WorkspaceId};
use model::page::Page;
use model::path::PathTemplate;

use crate::Tx;
use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::packed::packed;
use crate::rows::{Id, next_ids, number, time};
use crate::scope::{in_projects, in_things};
use crate::sql::{Conn, Query, ROWS, sql};

/// What a new endpoint is made of. It is inactive at first.
pub struct NewEndpoint<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The collection it belongs to.
    pub collection: CollectionId,
    /// What stands behind it.
    pub recipe: RecipeId,
    /// For people.
    pub name: &'a str,
    /// For people.
    pub description: Option<&'a str>,
    /// The method it answers.
    pub method: Method,
    /// The path it answers; its [shape](PathTemplate::shape) is unique in the collection with the
    /// method.
    pub path: &'a PathTemplate,
}

packed! {
    struct Row {
        id: i64,
        collection_id: i64,
        recipe_id: i64,
        name: String,
        description: Option<String>,
        method: String,
        path: String,
        #[serde(deserialize_with = "crate::packed::flag")]
        active: bool,
        created_at: i64,
        updated_at: i64,
    }
}

impl Row {
    fn endpoint(self) -> Result<Endpoint> {
        Ok(Endpoint {
            id: EndpointId(self.id),
            collection: CollectionId(self.collection_id),
            recipe: RecipeId(self.recipe_id),
            name: self.name,
            description: self.description,
            method: method(&self.method)?,
            path: template(&self.path)?,
            active: self.active,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// A method from its column.
pub(crate) fn method(text: &str) -> Result<Method> {
    Method::from_request(text).ok_or_else(|| unreadable("method", text))
}

/// A path template from its column.
pub(crate) fn template(text: &str) -> Result<PathTemplate> {
    PathTemplate::parse(text).map_err(|_| unreadable("path", text))
}

fn select(scope: Scope) -> Query {
    sql("select id, collection_id, recipe_id, name, description, method, path, active, created_at, updated_at
         from endpoints where workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_things!("collection_id", "collections"))
}

/// Endpoints of a scope, or of one of its collections, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    collection: Option<CollectionId>,
    page: Page,
) -> Result<Vec<Endpoint>> {
    select(scope.into())
        .and(collection, "collection_id = ?")
        .then("order by id")
        .page(page)
        .packed::<Row>(on)
        .await?
        .into_iter()
        .map(Row::endpoint)
        .collect()
}

/// All endpoints of a collection, oldest first.
pub async fn all_of(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Vec<Endpoint>> {
    of(collection, None, on).await
}

/// All active endpoints of a collection, oldest first.
pub async fn active_of(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Vec<Endpoint>> {
    of(collection, Some(true), on).await
}

async fn of(
    collection: CollectionId,
    active: Option<bool>,
    on: impl Into<Conn<'_>>,
) -> Result<Vec<Endpoint>> {
    sql("select id, collection_id, recipe_id, name, description, method, path, active, created_at, updated_at
         from endpoints where collection_id = $1")
    .bind(collection)
    .and(active, "active = ?")
    .then("order by id")
    .all::<Row>(on)
    .await?
    .into_iter()
    .map(Row::endpoint)
    .collect()
}

/// The endpoint with this id in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: EndpointId,
) -> Result<Option<Endpoint>> {
    select(scope.into()).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::endpoint).transpose()
}

/// Whether the collection has an endpoint that the same calls would match.
pub async fn has_shape(
    on: impl Into<Conn<'_>>,
    collection: CollectionId,
    method: Method,
    path: &PathTemplate,
) -> Result<bool> {
    let query = sql("select count(*) as value from endpoints
                     where collection_id = $1 and method = $2 and shape = $3")
    .bind(collection)
    .bind(method.as_str())
    .bind(path.shape());
    Ok(number(query, on).await? > 0)
}

/// Adds an endpoint, inactive.
pub async fn insert(tx: &mut Tx, new: NewEndpoint<'_>, now: Timestamp) -> Result<EndpointId> {
    let id = write(tx, std::slice::from_ref(&new), false, now).await?;
    announce(tx, ChangeKind::Collection, new.collection).await?;
    Ok(EndpointId(id))
}

/// Adds the endpoints of an import, active or not; one change announces them all.
pub async fn insert_all(
    tx: &mut Tx,
    collection: CollectionId,
    new: &[NewEndpoint<'_>],
    active: bool,
    now: Timestamp,
) -> Result<()> {
    for chunk in new.chunks(ROWS) {
        write(tx, chunk, active, now).await?;
    }
    announce(tx, ChangeKind::Collection, collection).await
}

/// Gives the first id; the others follow it.
async fn write(tx: &mut Tx, new: &[NewEndpoint<'_>], active: bool, now: Timestamp) -> Result<i64> {
    let first = next_ids(tx, "endpoint", new.len()).await?;
    let rows = (first..).zip(new).map(|(id, new)| {
        [
            id.into(),
            new.workspace.into(),
            new.collection.into(),
            new.recipe.into(),
            new.name.into(),
            new.description.into(),
            new.method.as_str().into(),
            new.path.as_str().into(),
            new.path.shape().into(),
            active.into(),
            now.into(),
            now.into(),
        ]
    });
    sql("insert into endpoints (id, workspace_id, collection_id, recipe_id, name, description, method, path,
                                shape, active, created_at, updated_at) values")
    .rows(rows)
    .run(tx)
    .await?;
    Ok(first)
}

/// What a document says of an endpoint.
pub struct Described<'a> {
    /// The endpoint.
    pub id: EndpointId,
    /// For people.
    pub name: &'a str,
    /// For people.
    pub description: Option<&'a str>,
    /// The path with the names of its parameters; of the same shape as before.
    pub path: &'a PathTemplate,
}

/// Describes endpoints of a collection anew; one change announces them all.
pub async fn describe_all(
    tx: &mut Tx,
    collection: CollectionId,
    described: &[Described<'_>],
    now: Timestamp,
) -> Result<()> {
    for endpoint in described {
        sql("update endpoints set name = $2, description = $3, path = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
            .bind(endpoint.id)
            .bind(endpoint.name)
            .bind(endpoint.description)
            .bind(endpoint.path.as_str())
            .bind(now)
            .run(tx)
            .await?;
    }
    announce(tx, ChangeKind::Collection, collection).await
}

/// Removes endpoints of a collection; one change announces them all.
pub async fn remove_all(tx: &mut Tx, collection: CollectionId, ids: &[EndpointId]) -> Result<()> {
    for chunk in ids.chunks(ROWS) {
        let query = sql("delete from endpoints where collection_id = $1 and id in").bind(collection);
        query.list(chunk.iter().copied()).run(tx).await?;
    }
    announce(tx, ChangeKind::Collection, collection).await
}

/// Enables or disables an endpoint.
pub async fn set_active(tx: &mut Tx, endpoint: &Endpoint, active: bool, now: Timestamp) -> Result<()> {
    sql("update endpoints set active = $2, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(endpoint.id)
        .bind(active)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Collection, endpoint.collection).await
}

/// Enables or disables endpoints of a collection; one change announces them all.
pub async fn set_all_active(
    tx: &mut Tx,
    collection: CollectionId,
    ids: &[EndpointId],
    active: bool,
    now: Timestamp,
) -> Result<()> {
    for chunk in ids.chunks(ROWS) {
        sql("update endpoints set active = $2,
                 updated_at = case when updated_at < $3 then $3 else updated_at + 1 end
             where collection_id = $1 and id in")
        .bind(collection)
        .bind(active)
        .bind(now)
        .list(chunk.iter().copied())
        .run(tx)
        .await?;
    }
    announce(tx, ChangeKind::Collection, collection).await
}

/// The endpoints of a collection whose recipe is stopped.
pub async fn stopped_of(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Vec<EndpointId>> {
    let query = sql("select e.id from endpoints e join recipes r on r.id = e.recipe_id
         where e.collection_id = $1 and not r.running order by e.id");
    let rows: Vec<Id> = query.bind(collection).all(on).await?;
    Ok(rows.into_iter().map(|row| EndpointId(row.id)).collect())
}

/// Writes the name, the description and the recipe of an endpoint.
pub async fn update(tx: &mut Tx, endpoint: &Endpoint, now: Timestamp) -> Result<()> {
    sql("update endpoints set name = $2, description = $3, recipe_id = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(endpoint.id)
        .bind(endpoint.name.as_str())
        .bind(endpoint.description.as_deref())
        .bind(endpoint.recipe)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Collection, endpoint.collection).await
}
