//! Types, formats, values and bounds.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Couple, Effect};
use crate::compare::Comparison;
use crate::compare::difference::{Direction, What};
use crate::fault::excerpt;

/// The most values that a sentence names.
const NAMED: usize = 5;

/// Formats of which the second has all values of the first.
const WIDENING: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

impl<'d> Comparison<'d> {
    /// Whether there is a type that both let pass, so that comparing further makes sense.
    pub(super) fn types(&mut self, couple: &Couple<'_, 'd>) -> bool {
        let (old, new) = (couple.old.types, couple.new.types);
        if old == new {
            return true;
        }
        let effect = match (old.has_all(new), new.has_all(old)) {
            (true, _) => Effect::Narrower,
            (_, true) => Effect::Wider,
            _ => Effect::Other,
        };
        self.tell(couple, What::Type, effect, "type", || {
            format!("is {} instead of {}", new.words(), old.words())
        });
        !old.is_apart(new)
    }

    pub(super) fn values(&mut self, couple: &Couple<'_, 'd>) {
        self.format(couple);
        self.listed(couple);
        self.bounds(couple);
        self.default(couple);
    }

    fn format(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (couple.old.format, couple.new.format);
        let effect = match (old, new) {
            _ if old == new => return,
            (None, Some(_)) => Effect::Narrower,
            (Some(_), None) => Effect::Wider,
            (Some(old), Some(new)) if WIDENING.contains(&(old, new)) => Effect::Wider,
            (Some(old), Some(new)) if WIDENING.contains(&(new, old)) => Effect::Narrower,
            _ => Effect::Other,
        };
        let name = |format: Option<&str>| match format {
            Some(format) => format!("the format `{}`", excerpt(format)),
            None => "no format".to_owned(),
        };
        self.tell(couple, What::Format, effect, "format", || {
            format!("has {} instead of {}", name(new), name(old))
        });
    }

    fn listed(&mut self, couple: &Couple<'_, 'd>) {
        let keyword = if couple.new.place_of("const").is_some() { "const" } else { "enum" };
        match (&couple.old.values, &couple.new.values) {
            (None, None) => {}
            (None, Some(values)) => self.tell(couple, What::Enum, Effect::Narrower, keyword, || {
                format!("takes only {} now", names(values))
            }),
            (Some(_), None) => self.tell(couple, What::Enum, Effect::Wider, keyword, || {
                "takes any value now, not only listed ones".to_owned()
            }),
            (Some(old), Some(new)) => {
                let added = absent(new, old);
                let removed = absent(old, new);
                let effect = match (added.is_empty(), removed.is_empty()) {
                    (true, true) => return,
                    (true, false) => Effect::Narrower,
                    (false, true) => Effect::Wider,
                    (false, false) => Effect::Other,
                };
                self.tell(couple, What::Enum, effect, keyword, || match effect {
                    Effect::Narrower => format!("takes {} no more", names(&removed)),
                    Effect::Wider => format!("takes {} too now", names(&added)),
                    _ => format!("takes {} too now, and {} no more", names(&added), names(&removed)),
                });
            }
        }
    }

    fn bounds(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (&couple.old.bounds, &couple.new.bounds);
        for (keyword, before, after, order) in old.differences(new) {
            let effect = if order == Ordering::Greater { Effect::Narrower } else { Effect::Wider };
            let words = |bound: Option<crate::compare::view::Bound>| match bound {
                Some(bound) => bound.words(),
                None => "none".to_owned(),
            };
            self.tell(couple, What::Bound, effect, keyword, || {
                format!("has a `{keyword}` of {} instead of {}", words(after), words(before))
            });
        }
        for (keyword, before, after) in
            [("pattern", &old.patterns, &new.patterns), ("multipleOf", &old.multiples, &new.multiples)]
        {
            let effect = match (before.is_subset(after), after.is_subset(before)) {
                (true, true) => continue,
                (true, false) => Effect::Narrower,
                (false, true) => Effect::Wider,
                (false, false) => Effect::Other,
            };
            let list = |set: &std::collections::BTreeSet<String>| match set.iter().next() {
                Some(first) => format!("`{}`", excerpt(first)),
                None => "none".to_owned(),
            };
            self.tell(couple, What::Bound, effect, keyword, || {
                format!("has the `{keyword}` {} instead of {}", list(after), list(before))
            });
        }
        if old.is_unique != new.is_unique {
            let effect = if new.is_unique { Effect::Narrower } else { Effect::Wider };
            let text = if new.is_unique { "must not repeat items now" } else { "may repeat items now" };
            self.tell(couple, What::Bound, effect, "uniqueItems", || text.to_owned());
        }
    }

    /// Another default is another call for whoever leaves it to the default. Stating one, or no
    /// longer stating it, changes what is known and not what happens.
    fn default(&mut self, couple: &Couple<'_, 'd>) {
        let (old, new) = (couple.old.default, couple.new.default);
        if old == new {
            return;
        }
        let matters = couple.direction == Direction::Request && old.is_some() && new.is_some();
        let effect = if matters { Effect::Other } else { Effect::Same };
        let words = |value: Option<&Value>| match value {
            Some(value) => format!("`{}`", excerpt(&value.to_string())),
            None => "no stated value".to_owned(),
        };
        self.tell(couple, What::Default, effect, "default", || {
            format!("defaults to {} instead of {}", words(new), words(old))
        });
    }
}

/// The values that the others do not have; `1` and `1.0` are the same.
fn absent<'d>(values: &[&'d Value], others: &[&Value]) -> Vec<&'d Value> {
    let known: std::collections::HashSet<String> = others.iter().map(|value| canonical(value)).collect();
    values.iter().filter(|value| !known.contains(&canonical(value))).copied().collect()
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        value => value.to_string(),
    }
}

fn names(values: &[&Value]) -> String {
    let named = values.iter().take(NAMED).map(|value| match value {
        Value::String(text) => format!("`{}`", excerpt(text)),
        value => format!("`{}`", excerpt(&value.to_string())),
    });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if let Some(more) = values.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
