//! What would come of a document, before there is a collection for it.

use std::fmt;

use model::access::Privilege;

use super::Source;
use crate::{Actions, Actor, Faults, Result, Unserved};

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
    pub unserved: Vec<UnservedOperation>,
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
pub struct UnservedOperation {
    /// The method as the document writes it, in upper case.
    pub method: String,
    /// The path as the document writes it.
    pub path: String,
    /// Why.
    pub reason: Unserved,
}

impl fmt::Display for UnservedOperation {
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
