//! Values out of schemas: what a publisher might have written as an example.
//!
//! A schema's own examples come first, if they are valid; else a value is made, with all
//! properties as long as it stays small, and only with those that must be there where it does not.
//! Whatever is in doubt is checked. The same schema always gives the same value.

mod arrays;
mod choices;
mod facts;
mod formats;
mod numbers;
mod objects;
mod strings;

use std::collections::HashMap;

use serde_json::Value;

use crate::Document;
use crate::bounds::Budget;
use crate::check::Checker;
use crate::schema::{Kind, reference};
use choices::Branch;
use facts::Facts;

/// How deep schemas within schemas are looked into.
const DEPTH: usize = 40;

/// From this depth on, and when half of the steps are gone, values have no more than they must.
const GENEROUS_DEPTH: usize = 10;

/// How many alternatives are chosen for one value at once, all that it is within included.
const CHOOSING: usize = 60;

/// The most schemas that are looked into for one value. Large documents refer to each other so
/// densely that the ways through them cannot all be gone.
const STEPS: usize = 20_000;

/// The most schemas that one value is checked against on the way.
const CHECKS: usize = 400_000;

/// The most schemas that are looked into or checked against for all values of a document: some
/// seconds, and a hundred times what large documents take.
const ALL_STEPS: usize = 20_000_000;

/// The largest value, about in bytes of JSON.
const VALUE_BYTES: usize = 1 << 20;

/// What is kept of values to be used again, and what each takes beside its JSON, about.
const KEPT_BYTES: usize = 8 << 20;
const KEPT_OVERHEAD_BYTES: usize = 200;

/// How many other values are tried where one is not valid.
const VARIANTS: usize = 12;

pub(crate) struct Sampler<'d> {
    document: &'d Document,
    checker: Checker<'d>,
    steps: Budget,
    size: Budget,
    /// What is left of [`ALL_STEPS`].
    all_steps: usize,
    /// What was made of schemas, by address: answers share them.
    made: HashMap<*const Value, Option<Value>>,
    /// What may still be kept of it.
    made_size: Budget,
    /// The schemas that we are inside of, by address: one that comes again is not gone into. A
    /// finite value never needs it.
    open: Vec<*const Value>,
    depth: usize,
    /// How deep we are in parts of parts, and in alternatives of alternatives.
    gathering: usize,
    choosing: usize,
    sparing: bool,
}

