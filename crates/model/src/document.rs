//! OpenAPI documents as collections keep them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CollectionId, DocumentId};

/// A document that is or was in force for a collection, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDocument {
    /// Its id.
    pub id: DocumentId,
    /// The collection it belongs to.
    pub collection: CollectionId,
    /// How its entry is written.
    pub format: DocumentFormat,
    /// The name of the file in which it begins, if it came with one.
    pub entry: Option<String>,
    /// The files that it consists of.
    pub files: i64,
    /// The size of all files as they were given.
    pub size_bytes: i64,
    /// The version of OpenAPI, such as `3.1`; empty if it was not noted.
    pub openapi_version: String,
    /// The name of the API, in its publisher's words.
    pub title: String,
    /// The version of the API, in its publisher's words.
    pub api_version: String,
    /// The operations in it, served or not.
    pub operations: i64,
    /// A digest of everything that was given, in hex; none if it was not noted.
    pub digest: Option<String>,
    /// Whether the collection goes by it now.
    pub in_force: bool,
    /// When it was given.
    pub created_at: Timestamp,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// A file of a document, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFile {
    /// Its path from the folder that all files lie in, or the address that it was fetched from.
    pub name: String,
    /// Its text.
    pub content: String,
}
