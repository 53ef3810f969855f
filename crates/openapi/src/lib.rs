//! OpenAPI documents: reading them, what they describe, what a mock answers from them, what of
//! them readers see, and how two of them differ. No I/O; nothing here follows an address.
//!
//! A document stays the JSON that it was, key order included; the types here are views of it.
//! Whatever it refers to is followed within bounds, so that no document can exhaust its reader.

mod bounds;
mod bundle;
mod compare;
mod downgrade;
mod fault;
#[cfg(test)]
mod fixture;
mod format;
mod mock;
mod operation;
mod part;
mod publish;
mod read;
mod reference;
mod root;
mod sample;
mod server;
mod spot;
mod survey;
mod write;

use serde_json::Value;

pub use bundle::{Bundle, Bundler, FILES, FILES_BYTES, Location, entry};
pub use compare::{
    Change, Counts, Difference, Direction, Group, Kind, LISTED_CHANGES, LISTED_OPERATIONS, OperationName,
    What, Which, compare,
};
pub use downgrade::{LISTED_LOSSES, Loss};
pub use fault::{Fault, Place};
pub use format::Format;
pub use mock::MockAnswer;
pub use operation::Operation;
pub use publish::Publication;
pub use read::{NESTING, VALUES, json as read_json, utf8};
pub use survey::{WARNINGS, Warning};
pub use write::to_yaml;

/// An OpenAPI document, 2.0 to 3.2.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Checked by [`Document::parse`]: an object with a version and an `info`, whose parts have
    /// the types that they must have, and which nests no deeper than [`NESTING`].
    root: Value,
    version: Version,
    warnings: Vec<Warning>,
}

/// The version of OpenAPI in which a document is written, without the patch number, which
/// changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// OpenAPI 2.0, once called Swagger: `definitions`, body parameters, `produces`.
    V2_0,
    /// OpenAPI 3.0: schemas are a dialect of their own.
    V3_0,
    /// OpenAPI 3.1: schemas are JSON Schema 2020-12.
    V3_1,
    /// OpenAPI 3.2: 3.1 with more methods, streams and tags that nest.
    V3_2,
}

impl Version {
    /// As people say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
        }
    }
}

impl Document {
    /// Reads a document.
    pub fn parse(text: &str, format: Format) -> Result<Self, Fault> {
        let mut root = read::text(text, format)?;
        root::settle(&mut root, |pointer| read::source(text, format, pointer));
        Self::of(root).map_err(|fault| fault.found_in(text, format))
    }

    /// What has been read already.
    fn of(root: Value) -> Result<Self, Fault> {
        let version = root::document(&root)?;
        let mut document = Self { root, version, warnings: Vec::new() };
        survey::survey(&mut document)?;
        Ok(document)
    }

    /// Reads a document from JSON.
    pub fn parse_json(text: &str) -> Result<Self, Fault> {
        Self::parse(text, Format::Json)
    }

    /// The version of OpenAPI in which it is written.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The name of the API.
    pub fn title(&self) -> &str {
        self.root["info"]["title"].as_str().unwrap_or_default()
    }

    /// The version of the API, in its publisher's own words.
    pub fn api_version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or_default()
    }

    /// What is wrong in it and does no harm to serving it, [`WARNINGS`] at most: references that
    /// lead nowhere, other than those of paths, and schemas that are none.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The JSON underneath.
    pub fn as_value(&self) -> &Value {
        &self.root
    }

    /// The document as compact JSON.
    pub fn to_json_string(&self) -> String {
        self.root.to_string()
    }
}
