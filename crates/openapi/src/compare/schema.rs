//! Pairs of schemas: which values pass now that did not, and the other way round.

mod alternatives;
mod object;
mod value;

use super::difference::{Direction, Kind, What, Which};
use super::equal::{equal, schema_references};
use super::ledger::{News, Source};
use super::side::{Side, Spot};
use super::view::{Input, View};
use super::{Comparison, words_changed};
use crate::Version;
use crate::reference::{CHAIN, reference};

/// A pair of schemas that is still to be looked at.
pub(super) struct Pending<'d> {
    pub(super) number: u32,
    pub(super) direction: Direction,
    pub(super) old: Input<'d>,
    pub(super) new: Input<'d>,
    /// Whether it is not just a part of one that was looked at.
    pub(super) is_whole: bool,
}

/// A pair of schemas that is being looked at.
struct Couple<'a, 'd> {
    source: Source,
    direction: Direction,
    old: &'a View<'d>,
    new: &'a View<'d>,
}

/// How the values that pass changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Fewer pass.
    Narrower,
    /// More pass.
    Wider,
    /// Some that passed do not, and others do.
    Other,
    /// The same pass.
    Same,
}

impl Effect {
    fn breaks(self, direction: Direction) -> bool {
        match self {
            Self::Narrower => direction == Direction::Request,
            Self::Wider => direction == Direction::Response,
            Self::Other => true,
            Self::Same => false,
        }
    }
}

impl<'d> Side<'d> {
    /// What the input is when references that say nothing themselves are followed, and whether
    /// there were any.
    pub(super) fn essence(&self, input: Input<'d>) -> (Input<'d>, bool) {
        let Input::Schemas(mut spots) = input else { return (input, false) };
        let is_newer = self.document.version() >= Version::V3_1;
        let mut has_moved = false;
        for spot in &mut spots {
            for _ in 0..CHAIN {
                let says_more = is_newer && spot.value.as_object().is_some_and(|fields| fields.len() > 1);
                let target = reference(spot.value).filter(|_| !says_more).and_then(|text| self.target(text));
                let Some(target) = target else { break };
                *spot = target;
                has_moved = true;
            }
        }
        (Input::Schemas(spots), has_moved)
    }
}

impl<'d> Comparison<'d> {
    pub(super) fn schemas(&mut self) {
        while let Some(pending) = self.pending.pop_front() {
            if !self.spend(1 + pending.old.spots().len() + pending.new.spots().len()) {
                return;
            }
            if pending.is_whole && self.is_same(&pending) {
                self.follow(&pending);
            } else {
                self.schema(&pending);
            }
        }
    }

    fn is_same(&mut self, pending: &Pending<'d>) -> bool {
        let (Input::Schemas(old), Input::Schemas(new)) = (&pending.old, &pending.new) else { return false };
        if old.len() != new.len() {
            return false;
        }
        for (old, new) in old.iter().zip(new) {
            match equal(old.value, new.value, &mut self.steps) {
                Some(true) => {}
                Some(false) => return false,
                None => {
                    self.is_complete = false;
                    return false;
                }
            }
        }
        true
    }

    /// Of equal schemas, only what they refer to can differ.
    fn follow(&mut self, pending: &Pending<'d>) {
        let mut references = Vec::new();
        for spot in pending.new.spots() {
            schema_references(spot.value, &mut |text| references.push(text));
        }
        references.sort_unstable();
        references.dedup();
        for text in references {
            if let (Some(old), Some(new)) = (self.old.target(text), self.new.target(text)) {
                let (old, new) = (Input::Schemas(vec![old]), Input::Schemas(vec![new]));
                // It was referred to, so it is a whole one.
                self.meet_whole(Source::Schema(pending.number), pending.direction, old, new);
            }
        }
    }

