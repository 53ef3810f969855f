//! From an OpenAPI document to endpoints.

mod unserved;

use std::collections::HashSet;

use model::endpoint::Method;
use model::id::CollectionId;
use model::path::PathTemplate;
use openapi::{Document, Operation};
use store::Tx;
use store::endpoints::NewEndpoint;

use crate::collections::Place;
use crate::{Actions, Actor, Result};

pub use unserved::Unserved;

/// What came of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportResults {
    /// The operations in the document.
    pub total: usize,
    /// The operations that cannot be served, each with its reason.
    pub failed: Vec<String>,
}

impl ImportResults {
    /// The operations that became endpoints.
    pub fn served(&self) -> usize {
        self.total - self.failed.len()
    }
}

/// An operation that can be served.
struct Servable {
    name: String,
    description: Option<String>,
    method: Method,
    path: PathTemplate,
}

impl Actions {
    /// Makes an endpoint and its recipe from each operation of the document.
    pub(crate) async fn import(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        collection: CollectionId,
        place: Place,
        document: &Document,
        active: bool,
    ) -> Result<ImportResults> {
        let (operations, results) = sort_out(document);
        let mut recipes = Vec::with_capacity(operations.len());
        for operation in &operations {
            let description = operation.description.as_deref();
            recipes.push(self.make_recipe(tx, actor, place, &operation.name, description).await?);
        }
        let endpoints: Vec<_> = operations
            .iter()
            .zip(recipes)
            .map(|(operation, recipe)| NewEndpoint {
                workspace: actor.workspace.id,
                collection,
                recipe,
                name: &operation.name,
                description: operation.description.as_deref(),
                method: operation.method,
                path: &operation.path,
            })
            .collect();
        store::endpoints::insert_all(tx, collection, &endpoints, active, self.environment.now()).await?;
        Ok(results)
    }
}

/// Parts what can be served from what cannot, with the reasons.
fn sort_out(document: &Document) -> (Vec<Servable>, ImportResults) {
    let mut results = ImportResults { total: 0, failed: Vec::new() };
    let mut servable = Vec::new();
    let mut shapes = HashSet::new();
    for operation in document.operations() {
        results.total += 1;
        match read(&operation) {
            Ok(read) if shapes.insert((read.method, read.path.shape())) => servable.push(read),
            Ok(_) => results.failed.push(reason(&operation, Unserved::Duplicate)),
            Err(unserved) => results.failed.push(reason(&operation, unserved)),
        }
    }
    (servable, results)
}

fn reason(operation: &Operation<'_>, unserved: Unserved) -> String {
    format!("{} {}: {unserved}", operation.method, operation.path)
}

fn read(operation: &Operation<'_>) -> std::result::Result<Servable, Unserved> {
    let method: Method = operation.method.parse().map_err(|_| Unserved::Method)?;
    let path = PathTemplate::parse(operation.path)?;
    let name = [operation.summary, operation.operation_id]
        .into_iter()
        .flatten()
        .map(one_line)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| format!("{method} /{path}"));
    let description = operation.description.map(|text| text.replace('\0', ""));
    Ok(Servable { name, description, method, path })
}

/// A name from free text: one line, at most 255 characters.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(255).collect()
}
