//! `oneOf` and `anyOf`.

use super::{Couple, Effect};
use crate::compare::Comparison;
use crate::compare::difference::What;
use crate::compare::side::Spot;
use crate::compare::view::{Input, View};
use crate::fault::excerpt;
use crate::reference::{local_pointer, reference, tokens};

/// An alternative and what it is recognised by.
struct Alternative<'d> {
    name: String,
    spot: Spot<'d>,
}

impl<'d> Comparison<'d> {
    /// Compares the alternatives. True if they say all there is to compare: one side had no
    /// choice, and is itself one of the alternatives of the other.
    pub(super) fn choices(&mut self, couple: &Couple<'_, 'd>) -> bool {
        let (old, new) = (couple.old, couple.new);
        self.discriminator(couple);
        match (&*old.choices, &*new.choices) {
            ([], []) => false,
            ([], [(_, alternatives)]) => self.grown(couple, old, alternatives, Effect::Wider),
            ([(_, alternatives)], []) => self.grown(couple, new, alternatives, Effect::Narrower),
            (before, after) => {
                for ((_, before), (keyword, after)) in before.iter().zip(after) {
                    self.choice(couple, keyword, before, after);
                }
                if before.len() != after.len() {
                    let effect = if after.len() > before.len() { Effect::Narrower } else { Effect::Wider };
                    let keyword = before.iter().chain(after).last().map_or("oneOf", |(keyword, _)| keyword);
                    self.tell(couple, What::Alternative, effect, keyword, || {
                        "must follow another number of choices".to_owned()
                    });
                }
                false
            }
        }
    }

    /// A schema that became one of several, or the other way round.
    fn grown(
        &mut self,
        couple: &Couple<'_, 'd>,
        single: &View<'d>,
        alternatives: &[Spot<'d>],
        effect: Effect,
    ) -> bool {
        let name = tokens(&single.pointer).last().unwrap_or_default();
        let alternatives = named(alternatives);
        let keyword = if couple.new.place_of("anyOf").or_else(|| couple.old.place_of("anyOf")).is_some() {
            "anyOf"
        } else {
            "oneOf"
        };
        let Some(own) = alternatives.iter().find(|alternative| alternative.name == name) else {
            let (is_new, effect) = match effect {
                // What passed must now follow a choice too, or need not any more.
                Effect::Wider => ("must follow", Effect::Narrower),
                _ => ("need not follow", Effect::Wider),
            };
            self.tell(couple, What::Alternative, effect, keyword, || {
                format!("{is_new} one of several schemas now")
            });
            return false;
        };
        let single = Input::Schemas(vec![Spot { value: own.spot.value, pointer: own.spot.pointer.clone() }]);
        let others: Vec<_> =
            alternatives.iter().filter(|other| other.name != name).map(|other| &*other.name).collect();
        let (old, new) = match effect {
            Effect::Wider => (self.input_at(super::Which::Old, &couple.old.pointer), single),
            _ => (single, self.input_at(super::Which::New, &couple.new.pointer)),
        };
        self.meet(couple.source, couple.direction, old, new);
        if !others.is_empty() {
            let text = if effect == Effect::Wider { "can also be" } else { "can no longer be" };
            self.tell(couple, What::Alternative, effect, keyword, || format!("{text} {}", list(&others)));
        }
        true
    }

    fn input_at(&self, which: super::Which, pointer: &str) -> Input<'d> {
        let value = self.side(which).document.as_value().pointer(pointer);
        Input::Schemas(value.map(|value| Spot { value, pointer: pointer.to_owned() }).into_iter().collect())
    }

    fn choice(&mut self, couple: &Couple<'_, 'd>, keyword: &str, old: &[Spot<'d>], new: &[Spot<'d>]) {
        let (before, after) = (named(old), named(new));
        let absent = |list: &[Alternative<'d>], others: &[Alternative<'d>]| -> Vec<String> {
            let names: std::collections::HashSet<_> = others.iter().map(|other| &other.name).collect();
            list.iter().filter(|one| !names.contains(&one.name)).map(|one| one.name.clone()).collect()
        };
        let (added, removed) = (absent(&after, &before), absent(&before, &after));
        if !added.is_empty() {
            self.tell(couple, What::Alternative, Effect::Wider, keyword, || {
                format!("can also be {}", list(&added))
            });
        }
        if !removed.is_empty() {
            self.tell(couple, What::Alternative, Effect::Narrower, keyword, || {
                format!("can no longer be {}", list(&removed))
            });
        }
        let by_name: std::collections::HashMap<_, _> =
            before.iter().map(|one| (&one.name, &one.spot)).collect();
        for Alternative { name, spot } in &after {
            if let Some(old) = by_name.get(name) {
                let (old, new) = (Input::Schemas(vec![(*old).clone()]), Input::Schemas(vec![spot.clone()]));
                self.meet(couple.source, couple.direction, old, new);
            }
        }
    }

    fn discriminator(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (couple.old.discriminator, couple.new.discriminator);
        if let (Some(old), Some(new)) = (old, new)
            && old != new
        {
            self.tell(couple, What::Discriminator, Effect::Other, "discriminator", || {
                format!("tells its alternatives apart by `{}` instead of `{}`", excerpt(new), excerpt(old))
            });
        }
    }
}

/// By the name of what they refer to, else by their title, else by their place.
fn named<'d>(alternatives: &[Spot<'d>]) -> Vec<Alternative<'d>> {
    let name = |(index, spot): (usize, &Spot<'d>)| {
        let target = reference(spot.value).and_then(local_pointer);
        let name = match (target, spot.text("title")) {
            (Some(pointer), _) => tokens(&pointer).last().unwrap_or_default(),
            (None, Some(title)) => title.to_owned(),
            (None, None) => format!("alternative {}", index + 1),
        };
        Alternative { name, spot: spot.clone() }
    };
    alternatives.iter().enumerate().map(name).collect()
}

fn list(names: &[impl AsRef<str>]) -> String {
    const NAMED: usize = 5;
    let named: Vec<_> =
        names.iter().take(NAMED).map(|name| format!("`{}`", excerpt(name.as_ref()))).collect();
    let more = names.len().saturating_sub(NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(" or ") + &tail
}
