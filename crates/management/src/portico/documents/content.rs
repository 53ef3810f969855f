//! A document as it was given.

use actions::{Archive, Faults};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use model::document::DocumentFile;
use serde::Deserialize;
use utoipa::IntoParams;

use super::DocumentPath;
use crate::Management;
use crate::caller::Caller;
use crate::given::Given;
use crate::problem::{Missing, Problem};
use crate::request::{Path, Query};

const YAML: HeaderValue = HeaderValue::from_static("application/yaml");
const ZIP: HeaderValue = HeaderValue::from_static("application/zip");

/// Which of its files is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContentQuery {
    /// Only the file of this name.
    #[param(value_type = Option<String>, example = "schemas/quote.yaml")]
    file: Given<String>,
}

/// Shows a document byte for byte as it was given: the text, or a zip archive if it has several
/// files.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/documents/{document_id}/content",
    tag = "Documents",
    params(DocumentPath, ContentQuery),
    responses(
        (status = OK, description = "The document", content(
            (BTreeMap<String, serde_json::Value> = "application/json"),
            (String = "application/yaml"),
            (String = "application/zip"),
        )),
        Missing,
    ),
)]
pub(crate) async fn get_document_content(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DocumentPath>,
    Query(query): Query<ContentQuery>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let wanted = query.file.optional("file", &mut faults);
    faults.check()?;
    let (collection, id) = (path.api_collection_id, path.document_id);
    let (_, mut files) = management.actions.given_files(caller.actor(), collection, id).await?;
    if let Some(wanted) = wanted {
        files.retain(|file| file.name == wanted);
    }
    if files.len() > 1 {
        let packed = tokio::task::spawn_blocking(move || Archive::pack(&files)).await;
        let packed = packed.map_err(|error| Problem::internal(error.to_string()))?;
        let packed = packed.map_err(Problem::internal)?;
        return Ok(download(&format!("document-{id}.zip"), ZIP, Body::from(packed)));
    }
    let file = files.pop().ok_or_else(|| Problem::missing("file"))?;
    let is_json = openapi::Format::guess(&file.content) == openapi::Format::Json;
    let media_type = if is_json { crate::answer::JSON } else { YAML };
    let DocumentFile { name, content } = file;
    let name = name.rsplit('/').next().unwrap_or_default();
    Ok(download(name, media_type, Body::from(content)))
}

/// An answer that a browser saves instead of showing it.
fn download(name: &str, media_type: HeaderValue, body: Body) -> Response {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
    let disposition: (HeaderName, HeaderValue) = (
        CONTENT_DISPOSITION,
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
            .unwrap_or(HeaderValue::from_static("attachment")),
    );
    ([(CONTENT_TYPE, media_type), disposition], body).into_response()
}
