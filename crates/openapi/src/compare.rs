//! What changed between two documents, and whom it breaks.
//!
//! Both are taken apart into the same pieces, whatever their versions: parameters, bodies and
//! answers by media type, and [what a schema says in all](view::View). Pairs of schemas are
//! looked at once for each direction, however often they are used.

mod difference;
mod document;
mod equal;
mod label;
mod ledger;
mod message;
mod operation;
mod pairs;
mod parameter;
mod schema;
mod security;
mod side;
mod text;
mod view;

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

pub use difference::{
    Change, Counts, Difference, Direction, Group, Kind, LISTED_CHANGES, LISTED_OPERATIONS, OperationName,
    What, Which,
};

use crate::Document;
use crate::bounds::Budget;
use label::label;
use ledger::{Ledger, News, Source};
use schema::Pending;
use side::{Side, Spot};
use view::Input;

/// The most values that are looked at; about what two documents of the largest size have.
const STEPS: usize = 30_000_000;

/// Compares two documents, of the same version of OpenAPI or not.
///
/// Operations are matched by method and path, whatever the parameters of the path are called.
/// References are followed: a change in what several operations share is reported once, with the
/// operations that it reaches.
///
/// What breaks callers depends on the direction. What they send must be accepted as before: it is
/// breaking if less is. What they receive must be as promised: it is breaking if more can come. A
/// parameter or a property that is gone is breaking both ways, since nobody hears any more what
/// callers say with it. Words and examples never break anybody.
pub fn compare(old: &Document, new: &Document) -> Difference {
    if old.root == new.root {
        return Difference { is_complete: true, ..Difference::default() };
    }
    let mut comparison = Comparison::new(old, new);
    comparison.document();
    comparison.operations();
    comparison.schemas();
    let Comparison { ledger, operations, users, is_complete, .. } = comparison;
    ledger.close(&operations, &users, is_complete)
}

struct Comparison<'d> {
    old: Side<'d>,
    new: Side<'d>,
    ledger: Ledger,
    /// The operations of both documents, by the numbers that they are referred to with.
    operations: Vec<OperationName>,
    /// The pairs of schemas that were met, by a digest of where they stand.
    known: HashMap<u64, u32>,
    /// What uses each pair of schemas.
    users: Vec<Vec<Source>>,
    pending: VecDeque<Pending<'d>>,
    steps: Budget,
    is_complete: bool,
}

impl<'d> Comparison<'d> {
    fn new(old: &'d Document, new: &'d Document) -> Self {
        Self {
            old: Side { document: old },
            new: Side { document: new },
            ledger: Ledger::default(),
            operations: Vec::new(),
            known: HashMap::new(),
            users: Vec::new(),
            pending: VecDeque::new(),
            steps: Budget::new(STEPS),
            is_complete: true,
        }
    }

    fn side(&self, which: Which) -> &Side<'d> {
        match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        }
    }

    /// Counts work; false when there has been too much of it.
    fn spend(&mut self, steps: usize) -> bool {
        self.is_complete &= self.steps.spend(steps).is_some();
        self.is_complete
    }

    /// Notes a change; its words go on from what stands at `place`.
    fn note(&mut self, news: News, place: &str, predicate: impl FnOnce() -> String) {
        let document = self.side(news.document).document;
        let direction = news.direction;
        self.ledger.note(news, || {
            let label = label(document, place);
            let direction = match direction {
                Some(Direction::Request) if !label.has_direction => " in requests",
                Some(Direction::Response) if !label.has_direction => " in responses",
                _ => "",
            };
            format!("{}{direction} {}", label.text, predicate())
        });
    }

    /// Notes that words about something changed, for each keyword under which they did.
    fn note_words(&mut self, source: Source, old: &Spot<'d>, new: &Spot<'d>, keywords: &[&str]) {
        for keyword in keywords {
            let (before, after) = (old.get(keyword), new.get(keyword));
            if before.as_ref().map(|spot| spot.value) == after.as_ref().map(|spot| spot.value) {
                continue;
            }
            let (document, spot, place) = match (before, after) {
                (_, Some(after)) => (Which::New, after, &new.pointer),
                (Some(before), None) => (Which::Old, before, &old.pointer),
                (None, None) => continue,
            };
            let news = News {
                kind: Kind::Documentation,
                what: What::Description,
                breaking: false,
                direction: None,
                document,
                pointer: spot.pointer,
                source,
            };
            self.note(news, place, || words_changed(keyword));
        }
    }

    /// Puts a pair of schemas down to be looked at, unless it is known; says who uses it.
    fn meet(&mut self, source: Source, direction: Direction, old: Input<'d>, new: Input<'d>) {
        let is_part = matches!(source, Source::Schema(_));
        self.meet_as(source, direction, old, new, !is_part);
    }

    /// The same for schemas that were referred to.
    fn meet_whole(&mut self, source: Source, direction: Direction, old: Input<'d>, new: Input<'d>) {
        self.meet_as(source, direction, old, new, true);
    }

    fn meet_as(
        &mut self,
        source: Source,
        direction: Direction,
        old: Input<'d>,
        new: Input<'d>,
        is_whole: bool,
    ) {
        let (old, old_moved) = self.old.essence(old);
        let (new, new_moved) = self.new.essence(new);
        if old.spots().is_empty() && new.spots().is_empty() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        direction.hash(&mut hasher);
        for input in [&old, &new] {
            std::mem::discriminant(input).hash(&mut hasher);
            input.spots().len().hash(&mut hasher);
            input.spots().iter().for_each(|spot| std::ptr::hash(spot.value, &mut hasher));
        }
        let next = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        let number = *self.known.entry(hasher.finish()).or_insert(next);
        if number == next {
            self.users.push(Vec::new());
            let is_whole = is_whole || old_moved || new_moved;
            self.pending.push_back(Pending { number, direction, old, new, is_whole });
        }
        if let Some(users) = self.users.get_mut(number as usize)
            && users.last() != Some(&source)
        {
            users.push(source);
        }
    }
}

/// What is said when words under a keyword changed.
fn words_changed(keyword: &str) -> String {
    let what = match keyword {
        "example" | "examples" => "examples",
        "externalDocs" => "a link to more documentation",
        "tags" => "tags",
        "title" => "a title",
        "summary" => "a summary",
        "links" => "links",
        _ => "a description",
    };
    format!("has {what} in other words")
}

#[cfg(test)]
mod tests;
