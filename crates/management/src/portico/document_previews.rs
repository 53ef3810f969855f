//! `/api/portico/v1/document_previews`: what would come of a document that no collection has yet.

use actions::{Faults, Preview, PreviewedOperation, UnservedOperation};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Management;
use crate::answer::{Answer, Data};
use crate::caller::Caller;
use crate::given::Given;
use crate::openapi_spec::OpenApiSpec;
use crate::problem::Problem;
use crate::request::Body;

/// A document to look at.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewDocumentPreview {
    /// The document.
    #[schema(value_type = OpenApiSpec)]
    openapi_spec: Given<OpenApiSpec>,
}

/// What is in a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentPreview {
    /// The name of the API.
    #[schema(example = "Quotes")]
    title: String,
    /// The version of the API.
    #[schema(example = "1.4.2")]
    api_version: String,
    /// The version of OpenAPI.
    #[schema(example = "3.1")]
    openapi_version: String,
    /// The operations that would become endpoints, as the document orders them.
    operations: Vec<ShownPreviewedOperation>,
    /// The operations that cannot be served.
    unserved: Vec<ShownUnserved>,
    /// What is odd about the document but no reason to refuse it.
    warnings: Vec<String>,
    /// Where the document says that the API is: a suggestion for the connection.
    #[schema(example = json!(["https://backend.example.com/v1"]))]
    servers: Vec<String>,
}

/// An operation that would become an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewedOperation)]
struct ShownPreviewedOperation {
    /// The method.
    #[schema(example = "GET")]
    method: &'static str,
    /// The path.
    #[schema(example = "/quotes/{id}")]
    path: String,
    /// What the endpoint would be called.
    #[schema(example = "Get a quote")]
    name: String,
}

/// An operation that cannot be served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnservedOperation)]
struct ShownUnserved {
    /// The method as the document writes it, in upper case.
    #[schema(example = "TRACE")]
    method: String,
    /// The path as the document writes it.
    #[schema(example = "/quotes/{id}")]
    path: String,
    /// Why, for programs.
    #[schema(example = "query")]
    code: &'static str,
    /// Why, for people.
    #[schema(example = "the path has a query; operations that only a query tells apart share one path")]
    reason: &'static str,
}

impl From<Preview> for DocumentPreview {
    fn from(preview: Preview) -> Self {
        let operation =
            |PreviewedOperation { method, path, name }| ShownPreviewedOperation { method, path, name };
        let unserved = |UnservedOperation { method, path, reason }| ShownUnserved {
            method,
            path,
            code: reason.code(),
            reason: reason.as_str(),
        };
        Self {
            title: preview.title,
            api_version: preview.api_version,
            openapi_version: preview.openapi_version,
            operations: preview.operations.into_iter().map(operation).collect(),
            unserved: preview.unserved.into_iter().map(unserved).collect(),
            warnings: preview.warnings,
            servers: preview.servers,
        }
    }
}

/// Reads an OpenAPI document and says what would come of it. Nothing is written.
#[utoipa::path(
    post,
    path = "/api/portico/v1/document_previews",
    tag = "Documents",
    request_body = NewDocumentPreview,
    responses((status = OK, description = "What is in the document", body = Data<DocumentPreview>)),
)]
pub(crate) async fn preview_document(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewDocumentPreview>,
) -> Result<Answer<Data<DocumentPreview>>, Problem> {
    let mut faults = Faults::default();
    let specification = body.openapi_spec.required("openapi_spec", &mut faults);
    let source = specification.and_then(|specification| specification.source(&mut faults));
    let Some(source) = source else { return Err(faults.into()) };
    faults.check()?;
    let preview = management.actions.preview_document(caller.actor(), source).await?;
    Ok(Answer(Data { data: preview.into() }))
}
