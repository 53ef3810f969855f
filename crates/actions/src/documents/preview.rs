//! What would come of a document, before there is a collection for it.

use std::fmt;

use model::access::Privilege;
use model::endpoint::BaseUrl;
use openapi::Document;
use serde_json::Value;

use super::Source;
use crate::{Actions, Actor, Faults, Result};

/// The most servers that are suggested. Templates with dozens of regions exist; nobody picks the
/// twentieth from a list.
const SERVERS: usize = 20;

/// What is in a document.
#[derive(Debug)]
pub struct Preview {
    /// The name of the API.
    pub title: String,
    /// The version of the API.
    pub api_version: String,
    /// The version of OpenAPI.
    pub openapi_version: String,
    /// What would be served, as the document orders it.
    pub operations: Vec<PreviewedOperation>,
    /// What would not, with the reasons.
    pub unserved: Vec<Unserved>,
    /// What is odd about the document but no reason to refuse it.
    pub warnings: Vec<String>,
    /// Where the document says that the API is; a suggestion for the connection.
    pub servers: Vec<String>,
}

/// An operation that would be served.
#[derive(Debug)]
pub struct PreviewedOperation {
    /// The method.
    pub method: &'static str,
    /// The path, from its slash on.
    pub path: String,
    /// What its endpoint would be called.
    pub name: String,
}

/// An operation that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unserved {
    /// The method as the document writes it, in upper case.
    pub method: String,
    /// The path as the document writes it.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.reason)
    }
}

impl Actions {
    /// Reads a document and says what would come of it. Nothing is written.
    pub async fn preview_document(&self, actor: &Actor, source: Source) -> Result<Preview> {
        actor.must(Privilege::CreateCollection)?;
        let read = self.read_document(source).await;
        let prepared =
            read.map_err(|fault| Faults::of("openapi_spec.content", format!("cannot be read: {fault}")))?;
        let operations = prepared.operations.into_iter().map(|operation| PreviewedOperation {
            method: operation.method.as_str(),
            path: format!("/{}", operation.path),
            name: operation.name,
        });
        Ok(Preview {
            title: prepared.document.title,
            api_version: prepared.document.api_version,
            openapi_version: prepared.document.openapi_version,
            operations: operations.collect(),
            unserved: prepared.results.unserved,
            warnings: prepared.results.warnings,
            servers: prepared.servers,
        })
    }
}

/// The servers of a document that can be the base of a connection, their variables replaced by what
/// they are by default.
pub(super) fn servers(document: &Document) -> Vec<String> {
    let root = document.as_value();
    let mut servers = Vec::new();
    let urls = match root.get("swagger") {
        Some(_) => of_version_2(root),
        None => root["servers"].as_array().into_iter().flatten().filter_map(url).collect(),
    };
    for url in urls {
        if BaseUrl::parse(&url).is_ok() && !servers.contains(&url) {
            servers.push(url);
        }
        if servers.len() == SERVERS {
            break;
        }
    }
    servers
}

fn url(server: &Value) -> Option<String> {
    let mut url = server["url"].as_str()?.to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), variable["default"].as_str()?);
    }
    Some(url)
}

/// OpenAPI 2.0 has one host, one base path and several schemes.
fn of_version_2(root: &Value) -> Vec<String> {
    let Some(host) = root["host"].as_str() else { return Vec::new() };
    let base = root["basePath"].as_str().unwrap_or_default().trim_end_matches('/');
    let schemes: Vec<&str> = match root["schemes"].as_array() {
        Some(schemes) => schemes.iter().filter_map(Value::as_str).collect(),
        None => vec!["https"],
    };
    schemes.into_iter().map(|scheme| format!("{scheme}://{host}{base}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(fields: &[(&str, Value)]) -> Vec<String> {
        let mut root = json!({ "info": { "title": "Quotes", "version": "1" }, "paths": {} });
        for (field, value) in fields {
            root[field] = value.clone();
        }
        servers(&Document::parse_json(&root.to_string()).unwrap())
    }

    #[test]
    fn servers_with_an_address_of_their_own_are_suggested() {
        let given = json!([
            { "url": "https://{region}.example.com/v1", "variables": { "region": { "default": "eu" } } },
            { "url": "/v1" },
            { "url": "http://localhost:8080" },
            { "url": "https://eu.example.com/v1" },
            { "url": "https://{unknown}.example.com" },
            "https://example.com",
        ]);
        assert_eq!(
            of(&[("openapi", "3.1.0".into()), ("servers", given)]),
            ["https://eu.example.com/v1", "http://localhost:8080"]
        );
        assert_eq!(of(&[("openapi", "3.1.0".into())]), Vec::<String>::new());
    }

    #[test]
    fn version_2_writes_them_in_parts() {
        let fields = [
            ("swagger", json!("2.0")),
            ("host", json!("api.example.com")),
            ("basePath", json!("/v1/")),
            ("schemes", json!(["https", "http", "wss"])),
        ];
        assert_eq!(of(&fields), ["https://api.example.com/v1", "http://api.example.com/v1"]);
    }
}
