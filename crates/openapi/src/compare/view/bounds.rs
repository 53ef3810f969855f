//! Bounds of numbers, lengths and counts, and patterns.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

/// A bound that a schema can set, under the name that 3.1 has for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::compare) struct Bound {
    /// The value that is just allowed, or just not.
    value: f64,
    is_exclusive: bool,
}

/// Keywords, and whether each is a lower bound. Counts begin at zero anyway.
pub(in crate::compare) const KEYWORDS: [(&str, bool); 8] = [
    ("minimum", true),
    ("maximum", false),
    ("minLength", true),
    ("maxLength", false),
    ("minItems", true),
    ("maxItems", false),
    ("minProperties", true),
    ("maxProperties", false),
];

#[derive(Debug, Clone, Default)]
pub(in crate::compare) struct Bounds {
    limits: [Option<Bound>; KEYWORDS.len()],
    /// Texts must match all of them.
    pub(in crate::compare) patterns: BTreeSet<String>,
    /// Numbers must be multiples of all of them.
    pub(in crate::compare) multiples: BTreeSet<String>,
    pub(in crate::compare) is_unique: bool,
}

impl Bounds {
    /// Adds what a schema says; the tighter bound counts.
    pub(super) fn take(&mut self, schema: &Value) {
        for ((keyword, is_lower), limit) in KEYWORDS.iter().zip(&mut self.limits) {
            for bound in bounds(schema, keyword) {
                let is_tighter = limit.is_none_or(|known| bound.compare(known, *is_lower).is_gt());
                let says_something = *keyword == "minimum" || !is_lower || bound.value > 0.0;
                if is_tighter && says_something {
                    *limit = Some(bound);
                }
            }
        }
        self.patterns.extend(schema.get("pattern").and_then(Value::as_str).map(str::to_owned));
        let multiple = schema.get("multipleOf").and_then(Value::as_f64);
        self.multiples.extend(multiple.map(|multiple| multiple.to_string()));
        self.is_unique |= schema.get("uniqueItems") == Some(&Value::Bool(true));
    }

    /// Each bound that differs: its keyword, and the old and the new one, and how the new one
    /// compares: greater is tighter.
    pub(in crate::compare) fn differences<'a>(
        &'a self,
        new: &'a Self,
    ) -> impl Iterator<Item = (&'static str, Option<Bound>, Option<Bound>, Ordering)> + 'a {
        KEYWORDS.iter().zip(self.limits).zip(new.limits).filter_map(|(((keyword, is_lower), old), new)| {
            let order = match (old, new) {
                (Some(old), Some(new)) => new.compare(old, *is_lower),
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (None, None) => Ordering::Equal,
            };
            order.is_ne().then_some((*keyword, old, new, order))
        })
    }
}

impl Bound {
    /// Greater is tighter.
    fn compare(self, other: Self, is_lower: bool) -> Ordering {
        let (low, high) = if is_lower { (other, self) } else { (self, other) };
        let by_value = high.value.partial_cmp(&low.value).unwrap_or(Ordering::Equal);
        by_value.then(self.is_exclusive.cmp(&other.is_exclusive))
    }

    /// `10`, or `10 (exclusive)`.
    pub(in crate::compare) fn words(self) -> String {
        let note = if self.is_exclusive { " (exclusive)" } else { "" };
        format!("{}{note}", self.value)
    }
}

/// What a schema says under a keyword. An exclusive bound is a number of its own in 3.1; before,
/// it was a mark on the other one.
fn bounds(schema: &Value, keyword: &str) -> impl Iterator<Item = Bound> {
    let exclusive = match keyword {
        "minimum" => schema.get("exclusiveMinimum"),
        "maximum" => schema.get("exclusiveMaximum"),
        _ => None,
    };
    let is_marked = exclusive == Some(&Value::Bool(true));
    let bound = |value, is_exclusive| Bound { value, is_exclusive };
    let plain = schema.get(keyword).and_then(Value::as_f64).map(|value| bound(value, is_marked));
    plain.into_iter().chain(exclusive.and_then(Value::as_f64).map(|value| bound(value, true)))
}
