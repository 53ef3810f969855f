//! Arrays.

use serde_json::Value;

use super::Sampler;
use super::facts::Facts;
use crate::schema::{Fields, count, equal, is_true, list};

/// How many variants of an item are tried for one that differs from the others.
const TRIES: usize = 24;

impl<'d> Sampler<'d> {
    /// An array of as many items as there must be, or of one.
    pub(super) fn array_of(
        &mut self,
        schemas: &[&'d Value],
        facts: &Facts<'d>,
        variant: usize,
    ) -> Option<Value> {
        let least = facts.least("minItems");
        let contained = needed(facts);
        let most = facts.most("maxItems");
        let usual = if self.is_sparing() { contained } else { contained.max(prefix(facts)).max(1) };
        let lengths = [usual.max(least).min(most), least];
        lengths.into_iter().find_map(|length| {
            let made = Value::Array(self.array(facts, length, least, variant)?);
            (!facts.doubtful || self.fits(schemas, &made)).then_some(made)
        })
    }

    fn array(
        &mut self,
        facts: &Facts<'d>,
        length: usize,
        least: usize,
        variant: usize,
    ) -> Option<Vec<Value>> {
        let is_unique = facts.parts.iter().any(|part| is_true(part, "uniqueItems"));
        let mut items: Vec<Value> = Vec::new();
        let mut next_variant = variant;
        for place in 0..length {
            let rules = rules(facts, place);
            let item = match rules {
                None => None,
                Some(rules) if is_unique => self.unlike(&items, &rules, &mut next_variant),
                Some(rules) => self.make(&rules, variant),
            };
            match item {
                Some(item) => {
                    self.size.spend(1)?;
                    items.push(item);
                }
                None if items.len() >= least => break,
                None => return None,
            }
        }
        Some(items)
    }

    /// An item that is none of these.
    fn unlike(&mut self, items: &[Value], rules: &[&'d Value], next_variant: &mut usize) -> Option<Value> {
        for _ in 0..TRIES {
            self.steps.spend(items.len())?;
            let item = self.make(rules, *next_variant)?;
            *next_variant += 1;
            if !items.iter().any(|other| equal(other, &item)) {
                return Some(item);
            }
        }
        None
    }
}

/// How many items there are when those that have to be contained come after the prefix.
fn needed(facts: &Facts<'_>) -> usize {
    let most = facts.parts.iter().filter_map(|part| wanted(part)).max();
    most.map_or(0, |most| most.saturating_add(prefix(facts)))
}

fn wanted(part: &Fields) -> Option<usize> {
    part.contains_key("contains").then(|| count(part, "minContains").unwrap_or(1))
}

fn prefix(facts: &Facts<'_>) -> usize {
    facts.parts.iter().map(|part| list(part, "prefixItems").len()).max().unwrap_or(0)
}

/// The schemas that the item at this place must obey; `None` if there is none to be made.
fn rules<'d>(facts: &Facts<'d>, place: usize) -> Option<Vec<&'d Value>> {
    let mut rules = Vec::new();
    for part in &facts.parts {
        let rest = part.get("items").filter(|items| !items.is_array());
        rules.extend(list(part, "prefixItems").get(place).or(rest));
    }
    if rules.is_empty() {
        rules.extend(facts.all("unevaluatedItems"));
    }
    let after_prefix = place.checked_sub(prefix(facts));
    for part in &facts.parts {
        if after_prefix.zip(wanted(part)).is_some_and(|(place, wanted)| place < wanted) {
            rules.extend(part.get("contains"));
        }
    }
    // Nothing is known of the items of an array that says nothing of them.
    if rules.is_empty() && facts.least("minItems") == 0 { None } else { Some(rules) }
}
