//! Texts of portals' own.

use jiff::Timestamp;
use model::id::{PortalId, PortalPageId};
use model::page::{Page, Paged};
use model::portal::PortalPage;

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time};
use crate::sql::{Conn, Query, sql};

/// What a new page is made of.
pub struct NewPortalPage<'a> {
    /// The portal it belongs to.
    pub portal: PortalId,
    /// The last part of its address; unique in the portal.
    pub slug: &'a str,
    /// Its heading.
    pub title: &'a str,
    /// Its text, in Markdown.
    pub content: &'a str,
    /// Its place among the pages.
    pub position: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    portal_id: i64,
    slug: String,
    title: String,
    content: String,
    position: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn page(self) -> Result<PortalPage> {
        Ok(PortalPage {
            id: PortalPageId(self.id),
            portal: PortalId(self.portal_id),
            slug: self.slug,
            title: self.title,
            content: self.content,
            position: self.position,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select(portal: PortalId) -> Query {
    sql("select id, portal_id, slug, title, content, position, created_at, updated_at
         from portal_pages where portal_id = $1")
    .bind(portal)
}

/// The pages of a portal, in their order.
pub async fn list(on: impl Into<Conn<'_>>, portal: PortalId, page: Page) -> Result<Paged<PortalPage>> {
    let mut on = on.into();
    let total = count(on.again(), portal).await?;
    let rows: Vec<Row> = select(portal).then("order by position, id").page(page).all(on).await?;
    let rows = rows.into_iter().map(Row::page).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// How many pages a portal has.
pub async fn count(on: impl Into<Conn<'_>>, portal: PortalId) -> Result<i64> {
    number(sql("select count(*) as value from portal_pages where portal_id = $1").bind(portal), on).await
}

/// The page with this id in this portal.
pub async fn find(on: impl Into<Conn<'_>>, portal: PortalId, id: PortalPageId) -> Result<Option<PortalPage>> {
    select(portal).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::page).transpose()
}

/// The page with this slug in this portal.
pub async fn by_slug(on: impl Into<Conn<'_>>, portal: PortalId, slug: &str) -> Result<Option<PortalPage>> {
    select(portal).and(Some(slug), "slug = ?").maybe::<Row>(on).await?.map(Row::page).transpose()
}

/// Adds a page. [`Taken`](crate::Error::Taken) if the slug is.
pub async fn insert(tx: &mut Tx, new: NewPortalPage<'_>, now: Timestamp) -> Result<PortalPageId> {
    let id = PortalPageId(next_id(tx, "portal_page").await?);
    sql("insert into portal_pages (id, portal_id, slug, title, content, position, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)")
    .bind(id)
    .bind(new.portal)
    .bind(new.slug)
    .bind(new.title)
    .bind(new.content)
    .bind(new.position)
    .bind(now)
    .run(tx)
    .await?;
    Ok(id)
}

/// Writes a page. [`Taken`](crate::Error::Taken) if the slug is.
pub async fn update(tx: &mut Tx, page: &PortalPage, now: Timestamp) -> Result<()> {
    sql("update portal_pages set slug = $2, title = $3, content = $4, position = $5, updated_at = case when updated_at < $6 then $6 else updated_at + 1 end
         where id = $1")
    .bind(page.id)
    .bind(page.slug.as_str())
    .bind(page.title.as_str())
    .bind(page.content.as_str())
    .bind(page.position)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Deletes a page.
pub async fn delete(tx: &mut Tx, id: PortalPageId) -> Result<()> {
    sql("delete from portal_pages where id = $1").bind(id).run(tx).await?;
    Ok(())
}
