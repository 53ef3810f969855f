//! Objects and lists, and the rules that are compared as a whole.

use std::collections::BTreeSet;

use super::{Couple, Effect};
use crate::compare::Comparison;
use crate::compare::difference::{Direction, Kind, What, Which};
use crate::compare::equal::{equal, schema_references};
use crate::compare::ledger::News;
use crate::compare::side::{Side, Spot};
use crate::compare::view::{Additional, Input};
use crate::reference::reference;

impl<'d> Comparison<'d> {
    pub(super) fn object(&mut self, couple: &Couple<'_, 'd>) {
        for (name, old) in &couple.old.properties {
            if self.old.is_hidden(old, couple.direction) {
                continue;
            }
            match couple.new.property(name).filter(|new| !self.new.is_hidden(new, couple.direction)) {
                Some(new) => {
                    self.required(couple, name, Some(new));
                    self.meet(couple.source, couple.direction, old.clone(), new.clone());
                }
                None => self.property(couple, Kind::Removed, name, old),
            }
        }
        for (name, new) in &couple.new.properties {
            let was_there =
                couple.old.property(name).is_some_and(|old| !self.old.is_hidden(old, couple.direction));
            if !was_there && !self.new.is_hidden(new, couple.direction) {
                self.property(couple, Kind::Added, name, new);
            }
        }
        // Names that must be there without being listed, in an order that is always the same.
        let unlisted = couple.old.required.symmetric_difference(&couple.new.required).copied();
        let unlisted: BTreeSet<_> = unlisted
            .filter(|name| couple.old.property(name).is_none() && couple.new.property(name).is_none())
            .collect();
        for name in unlisted {
            self.required(couple, name, None);
        }
        self.additional(couple);
        self.patterns(couple);
    }

    /// A property that is there or gone. One that is gone breaks callers both ways: nobody hears
    /// what they say with it, and they miss what they read.
    fn property(&mut self, couple: &Couple<'_, 'd>, kind: Kind, name: &str, property: &Input<'d>) {
        let is_needed = couple.new.required.contains(name);
        let is_asked = kind == Kind::Added && is_needed && couple.direction == Direction::Request;
        let Some(spot) = property.spots().first() else { return };
        let news = News {
            kind,
            what: What::Property,
            breaking: kind == Kind::Removed || is_asked,
            direction: Some(couple.direction),
            document: if kind == Kind::Added { Which::New } else { Which::Old },
            pointer: spot.pointer.clone(),
            source: couple.source,
        };
        self.note(news, &spot.pointer, || {
            match kind {
                Kind::Added if is_asked => "is new and must be sent",
                Kind::Added => "is new",
                _ => "is gone",
            }
            .to_owned()
        });
    }

    fn required(&mut self, couple: &Couple<'_, 'd>, name: &str, property: Option<&Input<'d>>) {
        let (was, is) = (couple.old.required.contains(name), couple.new.required.contains(name));
        if was == is {
            return;
        }
        let effect = if is { Effect::Narrower } else { Effect::Wider };
        let Some(spot) = property.and_then(|property| property.spots().first()) else {
            let text = if is { "must have" } else { "need not have" };
            self.tell(couple, What::PropertyRequired, effect, "required", || {
                format!("{text} `{}` now", crate::fault::excerpt(name))
            });
            return;
        };
        let news = News {
            kind: Kind::Changed,
            what: What::PropertyRequired,
            breaking: effect.breaks(couple.direction),
            direction: Some(couple.direction),
            document: Which::New,
            pointer: spot.pointer.clone(),
            source: couple.source,
        };
        self.note(news, &spot.pointer, || {
            match (couple.direction, is) {
                (Direction::Request, true) => "must be sent now",
                (Direction::Request, false) => "need not be sent any more",
                (Direction::Response, true) => "is always there now",
                (Direction::Response, false) => "is not always there any more",
            }
            .to_owned()
        });
    }

