//! What schemas say of arrays.

use serde_json::Value;

use super::{Checker, Trace};
use crate::schema::{Fields, count, equal, is_true, list};

impl<'d> Checker<'d> {
    pub(super) fn check_array<'v>(
        &mut self,
        fields: &'d Fields,
        items: &'v [Value],
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        if count(fields, "minItems").is_some_and(|least| items.len() < least)
            || count(fields, "maxItems").is_some_and(|most| items.len() > most)
            || is_true(fields, "uniqueItems") && !self.are_unique(items)
        {
            return false;
        }
        let prefix = list(fields, "prefixItems");
        let rest = fields.get("items").filter(|items| !items.is_array());
        for (place, item) in items.iter().enumerate() {
            let Some(schema) = prefix.get(place).or(rest) else { break };
            if !self.check(schema, item, None, depth + 1) {
                return false;
            }
            if let Some(seen) = &mut seen {
                seen.items.insert(place);
            }
        }
        self.check_contains(fields, items, seen, depth)
    }

    fn check_contains<'v>(
        &mut self,
        fields: &'d Fields,
        items: &'v [Value],
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        let Some(schema) = fields.get("contains") else { return true };
        let mut found = 0;
        for (place, item) in items.iter().enumerate() {
            if self.check(schema, item, None, depth + 1) {
                found += 1;
                if let Some(seen) = &mut seen {
                    seen.items.insert(place);
                }
            }
        }
        found >= count(fields, "minContains").unwrap_or(1)
            && count(fields, "maxContains").is_none_or(|most| found <= most)
    }

    /// Paid for: every item is compared with every other.
    fn are_unique(&mut self, items: &[Value]) -> bool {
        items.iter().enumerate().all(|(place, item)| {
            self.steps.spend(place).is_some() && !items[..place].iter().any(|other| equal(item, other))
        })
    }
}
