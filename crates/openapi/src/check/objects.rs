//! What schemas say of objects.

use serde_json::{Map, Value};

use super::{Checker, Seen, Trace};
use crate::schema::{Fields, count, table};

impl<'d> Checker<'d> {
    pub(super) fn check_object<'v>(
        &mut self,
        fields: &'d Fields,
        whole: &'v Value,
        properties: &'v Map<String, Value>,
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        let document = self.document;
        if count(fields, "minProperties").is_some_and(|least| properties.len() < least)
            || count(fields, "maxProperties").is_some_and(|most| properties.len() > most)
            || !document.required(fields).all(|name| properties.contains_key(name))
        {
            return false;
        }
        for (name, value) in properties {
            if !self.check_property(fields, name, value, &mut seen, depth) {
                return false;
            }
        }
        self.check_dependents(fields, whole, properties, seen, depth)
    }

    fn check_property<'v>(
        &mut self,
        fields: &'d Fields,
        name: &'v str,
        value: &'v Value,
        seen: &mut Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        if let Some(names) = fields.get("propertyNames")
            && !self.check(names, &Value::String(name.to_owned()), None, depth + 1)
        {
            return false;
        }
        let declared = fields.get("properties").and_then(|properties| properties.get(name));
        let mut is_declared = declared.is_some();
        if !declared.is_none_or(|schema| self.check(schema, value, None, depth + 1)) {
            return false;
        }
        for (pattern, schema) in table(fields, "patternProperties") {
            if self.patterns.matches(pattern, name) == Some(true) {
                is_declared = true;
                if !self.check(schema, value, None, depth + 1) {
                    return false;
                }
            }
        }
        let additional = fields.get("additionalProperties").filter(|_| !is_declared);
        if !additional.is_none_or(|schema| self.check(schema, value, None, depth + 1)) {
            return false;
        }
        if let Some(seen) = seen
            && (is_declared || additional.is_some())
        {
            seen.names.insert(name);
        }
        true
    }

    fn check_dependents<'v>(
        &mut self,
        fields: &'d Fields,
        whole: &'v Value,
        properties: &'v Map<String, Value>,
        mut seen: Trace<'_, 'v>,
        depth: usize,
    ) -> bool {
        let has = |name: &Value| name.as_str().is_none_or(|name| properties.contains_key(name));
        let required = table(fields, "dependentRequired").filter(|(name, _)| properties.contains_key(*name));
        if !required.filter_map(|(_, names)| names.as_array()).flatten().all(has) {
            return false;
        }
        table(fields, "dependentSchemas")
            .filter(|(name, _)| properties.contains_key(*name))
            .all(|(_, schema)| self.check(schema, whole, seen.as_deref_mut(), depth + 1))
    }

    /// What no other keyword has looked at.
    pub(super) fn check_unevaluated<'v>(
        &mut self,
        fields: &'d Fields,
        value: &'v Value,
        seen: &mut Seen<'v>,
        depth: usize,
    ) -> bool {
        match value {
            Value::Object(properties) => {
                let Some(schema) = fields.get("unevaluatedProperties") else { return true };
                properties.iter().all(|(name, value)| {
                    !seen.names.insert(name) || self.check(schema, value, None, depth + 1)
                })
            }
            Value::Array(items) => {
                let Some(schema) = fields.get("unevaluatedItems") else { return true };
                items.iter().enumerate().all(|(place, item)| {
                    !seen.items.insert(place) || self.check(schema, item, None, depth + 1)
                })
            }
            _ => true,
        }
    }
}
