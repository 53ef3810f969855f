//! `/doc/service/:handle/swagger`: the OpenAPI document of a collection as readers see it. The
//! token in its URL stands for permission, so it can be handed on.

use std::collections::HashSet;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use model::collection::Collection;
use model::endpoint::{Endpoint, Method};
use model::path::{PathTemplate, Piece};
use model::secret::{Digest, SecretKind};
use openapi::{Document, Publication};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

use crate::Management;
use crate::answer::JSON;
use crate::given::Given;
use crate::problem::{Missing, Problem};
use crate::request::{Path, Query};

/// A collection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct HandlePath {
    /// Handle of the collection.
    #[param(example = "quote-to-cash-v1")]
    handle: String,
}

/// Permission to read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpecificationQuery {
    /// The token in the `api_spec_url` of the collection.
    #[param(value_type = String, example = "4cab5bdf2cebbe2b4a0d3cc9ac175f60")]
    token: Given<String>,
}

/// Shows the OpenAPI document of a collection: the gateway as its server, active endpoints only.
#[utoipa::path(
    get,
    path = "/doc/service/{handle}/swagger",
    tag = "Collections",
    params(HandlePath, SpecificationQuery),
    responses((status = OK, description = "An OpenAPI document", body = serde_json::Value), Missing),
)]
pub(crate) async fn get_specification(
    State(management): State<Management>,
    Path(path): Path<HandlePath>,
    Query(query): Query<SpecificationQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = query.token.optional("token", &mut actions::Faults::default());
    let digest = token.and_then(|token| Digest::presented(SecretKind::Specification, token.as_bytes()));
    let digest = digest.ok_or_else(Problem::not_found)?;
    let found = store::collections::by_specification_token(&management.db, digest).await?;
    let collection = found.filter(|collection| collection.handle == path.handle);
    let document = published(&management, collection.ok_or_else(Problem::not_found)?).await?.to_string();

    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&document)[..16]));
    let unchanged = matches_tag(&headers, &tag);
    let tag = HeaderValue::from_str(&tag).map_err(|error| Problem::internal(error.to_string()))?;
    let caching = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(CONTENT_TYPE, JSON)], Body::from(document)).into_response())
}

/// Whether the reader has this version already (RFC 9110, section 13.1.2).
fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// The document as readers see it.
async fn published(management: &Management, collection: Collection) -> Result<Value, Problem> {
    let workspace = store::workspaces::find(&management.db, collection.workspace).await?;
    let workspace = workspace.ok_or_else(Problem::not_found)?;
    let gateway_url = management.collection_url(&workspace, &collection.handle);
    let active = store::endpoints::active_of(&management.db, collection.id).await?;
    let text = match store::collections::document(&management.db, collection.id).await? {
        Some(text) => text,
        None => made_from(&collection, &active).to_string(),
    };
    let document = Document::parse_json(&text).map_err(|fault| {
        Problem::internal(format!("the document of collection {}: {fault}", collection.id))
    })?;
    let shown: HashSet<(Method, String)> =
        active.into_iter().map(|endpoint| (endpoint.method, endpoint.path.to_string())).collect();
    let keep = |method: &str, path: &str| {
        let template = PathTemplate::parse(path).ok();
        let key = Method::from_request(method).zip(template.map(|template| template.to_string()));
        key.is_some_and(|key| shown.contains(&key))
    };
    Ok(document.published(&Publication { gateway_url: &gateway_url, keep: &keep }))
}

/// What can be said of a collection to which no document was given.
fn made_from(collection: &Collection, endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(format!("/{}", endpoint.path)).or_insert_with(|| json!({}));
        let pieces = endpoint.path.segments().iter().flat_map(|segment| &segment.0);
        let parameters: Vec<_> = pieces
            .filter_map(|piece| match piece {
                Piece::Fixed(_) => None,
                Piece::Parameter(name) => Some(
                    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }),
                ),
            })
            .collect();
        let mut operation = json!({ "summary": endpoint.name });
        if let Some(description) = &endpoint.description {
            operation["description"] = description.as_str().into();
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        operation["responses"] = json!({ "default": { "description": "The answer of the API" } });
        path[endpoint.method.as_str().to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": collection.name, "version": collection.version.as_str() },
        "paths": paths,
    })
}