impl<'d> Sampler<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self {
            document,
            checker: Checker::new(document),
            steps: Budget::new(0),
            size: Budget::new(0),
            all_steps: ALL_STEPS,
            made: HashMap::new(),
            made_size: Budget::new(KEPT_BYTES),
            open: Vec::new(),
            depth: 0,
            gathering: 0,
            choosing: 0,
            sparing: false,
        }
    }

    /// Whether a value is valid.
    pub(crate) fn accepts(&mut self, schema: &'d Value, value: &Value) -> bool {
        self.paid(|sampler| sampler.checker.accepts(schema, value))
    }

    /// A valid value; `None` if there is none, or none within reach.
    pub(crate) fn sample(&mut self, schema: &'d Value) -> Option<Value> {
        let key = self.key(schema);
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let made = self.attempt(schema, false).or_else(|| self.least(schema));
        let size = self.attempt_size();
        if self.made_size.spend(size).is_some() {
            self.made.insert(key, made.clone());
        }
        made
    }

    /// What schemas that say the same have in common: the reference that is all that they say.
    fn key(&self, schema: &'d Value) -> *const Value {
        let fields = schema.as_object().filter(|fields| fields.len() == 1);
        let target = fields.and_then(reference).and_then(|reference| self.document.at(reference));
        std::ptr::from_ref(target.unwrap_or(schema))
    }

    /// The size of what was made last.
    fn attempt_size(&self) -> usize {
        VALUE_BYTES - self.size.left() + KEPT_OVERHEAD_BYTES
    }

    /// A valid value that has no more than it must.
    pub(crate) fn least(&mut self, schema: &'d Value) -> Option<Value> {
        self.attempt(schema, true)
    }

    /// The same if a `oneOf` may be obeyed more than once.
    pub(crate) fn sample_leniently(&mut self, schema: &'d Value) -> Option<Value> {
        self.checker.lenient = true;
        let made = self.attempt(schema, false).or_else(|| self.least(schema));
        self.checker.lenient = false;
        made
    }

    fn attempt(&mut self, schema: &'d Value, sparing: bool) -> Option<Value> {
        self.sparing = sparing;
        self.size = Budget::new(VALUE_BYTES);
        let made = self.paid(|sampler| sampler.make(&[schema], 0))?;
        self.accepts(schema, &made).then_some(made)
    }

    /// Takes what it costs from what there is for the whole document.
    fn paid<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let (steps, checks) = (STEPS.min(self.all_steps), CHECKS.min(self.all_steps));
        self.steps = Budget::new(steps);
        self.checker.allow(checks);
        let result = work(self);
        let spent = steps - self.steps.left() + checks - self.checker.left();
        self.all_steps = self.all_steps.saturating_sub(spent);
        result
    }

    /// A value that obeys all of these schemas. Variants differ where they can.
    fn make(&mut self, schemas: &[&'d Value], variant: usize) -> Option<Value> {
        if self.depth >= DEPTH {
            return None;
        }
        let mut facts = Facts::default();
        for schema in schemas {
            self.gather(schema, &mut facts, None)?;
        }
        let opened = self.open.len();
        self.open.extend(&facts.sources);
        self.depth += 1;
        // Where no alternatives are open, what is given is looked at when all is settled.
        let given = match facts.choices.is_empty() {
            true => None,
            false => self.given(schemas, &facts, variant),
        };
        let made = given.or_else(|| self.choose(schemas, facts, variant));
        self.depth -= 1;
        self.open.truncate(opened);
        made
    }

    /// What the schemas themselves give as a value, if it is valid.
    fn given(&mut self, schemas: &[&'d Value], facts: &Facts<'d>, variant: usize) -> Option<Value> {
        let given = facts.given().skip(variant).find(|given| self.fits(schemas, given))?;
        self.size.copy(given)
    }

    /// Goes through the alternatives that are still open, the first one first.
    fn choose(&mut self, schemas: &[&'d Value], mut facts: Facts<'d>, variant: usize) -> Option<Value> {
        let Some(branches) = facts.choices.pop_front() else { return self.settle(schemas, &facts, variant) };
        if self.choosing == CHOOSING {
            return None;
        }
        self.choosing += 1;
        let made =
            branches.into_iter().find_map(|branch| self.enter(schemas, facts.clone(), branch, variant));
        self.choosing -= 1;
        made
    }

    fn enter(
        &mut self,
        schemas: &[&'d Value],
        mut facts: Facts<'d>,
        branch: Branch<'d>,
        variant: usize,
    ) -> Option<Value> {
        facts.wishes.extend(branch.wish);
        for schema in branch.schemas {
            self.gather(schema, &mut facts, None)?;
        }
        let opened = self.open.len();
        self.open.extend(&facts.sources);
        let made = self.choose(schemas, facts, variant);
        self.open.truncate(opened);
        made
    }

    /// A value when all is known that it must obey.
    fn settle(&mut self, schemas: &[&'d Value], facts: &Facts<'d>, variant: usize) -> Option<Value> {
        if let Some(given) = self.given(schemas, facts, variant) {
            return Some(given);
        }
        if let Some(listed) = facts.listed() {
            let start = variant % listed.len().max(1);
            let in_turn = listed[start..].iter().chain(&listed[..start]);
            let (nulls, others): (Vec<_>, Vec<_>) = in_turn.copied().partition(|value| value.is_null());
            let fitting = others.into_iter().chain(nulls).find(|value| self.fits(schemas, value))?;
            return self.size.copy(fitting);
        }
        let kinds = facts.kinds_by_preference(self.depth == 1);
        kinds.into_iter().find_map(|kind| self.of_kind(kind, schemas, facts, variant))
    }

    fn of_kind(
        &mut self,
        kind: Kind,
        schemas: &[&'d Value],
        facts: &Facts<'d>,
        variant: usize,
    ) -> Option<Value> {
        match kind {
            Kind::Object => self.object_of(schemas, facts, variant),
            Kind::Array => self.array_of(schemas, facts, variant),
            _ => {
                for variant in variant..variant + VARIANTS {
                    let made = match kind {
                        Kind::Null => Value::Null,
                        Kind::Boolean => Value::Bool(variant % 2 == 0),
                        Kind::Integer => Value::Number(numbers::number(facts, true, variant)?),
                        Kind::Number => Value::Number(numbers::number(facts, false, variant)?),
                        _ => match self.string(facts, variant) {
                            Some(text) => Value::String(text),
                            None => continue,
                        },
                    };
                    if self.fits(schemas, &made) {
                        self.size.charge(&made)?;
                        return Some(made);
                    }
                }
                None
            }
        }
    }

    fn fits(&mut self, schemas: &[&'d Value], value: &Value) -> bool {
        schemas.iter().all(|schema| self.checker.accepts(schema, value))
    }

    /// Whether values have no more than they must.
    fn is_sparing(&self) -> bool {
        self.sparing || self.depth > GENEROUS_DEPTH || self.steps.left() < STEPS / 2
    }
}

#[cfg(test)]
mod tests;