    fn additional(&mut self, couple: &Couple<'_, 'd>) {
        let effect = match (&couple.old.additional, &couple.new.additional) {
            (Additional::Open, Additional::Open) | (Additional::Closed, Additional::Closed) => return,
            (Additional::Like(old), Additional::Like(new)) => {
                let (old, new) = (Input::Schemas(old.clone()), Input::Schemas(new.clone()));
                return self.meet(couple.source, couple.direction, old, new);
            }
            (Additional::Open, _) | (_, Additional::Closed) => Effect::Narrower,
            (_, Additional::Open) | (Additional::Closed, _) => Effect::Wider,
        };
        let text = match couple.new.additional {
            Additional::Open => "may have any further properties now",
            Additional::Closed => "must not have properties that are not listed now",
            Additional::Like(_) => "may have further properties of one kind only now",
        };
        self.tell(couple, What::AdditionalProperties, effect, "additionalProperties", || text.to_owned());
    }

    fn patterns(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (&couple.old.patterns, &couple.new.patterns);
        for (pattern, before) in old {
            if let Some(after) = new.get(pattern) {
                let (before, after) = (Input::Schemas(before.clone()), Input::Schemas(after.clone()));
                self.meet(couple.source, couple.direction, before, after);
            }
        }
        if !old.keys().eq(new.keys()) {
            self.tell(couple, What::Constraint, Effect::Other, "patternProperties", || {
                "has other patterns for the names of its properties".to_owned()
            });
        }
    }

    pub(super) fn items(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (couple.old, couple.new);
        let (before, after) = (Input::Schemas(old.items.clone()), Input::Schemas(new.items.clone()));
        self.meet(couple.source, couple.direction, before, after);
        for (old, new) in old.positions.iter().zip(&new.positions) {
            let (old, new) = (Input::Schemas(vec![old.clone()]), Input::Schemas(vec![new.clone()]));
            self.meet(couple.source, couple.direction, old, new);
        }
        if old.positions.len() != new.positions.len() {
            self.tell(couple, What::Constraint, Effect::Other, "prefixItems", || {
                "has schemas for another number of its items".to_owned()
            });
        }
    }

    /// Rules that are the same or not. What they refer to can differ all the same.
    pub(super) fn opaque(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (&couple.old.opaque, &couple.new.opaque);
        let keywords: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
        for keyword in keywords {
            let none = Vec::new();
            let (before, after) = (old.get(keyword).unwrap_or(&none), new.get(keyword).unwrap_or(&none));
            if self.are_same(before, after) {
                self.follow_opaque(couple, keyword, after);
            } else {
                self.tell(couple, What::Constraint, Effect::Other, keyword, || {
                    format!("has another rule under `{keyword}`")
                });
            }
        }
    }

    fn are_same(&mut self, old: &[Spot<'d>], new: &[Spot<'d>]) -> bool {
        let steps = &mut self.steps;
        let mut same =
            |(old, new): (&Spot<'d>, &Spot<'d>)| equal(old.value, new.value, steps).unwrap_or(true);
        old.len() == new.len() && old.iter().zip(new).all(&mut same)
    }

    fn follow_opaque(&mut self, couple: &Couple<'_, 'd>, keyword: &str, new: &[Spot<'d>]) {
        let direction = match (keyword, couple.direction) {
            ("not", Direction::Request) => Direction::Response,
            ("not", Direction::Response) => Direction::Request,
            (_, direction) => direction,
        };
        for new in new {
            let mut references = Vec::new();
            schema_references(new.value, &mut |text| references.push(text));
            for text in references {
                if let (Some(old), Some(new)) = (self.old.target(text), self.new.target(text)) {
                    let (old, new) = (Input::Schemas(vec![old]), Input::Schemas(vec![new]));
                    self.meet_whole(couple.source, direction, old, new);
                }
            }
        }
    }
}

impl<'d> Side<'d> {
    /// Whether a property is none of those that go in this direction.
    fn is_hidden(&self, property: &Input<'d>, direction: Direction) -> bool {
        let mark = match direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        property.spots().iter().any(|spot| {
            spot.is(mark) || (reference(spot.value).is_some() && self.resolved(spot.clone()).is(mark))
        })
    }
}
