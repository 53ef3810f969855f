//! Documents of 3.0 in 2.0, where 2.0 can say the same.
//!
//! Nothing is dropped silently: each field is either one that 2.0 has too, or can say in another
//! way, or a [`Loss`].

mod message;
mod parameter;
mod schema;
mod security;

use std::fmt;

use serde_json::{Map, Value};

use crate::bounds::Budget;
use crate::fault::excerpt;
use crate::operation::is_path;
use crate::reference::{CHAIN, local_pointer, reference};
use crate::spot::{Spot, joined};
use crate::{Document, Publication, Version};

/// The most losses that are named. Whoever reads them needs to know that there are some, and
/// of what kind.
pub const LISTED_LOSSES: usize = 20;

/// The most that is written in all, about in bytes: what was shared is repeated where 2.0 cannot
/// refer to it.
const SIZE_BYTES: usize = 64 << 20;

/// The fields of a path item that are operations in 2.0.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Something that 2.0 cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// JSON pointer to it; empty for the whole document.
    pub pointer: String,
    /// What it is.
    pub what: &'static str,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.pointer {
            "" => f.write_str(self.what),
            pointer => write!(f, "{} at `{}`", self.what, excerpt(pointer)),
        }
    }
}

impl Document {
    /// The same document in OpenAPI 2.0: itself if it is written in it, else one of 3.0 written
    /// anew. Otherwise what would be lost, up to [`LISTED_LOSSES`]; never an empty list.
    pub fn as_v2(&self) -> Result<Value, Vec<Loss>> {
        let root = Spot { value: &self.root, pointer: String::new() };
        let mut downgrade = Downgrade { document: self, losses: Vec::new(), budget: Budget::new(SIZE_BYTES) };
        match self.version {
            Version::V2_0 => return Ok(self.root.clone()),
            Version::V3_0 => {}
            Version::V3_1 | Version::V3_2 => downgrade.lose(&root, "a version whose schemas are JSON Schema"),
        }
        let written = if downgrade.losses.is_empty() { downgrade.root(&root) } else { Map::new() };
        if downgrade.losses.is_empty() { Ok(Value::Object(written)) } else { Err(downgrade.losses) }
    }
}

impl Document {
    /// The document as readers see it, [published](Self::published) and [in 2.0](Self::as_v2).
    pub fn published_as_v2(&self, publication: &Publication<'_>) -> Result<Value, Vec<Loss>> {
        let root = self.published(publication);
        match self.version {
            Version::V2_0 => Ok(root),
            version => Self { root, version, warnings: Vec::new() }.as_v2(),
        }
    }
}

struct Downgrade<'d> {
    document: &'d Document,
    losses: Vec<Loss>,
    budget: Budget,
}

impl<'d> Downgrade<'d> {
    fn lose(&mut self, spot: &Spot<'_>, what: &'static str) {
        if self.losses.len() < LISTED_LOSSES {
            self.losses.push(Loss { pointer: spot.pointer.clone(), what });
        }
    }

    /// A copy as it is.
    fn copy(&mut self, spot: &Spot<'_>) -> Value {
        self.budget.copy(spot.value).unwrap_or_else(|| {
            self.lose(spot, "more than can be repeated");
            Value::Null
        })
    }

    /// A field that is the same in 2.0, or an extension. What is neither is lost, unless it says
    /// what is so anyway.
    fn keep(&mut self, written: &mut Map<String, Value>, name: &str, spot: &Spot<'_>, kept: &[&str]) {
        if kept.contains(&name) || name.starts_with("x-") {
            written.insert(name.to_owned(), self.copy(spot));
        } else if !is_idle(spot.value) {
            self.lose(spot, "a field that 2.0 does not have");
        }
    }

