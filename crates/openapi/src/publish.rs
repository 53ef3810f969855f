//! The document that readers see: the gateway instead of what is behind it, and only the
//! operations that can be called there.

mod security;
mod server;
mod shared;

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::Document;
use crate::bounds::Budget;
use crate::operation::{ADDITIONAL, METHODS, PathItem, is_path, request_method};
use crate::reference::{each_reference, local_pointer, tokens};

/// The most that is copied along references; a path item that would take more is left out.
const COPIES_BYTES: usize = 16 << 20;

/// What readers see of a document.
#[derive(Clone, Copy)]
pub struct Publication<'a> {
    /// The URL of the API at the gateway, the only server that is shown.
    pub gateway_url: &'a str,
    /// Whether an operation, given as upper-case method and path as it is written, is shown.
    pub keep: &'a dyn Fn(&str, &str) -> bool,
}

impl Publication<'_> {
    fn keeps(&self, method: &str, path: &str) -> bool {
        (self.keep)(&request_method(method), path)
    }

    fn keeps_all(&self, path: &str, item: &PathItem<'_>) -> bool {
        item.operations().all(|(method, _)| self.keeps(method, path))
    }
}

impl fmt::Debug for Publication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publication").field("gateway_url", &self.gateway_url).finish_non_exhaustive()
    }
}

impl Document {
    /// The document as readers see it: one server, the gateway; its credentials as the security
    /// of every operation; of the operations those that are kept. All else is as it was.
    ///
    /// A path item is copied to its place where what its `$ref` points at is not published as
    /// it is. Whatever a kept operation refers to inside one that is not kept moves to
    /// `components`.
    pub fn published(&self, publication: &Publication<'_>) -> Value {
        let mut budget = Budget::new(COPIES_BYTES);
        let mut published = Map::new();
        for (field, value) in self.root.as_object().into_iter().flatten() {
            let value = match (field.as_str(), value) {
                ("paths", Value::Object(paths)) => self.published_paths(paths, publication, &mut budget),
                _ => value.clone(),
            };
            published.insert(field.clone(), value);
        }
        self.serve(&mut published, publication.gateway_url);
        if let Some(Value::Object(components)) = published.get_mut("components") {
            let mut components = std::mem::take(components);
            self.publish_path_items(&mut components, &published);
            published.insert("components".to_owned(), Value::Object(components));
        }
        self.move_shared(&mut published, &mut budget);
        security::secure(&mut published, self.version);
        Value::Object(published)
    }

    fn published_paths(
        &self,
        paths: &Map<String, Value>,
        publication: &Publication<'_>,
        budget: &mut Budget,
    ) -> Value {
        let published = paths.iter().filter_map(|(path, item)| {
            let item = match item {
                Value::Object(fields) if is_path(path) => {
                    self.published_item(path, &self.path_item(fields), publication, budget)?
                }
                _ if is_path(path) => return None,
                extension => extension.clone(),
            };
            Some((path.clone(), item))
        });
        Value::Object(published.collect())
    }

    /// `None` if nothing is left of it.
    fn published_item(
        &self,
        path: &str,
        item: &PathItem<'_>,
        publication: &Publication<'_>,
        budget: &mut Budget,
    ) -> Option<Value> {
        let is_kept = |method: &str| publication.keeps(method, path);
        if !item.operations().any(|(method, _)| is_kept(method)) {
            return None;
        }
        let stays_reference = self.target_is_published(path, item, publication);
        let (own, targets) = item.layers().split_first()?;
        let mut published = Map::new();
        let mut take = |layer: &Map<String, Value>| {
            for (field, value) in layer {
                let is_shown = match field.as_str() {
                    "$ref" => stays_reference,
                    "servers" => false,
                    method if METHODS.contains(&method) => value.is_object() && is_kept(method),
                    _ => true,
                };
                if is_shown && !published.contains_key(field) {
                    published.insert(field.clone(), value.clone());
                }
            }
        };
        take(own);
        if !stays_reference {
            for target in targets {
                target.iter().try_for_each(|(field, value)| {
                    budget.spend(field.len())?;
                    budget.charge(value)
                })?;
                take(target);
            }
        }
        if let Some(Value::Object(additional)) = published.get_mut(ADDITIONAL) {
            additional.retain(|method, operation| operation.is_object() && is_kept(method));
        }
        face_gateway(&mut published);
        Some(Value::Object(published))
    }

    /// Whether the `$ref` of this item can stay: it shows its readers what they may see.
    fn target_is_published(&self, path: &str, item: &PathItem<'_>, publication: &Publication<'_>) -> bool {
        let &[Some(reference)] = item.references() else { return false };
        let Some(pointer) = local_pointer(reference) else { return false };
        let target: Vec<_> = tokens(&pointer).collect();
        publication.keeps_all(path, item)
            && match target.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["components", "pathItems", _] => true,
                ["paths", other] => {
                    let target = self.root["paths"][other].as_object().map(|fields| self.path_item(fields));
                    // Whatever its own path does not show, this one must not show either; and a path
                    // without operations is not shown at all.
                    target.is_some_and(|target| {
                        target.operations().next().is_some() && publication.keeps_all(other, &target)
                    })
                }
                _ => false,
            }
    }

    /// Of the path items among the components, those that stood behind paths go if nothing that
    /// is published refers to them any more: they may hold what is not to be seen.
    fn publish_path_items(&self, components: &mut Map<String, Value>, rest: &Map<String, Value>) {
        let Some(Value::Object(items)) = components.get_mut("pathItems") else { return };
        let mut items = std::mem::take(items);
        let behind_paths: HashSet<String> = self
            .path_items()
            .flat_map(|(_, item)| item.references().to_vec())
            .flatten()
            .filter_map(name)
            .collect();

        let mut reached = HashSet::new();
        let mut found = Vec::new();
        let mut note = |reference: &str| found.extend(name(reference));
        rest.values().chain(components.values()).for_each(|value| each_reference(value, &mut note));
        for (_, item) in items.iter().filter(|(name, _)| !behind_paths.contains(*name)) {
            each_reference(item, &mut note);
        }
        while let Some(name_found) = found.pop() {
            if let Some(item) = items.get(&name_found)
                && behind_paths.contains(&name_found)
                && reached.insert(name_found)
            {
                each_reference(item, &mut |reference| found.extend(name(reference)));
            }
        }

        items.retain(|name, _| !behind_paths.contains(name) || reached.contains(name));
        for item in items.iter_mut().filter(|(name, _)| behind_paths.contains(*name)) {
            if let Value::Object(fields) = item.1 {
                face_gateway(fields);
            }
        }
        components.insert("pathItems".to_owned(), Value::Object(items));
    }
}

/// The name of the path item among the components that a reference points at.
fn name(reference: &str) -> Option<String> {
    let pointer = local_pointer(reference)?;
    let mut tokens = tokens(pointer.strip_prefix("/components/pathItems")?);
    tokens.next().filter(|_| tokens.next().is_none())
}

/// Takes from a path item what points past the gateway.
fn face_gateway(item: &mut Map<String, Value>) {
    item.shift_remove("servers");
    let face = |operation: &mut Value| {
        if let Value::Object(operation) = operation {
            operation.shift_remove("servers");
            operation.shift_remove("security");
            // The protocols of 2.0.
            operation.shift_remove("schemes");
        }
    };
    METHODS.into_iter().for_each(|method| item.get_mut(method).into_iter().for_each(face));
    if let Some(Value::Object(additional)) = item.get_mut(ADDITIONAL) {
        additional.values_mut().for_each(face);
    }
}

#[cfg(test)]
mod tests;
