//! Whether a value is valid against a schema.
//!
//! Follows references as it comes by them, so that a document with thousands of schemas costs no
//! more than those that are asked for. Formats are not looked at; they are annotations.

mod arrays;
mod objects;

use std::collections::HashSet;

use serde_json::{Number, Value};

use crate::Document;
use crate::bounds::Budget;
use crate::decimal::is_multiple;
use crate::pattern::Patterns;
use crate::schema::{Bound, Fields, count, equal, kinds, list, maxima, minima, reference};

/// How deep schemas within schemas are looked into: more than documents nest, and little enough
/// for a thread's stack.
const DEPTH: usize = 200;

pub(crate) struct Checker<'d> {
    document: &'d Document,
    pub(crate) patterns: Patterns<'d>,
    /// Whether several parts of a `oneOf` may fit. People write it where they mean `anyOf`, and then
    /// nothing may be valid.
    pub(crate) lenient: bool,
    /// What may still be looked at.
    steps: Budget,
}

/// What of an array or object some keyword has looked at, for those that are about the rest.
#[derive(Default)]
struct Seen<'v> {
    names: HashSet<&'v str>,
    items: HashSet<usize>,
}

impl<'v> Seen<'v> {
    fn merge(&mut self, other: Seen<'v>) {
        self.names.extend(other.names);
        self.items.extend(other.items);
    }
}

/// Kept only where something asks for it.
type Trace<'s, 'v> = Option<&'s mut Seen<'v>>;

impl<'d> Checker<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self { document, patterns: Patterns::default(), lenient: false, steps: Budget::new(0) }
    }

    /// How many schemas may be looked at from now on. When they are used up, nothing is valid.
    pub(crate) fn allow(&mut self, steps: usize) {
        self.steps = Budget::new(steps);
    }

    /// What is left of them.
    pub(crate) fn left(&self) -> usize {
        self.steps.left()
    }

    /// Whether the value is valid. What cannot be known (references to elsewhere, patterns that
    /// are none) is taken for valid.
    pub(crate) fn accepts(&mut self, schema: &'d Value, value: &Value) -> bool {
        self.check(schema, value, None, 0)
    }

    fn check<'v>(&mut self, schema: &'d Value, value: &'v Value, seen: Trace<'_, 'v>, depth: usize) -> bool {
        if depth > DEPTH || self.steps.spend(1).is_none() {
            return false;
        }
        let fields = match schema {
            Value::Bool(accepts) => return *accepts,
            Value::Object(fields) => fields,
            _ => return true,
        };
        if !fields.contains_key("unevaluatedProperties") && !fields.contains_key("unevaluatedItems") {
            return self.check_fields(fields, value, seen, depth);
        }
        let mut own = Seen::default();
        let valid = self.check_fields(fields, value, Some(&mut own), depth)
            && self.check_unevaluated(fields, value, &mut own, depth);
        if let Some(seen) = seen {
            seen.merge(own);
        }
        valid
    }

    fn check_fields<'v>(
        &mut self,
        fields: &'d Fields,
        value: &'v Value,
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        if let Some(reference) = reference(fields) {
            let target = self.document.at(reference);
            if !target.is_none_or(|target| self.check(target, value, seen.as_deref_mut(), depth + 1)) {
                return false;
            }
            if !self.document.reads_beside_reference() {
                return true;
            }
        }
        self.check_kind(fields, value)
            && self.check_scalar(fields, value)
            && self.check_parts(fields, value, seen.as_deref_mut(), depth)
            && match value {
                Value::Array(items) => self.check_array(fields, items, seen, depth),
                Value::Object(properties) => self.check_object(fields, value, properties, seen, depth),
                _ => true,
            }
    }

    fn check_kind(&self, fields: &Fields, value: &Value) -> bool {
        kinds(fields, self.document.version).is_none_or(|kinds| kinds.iter().any(|kind| kind.has(value)))
            && fields.get("const").is_none_or(|constant| equal(constant, value))
            && (!fields.get("enum").is_some_and(Value::is_array)
                || list(fields, "enum").iter().any(|one| equal(one, value)))
    }

    fn check_scalar(&mut self, fields: &'d Fields, value: &Value) -> bool {
        match value {
            Value::Number(number) => {
                minima(fields).all(|bound| is_above(number, bound))
                    && maxima(fields).all(|bound| is_below(number, bound))
                    && fields
                        .get("multipleOf")
                        .and_then(Value::as_number)
                        .is_none_or(|of| is_multiple(number, of))
            }
            Value::String(text) => {
                let length = || text.chars().count();
                count(fields, "minLength").is_none_or(|least| length() >= least)
                    && count(fields, "maxLength").is_none_or(|most| length() <= most)
                    && fields
                        .get("pattern")
                        .and_then(Value::as_str)
                        .is_none_or(|pattern| self.patterns.matches(pattern, text) != Some(false))
            }
            _ => true,
        }
    }

    /// What is said of the value by other schemas.
    fn check_parts<'v>(
        &mut self,
        fields: &'d Fields,
        value: &'v Value,
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        for part in list(fields, "allOf") {
            if !self.check(part, value, seen.as_deref_mut(), depth + 1) {
                return false;
            }
        }
        let any = list(fields, "anyOf");
        if !any.is_empty() {
            let mut fits = 0;
            for part in any {
                fits += usize::from(self.check_branch(part, value, &mut seen, depth));
                // The others are looked at only for what they see.
                if fits > 0 && seen.is_none() {
                    break;
                }
            }
            if fits == 0 {
                return false;
            }
        }
        let one = list(fields, "oneOf");
        let fitting = |checker: &mut Self, seen: &mut Trace<'_, 'v>| {
            one.iter().filter(|part| checker.check_branch(part, value, seen, depth)).take(2).count()
        };
        let fits = if one.is_empty() { 1 } else { fitting(self, &mut seen) };
        if fits == 0 || fits > 1 && !self.lenient {
            return false;
        }
        if let Some(not) = fields.get("not")
            && self.check(not, value, None, depth + 1)
        {
            return false;
        }
        let Some(condition) = fields.get("if") else { return true };
        let branch = if self.check_branch(condition, value, &mut seen, depth) { "then" } else { "else" };
        fields.get(branch).is_none_or(|part| self.check(part, value, seen, depth + 1))
    }

    /// A part that may fail; what it sees counts only if it does not.
    fn check_branch<'v>(
        &mut self,
        part: &'d Value,
        value: &'v Value,
        seen: &mut Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        let Some(seen) = seen else { return self.check(part, value, None, depth + 1) };
        let mut own = Seen::default();
        let valid = self.check(part, value, Some(&mut own), depth + 1);
        if valid {
            seen.merge(own);
        }
        valid
    }
}

fn is_above(number: &Number, bound: Bound<'_>) -> bool {
    compare(number, bound.number).is_some_and(|order| order.is_gt() || order.is_eq() && !bound.exclusive)
}

fn is_below(number: &Number, bound: Bound<'_>) -> bool {
    compare(number, bound.number).is_some_and(|order| order.is_lt() || order.is_eq() && !bound.exclusive)
}

fn compare(one: &Number, other: &Number) -> Option<std::cmp::Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

#[cfg(test)]
mod tests;
