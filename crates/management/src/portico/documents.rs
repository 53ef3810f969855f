//! `/api/portico/v1/api_collections/:id/documents`: the OpenAPI documents of a collection, the one in
//! force and those before it.

mod content;
mod reimport;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use model::document::{DocumentFormat, KeptDocument};
use model::id::{CollectionId, DocumentId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use content::*;
pub(crate) use reimport::*;

use super::difference::ShownDifference;
use crate::Management;
use crate::answer::{Answer, Data};
use crate::caller::Caller;
use crate::given::Given;
use crate::page::{Listed, PageQuery};
use crate::problem::{Missing, Problem};
use crate::request::{Path, Query};

/// A collection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CollectionPath {
    /// Id of the collection.
    #[param(value_type = i64, example = 1361)]
    api_collection_id: CollectionId,
}

/// A document in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DocumentPath {
    /// Id of the collection.
    #[param(value_type = i64, example = 1361)]
    api_collection_id: CollectionId,
    /// Id of the document.
    #[param(value_type = i64, example = 17)]
    document_id: DocumentId,
}

/// An OpenAPI document that a collection has or had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiDocument {
    /// Its id.
    #[schema(value_type = i64, example = 17)]
    id: DocumentId,
    /// The collection it belongs to.
    #[schema(value_type = i64, example = 1361)]
    api_collection_id: CollectionId,
    /// The name of the API, in its publisher's words.
    #[schema(example = "Quotes")]
    title: String,
    /// The version of the API, in its publisher's words.
    #[schema(example = "1.4.2")]
    api_version: String,
    /// The version of OpenAPI.
    #[schema(example = "3.1")]
    openapi_version: String,
    /// How it is written: `json` or `yaml`.
    #[schema(value_type = String, example = "yaml")]
    format: DocumentFormat,
    /// The file in which it begins, if it came with names of files.
    #[schema(example = "openapi.yaml")]
    entry: Option<String>,
    /// The files that it consists of.
    #[schema(example = 1)]
    files: i64,
    /// The size of all files together.
    #[schema(example = 20480)]
    size_bytes: i64,
    /// The operations in it, also those that cannot be served.
    #[schema(example = 12)]
    operations: i64,
    /// Whether the collection goes by it now.
    #[schema(example = true)]
    in_force: bool,
    /// When it was given.
    #[schema(example = "2020-06-15T22:20:15.327-07:00", format = DateTime)]
    created_at: String,
}

impl ApiDocument {
    fn new(caller: &Caller, document: KeptDocument) -> Self {
        Self {
            id: document.id,
            api_collection_id: document.collection,
            title: document.title,
            api_version: document.api_version,
            openapi_version: document.openapi_version,
            format: document.format,
            entry: document.entry,
            files: document.files,
            size_bytes: document.size_bytes,
            operations: document.operations,
            in_force: document.in_force,
            created_at: caller.zone().time(document.created_at),
        }
    }
}

/// Adds the tag of the documents of a collection: which one is in force. Whoever sends it back with
/// `If-Match` changes that document and no other.
fn tagged(answer: impl axum::response::IntoResponse, in_force: Option<DocumentId>) -> Response {
    let tag = in_force.and_then(|id| HeaderValue::from_str(&format!("\"{id}\"")).ok());
    match tag {
        Some(tag) => ([(ETAG, tag)], answer).into_response(),
        None => answer.into_response(),
    }
}

/// The collection, if it is in the caller's workspace.
async fn known(management: &Management, caller: &Caller, id: CollectionId) -> Result<(), Problem> {
    let found = store::collections::find(&management.db, caller.scope(), id).await?;
    found.map(drop).ok_or_else(|| Problem::missing("API collection"))
}

/// Lists the documents of a collection, latest first. The `ETag` names the one in force.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents",
    tag = "Documents",
    params(CollectionPath, PageQuery),
    responses((status = OK, description = "One page of documents", body = Listed<ApiDocument>), Missing),
)]
pub(crate) async fn list_documents(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let page = page.page()?;
    known(&management, &caller, path.api_collection_id).await?;
    let in_force = store::documents::in_force(&management.db, path.api_collection_id).await?;
    let documents = store::documents::list(&management.db, path.api_collection_id, page).await?;
    let listed = Listed::new(documents, page, |document| ApiDocument::new(&caller, document));
    Ok(tagged(Answer(listed), in_force.map(|document| document.id)))
}

/// Shows what is known of a document.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents/{document_id}",
    tag = "Documents",
    params(DocumentPath),
    responses((status = OK, description = "The document", body = Data<ApiDocument>), Missing),
)]
pub(crate) async fn get_document(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DocumentPath>,
) -> Result<Answer<Data<ApiDocument>>, Problem> {
    known(&management, &caller, path.api_collection_id).await?;
    let found = store::documents::find(&management.db, path.api_collection_id, path.document_id).await?;
    let document = found.ok_or_else(|| Problem::missing("document"))?;
    Ok(Answer(Data { data: ApiDocument::new(&caller, document) }))
}

/// What a document is compared with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DifferenceQuery {
    /// The document that it is compared with; the one in force unless given.
    #[param(value_type = Option<i64>, example = 16)]
    from: Given<DocumentId>,
}

/// Shows what is different between another document of the collection and this one.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents/{document_id}/difference",
    tag = "Documents",
    params(DocumentPath, DifferenceQuery),
    responses((status = OK, description = "What is different", body = Data<ShownDifference>), Missing),
)]
pub(crate) async fn get_document_difference(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DocumentPath>,
    Query(query): Query<DifferenceQuery>,
) -> Result<Answer<Data<ShownDifference>>, Problem> {
    let mut faults = actions::Faults::default();
    let from = query.from.optional("from", &mut faults);
    faults.check()?;
    let (collection, to) = (path.api_collection_id, path.document_id);
    let difference = management.actions.difference(caller.actor(), collection, from, to).await?;
    Ok(Answer(Data { data: difference.into() }))
}
