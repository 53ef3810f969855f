//! Developer portals and the collections that they publish.

use jiff::Timestamp;
use model::id::{CollectionId, PortalId, WorkspaceId};
use model::page::{Page, Paged};
use model::portal::Portal;

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time};
use crate::sql::{Conn, Query, sql};

/// What a new portal is made of.
pub struct NewPortal<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// For people.
    pub name: &'a str,
    /// The first label of its host name; unique among all portals.
    pub subdomain: &'a str,
    /// The colour of headings and buttons.
    pub brand_color: &'a str,
    /// What it publishes.
    pub collections: &'a [CollectionId],
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    name: String,
    subdomain: String,
    brand_color: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn portal(self) -> Result<Portal> {
        Ok(Portal {
            id: PortalId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            name: self.name,
            subdomain: self.subdomain,
            brand_color: self.brand_color,
            collections: Vec::new(),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, workspace_id, name, subdomain, brand_color, created_at, updated_at
         from portals where workspace_id = $1")
    .bind(workspace)
}

/// Portals of a workspace, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Paged<Portal>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from portals where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let rows = select(workspace).then("order by id").page(page).all::<Row>(on.again()).await?;
    let mut portals = rows.into_iter().map(Row::portal).collect::<Result<Vec<_>>>()?;
    fill(&mut portals, on).await?;
    Ok(Paged { rows: portals, total })
}

/// The portal with this id in this workspace.
pub async fn find(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: PortalId) -> Result<Option<Portal>> {
    let mut on = on.into();
    let row: Option<Row> = select(workspace).and(Some(id), "id = ?").maybe(on.again()).await?;
    let Some(portal) = row.map(Row::portal).transpose()? else { return Ok(None) };
    let mut portals = [portal];
    fill(&mut portals, on).await?;
    let [portal] = portals;
    Ok(Some(portal))
}

/// Fills in the collections of portals that are in order of their ids, with one statement.
async fn fill(portals: &mut [Portal], on: Conn<'_>) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Published {
        portal_id: i64,
        collection_id: i64,
    }
    let (Some(first), Some(last)) = (portals.first(), portals.last()) else { return Ok(()) };
    let published: Vec<Published> = sql("select portal_id, collection_id from portal_collections
         where portal_id >= $1 and portal_id <= $2 order by portal_id, collection_id")
    .bind(first.id)
    .bind(last.id)
    .all(on)
    .await?;
    for row in published {
        if let Ok(place) = portals.binary_search_by_key(&row.portal_id, |portal| portal.id.0) {
            portals[place].collections.push(CollectionId(row.collection_id));
        }
    }
    Ok(())
}

/// How many clients are managed in this portal.
pub async fn users(on: impl Into<Conn<'_>>, id: PortalId) -> Result<i64> {
    number(sql("select count(*) as value from clients where portal_id = $1").bind(id), on).await
}

/// Adds a portal. [`Taken`](crate::Error::Taken) if the subdomain is.
pub async fn insert(tx: &mut Tx, new: NewPortal<'_>, now: Timestamp) -> Result<PortalId> {
    let id = PortalId(next_id(tx, "portal").await?);
    sql("insert into portals (id, workspace_id, name, subdomain, brand_color, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.name)
    .bind(new.subdomain)
    .bind(new.brand_color)
    .bind(now)
    .run(tx)
    .await?;
    publish(tx, id, new.collections).await?;
    Ok(id)
}

/// Writes a portal with its collections. [`Taken`](crate::Error::Taken) if the subdomain is.
pub async fn update(tx: &mut Tx, portal: &Portal, now: Timestamp) -> Result<()> {
    sql("update portals set name = $2, subdomain = $3, brand_color = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(portal.id)
        .bind(portal.name.as_str())
        .bind(portal.subdomain.as_str())
        .bind(portal.brand_color.as_str())
        .bind(now)
        .run(tx)
        .await?;
    sql("delete from portal_collections where portal_id = $1").bind(portal.id).run(tx).await?;
    publish(tx, portal.id, &portal.collections).await
}

async fn publish(tx: &mut Tx, portal: PortalId, collections: &[CollectionId]) -> Result<()> {
    for collection in collections {
        sql("insert into portal_collections (portal_id, collection_id) values ($1, $2)
             on conflict (portal_id, collection_id) do nothing")
        .bind(portal)
        .bind(*collection)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Deletes a portal in which no client is [managed](users).
pub async fn delete(tx: &mut Tx, id: PortalId) -> Result<()> {
    sql("delete from portals where id = $1").bind(id).run(tx).await?;
    Ok(())
}
