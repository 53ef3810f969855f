//! Connections with what stands on them.

use model::id::{CollectionId, ConnectionId, WorkspaceId};
use model::page::{Page, Paged};

use crate::error::Result;
use crate::rows::{containing, number};
use crate::sql::{Conn, Query, sql};

/// A connection in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedConnection {
    /// Its id.
    pub id: ConnectionId,
    /// For people.
    pub name: String,
    /// Where the backend is.
    pub base_url: String,
    /// Whether certificates of other authorities than the system's are trusted.
    pub has_authorities: bool,
    /// How many collections forward to it.
    pub collections: i64,
    /// How many endpoints forward to it.
    pub endpoints: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    base_url: String,
    authorities: i64,
    collections: i64,
    endpoints: i64,
}

fn narrowed(query: Query, text: Option<&str>) -> Query {
    query.and(
        text.map(containing),
        "(lower(n.name) like lower(?) escape '!' or lower(n.base_url) like lower(?) escape '!')",
    )
}

/// Connections of a workspace by name; only those whose name or address contains `text`, whatever its
/// case.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    text: Option<&str>,
    page: Page,
) -> Result<Paged<ListedConnection>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from connections n where n.workspace_id = $1");
    let total = number(narrowed(counting.bind(workspace), text), on.again()).await?;
    let query = sql("select n.id, n.name, n.base_url,
                (select count(*) from connections a
                 where a.id = n.id and a.authorities is not null) as authorities,
                (select count(*) from collections c where c.connection_id = n.id) as collections,
                (select count(*) from endpoints e join recipes r on r.id = e.recipe_id
                 where r.connection_id = n.id) as endpoints
         from connections n where n.workspace_id = $1")
    .bind(workspace);
    let query = narrowed(query, text).then("order by lower(n.name), n.id").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(|row| ListedConnection {
        id: ConnectionId(row.id),
        name: row.name,
        base_url: row.base_url,
        has_authorities: row.authorities > 0,
        collections: row.collections,
        endpoints: row.endpoints,
    });
    Ok(Paged { rows: rows.collect(), total })
}

/// The collections that forward to a connection, or have endpoints that do, by name: id, name and version.
pub async fn collections(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: ConnectionId,
    page: Page,
) -> Result<Paged<(CollectionId, String, String)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
        version: String,
    }
    let narrowed = |text| sql(text).bind(workspace).bind(id).then(STANDS);
    let mut on = on.into();
    let counting = narrowed("select count(*) as value from collections c where c.workspace_id = $1");
    let total = number(counting, on.again()).await?;
    let query = narrowed("select c.id, c.name, c.version from collections c where c.workspace_id = $1");
    let rows: Vec<Row> = query.then("order by lower(c.name), c.version, c.id").page(page).all(on).await?;
    Ok(Paged {
        rows: rows.into_iter().map(|row| (CollectionId(row.id), row.name, row.version)).collect(),
        total,
    })
}

const STANDS: &str = "and (c.connection_id = $2 or exists (
    select 1 from endpoints e join recipes r on r.id = e.recipe_id
    where e.collection_id = c.id and r.connection_id = $2))";
