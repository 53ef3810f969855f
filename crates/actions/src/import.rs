//! From an OpenAPI document to endpoints.

mod unserved;

use std::collections::HashSet;

use model::endpoint::Method;
use model::id::CollectionId;
use model::path::PathTemplate;
use openapi::{Document, Operation};
use store::Tx;
use store::endpoints::NewEndpoint;
use store::recipes::NewRecipe;

use crate::collections::Place;
use crate::documents::{Step, UnservedOperation};
use crate::{Actions, Actor, Result, text};

/// How many operations are written before progress is told.
const CHUNK: usize = 200;

pub use unserved::Unserved;

/// What came of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportResults {
    /// The operations in the document.
    pub total: usize,
    /// The operations that cannot be served.
    pub unserved: Vec<UnservedOperation>,
    /// What is odd about the document but no reason to refuse it.
    pub warnings: Vec<String>,
}

impl ImportResults {
    /// The operations that became endpoints.
    pub fn served(&self) -> usize {
        self.total - self.unserved.len()
    }
}

/// An operation that can be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Servable {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) method: Method,
    pub(crate) path: PathTemplate,
}

impl Actions {
    /// Makes an endpoint and its recipe from each operation.
    pub(crate) async fn serve(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        collection: CollectionId,
        place: Place,
        operations: &[&Servable],
        active: bool,
    ) -> Result<()> {
        let (now, total) = (self.environment.now(), operations.len());
        let mut written = 0;
        for chunk in operations.chunks(CHUNK) {
            let recipes: Vec<_> = chunk
                .iter()
                .map(|operation| NewRecipe {
                    workspace: actor.workspace.id,
                    project: place.project,
                    folder: place.folder,
                    name: &operation.name,
                    description: operation.description.as_deref(),
                    kind: place.recipe_kind(),
                    connection: place.connection,
                })
                .collect();
            let recipes = store::recipes::insert_all(tx, &recipes, now).await?;
            let endpoints: Vec<_> = chunk
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
            store::endpoints::insert_all(tx, collection, &endpoints, active, now).await?;
            written += chunk.len();
            self.desk.note(Step::Operations(written, total));
        }
        Ok(())
    }
}

/// Parts what can be served from what cannot, with the reasons.
pub(crate) fn sort_out(document: &Document) -> (Vec<Servable>, ImportResults) {
    let warnings =
        document.warnings().iter().map(|warning| format!("`{}` {}", warning.pointer, warning.text));
    let mut results = ImportResults { warnings: warnings.collect(), ..ImportResults::default() };
    let mut servable = Vec::new();
    let mut shapes = HashSet::new();
    for operation in document.operations() {
        results.total += 1;
        match read(&operation) {
            Ok(read) if shapes.insert((read.method, read.path.shape())) => servable.push(read),
            Ok(_) => results.unserved.push(unserved(&operation, Unserved::Duplicate)),
            Err(reason) => results.unserved.push(unserved(&operation, reason)),
        }
    }
    (servable, results)
}

fn unserved(operation: &Operation<'_>, reason: Unserved) -> UnservedOperation {
    UnservedOperation { method: operation.method.clone(), path: operation.path.to_owned(), reason }
}

fn read(operation: &Operation<'_>) -> std::result::Result<Servable, Unserved> {
    let method: Method = operation.method.parse().map_err(|_| Unserved::Method)?;
    let path = PathTemplate::parse(operation.path)?;
    let name = [operation.summary, operation.operation_id]
        .into_iter()
        .flatten()
        .map(text::one_line)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| format!("{method} /{path}"));
    let description = operation.description.map(|text| text.replace('\0', ""));
    Ok(Servable { name, description, method, path })
}
