//! What was found, each thing once, with the operations that meet it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::difference::{
    Change, Counts, Difference, Direction, Kind, LISTED_CHANGES, LISTED_OPERATIONS, OperationName, What,
    Which,
};

/// The most places in which a change is remembered to have been met. Beyond, its operations are
/// counted too low.
const SOURCES: usize = 1_000;

/// The most steps from schemas to the operations that use them, for all listed changes together.
const STEPS: usize = 60_000_000;

/// What a change belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The document as a whole.
    Document,
    /// The operation with this number.
    Operation(u32),
    /// The pair of schemas with this number.
    Schema(u32),
}

/// A change without its words.
pub(super) struct News {
    pub(super) kind: Kind,
    pub(super) what: What,
    pub(super) breaking: bool,
    pub(super) direction: Option<Direction>,
    pub(super) document: Which,
    pub(super) pointer: String,
    pub(super) source: Source,
}

struct Found {
    change: Change,
    sources: Vec<Source>,
}

#[derive(Default)]
pub(super) struct Ledger {
    counts: Counts,
    /// By a digest of what makes a change that change: its place among the listed, if it is.
    seen: HashMap<u64, Option<usize>>,
    listed: Vec<Found>,
}

impl Ledger {
    /// Notes a change; asks for its words if it is going to be listed.
    pub(super) fn note(&mut self, news: News, text: impl FnOnce() -> String) {
        let mut hasher = DefaultHasher::new();
        let News { kind, what, breaking, direction, document, pointer, source } = news;
        (kind, what, breaking, direction, document, &pointer).hash(&mut hasher);
        match self.seen.entry(hasher.finish()) {
            Entry::Occupied(known) => {
                let found = known.get().and_then(|index| self.listed.get_mut(index));
                if let Some(found) = found.filter(|found| found.sources.len() < SOURCES)
                    && found.sources.last() != Some(&source)
                {
                    found.sources.push(source);
                }
            }
            Entry::Vacant(entry) => {
                let mut change = Change {
                    kind,
                    what,
                    breaking,
                    direction,
                    document,
                    pointer,
                    operations: Vec::new(),
                    more_operations: 0,
                    text: String::new(),
                };
                let group = change.group();
                self.counts.count(group);
                let is_listed = self.counts.of(group) <= LISTED_CHANGES;
                entry.insert(is_listed.then_some(self.listed.len()));
                if is_listed {
                    change.text = text();
                    self.listed.push(Found { change, sources: vec![source] });
                }
            }
        }
    }

    /// The difference; `users` are the operations and schemas that use each schema.
    pub(super) fn close(
        self,
        operations: &[OperationName],
        users: &[Vec<Source>],
        is_complete: bool,
    ) -> Difference {
        let mut tracing = Tracing {
            users,
            steps: STEPS,
            round: 0,
            schemas: vec![0; users.len()],
            operations: vec![0; operations.len()],
        };
        let mut last: Option<(Vec<Source>, Vec<u32>)> = None;
        let mut changes: Vec<_> = self
            .listed
            .into_iter()
            .map(|Found { mut change, sources }| {
                // Changes of one schema come one after the other.
                let numbers = match last.take() {
                    Some((same, numbers)) if same == sources => numbers,
                    _ => tracing.operations(&sources),
                };
                change.more_operations = numbers.len().saturating_sub(LISTED_OPERATIONS);
                let named = numbers.iter().take(LISTED_OPERATIONS);
                change.operations =
                    named.filter_map(|number| operations.get(*number as usize).cloned()).collect();
                last = Some((sources, numbers));
                change
            })
            .collect();
        changes.sort_by_key(Change::group);
        Difference { counts: self.counts, changes, is_complete: is_complete && tracing.steps > 0 }
    }
}

/// Goes from schemas up to the operations that use them.
struct Tracing<'a> {
    users: &'a [Vec<Source>],
    steps: usize,
    /// What is marked with the number of this round was met in it.
    round: u32,
    schemas: Vec<u32>,
    operations: Vec<u32>,
}

impl Tracing<'_> {
    /// The numbers of the operations, in the order in which the document has them.
    fn operations(&mut self, sources: &[Source]) -> Vec<u32> {
        self.round += 1;
        let mut pending = sources.to_vec();
        let mut found = Vec::new();
        while let Some(source) = pending.pop() {
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                break;
            }
            match source {
                Source::Document => {}
                Source::Operation(number) => {
                    if self.operations.get_mut(number as usize).is_some_and(|mark| renew(mark, self.round)) {
                        found.push(number);
                    }
                }
                Source::Schema(number) => {
                    if self.schemas.get_mut(number as usize).is_some_and(|mark| renew(mark, self.round)) {
                        pending.extend(self.users.get(number as usize).into_iter().flatten());
                    }
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// Whether it was not yet marked.
fn renew(mark: &mut u32, round: u32) -> bool {
    std::mem::replace(mark, round) != round
}
