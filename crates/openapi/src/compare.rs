//! What changed between two documents, and whom it breaks.

mod difference;
mod text;

pub use difference::{
    Change, Counts, Difference, Direction, Group, Kind, LISTED_CHANGES, LISTED_OPERATIONS, OperationName,
    What, Which,
};

use crate::Document;
use crate::operation::Operation;

/// Compares two documents, of the same version of OpenAPI or not.
///
/// Operations are matched by method and path, whatever the parameters of the path are called.
/// References are followed: a change in what several operations share is reported once, with the
/// operations that it reaches.
pub fn compare(old: &Document, new: &Document) -> Difference {
    let mut difference = Difference { is_complete: true, ..Difference::default() };
    if old == new {
        return difference;
    }
    let names = |document: &'_ Document| -> Vec<(OperationName, String)> {
        let name = |one: Operation<'_>| {
            let key = shape(one.path);
            (OperationName { method: one.method, path: one.path.to_owned() }, key)
        };
        document.operations().map(name).collect()
    };
    let (before, after) = (names(old), names(new));
    let is_in = |list: &[(OperationName, String)], one: &(OperationName, String)| {
        list.iter().any(|other| other.0.method == one.0.method && other.1 == one.1)
    };
    let gone = before.iter().filter(|one| !is_in(&after, one)).map(|one| (Kind::Removed, Which::Old, one));
    let come = after.iter().filter(|one| !is_in(&before, one)).map(|one| (Kind::Added, Which::New, one));
    for (kind, document, (name, _)) in gone.chain(come) {
        let change = Change {
            kind,
            what: What::Operation,
            breaking: kind == Kind::Removed,
            direction: None,
            document,
            pointer: String::new(),
            operations: vec![name.clone()],
            more_operations: 0,
            text: if kind == Kind::Added { "is new" } else { "is gone" }.to_owned(),
        };
        difference.counts.count(change.group());
        difference.changes.push(change);
    }
    difference
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut inside = false;
    for character in path.chars() {
        match character {
            '}' => inside = false,
            _ if inside => continue,
            '{' => inside = true,
            _ => {}
        }
        shape.push(character);
    }
    shape
}
