//! What developers see of collections in a portal: those of their client, and those that it publishes.

use model::id::{ClientId, CollectionId, DocumentId, PortalId, WorkspaceId};
use model::page::{Page, Paged};
use model::portal::Visibility;

use crate::error::Result;
use crate::rows::{containing, number, word, written};
use crate::sql::{Conn, Query, sql};

/// A collection as it stands in a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: CollectionId,
    /// For people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The last part of its address.
    pub handle: String,
    /// The document that describes it, if one was given.
    pub document: Option<DocumentId>,
    /// How many of its operations can be called.
    pub operations: i64,
    /// Whether the client may call it.
    pub is_assigned: bool,
    /// To whom the portal shows it, if it publishes it.
    pub visibility: Option<Visibility>,
}

/// Whose catalog it is.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The workspace of both.
    pub workspace: WorkspaceId,
    /// The portal in which they read.
    pub portal: PortalId,
    /// The client that they act for, if they act for any.
    pub client: Option<ClientId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    version: String,
    handle: String,
    document_id: Option<i64>,
    operations: i64,
    assigned: i64,
    visibility: Option<String>,
}

impl Row {
    fn entry(self) -> Result<Entry> {
        Ok(Entry {
            id: CollectionId(self.id),
            name: self.name,
            version: self.version,
            handle: self.handle,
            document: self.document_id.map(DocumentId),
            operations: self.operations,
            is_assigned: self.assigned > 0,
            visibility: self.visibility.map(|text| word("visibility", &text)).transpose()?,
        })
    }
}

fn select(reader: Reader) -> Query {
    sql("select c.id, c.name, c.version, c.handle, c.document_id,
                (select count(*) from endpoints e where e.collection_id = c.id and e.active) as operations,
                (select count(*) from client_collections a
                 where a.collection_id = c.id and a.client_id = $3) as assigned,
                p.visibility
         from collections c
         left join portal_collections p on p.collection_id = c.id and p.portal_id = $2
         where c.workspace_id = $1")
    .bind(reader.workspace)
    .bind(reader.portal)
    .bind(reader.client.map(i64::from))
}

const ASSIGNED: &str =
    "exists (select 1 from client_collections a where a.collection_id = c.id and a.client_id = ?)";

/// What the client may call, by name; only those whose name contains `text`, whatever its case.
pub async fn assigned(
    on: impl Into<Conn<'_>>,
    reader: Reader,
    text: Option<&str>,
    page: Page,
) -> Result<Paged<Entry>> {
    let Some(client) = reader.client else { return Ok(Paged { rows: Vec::new(), total: 0 }) };
    let counting =
        sql("select count(*) as value from collections c where c.workspace_id = $1").bind(reader.workspace);
    let narrowed = |query: Query| query.and(Some(client), ASSIGNED).and(text.map(containing), NAMED);
    listed(on, narrowed(counting), narrowed(select(reader)), page).await
}

/// What the portal shows to everyone, what the client may not call yet before the rest, by name; only those
/// whose name contains `text`, whatever its case.
pub async fn published(
    on: impl Into<Conn<'_>>,
    reader: Reader,
    text: Option<&str>,
    page: Page,
) -> Result<Paged<Entry>> {
    let counting = sql("select count(*) as value
         from collections c join portal_collections p on p.collection_id = c.id and p.portal_id = $2
         where c.workspace_id = $1")
    .bind(reader.workspace)
    .bind(reader.portal);
    let narrowed = |query: Query| {
        query.and(Some(written(Visibility::Everyone)), "p.visibility = ?").and(text.map(containing), NAMED)
    };
    listed(on, narrowed(counting), narrowed(select(reader)), page).await
}

const NAMED: &str = "lower(c.name) like lower(?) escape '!'";

async fn listed(on: impl Into<Conn<'_>>, counting: Query, query: Query, page: Page) -> Result<Paged<Entry>> {
    let mut on = on.into();
    let total = number(counting, on.again()).await?;
    let query = query.then("order by assigned, lower(c.name), c.version desc, c.id").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::entry).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// What the reader may see, of what [`select`] begins with.
const VISIBLE: &str = "and (p.visibility = 'everyone'
              or exists (select 1 from client_collections a where a.collection_id = c.id and a.client_id = $3))";

/// The collection under this handle, if the client may call it or the portal shows it to everyone.
pub async fn visible(on: impl Into<Conn<'_>>, reader: Reader, handle: &str) -> Result<Option<Entry>> {
    let query = select(reader).then(VISIBLE).and(Some(handle), "c.handle = ?");
    query.maybe(on).await?.map(Row::entry).transpose()
}

/// The versions of one API that the reader can see, newest name first.
pub async fn versions(on: impl Into<Conn<'_>>, reader: Reader, name: &str, page: Page) -> Result<Vec<Entry>> {
    let query = select(reader).then(VISIBLE).and(Some(name), "c.name = ?");
    let query = query.then("order by c.version desc, c.id desc").page(page);
    query.all(on).await?.into_iter().map(Row::entry).collect()
}
