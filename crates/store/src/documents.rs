//! The OpenAPI documents of collections: the one in force, and some of those before it.

use jiff::Timestamp;
use model::change::ChangeKind;
use model::document::{DocumentFile, DocumentFormat, KeptDocument};
use model::id::{CollectionId, DocumentId};
use model::page::{Page, Paged};

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::rows::{Id, next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};

/// What a new document is made of.
#[derive(Debug)]
pub struct NewDocument {
    /// How its entry is written.
    pub format: DocumentFormat,
    /// The name of the file in which it begins, if it came with one.
    pub entry: Option<String>,
    /// The JSON that readers parse.
    pub content: String,
    /// What was given, unless that is `content`.
    pub files: Vec<DocumentFile>,
    /// The version of OpenAPI.
    pub openapi_version: String,
    /// The name of the API.
    pub title: String,
    /// The version of the API.
    pub api_version: String,
    /// The operations in it.
    pub operations: i64,
    /// A digest of everything that was given, in hex.
    pub digest: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    collection_id: i64,
    format: String,
    entry: Option<String>,
    files: i64,
    size_bytes: i64,
    openapi_version: String,
    title: String,
    api_version: String,
    operations: i64,
    digest: Option<String>,
    in_force: i64,
    created_at: i64,
}

impl Row {
    fn document(self) -> Result<KeptDocument> {
        Ok(KeptDocument {
            id: DocumentId(self.id),
            collection: CollectionId(self.collection_id),
            format: word("format of a document", &self.format)?,
            entry: self.entry,
            // What was given is the content where no files are kept beside it.
            files: self.files.max(1),
            size_bytes: self.size_bytes,
            openapi_version: self.openapi_version,
            title: self.title,
            api_version: self.api_version,
            operations: self.operations,
            digest: self.digest,
            in_force: self.in_force > 0,
            created_at: time(self.created_at)?,
        })
    }
}

fn select(collection: CollectionId) -> Query {
    sql("select d.id, d.collection_id, d.format, d.entry, d.size_bytes, d.openapi_version, d.title,
                d.api_version, d.operations, d.digest, d.created_at,
                (select count(*) from document_files f where f.document_id = d.id) as files,
                (select count(*) from collections c where c.document_id = d.id) as in_force
         from documents d where d.collection_id = $1")
    .bind(collection)
}

/// Documents of a collection, latest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    collection: CollectionId,
    page: Page,
) -> Result<Paged<KeptDocument>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from documents where collection_id = $1").bind(collection);
    let total = number(counting, on.again()).await?;
    let rows: Vec<Row> = select(collection).then("order by d.id desc").page(page).all(on).await?;
    Ok(Paged { rows: rows.into_iter().map(Row::document).collect::<Result<_>>()?, total })
}

/// The document with this id of this collection.
pub async fn find(
    on: impl Into<Conn<'_>>,
    collection: CollectionId,
    id: DocumentId,
) -> Result<Option<KeptDocument>> {
    select(collection).and(Some(id), "d.id = ?").maybe::<Row>(on).await?.map(Row::document).transpose()
}

/// The document in force of a collection.
pub async fn in_force(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Option<KeptDocument>> {
    let query = select(collection).then("and d.id = (select document_id from collections where id = $1)");
    query.maybe::<Row>(on).await?.map(Row::document).transpose()
}

/// The id of the document in force of a collection.
pub async fn in_force_id(on: impl Into<Conn<'_>>, collection: CollectionId) -> Result<Option<DocumentId>> {
    let query = sql("select document_id as id from collections where document_id is not null and id = $1");
    let row: Option<Id> = query.bind(collection).maybe(on).await?;
    Ok(row.map(|row| DocumentId(row.id)))
}

/// The text of a document, in the JSON that readers parse.
pub async fn content(on: impl Into<Conn<'_>>, id: DocumentId) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Content {
        content: String,
    }
    let row: Option<Content> = sql("select content from documents where id = $1").bind(id).maybe(on).await?;
    Ok(row.map(|row| row.content))
}

/// What was given, in order of the names; empty if that was the content itself.
pub async fn files(on: impl Into<Conn<'_>>, id: DocumentId) -> Result<Vec<DocumentFile>> {
    #[derive(sqlx::FromRow)]
    struct File {
        name: String,
        content: String,
    }
    let query = sql("select name, content from document_files where document_id = $1 order by name");
    let rows: Vec<File> = query.bind(id).all(on).await?;
    Ok(rows.into_iter().map(|row| DocumentFile { name: row.name, content: row.content }).collect())
}

/// Keeps a document for a collection. It is not in force yet.
pub async fn insert(
    tx: &mut Tx,
    collection: CollectionId,
    new: NewDocument,
    now: Timestamp,
) -> Result<DocumentId> {
    let id = DocumentId(next_id(tx, "document").await?);
    let given: usize = match &new.files[..] {
        [] => new.content.len(),
        files => files.iter().map(|file| file.content.len()).sum(),
    };
    sql("insert into documents (id, collection_id, format, entry, content, size_bytes, openapi_version, title,
                                api_version, operations, digest, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(id)
    .bind(collection)
    .bind(written(new.format))
    .bind(new.entry.as_deref())
    .bind(new.content)
    .bind(i64::try_from(given).unwrap_or(i64::MAX))
    .bind(new.openapi_version)
    .bind(new.title)
    .bind(new.api_version)
    .bind(new.operations)
    .bind(new.digest)
    .bind(now)
    .run(tx)
    .await?;
    for file in new.files {
        sql("insert into document_files (document_id, name, content) values ($1, $2, $3)")
            .bind(id)
            .bind(file.name)
            .bind(file.content)
            .run(tx)
            .await?;
    }
    Ok(id)
}

/// Puts one of its documents in force for a collection.
pub async fn put_in_force(
    tx: &mut Tx,
    collection: CollectionId,
    id: DocumentId,
    now: Timestamp,
) -> Result<()> {
    sql("update collections set document_id = $2, updated_at = $3 where id = $1")
        .bind(collection)
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Collection, collection).await
}

/// Forgets all but the latest `keep` documents of a collection and the one in force; gives how many
/// went.
pub async fn trim(tx: &mut Tx, collection: CollectionId, keep: i64) -> Result<u64> {
    sql("delete from documents where collection_id = $1
         and id not in (select id from documents where collection_id = $1 order by id desc limit $2)
         and not exists (select 1 from collections where collections.document_id = documents.id)")
    .bind(collection)
    .bind(keep)
    .run(tx)
    .await
}
