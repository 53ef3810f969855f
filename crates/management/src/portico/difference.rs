//! What is different between two documents, as answers show it.

use openapi::{Change, Counts, Difference, Direction, Kind, OperationName, What, Which};
use serde::Serialize;
use utoipa::ToSchema;

/// What is different between two documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub(crate) struct ShownDifference {
    /// How many changes there are, also of those that are not listed.
    counts: ShownCounts,
    /// The changes: what breaks callers first; at most 200 of a kind.
    changes: Vec<ShownChange>,
    /// Whether everything was compared; false only for documents too entangled for that.
    #[schema(example = true)]
    is_complete: bool,
    /// The same as a changelog in Markdown.
    #[schema(example = "Added:\n\n- `GET /quotes`: is new\n")]
    text: String,
}

/// How many changes there are; each counts once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferenceCounts)]
struct ShownCounts {
    /// What can break callers.
    #[schema(example = 0)]
    breaking: usize,
    /// What is there now and was not.
    #[schema(example = 1)]
    added: usize,
    /// What is gone without harm.
    #[schema(example = 0)]
    removed: usize,
    /// What is otherwise than it was.
    #[schema(example = 0)]
    changed: usize,
    /// What only readers notice.
    #[schema(example = 0)]
    documentation: usize,
}

/// One thing that is otherwise than it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferenceChange)]
struct ShownChange {
    /// What happened to it: `added`, `removed`, `changed` or `documentation`.
    #[schema(value_type = String, example = "added")]
    kind: Kind,
    /// What it is, such as `operation`, `parameter` or `property_required`.
    #[schema(value_type = String, example = "operation")]
    what: What,
    /// Whether a call that worked can fail, or its answer surprise the caller.
    #[schema(example = false)]
    breaking: bool,
    /// `request` or `response`, where it matters who sends it.
    #[schema(value_type = Option<String>, example = "request")]
    direction: Option<Direction>,
    /// The document in which `pointer` leads to it: `new`, or `old` if it is gone.
    #[schema(value_type = String, example = "new")]
    document: Which,
    /// JSON pointer to it.
    #[schema(example = "/paths/~1quotes/get")]
    pointer: String,
    /// The operations that it concerns, 20 at most.
    operations: Vec<ShownOperation>,
    /// How many more there are.
    #[schema(example = 0)]
    more_operations: usize,
    /// What changed, in one sentence.
    #[schema(example = "is new")]
    text: String,
}

/// A method and a path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferenceOperation)]
struct ShownOperation {
    /// The method.
    #[schema(example = "GET")]
    method: String,
    /// The path, as the document writes it.
    #[schema(example = "/quotes")]
    path: String,
}

impl From<Difference> for ShownDifference {
    fn from(difference: Difference) -> Self {
        let text = difference.to_string();
        let Counts { breaking, added, removed, changed, documentation } = difference.counts;
        Self {
            counts: ShownCounts { breaking, added, removed, changed, documentation },
            changes: difference.changes.into_iter().map(Into::into).collect(),
            is_complete: difference.is_complete,
            text,
        }
    }
}

impl From<Change> for ShownChange {
    fn from(change: Change) -> Self {
        Self {
            kind: change.kind,
            what: change.what,
            breaking: change.breaking,
            direction: change.direction,
            document: change.document,
            pointer: change.pointer,
            operations: change.operations.into_iter().map(Into::into).collect(),
            more_operations: change.more_operations,
            text: change.text,
        }
    }
}

impl From<OperationName> for ShownOperation {
    fn from(OperationName { method, path }: OperationName) -> Self {
        Self { method, path }
    }
}
