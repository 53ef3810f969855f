//! What a document describes, in a list: the left column, the search, and the text for agents.

use std::collections::{HashMap, HashSet};

use openapi::Document;
use serde_json::Value;

use super::{fields, list, resolve, text};

/// The group of operations without a tag, where others have one.
const REST: &str = "Other";

/// The operations of a document, in groups.
pub(crate) struct Contents {
    pub(crate) groups: Vec<Group>,
    /// The names of its schemas.
    pub(crate) schemas: Vec<String>,
}

/// The operations of one tag.
pub(crate) struct Group {
    /// Empty if the document has no tags.
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
}

/// An operation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The last part of its address.
    pub(crate) slug: String,
    /// In capitals.
    pub(crate) method: String,
    /// As it is written.
    pub(crate) path: String,
    /// What it does, in a few words.
    pub(crate) title: String,
    pub(crate) is_deprecated: bool,
    /// What a filter looks at.
    pub(crate) words: String,
}

impl Contents {
    pub(crate) fn of(document: &Document) -> Self {
        let root = document.as_value();
        let mut groups: Vec<Group> = list(root, "tags")
            .iter()
            .map(|tag| Group { name: text(tag, "name").to_owned(), entries: Vec::new() })
            .collect();
        let mut places: HashMap<String, usize> =
            groups.iter().enumerate().map(|(place, group)| (group.name.clone(), place)).collect();
        let mut slugs = HashSet::new();
        for operation in document.operations() {
            let Some(value) = operation_of(document, &operation.method, operation.path) else { continue };
            let tag = list(value, "tags").first().and_then(Value::as_str).unwrap_or_default().to_owned();
            let place = *places.entry(tag.clone()).or_insert_with(|| {
                groups.push(Group { name: tag, entries: Vec::new() });
                groups.len() - 1
            });
            let entry = entry(&operation.method, operation.path, value, &mut slugs);
            if let Some(group) = groups.get_mut(place) {
                group.entries.push(entry);
            }
        }
        groups.retain(|group| !group.entries.is_empty());
        // Those without a tag come last, under a name if others have one.
        groups.sort_by_key(|group| group.name.is_empty());
        if groups.len() > 1
            && let Some(rest) = groups.last_mut().filter(|group| group.name.is_empty())
        {
            rest.name = REST.to_owned();
        }
        let components = root.get("components").unwrap_or(&Value::Null);
        let schemas = fields(components, "schemas").chain(fields(root, "definitions"));
        Self { groups, schemas: schemas.map(|(name, _)| name.to_owned()).collect() }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.groups.iter().flat_map(|group| &group.entries)
    }

    pub(crate) fn find(&self, slug: &str) -> Option<&Entry> {
        self.entries().find(|entry| entry.slug == slug)
    }

    /// How many operations there are.
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(|group| group.entries.len()).sum()
    }
}

fn entry(method: &str, path: &str, value: &Value, slugs: &mut HashSet<String>) -> Entry {
    let title = [text(value, "summary"), text(value, "operationId")]
        .into_iter()
        .map(str::trim)
        .find(|title| !title.is_empty())
        .unwrap_or(path)
        .to_owned();
    let words = format!("{method} {path} {title} {}", text(value, "operationId"));
    Entry {
        slug: slug(method, path, slugs),
        method: method.to_owned(),
        path: path.to_owned(),
        title,
        is_deprecated: super::is(value, "deprecated"),
        words,
    }
}

/// `get-products-id`; the second of a kind is `get-products-id-2`.
fn slug(method: &str, path: &str, taken: &mut HashSet<String>) -> String {
    let mut slug = method.to_ascii_lowercase();
    for part in
        path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|part| !part.is_empty())
    {
        slug.push('-');
        slug.push_str(&part.to_ascii_lowercase());
    }
    let mut unique = slug.clone();
    let mut count = 1;
    while !taken.insert(unique.clone()) {
        count += 1;
        unique = format!("{slug}-{count}");
    }
    unique
}

/// The Operation Object, wherever it stands.
pub(crate) fn operation_of<'d>(document: &'d Document, method: &str, path: &str) -> Option<&'d Value> {
    let item = path_item(document, path)?;
    let field = method.to_ascii_lowercase();
    item.get(&field)
        .or_else(|| item.get("additionalOperations")?.get(method))
        .filter(|operation| operation.is_object())
}

/// The Path Item Object of a path.
pub(crate) fn path_item<'d>(document: &'d Document, path: &str) -> Option<&'d Value> {
    let root = document.as_value();
    Some(resolve(root, root.get("paths")?.get(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_stand_under_their_tags_with_addresses_of_their_own() {
        let document = Document::parse_json(
            r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"tags":[{"name":"B"},{"name":"A"}],"paths":{
                "/a/{id}":{"get":{"tags":["A"],"summary":"Read","responses":{}},"post":{"responses":{}}},
                "/a-{id}":{"get":{"tags":["B"],"responses":{},"deprecated":true}}},
                "components":{"schemas":{"Thing":{}}}}"#,
        )
        .unwrap();
        let contents = Contents::of(&document);
        let listed: Vec<_> = contents
            .groups
            .iter()
            .map(|group| {
                let entries = group.entries.iter().map(|entry| format!("{} {}", entry.slug, entry.title));
                (group.name.as_str(), entries.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            listed,
            [
                ("B", vec!["get-a-id-2 /a-{id}".to_owned()]),
                ("A", vec!["get-a-id Read".to_owned()]),
                ("Other", vec!["post-a-id /a/{id}".to_owned()]),
            ]
        );
        assert_eq!(contents.schemas, ["Thing"]);
        assert!(contents.find("get-a-id-2").unwrap().is_deprecated);
        assert_eq!(contents.len(), 3);
    }
}
