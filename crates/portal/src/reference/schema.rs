//! Schemas as trees that open: a line for each property, and what is inside under it.

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use site::markdown;

use super::{fields, is, list, pointer, resolve, text, written};

/// How deep a tree is shown at once. Deeper parts have names that lead to other pages.
const DEPTH: usize = 7;

/// The most nodes of one tree: some pages of text.
const NODES: usize = 400;

/// The most values of an enumeration, and characters of a value, that are listed.
const VALUES: usize = 30;
const VALUE_CHARACTERS: usize = 80;

/// The most parts of an `allOf` within each other.
const PARTS: usize = 20;

/// A schema, or a property with its name.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "portal/schema_node.html")]
pub(crate) struct Node {
    /// Empty at the top of a tree.
    pub(crate) name: String,
    /// `string`, `array of Product`.
    pub(crate) kind: String,
    pub(crate) is_required: bool,
    pub(crate) is_deprecated: bool,
    /// `read only`, `at least 1`: what values must be like.
    pub(crate) rules: Vec<String>,
    pub(crate) about: markdown::Html,
    /// The properties of the object, or of the items of the list.
    pub(crate) children: Vec<Node>,
    /// The schemas that it may be instead, with what is said of the choice.
    pub(crate) variants: Vec<Node>,
    pub(crate) choice: &'static str,
}

impl HtmlSafe for Node {}

impl Node {
    /// What the part that opens is called.
    pub(crate) fn inside(&self) -> &'static str {
        if self.kind.starts_with("array") { "Show what each item has" } else { "Show its properties" }
    }
}

/// Makes the tree of a schema.
pub(crate) fn tree(root: &Value, schema: &Value) -> Node {
    let mut maker = Maker { root, left: NODES, open: Vec::new() };
    maker.node(schema, 0)
}

/// What a schema is called in one line, for parameters.
pub(crate) fn line(root: &Value, schema: &Value) -> (String, Vec<String>) {
    let maker = Maker { root, left: NODES, open: Vec::new() };
    let resolved = resolve(root, schema);
    (maker.kind(schema, 0), rules(resolved))
}

struct Maker<'d> {
    root: &'d Value,
    /// How many nodes may still be made.
    left: usize,
    /// The references that we are inside of: one that comes again is not gone into.
    open: Vec<&'d str>,
}

impl<'d> Maker<'d> {
    fn node(&mut self, schema: &'d Value, depth: usize) -> Node {
        self.left = self.left.saturating_sub(1);
        let resolved = resolve(self.root, schema);
        let mut node = Node {
            kind: self.kind(schema, 0),
            is_deprecated: is(resolved, "deprecated"),
            rules: rules(resolved),
            about: about(schema, resolved),
            ..Node::default()
        };
        if depth >= DEPTH || self.left == 0 {
            return node;
        }
        let items = self.innermost(schema);
        let reference = items.get("$ref").and_then(Value::as_str);
        if let Some(reference) = reference {
            if self.open.contains(&reference) {
                node.rules.push("as above".to_owned());
                return node;
            }
            self.open.push(reference);
        }
        let inner = resolve(self.root, items);
        let mut required = Vec::new();
        let mut properties = Vec::new();
        self.gather(inner, 0, &mut properties, &mut required);
        for (name, property) in properties {
            if self.left == 0 {
                node.rules.push("more properties in the OpenAPI document".to_owned());
                break;
            }
            let mut child = self.node(property, depth + 1);
            child.name = name.to_owned();
            child.is_required = required.contains(&name);
            node.children.push(child);
        }
        if let Some(additional) =
            inner.get("additionalProperties").filter(|additional| additional.is_object())
        {
            let mut child = self.node(additional, depth + 1);
            child.name = "any name".to_owned();
            node.children.push(child);
        }
        for (keyword, choice) in [("oneOf", "One of these"), ("anyOf", "Any of these")] {
            let variants = list(inner, keyword);
            let real: Vec<&Value> =
                variants.iter().filter(|variant| text(variant, "type") != "null").collect();
            // One beside null is no choice.
            if real.len() < 2 {
                continue;
            }
            node.choice = choice;
            for (place, variant) in real.into_iter().enumerate().take(VALUES) {
                let mut variant_node = self.node(variant, depth + 1);
                let resolved = resolve(self.root, variant);
                let name =
                    [text(resolved, "title"), named(variant)].into_iter().find(|name| !name.is_empty());
                variant_node.name = name.map_or_else(|| format!("{}", place + 1), str::to_owned);
                node.variants.push(variant_node);
            }
        }
        if reference.is_some() {
            self.open.pop();
        }
        node
    }

