//! Endpoints with what stands behind them.

use model::endpoint::{Forwarding, Method, RecipeKind};
use model::id::{CollectionId, EndpointId, RecipeId, WorkspaceId};
use model::page::{Page, Paged};

use crate::endpoints::method;
use crate::error::Result;
use crate::rows::{containing, number, word};
use crate::sql::{Conn, Query, sql};

/// An endpoint in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEndpoint {
    /// Its id.
    pub id: EndpointId,
    /// For people.
    pub name: String,
    /// The method it answers.
    pub method: Method,
    /// The path it answers, without a slash in front.
    pub path: String,
    /// Whether it can be called.
    pub active: bool,
    /// What stands behind it.
    pub recipe: RecipeId,
    /// What that does with a call.
    pub kind: RecipeKind,
    /// Whether that is started.
    pub is_running: bool,
    /// How its calls are forwarded.
    pub forwarding: Forwarding,
}

/// Which endpoints are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Those whose name or path contains this, whatever its case.
    pub text: Option<&'a str>,
    /// Those that can be called, or that cannot.
    pub active: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    method: String,
    path: String,
    active: bool,
    recipe_id: i64,
    kind: String,
    running: bool,
    timeout_seconds: Option<i64>,
    to_base_url: bool,
}

fn narrowed(query: Query, filter: Filter<'_>) -> Query {
    // Paths are kept without the slash that people type.
    let text = filter.text.map(|text| containing(text.strip_prefix('/').unwrap_or(text)));
    query
        .and(filter.active, "e.active = ?")
        .and(text, "(lower(e.name) like lower(?) escape '!' or lower(e.path) like lower(?) escape '!')")
}

/// Endpoints of a collection, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    collection: CollectionId,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<ListedEndpoint>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from endpoints e where e.collection_id = $1");
    let total = number(narrowed(counting.bind(collection), filter), on.again()).await?;
    let query = sql("select e.id, e.name, e.method, e.path, e.active, e.recipe_id, r.kind, r.running,
                e.timeout_seconds, e.to_base_url
         from endpoints e join recipes r on r.id = e.recipe_id where e.collection_id = $1")
    .bind(collection);
    let rows: Vec<Row> = narrowed(query, filter).then("order by e.id").page(page).all(on).await?;
    let rows = rows.into_iter().map(|row| {
        Ok(ListedEndpoint {
            id: EndpointId(row.id),
            name: row.name,
            method: method(&row.method)?,
            path: row.path,
            active: row.active,
            recipe: RecipeId(row.recipe_id),
            kind: word("kind of recipe", &row.kind)?,
            is_running: row.running,
            forwarding: Forwarding { timeout_seconds: row.timeout_seconds, to_base_url: row.to_base_url },
        })
    });
    Ok(Paged { rows: rows.collect::<Result<_>>()?, total })
}

/// How many endpoints there are, and how many of them can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub total: i64,
    /// Those that can be called.
    pub active: i64,
    /// Those that can be called and whose recipe is stopped: every call of them fails.
    pub stopped: i64,
}

/// How many endpoints a workspace has, or one of its collections.
pub async fn count(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    collection: Option<CollectionId>,
) -> Result<Counts> {
    let mut on = on.into();
    let counting = |text| sql(text).bind(workspace).and(collection, "e.collection_id = ?");
    let plain = "select count(*) as value from endpoints e where e.workspace_id = $1";
    let total = number(counting(plain), on.again()).await?;
    let active = number(counting(plain).and(Some(true), "e.active = ?"), on.again()).await?;
    let stopped = "select count(*) as value from endpoints e join recipes r on r.id = e.recipe_id
         where e.workspace_id = $1 and e.active and not r.running";
    let stopped = number(counting(stopped), on).await?;
    Ok(Counts { total, active, stopped })
}
