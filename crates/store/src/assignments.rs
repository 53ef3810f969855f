//! All collections of a workspace, each with what a client or a portal has to do with it: what one ticks
//! to assign or publish them.

use model::id::{ClientId, CollectionId, PortalId, WorkspaceId};
use model::page::{Page, Paged};
use model::portal::{Publication, Visibility};

use crate::error::Result;
use crate::rows::{containing, number, word};
use crate::sql::{Conn, Query, sql};

/// A collection that a client may call, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignable {
    /// Its id.
    pub id: CollectionId,
    /// For people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The last part of its address.
    pub handle: String,
    /// Whether the client may call it.
    pub is_assigned: bool,
}

/// A collection that a portal publishes, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publishable {
    /// Its id.
    pub id: CollectionId,
    /// For people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The last part of its address.
    pub handle: String,
    /// How the portal publishes it, if it does.
    pub publication: Option<Publication>,
}

/// Which collections are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Only those with this in their name or handle, whatever its case.
    pub text: Option<&'a str>,
    /// Only those that are assigned or published already.
    pub only_chosen: bool,
}

const NAMED: &str = "(lower(c.name) like lower(?) escape '!' or c.handle like lower(?) escape '!')";

/// The collections of a workspace by name, each with whether this client may call it by itself.
pub async fn to_client(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    client: ClientId,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<Assignable>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
        version: String,
        handle: String,
        assigned: i64,
    }
    let mut on = on.into();
    let narrowed = |query: Query| {
        let chosen = filter.only_chosen.then_some(client);
        query.and(filter.text.map(containing), NAMED).and(chosen, "a.client_id = ?")
    };
    let counting = sql("select count(*) as value
         from collections c
         left join client_collections a on a.collection_id = c.id and a.client_id = $2
         where c.workspace_id = $1");
    let selecting = sql("select c.id, c.name, c.version, c.handle,
                cast(case when a.client_id is null then 0 else 1 end as bigint) as assigned
         from collections c
         left join client_collections a on a.collection_id = c.id and a.client_id = $2
         where c.workspace_id = $1");
    let total = number(narrowed(counting.bind(workspace).bind(client)), on.again()).await?;
    let rows: Vec<Row> = narrowed(selecting.bind(workspace).bind(client))
        .then("order by lower(c.name), c.version desc, c.id")
        .page(page)
        .all(on)
        .await?;
    let assignable = |row: Row| Assignable {
        id: CollectionId(row.id),
        name: row.name,
        version: row.version,
        handle: row.handle,
        is_assigned: row.assigned > 0,
    };
    Ok(Paged { rows: rows.into_iter().map(assignable).collect(), total })
}

/// The collections of a workspace by name, each with how this portal publishes it.
pub async fn to_portal(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    portal: PortalId,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<Publishable>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
        version: String,
        handle: String,
        visibility: Option<String>,
        auto_approve: Option<bool>,
    }
    let mut on = on.into();
    let narrowed = |query: Query| {
        let chosen = filter.only_chosen.then_some(portal);
        query.and(filter.text.map(containing), NAMED).and(chosen, "p.portal_id = ?")
    };
    let counting = sql("select count(*) as value
         from collections c
         left join portal_collections p on p.collection_id = c.id and p.portal_id = $2
         where c.workspace_id = $1");
    let selecting = sql("select c.id, c.name, c.version, c.handle, p.visibility, p.auto_approve
         from collections c
         left join portal_collections p on p.collection_id = c.id and p.portal_id = $2
         where c.workspace_id = $1");
    let total = number(narrowed(counting.bind(workspace).bind(portal)), on.again()).await?;
    let rows: Vec<Row> = narrowed(selecting.bind(workspace).bind(portal))
        .then("order by lower(c.name), c.version desc, c.id")
        .page(page)
        .all(on)
        .await?;
    let publishable = |row: Row| {
        let visibility: Option<Visibility> =
            row.visibility.map(|text| word("visibility", &text)).transpose()?;
        let auto_approve = row.auto_approve.unwrap_or_default();
        let collection = CollectionId(row.id);
        let publication = visibility.map(|visibility| Publication { collection, visibility, auto_approve });
        Ok(Publishable {
            id: collection,
            name: row.name,
            version: row.version,
            handle: row.handle,
            publication,
        })
    };
    Ok(Paged { rows: rows.into_iter().map(publishable).collect::<Result<_>>()?, total })
}