    /// The value or what it refers to; a loss if that is not in the document.
    fn resolved(&mut self, spot: Spot<'d>) -> Spot<'d> {
        let mut found = spot.clone();
        for _ in 0..CHAIN {
            let Some(text) = reference(found.value) else { return found };
            let target = local_pointer(text).and_then(|pointer| {
                let value = self.document.root.pointer(&pointer)?;
                Some(Spot { value, pointer: pointer.into_owned() })
            });
            match target {
                Some(target) => found = target,
                None => break,
            }
        }
        self.lose(&spot, "a reference that leads out of the document");
        spot
    }

    fn root(&mut self, root: &Spot<'d>) -> Map<String, Value> {
        let mut written = Map::new();
        for (name, spot) in root.fields() {
            match name {
                "openapi" => _ = written.insert("swagger".to_owned(), "2.0".into()),
                "servers" => self.servers(&spot, &mut written),
                "paths" => {
                    let paths = spot.fields().map(|(path, item)| {
                        let item = if is_path(path) { self.path_item(&item) } else { self.copy(&item) };
                        (path.to_owned(), item)
                    });
                    let paths = paths.collect();
                    written.insert("paths".to_owned(), Value::Object(paths));
                }
                "components" => self.components(&spot, &mut written),
                name => {
                    self.keep(&mut written, name, &spot, &["info", "security", "tags", "externalDocs"]);
                }
            }
        }
        written
    }

    /// Several servers that differ in their protocol only are one host.
    fn servers(&mut self, servers: &Spot<'d>, written: &mut Map<String, Value>) {
        let mut places: Vec<(&str, &str)> = Vec::new();
        let mut schemes: Vec<Value> = Vec::new();
        for server in servers.items() {
            for (name, spot) in server.fields().filter(|(name, _)| *name != "url") {
                if !is_idle(spot.value) {
                    self.lose(
                        &spot,
                        if name == "variables" { "a server with variables" } else { "words about a server" },
                    );
                }
            }
            let url = server.text("url").unwrap_or_default();
            let (scheme, rest) = match url.split_once("://") {
                Some((scheme, rest)) => (Some(scheme), rest),
                None => (None, url),
            };
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = if scheme.is_some() { rest.split_at(end) } else { ("", rest) };
            if path.contains(['?', '#', '{'])
                || host.contains('{')
                || !(path.is_empty() || path.starts_with('/'))
            {
                self.lose(&server, "a server that is no host with a path");
            }
            schemes.extend(scheme.map(Value::from));
            places.push((host, path));
        }
        let Some((host, path)) = places.first().copied() else { return };
        if places.iter().any(|place| *place != (host, path)) {
            self.lose(servers, "several servers in different places");
        }
        if !host.is_empty() {
            written.insert("host".to_owned(), host.into());
        }
        if !path.is_empty() {
            written.insert("basePath".to_owned(), path.into());
        }
        if !schemes.is_empty() {
            written.insert("schemes".to_owned(), schemes.into());
        }
    }

    fn components(&mut self, components: &Spot<'d>, written: &mut Map<String, Value>) {
        for (section, spot) in components.fields() {
            match section {
                "schemas" => {
                    let schemas = spot.fields().map(|(name, schema)| (name.to_owned(), self.schema(&schema)));
                    let schemas = schemas.collect();
                    written.insert("definitions".to_owned(), Value::Object(schemas));
                }
                "parameters" => {
                    let parameters = spot.fields().map(|(name, one)| (name.to_owned(), self.parameter(&one)));
                    let parameters = parameters.collect();
                    written.insert("parameters".to_owned(), Value::Object(parameters));
                }
                "responses" => {
                    let responses = spot.fields().map(|(name, one)| (name.to_owned(), self.response(&one)));
                    let responses = responses.collect();
                    written.insert("responses".to_owned(), Value::Object(responses));
                }
                "securitySchemes" => {
                    let schemes = spot.fields().map(|(name, one)| (name.to_owned(), self.scheme(one)));
                    let schemes = schemes.collect();
                    written.insert("securityDefinitions".to_owned(), Value::Object(schemes));
                }
                // They are written where they are referred to.
                "requestBodies" | "headers" | "examples" => {}
                section if section.starts_with("x-") => {
                    _ = written.insert(section.to_owned(), self.copy(&spot));
                }
                _ if is_idle(spot.value) => {}
                "links" => self.lose(&spot, "links"),
                "callbacks" => self.lose(&spot, "callbacks"),
                _ => self.lose(&spot, "components that 2.0 does not have"),
            }
        }
    }

    fn path_item(&mut self, item: &Spot<'d>) -> Value {
        let mut written = Map::new();
        for (name, spot) in item.fields() {
            match name {
                "parameters" => {
                    let parameters = spot.items().map(|one| self.parameter(&one)).collect();
                    written.insert(name.to_owned(), parameters);
                }
                "$ref" if spot.value.as_str().is_some_and(|text| text.starts_with("#/paths/")) => {
                    written.insert(name.to_owned(), spot.value.clone());
                }
                method if METHODS.contains(&method) => {
                    written.insert(method.to_owned(), self.operation(&spot));
                }
                "servers" if !is_idle(spot.value) => self.lose(&spot, "servers of a path"),
                "summary" | "description" => self.lose(&spot, "words about a path"),
                name => self.keep(&mut written, name, &spot, &[]),
            }
        }
        Value::Object(written)
    }

    fn operation(&mut self, operation: &Spot<'d>) -> Value {
        const KEPT: [&str; 7] =
            ["tags", "summary", "description", "externalDocs", "operationId", "deprecated", "security"];
        let mut written = Map::new();
        let body = operation.get("requestBody").map(|body| self.body(body));
        for (name, spot) in operation.fields() {
            match name {
                "parameters" => {
                    let parameters: Vec<_> = spot.items().map(|one| self.parameter(&one)).collect();
                    written.insert(name.to_owned(), parameters.into());
                }
                "requestBody" => {}
                "responses" => {
                    let (responses, produces) = self.responses(&spot);
                    if !produces.is_empty() {
                        written.insert("produces".to_owned(), produces.into());
                    }
                    written.insert(name.to_owned(), responses);
                }
                "callbacks" if !is_idle(spot.value) => self.lose(&spot, "callbacks"),
                "servers" if !is_idle(spot.value) => self.lose(&spot, "servers of an operation"),
                name => self.keep(&mut written, name, &spot, &KEPT),
            }
        }
        if let Some(body) = body {
            if !body.consumes.is_empty() {
                written.insert("consumes".to_owned(), body.consumes.into());
            }
            let parameters = written.entry("parameters").or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(parameters) = parameters {
                parameters.extend(body.parameters);
            }
        }
        Value::Object(written)
    }

    /// A reference to a component of this section, as 2.0 writes it.
    fn component_reference(&mut self, spot: &Spot<'_>, section: &str, renamed: &str) -> Option<Value> {
        let text = reference(spot.value)?;
        let name = text.strip_prefix("#/components/").and_then(|rest| rest.strip_prefix(section));
        match name.filter(|name| name.starts_with('/')) {
            Some(name) => Some(serde_json::json!({ "$ref": format!("#/{renamed}{name}") })),
            None => {
                self.lose(spot, "a reference to what has no place of its own");
                Some(Value::Null)
            }
        }
    }
}

/// Whether a field says nothing: what is false, null or empty is so anyway.
fn is_idle(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The place of a field that is not there, to name it all the same.
fn absent<'d>(owner: &Spot<'d>, field: &str) -> Spot<'d> {
    Spot { value: owner.value, pointer: joined(&owner.pointer, field) }
}

#[cfg(test)]
mod tests;