    /// The schema of the items of lists within lists, or the schema itself.
    fn innermost(&self, schema: &'d Value) -> &'d Value {
        let mut schema = schema;
        for _ in 0..DEPTH {
            let resolved = resolve(self.root, schema);
            if let Some(only) = only_variant(resolved) {
                schema = only;
                continue;
            }
            match resolved.get("items").filter(|items| items.is_object()) {
                Some(items) => schema = items,
                None => break,
            }
        }
        schema
    }

    /// The properties of an object with those of its parts, and the names that must be there.
    fn gather(
        &self,
        schema: &'d Value,
        depth: usize,
        properties: &mut Vec<(&'d str, &'d Value)>,
        required: &mut Vec<&'d str>,
    ) {
        if depth > PARTS {
            return;
        }
        required.extend(list(schema, "required").iter().filter_map(Value::as_str));
        for part in list(schema, "allOf").iter().take(PARTS) {
            self.gather(resolve(self.root, part), depth + 1, properties, required);
        }
        for (name, property) in fields(schema, "properties") {
            match properties.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = property,
                None => properties.push((name, property)),
            }
        }
    }

    /// What kind of value it is, in words.
    fn kind(&self, schema: &Value, depth: usize) -> String {
        if depth > DEPTH {
            return "any".to_owned();
        }
        let resolved = resolve(self.root, schema);
        if let Some(only) = only_variant(resolved) {
            return format!("{} or null", self.kind(only, depth + 1));
        }
        let name = named(schema);
        let is_list = text(resolved, "type") == "array" || resolved.get("items").is_some();
        if is_list {
            let items = resolved.get("items").map_or("any".to_owned(), |items| self.kind(items, depth + 1));
            return nullable(resolved, format!("array of {items}"));
        }
        let types = match resolved.get("type") {
            Some(Value::Array(types)) => {
                types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
            }
            Some(Value::String(one)) => one.clone(),
            _ if !list(resolved, "allOf").is_empty() || resolved.get("properties").is_some() => {
                "object".to_owned()
            }
            _ if !list(resolved, "oneOf").is_empty() || !list(resolved, "anyOf").is_empty() => {
                "one of several".to_owned()
            }
            _ if !list(resolved, "enum").is_empty() => "enumeration".to_owned(),
            _ => "any".to_owned(),
        };
        let format = text(resolved, "format");
        let kind = match (types.as_str(), name, format) {
            ("object" | "any" | "one of several", name, _) if !name.is_empty() => name.to_owned(),
            (types, _, format) if !format.is_empty() && types != format => format!("{types} ({format})"),
            (types, ..) => types.to_owned(),
        };
        nullable(resolved, kind)
    }
}

fn nullable(schema: &Value, kind: String) -> String {
    if is(schema, "nullable") { format!("{kind} or null") } else { kind }
}

/// The one schema beside null in a choice.
fn only_variant(schema: &Value) -> Option<&Value> {
    ["oneOf", "anyOf"].into_iter().find_map(|keyword| {
        let variants = list(schema, keyword);
        let mut real = variants.iter().filter(|variant| text(variant, "type") != "null");
        let only = real.next().filter(|_| variants.len() > 1)?;
        real.next().is_none().then_some(only)
    })
}

/// The name under which a schema stands among the components.
fn named(schema: &Value) -> &str {
    let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
    if pointer(reference).is_none() {
        return "";
    }
    reference.rsplit('/').next().unwrap_or_default()
}

/// What is said of it where it is used, else where it is defined.
fn about(schema: &Value, resolved: &Value) -> markdown::Html {
    let near = text(schema, "description");
    let said = if near.is_empty() { text(resolved, "description") } else { near };
    let said = if said.is_empty() { text(resolved, "title") } else { said };
    markdown::html(said)
}

