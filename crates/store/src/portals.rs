//! Developer portals and the collections that they publish.

use jiff::Timestamp;
use model::change::ChangeKind;
use model::id::{CollectionId, PortalId, WorkspaceId};
use model::page::{Page, Paged};
use model::portal::Portal;

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::logos;
use crate::rows::{Id, next_id, number, time};
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
    logo: Option<String>,
    logo_2x: Option<String>,
    favicon: Option<String>,
    support: Option<String>,
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
            logo: logos::logo(self.logo.as_deref(), self.logo_2x.as_deref())?,
            favicon: self.favicon.as_deref().map(logos::digest).transpose()?,
            support: self.support,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select() -> Query {
    sql("select id, workspace_id, name, subdomain, brand_color, logo, logo_2x, favicon, support, created_at,
                updated_at
         from portals where 1 = 1")
}

/// Portals of a workspace, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Paged<Portal>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from portals where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let query = select().and(Some(workspace), "workspace_id = ?").then("order by id").page(page);
    let rows: Vec<Row> = query.all(on.again()).await?;
    let mut portals = rows.into_iter().map(Row::portal).collect::<Result<Vec<_>>>()?;
    fill(&mut portals, on).await?;
    Ok(Paged { rows: portals, total })
}

/// The portal with this id in this workspace.
pub async fn find(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: PortalId) -> Result<Option<Portal>> {
    one(select().and(Some(workspace), "workspace_id = ?").and(Some(id), "id = ?"), on.into()).await
}

/// The portal with this subdomain, in any workspace.
pub async fn by_subdomain(on: impl Into<Conn<'_>>, subdomain: &str) -> Result<Option<Portal>> {
    one(select().and(Some(subdomain), "subdomain = ?"), on.into()).await
}

/// The only portal there is; `None` if there are several, or none.
pub async fn only(on: impl Into<Conn<'_>>) -> Result<Option<Portal>> {
    one(select().then("and (select count(*) from portals) = 1"), on.into()).await
}

async fn one(query: Query, mut on: Conn<'_>) -> Result<Option<Portal>> {
    let row: Option<Row> = query.maybe(on.again()).await?;
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
    sql("update portals set name = $2, subdomain = $3, brand_color = $4, support = $5,
                            updated_at = case when updated_at < $6 then $6 else updated_at + 1 end
         where id = $1")
    .bind(portal.id)
    .bind(portal.name.as_str())
    .bind(portal.subdomain.as_str())
    .bind(portal.brand_color.as_str())
    .bind(portal.support.as_deref())
    .bind(now)
    .run(tx)
    .await?;
    announce_published(tx, portal.id).await?;
    // What is published on keeps who may see it and whether it is approved by itself.
    let withdrawing = sql("delete from portal_collections where portal_id = $1").bind(portal.id);
    let withdrawing = match portal.collections.is_empty() {
        true => withdrawing,
        false => withdrawing.then("and collection_id not in").list(portal.collections.iter().copied()),
    };
    withdrawing.run(tx).await?;
    publish(tx, portal.id, &portal.collections).await
}

/// Notes that something of a portal changed that is kept beside it.
pub async fn touch(tx: &mut Tx, portal: PortalId, now: Timestamp) -> Result<()> {
    sql("update portals set updated_at = case when updated_at < $2 then $2 else updated_at + 1 end where id = $1")
        .bind(portal)
        .bind(now)
        .run(tx)
        .await
        .map(drop)
}

async fn publish(tx: &mut Tx, portal: PortalId, collections: &[CollectionId]) -> Result<()> {
    for collection in collections {
        sql("insert into portal_collections (portal_id, collection_id) values ($1, $2)
             on conflict (portal_id, collection_id) do nothing")
        .bind(portal)
        .bind(*collection)
        .run(tx)
        .await?;
        // The portal's pages may call it from now on.
        announce(tx, ChangeKind::Collection, *collection).await?;
    }
    Ok(())
}

/// Announces what is published so far: the portal's pages may call it no longer, or under another name.
async fn announce_published(tx: &mut Tx, portal: PortalId) -> Result<()> {
    let query = sql("select collection_id as id from portal_collections where portal_id = $1");
    for collection in query.bind(portal).all::<Id>(&mut *tx).await? {
        announce(tx, ChangeKind::Collection, collection.id).await?;
    }
    Ok(())
}

/// The subdomains of the portals that publish a collection.
pub(crate) async fn that_publish(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Subdomain {
        subdomain: String,
    }
    let query = sql("select p.subdomain from portals p join portal_collections c on c.portal_id = p.id
         where c.collection_id = $1 order by p.id");
    let portals: Vec<Subdomain> = query.bind(collection).all(on).await?;
    Ok(portals.into_iter().map(|portal| portal.subdomain).collect())
}

/// Deletes a portal in which no client is [managed](users).
pub async fn delete(tx: &mut Tx, id: PortalId) -> Result<()> {
    announce_published(tx, id).await?;
    sql("delete from portals where id = $1").bind(id).run(tx).await?;
    Ok(())
}
