//! Another document for a collection.

use actions::{Faults, Put, Reimport, Reimported, Source};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use model::id::DocumentId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiDocument, CollectionPath, DocumentPath, ShownDifference, tagged};
use crate::Management;
use crate::answer::{Answer, Data};
use crate::api_collections::ShownImportResults;
use crate::caller::Caller;
use crate::given::Given;
use crate::openapi_spec::OpenApiSpec;
use crate::problem::{Conflict, Missing, Moved, Problem, Refused};
use crate::request::{Body, Path};

/// Another document for a collection.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewDocument {
    /// The document.
    #[schema(value_type = OpenApiSpec)]
    openapi_spec: Given<OpenApiSpec>,
    /// Whether endpoints that are added are active at once.
    #[schema(value_type = Option<bool>, default = false, example = true)]
    activate: Given<bool>,
}

/// How a document is put in force again.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RestoredDocument {
    /// Whether endpoints that are added are active at once.
    #[schema(value_type = Option<bool>, default = false, example = true)]
    activate: Given<bool>,
}

/// What came of a document, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentResults {
    /// The document in force; in a preview the one that still is.
    document: Option<ApiDocument>,
    /// What came of it, in a sentence.
    #[schema(example = "2 endpoints added, 1 changed, 0 removed")]
    message: String,
    /// The operations in the new document.
    import_results: ShownImportResults,
    /// What it means for the endpoints of the collection.
    endpoints: EndpointCounts,
    /// What is different from the document that was in force.
    difference: ShownDifference,
}

/// What a document means for the endpoints of a collection.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointCounts {
    /// Those that are added.
    #[schema(example = 2)]
    added: usize,
    /// Those whose name, description or parameters' names change.
    #[schema(example = 1)]
    updated: usize,
    /// Those that are removed.
    #[schema(example = 0)]
    removed: usize,
}

impl DocumentResults {
    fn new(caller: &Caller, done: Reimported) -> Self {
        let Reimported { document, import, difference, added, updated, removed, .. } = done;
        let total = added + removed + updated;
        let noun = if added == 1 { "endpoint" } else { "endpoints" };
        let message = match total {
            0 => "The endpoints stay as they are".to_owned(),
            _ => format!("{added} {noun} added, {updated} changed, {removed} removed"),
        };
        Self {
            document: document.map(|document| ApiDocument::new(caller, document)),
            message,
            import_results: import.into(),
            endpoints: EndpointCounts { added, updated, removed },
            difference: difference.into(),
        }
    }
}

/// The document that must be in force, if the caller says so (RFC 9110, section 13.1.1).
fn expected(headers: &HeaderMap) -> Result<Option<DocumentId>, Problem> {
    let Some(given) = headers.get(IF_MATCH) else { return Ok(None) };
    let tag = given.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let id = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|id| id.parse().ok());
    // What is no tag of ours is the tag of nothing.
    Ok(Some(id.unwrap_or(DocumentId(0))))
}

fn source(body: Given<OpenApiSpec>, faults: &mut Faults) -> Option<Source> {
    let specification = body.required("openapi_spec", faults)?;
    specification.source(faults)
}

async fn put(
    management: &Management,
    caller: &Caller,
    path: &CollectionPath,
    reimport: Reimport,
) -> Result<Response, Problem> {
    let done = management.actions.reimport(caller.actor(), path.api_collection_id, reimport).await?;
    let in_force = done.document.as_ref().map(|document| document.id);
    Ok(tagged(Answer(Data { data: DocumentResults::new(caller, done) }), in_force))
}

/// Puts a new document in force for a collection. Endpoints are matched by method and path: those that
/// stay keep their ids, their state and their recipes; those that are added are inactive at first; those
/// that only the former document had are removed.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents",
    tag = "Documents",
    params(CollectionPath, ("If-Match" = Option<String>, Header, description = "The document that must be in force still: the `ETag` of the list of documents.")),
    request_body = NewDocument,
    responses((status = OK, description = "What came of it", body = Data<DocumentResults>), Missing, Conflict, Moved),
)]
pub(crate) async fn create_document(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    headers: HeaderMap,
    Body(body): Body<NewDocument>,
) -> Result<Response, Problem> {
    let expected = expected(&headers)?;
    let mut faults = Faults::default();
    let source = source(body.openapi_spec, &mut faults);
    let activate = body.activate.optional("activate", &mut faults).unwrap_or(false);
    let Some(source) = source else { return Err(faults.into()) };
    faults.check()?;
    let reimport = Reimport { put: Put::New(source), activate, expected, dry_run: false };
    put(&management, &caller, &path, reimport).await
}

/// Says what would come of a new document for a collection. Nothing is written.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents/preview",
    tag = "Documents",
    params(CollectionPath),
    request_body = NewDocument,
    responses((status = OK, description = "What would come of it", body = Data<DocumentResults>), Missing),
)]
pub(crate) async fn preview_reimport(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Body(body): Body<NewDocument>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let source = source(body.openapi_spec, &mut faults);
    let activate = body.activate.optional("activate", &mut faults).unwrap_or(false);
    let Some(source) = source else { return Err(faults.into()) };
    faults.check()?;
    let reimport = Reimport { put: Put::New(source), activate, expected: None, dry_run: true };
    put(&management, &caller, &path, reimport).await
}

/// Puts an earlier document of a collection in force again, as if it were imported anew.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents/{document_id}/restore",
    tag = "Documents",
    params(DocumentPath, ("If-Match" = Option<String>, Header, description = "The document that must be in force still: the `ETag` of the list of documents.")),
    request_body = RestoredDocument,
    responses((status = OK, description = "What came of it", body = Data<DocumentResults>), Missing, Conflict, Moved, Refused),
)]
pub(crate) async fn restore_document(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DocumentPath>,
    headers: HeaderMap,
    Body(body): Body<RestoredDocument>,
) -> Result<Response, Problem> {
    let expected = expected(&headers)?;
    let mut faults = Faults::default();
    let activate = body.activate.optional("activate", &mut faults).unwrap_or(false);
    faults.check()?;
    let reimport = Reimport { put: Put::Kept(path.document_id), activate, expected, dry_run: false };
    let collection = CollectionPath { api_collection_id: path.api_collection_id };
    put(&management, &caller, &collection, reimport).await
}