/// What values must be like, each rule in a few words.
pub(crate) fn rules(schema: &Value) -> Vec<String> {
    let mut rules = Vec::new();
    let mut add = |keyword: &str, words: &str| {
        if let Some(value) = schema.get(keyword).filter(|value| value.is_number() || value.is_string()) {
            rules.push(format!("{words} {}", short(value)));
        }
    };
    add("minimum", "at least");
    add("maximum", "at most");
    add("exclusiveMinimum", "more than");
    add("exclusiveMaximum", "less than");
    add("multipleOf", "a multiple of");
    add("minLength", "characters: at least");
    add("maxLength", "characters: at most");
    add("minItems", "items: at least");
    add("maxItems", "items: at most");
    add("pattern", "matches");
    for (keyword, words) in
        [("uniqueItems", "no item twice"), ("readOnly", "read only"), ("writeOnly", "write only")]
    {
        if is(schema, keyword) {
            rules.push(words.to_owned());
        }
    }
    if let Some(value) = schema.get("const") {
        rules.push(format!("always {}", short(value)));
    }
    if let Some(value) = schema.get("default") {
        rules.push(format!("default {}", short(value)));
    }
    let values = list(schema, "enum");
    if !values.is_empty() {
        let listed: Vec<_> = values.iter().take(VALUES).map(short).collect();
        let more = if values.len() > VALUES { ", …" } else { "" };
        rules.push(format!("one of {}{more}", listed.join(", ")));
    }
    rules
}

fn short(value: &Value) -> String {
    let text = written(value);
    match text.char_indices().nth(VALUE_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(node: &Node, depth: usize, out: &mut String) {
        let must = if node.is_required { "!" } else { "" };
        out.push_str(&format!(
            "{}{}{must}: {} {}\n",
            "  ".repeat(depth),
            node.name,
            node.kind,
            node.rules.join("; ")
        ));
        node.children.iter().chain(&node.variants).for_each(|child| shown(child, depth + 1, out));
    }

    fn tree_of(root: &Value, schema: &Value) -> String {
        let mut out = String::new();
        shown(&tree(root, schema), 0, &mut out);
        out
    }

    #[test]
    fn a_tree_has_what_parts_and_references_say() {
        let root = json!({ "components": { "schemas": {
            "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer", "minimum": 1 } } },
            "Quote": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "properties": {
                    "lines": { "type": "array", "items": { "$ref": "#/components/schemas/Line" } },
                    "next": { "$ref": "#/components/schemas/Quote" },
                    "state": { "type": ["string", "null"], "enum": ["open", null] },
                    "buyer": { "anyOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "null" }] }
                } }
            ] },
            "Line": { "type": "object", "properties": { "sum": { "type": "string", "format": "decimal", "nullable": true } } }
        } } });
        let expected = [
            ": Quote",
            "  id!: integer at least 1",
            "  lines: array of Line",
            "    sum: string (decimal) or null",
            "  next: Quote as above",
            "  state: string or null one of open, null",
            "  buyer: Base or null",
            "    id!: integer at least 1",
        ];
        let tree = tree_of(&root, &json!({ "$ref": "#/components/schemas/Quote" }));
        assert_eq!(tree.lines().map(str::trim_end).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn alternatives_have_names() {
        let root = json!({ "components": { "schemas": { "Cat": { "type": "object" } } } });
        let schema = json!({ "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "type": "string" }] });
        let tree = tree_of(&root, &schema);
        let lines: Vec<_> = tree.lines().map(str::trim_end).collect();
        assert_eq!(lines, [": one of several", "  Cat: Cat", "  2: string"]);
    }

    #[test]
    fn trees_end() {
        let root = json!({ "a": { "$ref": "#/a" }, "b": { "items": { "$ref": "#/b" } },
            "c": { "properties": { "x": { "allOf": [{ "$ref": "#/c" }] }, "y": { "$ref": "#/c" } } } });
        for reference in ["#/a", "#/b", "#/c", "#/missing", "https://a.example"] {
            let mut out = String::new();
            shown(&tree(&root, &json!({ "$ref": reference })), 0, &mut out);
            assert!(out.lines().count() <= NODES + 1, "{reference}");
        }
    }
}
