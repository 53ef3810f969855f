//! Path items and their operations.

use serde_json::{Map, Value};

use crate::reference::{CHAIN, local_pointer};
use crate::{Document, Version};

/// The fields of a path item that are operations, in the order in which operations are listed.
/// `query` is one since 3.2.
pub(crate) const METHODS: [&str; 9] =
    ["get", "head", "post", "put", "patch", "delete", "options", "trace", "query"];

/// The field of a path item with the operations for other methods, since 3.2.
pub(crate) const ADDITIONAL: &str = "additionalOperations";

/// The most tags of an operation that are looked at. Tags group operations; nobody looks for
/// one in twenty groups.
const TAGS: usize = 20;

/// A method and a path, and what the document says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation<'d> {
    /// In upper case, or as `additionalOperations` has it; with `TRACE`, which no gateway
    /// forwards.
    pub method: String,
    /// The path template as it is written; nobody has checked that it is one.
    pub path: &'d str,
    /// Its id.
    pub operation_id: Option<&'d str>,
    /// One line for people.
    pub summary: Option<&'d str>,
    /// More for people, in Markdown.
    pub description: Option<&'d str>,
    /// The groups it belongs to, 20 at most.
    pub tags: Vec<&'d str>,
}

impl<'d> Operation<'d> {
    fn new(method: &str, path: &'d str, fields: &'d Map<String, Value>) -> Self {
        let text = |field| fields.get(field).and_then(Value::as_str);
        let tags = fields.get("tags").and_then(Value::as_array);
        Self {
            method: request_method(method),
            path,
            operation_id: text("operationId"),
            summary: text("summary"),
            description: text("description"),
            tags: tags.into_iter().flatten().filter_map(Value::as_str).take(TAGS).collect(),
        }
    }
}

impl Document {
    /// All operations under `paths`, those behind a local `$ref` of a path item included: paths
    /// as the document orders them, methods in a fixed order. Whoever collects them decides how
    /// many are too many.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.path_items().flat_map(|(path, item)| {
            item.operations().map(|(method, fields)| Operation::new(method, path, fields)).collect::<Vec<_>>()
        })
    }

    pub(crate) fn path_items(&self) -> impl Iterator<Item = (&str, PathItem<'_>)> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        paths
            .into_iter()
            .flatten()
            .filter(|(path, _)| is_path(path))
            .filter_map(|(path, item)| Some((path.as_str(), self.path_item(item.as_object()?))))
    }

    /// The fields of one operation; the method in any case.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Map<String, Value>> {
        let item = self.root.get("paths")?.get(path)?.as_object().filter(|_| is_path(path))?;
        let item = self.path_item(item);
        item.operation(item.field(method)?)
    }

    /// Follows the `$ref` of a path item. It may point at another path or at a component; at
    /// anything nearer to the root it would take in what is no path item.
    pub(crate) fn path_item<'d>(&'d self, item: &'d Map<String, Value>) -> PathItem<'d> {
        let mut path_item = PathItem { version: self.version, layers: vec![item], references: Vec::new() };
        let mut nearest = item;
        while let Some(reference) = nearest.get("$ref") {
            let target =
                reference.as_str().filter(|_| path_item.layers.len() < CHAIN).and_then(|reference| {
                    let pointer = local_pointer(reference)?;
                    let target = self.root.pointer(&pointer)?.as_object()?;
                    let is_item =
                        pointer.starts_with("/paths/") || pointer.starts_with("/components/pathItems/");
                    is_item.then_some((reference, target))
                });
            let Some((reference, target)) = target else {
                path_item.references.push(None);
                break;
            };
            path_item.references.push(Some(reference));
            path_item.layers.push(target);
            nearest = target;
        }
        path_item
    }
}

/// Whether a key of `paths` is a path: everything else there is an extension.
pub(crate) fn is_path(key: &str) -> bool {
    !key.starts_with("x-")
}

/// The method of a request, from the field or the name that an operation has.
pub(crate) fn request_method(field: &str) -> String {
    if METHODS.contains(&field) { field.to_ascii_uppercase() } else { field.to_owned() }
}

/// A path item together with what it refers to.
pub(crate) struct PathItem<'d> {
    version: Version,
    /// The nearest first. What stands in several counts in the nearest; OpenAPI leaves it open.
    layers: Vec<&'d Map<String, Value>>,
    /// The references from layer to layer; a last `None` stands for one that leads nowhere.
    references: Vec<Option<&'d str>>,
}

impl<'d> PathItem<'d> {
    /// The operations with the fields or, for additional ones, the methods that they stand
    /// under. Looks the methods up rather than through all fields, of which there may be very
    /// many.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&'d str, &'d Map<String, Value>)> {
        let mut additional = Vec::new();
        for layer in self.layers.iter().filter_map(|layer| self.additional(layer)) {
            for name in layer.keys().map(String::as_str) {
                if !METHODS.contains(&name) && !additional.contains(&name) {
                    additional.push(name);
                }
            }
        }
        let fields = METHODS.into_iter().chain(additional);
        fields.filter_map(|field| Some((field, self.operation(field)?))).collect::<Vec<_>>().into_iter()
    }

    /// The field or additional method under which the operation for a method stands.
    fn field(&self, method: &str) -> Option<&'d str> {
        let fixed = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
        fixed.filter(|field| self.operation(field).is_some()).or_else(|| {
            let additional = self.layers.iter().filter_map(|layer| self.additional(layer));
            additional.flat_map(Map::keys).map(String::as_str).find(|name| *name == method)
        })
    }

    fn operation(&self, field: &str) -> Option<&'d Map<String, Value>> {
        self.layers.iter().find_map(|layer| self.of_layer(layer, field))?.as_object()
    }

    fn of_layer(&self, layer: &'d Map<String, Value>, field: &str) -> Option<&'d Value> {
        let is_fixed = METHODS.contains(&field) && (field != "query" || self.version >= Version::V3_2);
        if is_fixed { layer.get(field) } else { self.additional(layer)?.get(field) }
    }

    fn additional(&self, layer: &'d Map<String, Value>) -> Option<&'d Map<String, Value>> {
        layer.get(ADDITIONAL).filter(|_| self.version >= Version::V3_2)?.as_object()
    }

    pub(crate) fn layers(&self) -> &[&'d Map<String, Value>] {
        &self.layers
    }

    pub(crate) fn references(&self) -> &[Option<&'d str>] {
        &self.references
    }
}

#[cfg(test)]
mod tests;
