//! `/doc/service/:handle/swagger`: the OpenAPI document of a collection as readers see it. The
//! token in its URL stands for permission, so it can be handed on.

mod cache;
mod choice;
mod derive;
mod made;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use model::secret::{Digest, SecretKind};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Management;
use crate::describe::OpenApiDocument;
use crate::given::{Flag, Given};
use crate::problem::{Missing, Problem, Refused};
use crate::request::{Path, Query};
pub(crate) use cache::Cache;
use choice::{Choice, Form, Wanted};
use derive::Source;

/// A collection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct HandlePath {
    /// Handle of the collection.
    #[param(example = "quote-to-cash-v1")]
    handle: String,
}

/// Permission to read, and what to read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpecificationQuery {
    /// The token in the `api_spec_url` of the collection.
    #[param(value_type = String, example = "4cab5bdf2cebbe2b4a0d3cc9ac175f60")]
    token: Given<String>,
    /// `json` or `yaml`. Without it, `Accept` decides; without that too, it is JSON.
    #[param(value_type = Option<String>, example = "yaml")]
    format: Given<Form>,
    /// The version of OpenAPI: the one that the document is written in, or `2.0` for one of 3.0 of
    /// which nothing is lost by it.
    #[param(value_type = Option<String>, example = "2.0")]
    version: Given<Wanted>,
    /// Whether browsers shall save it as a file.
    #[param(value_type = Option<bool>, example = true)]
    download: Given<Flag>,
}

/// Shows the OpenAPI document of a collection: the gateway as its server, active endpoints only.
///
/// It comes in the version in which it was given. `ETag` and `If-None-Match` save the transfer of
/// what did not change.
#[utoipa::path(
    get,
    path = "/doc/service/{handle}/swagger",
    tag = "Collections",
    params(HandlePath, SpecificationQuery),
    responses(
        (status = OK, description = "An OpenAPI document", content(
            (OpenApiDocument = "application/json"),
            (String = "application/yaml"),
        )),
        Missing,
        Refused,
    ),
)]
pub(crate) async fn get_specification(
    State(management): State<Management>,
    Path(path): Path<HandlePath>,
    Query(query): Query<SpecificationQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut faults = actions::Faults::default();
    let token = query.token.optional("token", &mut actions::Faults::default());
    let form = query.format.optional("format", &mut faults);
    let version = query.version.optional("version", &mut faults);
    let is_download = query.download.optional("download", &mut faults).is_some_and(|flag| flag.0);
    let digest = token.and_then(|token| Digest::presented(SecretKind::Specification, token.as_bytes()));
    let digest = digest.ok_or_else(Problem::not_found)?;
    let found = store::collections::by_specification_token(&management.db, digest).await?;
    let collection = found.filter(|collection| collection.handle == path.handle);
    let collection = collection.ok_or_else(Problem::not_found)?;
    faults.check()?;

    let choice = Choice::new(form, version, &headers);
    let source = Source::find(&management, collection).await?;
    let key = source.tag(choice);
    let tag = format!("\"{key}\"");
    let is_known = matches_tag(&headers, &tag);
    let tag = HeaderValue::from_str(&tag).map_err(|error| Problem::internal(error.to_string()))?;
    let caching = [
        (ETAG, tag),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (VARY, HeaderValue::from_static("accept")),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let derived = source.derived(&management, choice, key).await?;
    let mut response = (caching, Body::from(derived.text.clone())).into_response();
    response.headers_mut().insert(CONTENT_TYPE, choice.content_type(derived.version));
    if is_download {
        // A handle is made of letters, digits and hyphens.
        let disposition = format!("attachment; filename=\"{}.{}\"", path.handle, choice.extension());
        if let Ok(disposition) = HeaderValue::from_str(&disposition) {
            response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
        }
    }
    Ok(response)
}

/// Whether the reader has this version already (RFC 9110, section 13.1.2).
fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}
