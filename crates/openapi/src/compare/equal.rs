//! Whether two values are the same, for less than looking at what they mean, and what to look at
//! if they are.

use serde_json::Value;

use crate::bounds::Budget;
use crate::reference::reference;

/// Whether two values are equal, whatever the order of their keys. `None` when the budget ends.
pub(super) fn equal(one: &Value, other: &Value, budget: &mut Budget) -> Option<bool> {
    budget.spend(1)?;
    match (one, other) {
        (Value::Array(ones), Value::Array(others)) => {
            if ones.len() != others.len() {
                return Some(false);
            }
            for (one, other) in ones.iter().zip(others) {
                if !equal(one, other, budget)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        (Value::Object(ones), Value::Object(others)) => {
            if ones.len() != others.len() {
                return Some(false);
            }
            // Mostly the order is the same too, which saves the look-up.
            for ((key, one), (other_key, other)) in ones.iter().zip(others) {
                let other = if key == other_key { Some(other) } else { others.get(key) };
                let Some(other) = other else { return Some(false) };
                if !equal(one, other, budget)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        _ => Some(one == other),
    }
}

/// Shows the references of a schema and of all schemas inside it.
pub(super) fn schema_references<'d>(schema: &'d Value, show: &mut dyn FnMut(&'d str)) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| schema_references(item, show)),
        Value::Object(fields) => {
            if let Some(text) = reference(schema) {
                show(text);
            }
            for (keyword, value) in fields {
                match (keyword.as_str(), value) {
                    // What is a value and no schema.
                    ("example" | "examples" | "default" | "enum" | "const" | "discriminator", _) => {}
                    ("properties" | "patternProperties" | "dependentSchemas", Value::Object(schemas)) => {
                        schemas.values().for_each(|schema| schema_references(schema, show));
                    }
                    (extension, _) if extension.starts_with("x-") => {}
                    _ => schema_references(value, show),
                }
            }
        }
        _ => {}
    }
}
