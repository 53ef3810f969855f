//! Values out of schemas, as far as the schemas' own examples go.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::bounds::Budget;
use crate::reference::reference;
use crate::{Document, Version};

/// How deep schemas within schemas are looked into.
const DEPTH: usize = 32;

/// The most schemas that are looked into for one sample. Large documents refer in circles so
/// densely that the ways through them cannot all be gone.
const STEPS: usize = 20_000;

pub(crate) struct Sampler<'d, 'b> {
    document: &'d Document,
    budget: &'b mut Budget,
    steps: Budget,
    /// The schemas that we are inside of: one that comes again would come for ever.
    open: Vec<&'d Value>,
    /// The schemas, by address, that have no sample. One that has none only because we came to
    /// it from within itself counts too: a little is missed, and circles cost nothing.
    barren: HashSet<*const Value>,
}

/// An object as it comes together out of several schemas.
#[derive(Default)]
struct Parts<'d> {
    fields: Map<String, Value>,
    required: Vec<&'d str>,
}

impl<'d, 'b> Sampler<'d, 'b> {
    pub(crate) fn new(document: &'d Document, budget: &'b mut Budget) -> Self {
        Self { document, budget, steps: Budget::new(STEPS), open: Vec::new(), barren: HashSet::new() }
    }

    /// The schema's own example, or one made of the examples of its parts.
    pub(crate) fn sample(&mut self, schema: &'d Value) -> Option<Value> {
        if self.barren.contains(&std::ptr::from_ref(schema)) {
            return None;
        }
        let sample = self.within(schema, |sampler| sampler.look(schema));
        if sample.is_none() {
            self.barren.insert(schema);
        }
        sample
    }

    fn look(&mut self, schema: &'d Value) -> Option<Value> {
        if let Some(given) = self.given(schema) {
            return self.budget.copy(given);
        }
        let target = self.target(schema);
        if target.is_some() && !self.reads_beside_reference() {
            return self.sample(target?);
        }
        self.object(schema)
            .or_else(|| self.array(schema))
            .or_else(|| self.alternative(schema))
            .or_else(|| self.sample(target?))
    }

    /// In 3.0 nothing beside a `$ref` counts.
    fn reads_beside_reference(&self) -> bool {
        self.document.version >= Version::V3_1
    }

    /// Keeps circles and depth away.
    fn within<T>(&mut self, schema: &'d Value, look: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.steps.spend(1)?;
        if self.open.len() == DEPTH || self.open.iter().any(|open| std::ptr::eq(*open, schema)) {
            return None;
        }
        self.open.push(schema);
        let found = look(self);
        self.open.pop();
        found
    }

    /// What the schema itself gives as a value.
    fn given(&self, schema: &'d Value) -> Option<&'d Value> {
        if reference(schema).is_some() && !self.reads_beside_reference() {
            return None;
        }
        schema
            .get("example")
            .or_else(|| schema.get("examples")?.as_array()?.first())
            .or_else(|| schema.get("default"))
            .or_else(|| schema.get("const"))
    }

    fn target(&self, schema: &'d Value) -> Option<&'d Value> {
        self.document.at(reference(schema)?)
    }

    /// An object, if there is an example of each property that must be there.
    fn object(&mut self, schema: &'d Value) -> Option<Value> {
        let mut parts = Parts::default();
        self.gather(schema, &mut parts);
        let complete = parts.required.iter().all(|name| parts.fields.contains_key(*name));
        (complete && !parts.fields.is_empty()).then_some(Value::Object(parts.fields))
    }

    /// Adds what a schema says of an object, by itself and through what it is composed of.
    fn gather(&mut self, schema: &'d Value, parts: &mut Parts<'d>) {
        if let Some(target) = self.target(schema) {
            self.gather_part(target, parts);
        }
        for part in array(schema, "allOf") {
            self.gather_part(part, parts);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut unseen = Vec::new();
        for (name, property) in properties.into_iter().flatten() {
            let is_for_requests = |schema: &Value| schema.get("writeOnly") == Some(&Value::Bool(true));
            if self.document.resolve(property).is_some_and(is_for_requests) {
                unseen.push(name.as_str());
            } else if let Some(value) = self.sample(property) {
                parts.fields.insert(name.clone(), value);
            }
        }
        for name in array(schema, "required").filter_map(Value::as_str) {
            // Paid for, since a schema can come by many times.
            if self.steps.spend(1).is_some() && !unseen.contains(&name) {
                parts.required.push(name);
            }
        }
        let alternatives = ["oneOf", "anyOf"].into_iter().find(|keyword| schema.get(keyword).is_some());
        if let Some(Value::Object(fields)) =
            alternatives.and_then(|keyword| array(schema, keyword).find_map(|part| self.sample(part)))
        {
            parts.fields.extend(fields);
        }
    }

    fn gather_part(&mut self, part: &'d Value, parts: &mut Parts<'d>) {
        self.within(part, |sampler| {
            if let Some(given_value @ Value::Object(given)) = sampler.given(part) {
                sampler.budget.charge(given_value)?;
                parts.fields.extend(given.clone());
            }
            sampler.gather(part, parts);
            Some(())
        });
    }

    /// An array of one, if there is an example of an item and one is enough.
    fn array(&mut self, schema: &'d Value) -> Option<Value> {
        let least = schema.get("minItems").and_then(Value::as_u64);
        let item = self.sample(schema.get("items")?)?;
        least.is_none_or(|least| least <= 1).then(|| Value::Array(vec![item]))
    }

    /// The first part of a composition that has an example, for what is no object.
    fn alternative(&mut self, schema: &'d Value) -> Option<Value> {
        // A composition of objects was refused for want of a required property.
        ["allOf", "oneOf", "anyOf"]
            .into_iter()
            .find_map(|keyword| array(schema, keyword).find_map(|part| self.sample(part)))
            .filter(|value| !value.is_object())
    }
}

fn array<'d>(schema: &'d Value, field: &str) -> impl Iterator<Item = &'d Value> {
    schema.get(field).and_then(Value::as_array).into_iter().flatten()
}
