//! Documents that somebody looks at before they are put to use.

use jiff::Timestamp;
use model::document::DocumentFile;
use model::id::{CollectionId, DocumentDraftId, MemberId, WorkspaceId};

use crate::Tx;
use crate::documents::NewDocument;
use crate::error::{Result, unreadable};
use crate::rows::{next_id, time, word, written};
use crate::sql::{Conn, sql};

/// Whose a draft is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftOf {
    /// Where they act.
    pub workspace: WorkspaceId,
    /// Who looks at it.
    pub member: MemberId,
    /// The collection that it is to be put in force for; none if there is to be a new one.
    pub collection: Option<CollectionId>,
}

/// A document that waits to be put to use.
#[derive(Debug)]
pub struct DocumentDraft {
    /// Its id.
    pub id: DocumentDraftId,
    /// The collection that it is to be put in force for; none if there is to be a new one.
    pub collection: Option<CollectionId>,
    /// The document.
    pub document: NewDocument,
    /// What was odd when its files were put together.
    pub warnings: Vec<String>,
    /// When it was given.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    collection_id: Option<i64>,
    format: String,
    entry: Option<String>,
    content: String,
    files: String,
    openapi_version: String,
    title: String,
    api_version: String,
    operations: i64,
    digest: String,
    warnings: String,
    created_at: i64,
}

impl Row {
    fn draft(self) -> Result<DocumentDraft> {
        let files: Vec<(String, String)> = read("files of a draft", &self.files)?;
        let files = files.into_iter().map(|(name, content)| DocumentFile { name, content });
        Ok(DocumentDraft {
            id: DocumentDraftId(self.id),
            collection: self.collection_id.map(CollectionId),
            document: NewDocument {
                format: word("format of a document", &self.format)?,
                entry: self.entry,
                content: self.content,
                files: files.collect(),
                openapi_version: self.openapi_version,
                title: self.title,
                api_version: self.api_version,
                operations: self.operations,
                digest: self.digest,
            },
            warnings: read("warnings of a draft", &self.warnings)?,
            created_at: time(self.created_at)?,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(what: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| unreadable(what, error))
}

/// Keeps a draft, and forgets all but the latest `kept` of the same person.
pub async fn insert(
    tx: &mut Tx,
    of: DraftOf,
    document: NewDocument,
    warnings: &[String],
    kept: i64,
    now: Timestamp,
) -> Result<DocumentDraftId> {
    let id = DocumentDraftId(next_id(tx, "document_draft").await?);
    let files: Vec<_> = document.files.iter().map(|file| (&file.name, &file.content)).collect();
    let files = serde_json::to_string(&files).expect("pairs of texts have a JSON form");
    let warnings = serde_json::to_string(warnings).expect("a list of texts has a JSON form");
    sql("insert into document_drafts (id, workspace_id, member_id, collection_id, format, entry, content, files,
                                      openapi_version, title, api_version, operations, digest, warnings, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)")
    .bind(id)
    .bind(of.workspace)
    .bind(of.member)
    .bind(of.collection.map(i64::from))
    .bind(written(document.format))
    .bind(document.entry.as_deref())
    .bind(document.content)
    .bind(files)
    .bind(document.openapi_version)
    .bind(document.title)
    .bind(document.api_version)
    .bind(document.operations)
    .bind(document.digest)
    .bind(warnings)
    .bind(now)
    .run(&mut *tx)
    .await?;
    sql("delete from document_drafts where member_id = $1
         and id not in (select id from document_drafts where member_id = $1 order by id desc limit $2)")
    .bind(of.member)
    .bind(kept)
    .run(tx)
    .await?;
    Ok(id)
}

/// The draft with this id, if it is this person's and for this collection.
pub async fn find(
    on: impl Into<Conn<'_>>,
    of: DraftOf,
    id: DocumentDraftId,
) -> Result<Option<DocumentDraft>> {
    let query =
        sql("select id, collection_id, format, entry, content, files, openapi_version, title, api_version,
                operations, digest, warnings, created_at
         from document_drafts where workspace_id = $1 and member_id = $2 and id = $3")
        .bind(of.workspace)
        .bind(of.member)
        .bind(id);
    let query = match of.collection {
        Some(collection) => query.and(Some(collection), "collection_id = ?"),
        None => query.then("and collection_id is null"),
    };
    query.maybe::<Row>(on).await?.map(Row::draft).transpose()
}

/// Forgets a draft of this person.
pub async fn delete(tx: &mut Tx, member: MemberId, id: DocumentDraftId) -> Result<()> {
    sql("delete from document_drafts where member_id = $1 and id = $2").bind(member).bind(id).run(tx).await?;
    Ok(())
}

/// Forgets what was given before this moment; gives how many went.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    sql("delete from document_drafts where created_at < $1").bind(before).run(tx).await
}
