//! What portals publish, and to whom.

use model::change::ChangeKind;
use model::id::{CollectionId, PortalId};
use model::page::{Page, Paged};
use model::portal::Publication;

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::rows::{number, word, written};
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
struct Row {
    collection_id: i64,
    visibility: String,
    auto_approve: bool,
}

impl Row {
    fn publication(self) -> Result<Publication> {
        Ok(Publication {
            collection: CollectionId(self.collection_id),
            visibility: word("visibility", &self.visibility)?,
            auto_approve: self.auto_approve,
        })
    }
}

fn select(portal: PortalId) -> Query {
    sql("select collection_id, visibility, auto_approve from portal_collections where portal_id = $1")
        .bind(portal)
}

/// What a portal publishes, in the order of the collections' ids.
pub async fn list(on: impl Into<Conn<'_>>, portal: PortalId, page: Page) -> Result<Paged<Publication>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from portal_collections where portal_id = $1").bind(portal);
    let total = number(counting, on.again()).await?;
    let rows: Vec<Row> = select(portal).then("order by collection_id").page(page).all(on).await?;
    let rows = rows.into_iter().map(Row::publication).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// How a portal publishes a collection, if it does.
pub async fn find(
    on: impl Into<Conn<'_>>,
    portal: PortalId,
    collection: CollectionId,
) -> Result<Option<Publication>> {
    let query = select(portal).and(Some(collection), "collection_id = ?");
    query.maybe::<Row>(on).await?.map(Row::publication).transpose()
}

/// Lets a portal publish a collection in this way, whether it did already or not.
pub async fn put(tx: &mut Tx, portal: PortalId, publication: Publication) -> Result<()> {
    sql("insert into portal_collections (portal_id, collection_id, visibility, auto_approve)
         values ($1, $2, $3, $4)
         on conflict (portal_id, collection_id)
         do update set visibility = excluded.visibility, auto_approve = excluded.auto_approve")
    .bind(portal)
    .bind(publication.collection)
    .bind(written(publication.visibility))
    .bind(publication.auto_approve)
    .run(&mut *tx)
    .await?;
    // The pages of the portal may call it from now on.
    announce(tx, ChangeKind::Collection, publication.collection).await
}

/// Lets a portal publish a collection no more. Whoever may call it still may.
pub async fn withdraw(tx: &mut Tx, portal: PortalId, collection: CollectionId) -> Result<()> {
    sql("delete from portal_collections where portal_id = $1 and collection_id = $2")
        .bind(portal)
        .bind(collection)
        .run(&mut *tx)
        .await?;
    announce(tx, ChangeKind::Collection, collection).await
}
