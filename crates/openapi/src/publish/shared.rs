//! What operations share without `components`. Bundling tools write the second occurrence of a
//! schema as a reference into the first operation that has it, such as
//! `#/paths/~1quotes/get/responses/200/content/application~1json/schema`; without that
//! operation it would lead nowhere.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::bounds::Budget;
use crate::reference::{each_reference, local_pointer, push_token, tokens};
use crate::{Document, Version};

/// Something that moves, and where to.
struct Moved {
    section: &'static str,
    name: String,
    value: Value,
}

impl Document {
    /// Moves what is referred to and no longer there to the components.
    pub(super) fn move_shared(&self, published: &mut Map<String, Value>, budget: &mut Budget) {
        let mut wanted = Vec::new();
        for value in published.values() {
            each_reference(value, &mut |reference| wanted.extend(Self::lost(published, reference)));
        }
        let mut moved: HashMap<String, Moved> = HashMap::new();
        while let Some(reference) = wanted.pop() {
            if moved.contains_key(&reference) {
                continue;
            }
            let pointer = local_pointer(&reference).unwrap_or_default();
            let Some(section) = section(&pointer, self.version) else { continue };
            let Some(value) = self.at(&reference).and_then(|value| budget.copy(value)) else { continue };
            each_reference(&value, &mut |reference| wanted.extend(Self::lost(published, reference)));
            let taken = match self.version {
                Version::V2_0 => published.get(section),
                _ => published.get("components").and_then(|components| components.get(section)),
            };
            let name = free_name(taken, &pointer, moved.len());
            moved.insert(reference, Moved { section, name, value });
        }
        if moved.is_empty() {
            return;
        }

        let is_v2 = self.version == Version::V2_0;
        let root = if is_v2 { "#" } else { "#/components" };
        let new_references = moved
            .iter()
            .map(|(reference, Moved { section, name, .. })| {
                (reference.clone(), format!("{root}/{section}/{name}"))
            })
            .collect();
        let mut moved: Vec<_> = moved.into_values().collect();
        moved.sort_by(|one, other| one.name.cmp(&other.name));
        for Moved { section, name, value } in moved {
            let section = if is_v2 {
                published.entry(section).or_insert(Value::Null)
            } else {
                let components = published.entry("components").or_insert(Value::Null);
                if !components.is_object() {
                    *components = json!({});
                }
                &mut components[section]
            };
            if !section.is_object() {
                *section = json!({});
            }
            section[name] = value;
        }
        published.values_mut().for_each(|value| redirect(value, &new_references));
    }

    /// A local reference that leads nowhere in what is published.
    fn lost(published: &Map<String, Value>, reference: &str) -> Option<String> {
        let pointer = local_pointer(reference)?;
        let mut place = tokens(&pointer);
        let field = published.get(&place.next()?)?;
        let mut rest = String::new();
        place.for_each(|token| push_token(&mut rest, &token));
        field.pointer(&rest).is_none().then(|| reference.to_owned())
    }
}

/// The section of the components, or of a document in 2.0, where a part of an operation may stand.
fn section(pointer: &str, version: Version) -> Option<&'static str> {
    let tokens: Vec<_> = tokens(pointer).collect();
    // Within an operation or a path item, and with what is above a part and its name.
    let is_inside = match tokens.first().map(String::as_str)? {
        "paths" => tokens.len() > 3,
        "components" => tokens.len() > 4 && tokens[1] == "pathItems",
        _ => false,
    };
    if !is_inside {
        return None;
    }
    if tokens.iter().any(|token| token == "schema") {
        return Some(if version == Version::V2_0 { "definitions" } else { "schemas" });
    }
    if version == Version::V2_0 {
        return ["parameters", "responses"]
            .into_iter()
            .find(|section| tokens.get(tokens.len() - 2).is_some_and(|token| token == section));
    }
    if tokens.last().is_some_and(|last| last == "requestBody") {
        return Some("requestBodies");
    }
    let sections = ["parameters", "responses", "headers", "examples", "links", "callbacks"];
    sections.into_iter().find(|section| *section == tokens[tokens.len() - 2])
}

/// A name made of what the pointer says, and of a number that no other one has.
fn free_name(taken: Option<&Value>, pointer: &str, number: usize) -> String {
    const CHARACTERS: usize = 60;
    let words = pointer.split(|character: char| !character.is_ascii_alphanumeric());
    let mut name = words.filter(|word| !word.is_empty()).skip(1).collect::<Vec<_>>().join("-");
    name.truncate(CHARACTERS);
    name.push_str(&format!("-{number}"));
    while taken.is_some_and(|taken| taken.get(&name).is_some()) {
        name.push('-');
    }
    name
}

fn redirect(value: &mut Value, new_references: &HashMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, new_references)),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(new) = new_references.get(reference)
            {
                reference.clone_from(new);
            }
            fields.values_mut().for_each(|value| redirect(value, new_references));
        }
        _ => {}
    }
}