    fn schema(&mut self, pending: &Pending<'d>) {
        let place =
            |input: &Input<'d>| input.spots().first().map(|spot| spot.pointer.clone()).unwrap_or_default();
        let old = View::of(&self.old, &pending.old, place(&pending.old));
        let new = View::of(&self.new, &pending.new, place(&pending.new));
        if !self.spend(old.size() + new.size()) {
            return;
        }
        let couple = Couple {
            source: Source::Schema(pending.number),
            direction: pending.direction,
            old: &old,
            new: &new,
        };
        self.words(&couple);
        self.references(&couple);
        if self.choices(&couple) || !self.types(&couple) {
            return;
        }
        self.values(&couple);
        self.object(&couple);
        self.items(&couple);
        self.opaque(&couple);
    }

    /// Notes a change of what a keyword says.
    fn tell(
        &mut self,
        couple: &Couple<'_, 'd>,
        what: What,
        effect: Effect,
        keyword: &str,
        predicate: impl FnOnce() -> String,
    ) {
        let (document, spot) = match (couple.new.place_of(keyword), couple.old.place_of(keyword)) {
            (Some(spot), _) => (Which::New, Some(spot)),
            (None, Some(spot)) => (Which::Old, Some(spot)),
            (None, None) => (Which::New, None),
        };
        let view = if document == Which::New { couple.new } else { couple.old };
        let (pointer, place) = match spot {
            Some(spot) => {
                let place = spot
                    .pointer
                    .rfind('/')
                    .and_then(|end| spot.pointer.get(..end))
                    .unwrap_or_default()
                    .to_owned();
                (spot.pointer, place)
            }
            None => (view.pointer.clone(), view.pointer.clone()),
        };
        let news = News {
            kind: Kind::Changed,
            what,
            breaking: effect.breaks(couple.direction),
            direction: Some(couple.direction),
            document,
            pointer,
            source: couple.source,
        };
        self.note(news, &place, predicate);
    }

    fn words(&mut self, couple: &Couple<'_, 'd>) {
        if couple.old.is_wordless || couple.new.is_wordless {
            return;
        }
        let (old, new) = (couple.old.words(), couple.new.words());
        let changed: Vec<_> = missing(&new, &old).collect();
        let is_told = |spot: &Spot<'d>| changed.iter().any(|other| keyword(other) == keyword(spot));
        let gone: Vec<_> = missing(&old, &new).filter(|spot| !is_told(spot)).collect();
        let changed = changed.into_iter().map(|spot| (Which::New, spot));
        for (document, spot) in changed.chain(gone.into_iter().map(|spot| (Which::Old, spot))) {
            let (place, field) = spot.pointer.rsplit_once('/').unwrap_or_default();
            let news = News {
                kind: Kind::Documentation,
                what: What::Description,
                breaking: false,
                direction: None,
                document,
                pointer: spot.pointer.clone(),
                source: couple.source,
            };
            self.note(news, place, || words_changed(field));
        }
        if couple.old.is_deprecated != couple.new.is_deprecated {
            let state = if couple.new.is_deprecated { "is deprecated" } else { "is no longer deprecated" };
            self.tell(couple, What::Deprecation, Effect::Same, "deprecated", || state.to_owned());
        }
    }

    fn references(&mut self, couple: &Couple<'_, 'd>) {
        if couple.old.strays != couple.new.strays {
            self.tell(couple, What::Reference, Effect::Same, "$ref", || {
                "refers to something else that is not in the document, which was not compared".to_owned()
            });
        }
    }
}

/// Words that the others do not have under the same keyword.
fn missing<'a, 'd>(words: &'a [Spot<'d>], others: &'a [Spot<'d>]) -> impl Iterator<Item = &'a Spot<'d>> {
    words.iter().filter(move |spot| {
        let is_same = |other: &&Spot<'d>| keyword(other) == keyword(spot);
        !others.iter().any(|other| is_same(&other) && other.value == spot.value)
    })
}

/// `example` and `examples` are one.
fn keyword<'a>(spot: &'a Spot<'_>) -> &'a str {
    let keyword = spot.pointer.rsplit('/').next().unwrap_or_default();
    if keyword == "example" { "examples" } else { keyword }
}
