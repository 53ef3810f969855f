//! Collections with what stands around them.

use jiff::Timestamp;
use model::id::{ClientId, CollectionId, PortalId, WorkspaceId};
use model::page::{Page, Paged};
use model::portal::Visibility;

use crate::error::Result;
use crate::rows::{containing, number, time, word};
use crate::sql::{Conn, Query, sql};

/// A collection in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCollection {
    /// Its id.
    pub id: CollectionId,
    /// For people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The second path segment of its public URL.
    pub handle: String,
    /// The name of the connection that it forwards to; none if it answers from examples.
    pub connection: Option<String>,
    /// How many endpoints it has.
    pub endpoints: i64,
    /// How many of them can be called.
    pub active: i64,
    /// The portals that publish it, by name.
    pub portals: Vec<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which collections are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// All.
    #[default]
    Any,
    /// Those with an endpoint that can be called.
    Active,
    /// Those of which no endpoint can be called.
    Inactive,
    /// Those that no portal publishes.
    Unpublished,
}

/// Which collections are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Those whose name or handle contains this, whatever its case.
    pub text: Option<&'a str>,
    /// Those in this state.
    pub state: State,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    version: String,
    handle: String,
    connection: Option<String>,
    endpoints: i64,
    active: i64,
    updated_at: i64,
}

fn narrowed(query: Query, filter: Filter<'_>) -> Query {
    let query = query.and(
        filter.text.map(containing),
        "(lower(c.name) like lower(?) escape '!' or lower(c.handle) like lower(?) escape '!')",
    );
    match filter.state {
        State::Any => query,
        State::Active => {
            query.then("and exists (select 1 from endpoints e where e.collection_id = c.id and e.active)")
        }
        State::Inactive => {
            query.then("and not exists (select 1 from endpoints e where e.collection_id = c.id and e.active)")
        }
        State::Unpublished => {
            query.then("and not exists (select 1 from portal_collections p where p.collection_id = c.id)")
        }
    }
}

/// Collections of a workspace, by name.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<ListedCollection>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from collections c where c.workspace_id = $1");
    let total = number(narrowed(counting.bind(workspace), filter), on.again()).await?;
    let query = sql("select c.id, c.name, c.version, c.handle, c.updated_at, n.name as connection,
                (select count(*) from endpoints e where e.collection_id = c.id) as endpoints,
                (select count(*) from endpoints e where e.collection_id = c.id and e.active) as active
         from collections c left join connections n on n.id = c.connection_id
         where c.workspace_id = $1")
    .bind(workspace);
    let query = narrowed(query, filter).then("order by lower(c.name), c.version desc, c.id").page(page);
    let rows: Vec<Row> = query.all(on.again()).await?;
    let mut portals = published(rows.iter().map(|row| row.id).collect(), on).await?;
    let rows = rows.into_iter().map(|row| {
        Ok(ListedCollection {
            portals: portals.extract_if(.., |(id, _)| *id == row.id).map(|(_, name)| name).collect(),
            id: CollectionId(row.id),
            name: row.name,
            version: row.version,
            handle: row.handle,
            connection: row.connection,
            endpoints: row.endpoints,
            active: row.active,
            updated_at: time(row.updated_at)?,
        })
    });
    Ok(Paged { rows: rows.collect::<Result<_>>()?, total })
}

/// The names of the portals that publish these collections.
async fn published(ids: Vec<i64>, on: Conn<'_>) -> Result<Vec<(i64, String)>> {
    #[derive(sqlx::FromRow)]
    struct Published {
        collection_id: i64,
        name: String,
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql("select c.collection_id, p.name
         from portal_collections c join portals p on p.id = c.portal_id where c.collection_id in");
    let rows: Vec<Published> = query.list(ids).then("order by lower(p.name), p.id").all(on).await?;
    Ok(rows.into_iter().map(|row| (row.collection_id, row.name)).collect())
}

/// A portal, and how it publishes a collection if it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalOfCollection {
    /// Its id.
    pub id: PortalId,
    /// Its name.
    pub name: String,
    /// The first label of its host name.
    pub subdomain: String,
    /// Who finds the collection there; none if it does not publish it.
    pub visibility: Option<Visibility>,
    /// Whether a wish for it is granted without anybody deciding.
    pub auto_approve: bool,
}

/// The portals of a workspace by name, with how each publishes a collection.
pub async fn portals(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    collection: CollectionId,
    page: Page,
) -> Result<Paged<PortalOfCollection>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
        subdomain: String,
        visibility: Option<String>,
        auto_approve: Option<bool>,
    }
    let mut on = on.into();
    let counting = sql("select count(*) as value from portals where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let query = sql("select p.id, p.name, p.subdomain, c.visibility, c.auto_approve
         from portals p left join portal_collections c on c.portal_id = p.id and c.collection_id = $2
         where p.workspace_id = $1")
    .bind(workspace)
    .bind(collection)
    .then("order by lower(p.name), p.id")
    .page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(|row| {
        Ok(PortalOfCollection {
            id: PortalId(row.id),
            name: row.name,
            subdomain: row.subdomain,
            visibility: row.visibility.map(|text| word("visibility", &text)).transpose()?,
            auto_approve: row.auto_approve.unwrap_or(false),
        })
    });
    Ok(Paged { rows: rows.collect::<Result<_>>()?, total })
}

/// A client that may call a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOfCollection {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// How many of its keys are active.
    pub active_keys: i64,
}

/// The clients that may call a collection, by name.
pub async fn clients(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    collection: CollectionId,
    page: Page,
) -> Result<Paged<ClientOfCollection>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
        active_keys: i64,
    }
    let narrowed = |text| sql(text).bind(workspace).bind(collection).then(MAY_CALL);
    let mut on = on.into();
    let counting = narrowed("select count(*) as value from clients c where c.workspace_id = $1");
    let total = number(counting, on.again()).await?;
    let query = narrowed(
        "select c.id, c.name,
                (select count(*) from api_keys k where k.client_id = c.id and k.active) as active_keys
         from clients c where c.workspace_id = $1",
    );
    let rows: Vec<Row> = query.then("order by lower(c.name), c.id").page(page).all(on).await?;
    let rows = rows.into_iter().map(|row| ClientOfCollection {
        id: ClientId(row.id),
        name: row.name,
        active_keys: row.active_keys,
    });
    Ok(Paged { rows: rows.collect(), total })
}

/// The client may call it, or one of its access profiles may.
const MAY_CALL: &str =
    "and (exists (select 1 from client_collections a where a.client_id = c.id and a.collection_id = $2)
          or exists (select 1 from key_collections a join api_keys k on k.id = a.key_id
                     where k.client_id = c.id and a.collection_id = $2))";
