//! The document of a collection that has none.

use model::collection::Collection;
use model::endpoint::Endpoint;
use model::path::Piece;
use serde_json::{Map, Value, json};

/// What can be said of a collection to which no document was given.
pub(super) fn made_from(collection: &Collection, endpoints: &[Endpoint]) -> Value {
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
