//! Values as XML, by the hints that their schemas give (OpenAPI 3.0 to 3.2, XML Object).

use serde_json::{Map, Value};

use super::write::plain;
use crate::Document;
use crate::schema::{Fields, list, reference};

/// The most schemas that are looked into for the hints of one value.
const PARTS: usize = 64;

/// A value as an XML document.
pub(super) fn write(document: &Document, schema: Option<&Value>, value: &Value) -> String {
    let described = Described::of(document, schema);
    let component = schema
        .and_then(Value::as_object)
        .and_then(reference)
        .and_then(|reference| reference.rsplit('/').next());
    let name = described.name().or(component).unwrap_or("root");
    let mut writer = Writer { document, text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() };
    match value {
        Value::Array(items) => {
            let item = described.item(document);
            let item_name = item.name().unwrap_or(if described.name().is_some() { name } else { "item" });
            let element = Element::new(&described, name);
            writer.open(&element, &[]);
            for one in items {
                writer.element(&item, item_name, one);
            }
            writer.close(&element);
        }
        _ => writer.element(&described, name, value),
    }
    writer.text
}

/// What is said of a value, by its schema and by those that it refers to or is composed of.
struct Described<'d> {
    parts: Vec<&'d Fields>,
}

/// What a value becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Element,
    Attribute,
    Text,
    CData,
    /// Nothing by itself: its items stand where it would.
    None,
}

impl<'d> Described<'d> {
    fn of(document: &'d Document, schema: Option<&'d Value>) -> Self {
        let mut parts: Vec<&Fields> = Vec::new();
        let mut waiting: Vec<&Value> = schema.into_iter().collect();
        while let Some(schema) = waiting.pop() {
            let Some(fields) = schema.as_object() else { continue };
            if parts.len() == PARTS || parts.iter().any(|part| std::ptr::eq(*part, fields)) {
                continue;
            }
            parts.push(fields);
            for keyword in ["anyOf", "oneOf", "allOf"] {
                waiting.extend(list(fields, keyword).iter().rev());
            }
            waiting.extend(reference(fields).and_then(|reference| document.at(reference)));
        }
        Self { parts }
    }

    fn hint(&self, name: &str) -> Option<&'d Value> {
        self.parts.iter().find_map(|part| part.get("xml")?.get(name))
    }

    fn is_hinted(&self, name: &str) -> bool {
        self.hint(name) == Some(&Value::Bool(true))
    }

    fn name(&self) -> Option<&'d str> {
        self.hint("name")?.as_str()
    }

    fn property(&self, document: &'d Document, name: &str) -> Self {
        let schema = self.parts.iter().find_map(|part| part.get("properties")?.get(name));
        let other = || self.parts.iter().find_map(|part| part.get("additionalProperties"));
        Self::of(document, schema.or_else(other))
    }

    fn item(&self, document: &'d Document) -> Self {
        Self::of(
            document,
            self.parts.iter().find_map(|part| part.get("items").or_else(|| part.get("itemSchema"))),
        )
    }

    /// 3.2 names the kind of node; before, there were two marks.
    fn node(&self, value: &Value) -> Node {
        match self.hint("nodeType").and_then(Value::as_str) {
            Some("attribute") => Node::Attribute,
            Some("text") => Node::Text,
            Some("cdata") => Node::CData,
            Some("none") => Node::None,
            Some(_) => Node::Element,
            None if self.is_hinted("attribute") => Node::Attribute,
            None if value.is_array() && !self.is_hinted("wrapped") => Node::None,
            None => Node::Element,
        }
    }
}

/// A name with its namespace.
struct Element {
    name: String,
    /// The attribute that declares the namespace, and the namespace.
    namespace: Option<(String, String)>,
}

impl Element {
    fn new(described: &Described<'_>, name: &str) -> Self {
        let prefix = described.hint("prefix").and_then(Value::as_str).filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map(valid_name);
        let namespace = described.hint("namespace").and_then(Value::as_str).map(|namespace| {
            let attribute = match &prefix {
                Some(prefix) => format!("xmlns:{prefix}"),
                None => "xmlns".to_owned(),
            };
            (attribute, namespace.to_owned())
        });
        let name = valid_name(name);
        Self { name: prefix.map_or(name.clone(), |prefix| format!("{prefix}:{name}")), namespace }
    }
}

/// A property that stands within an element.
struct Child<'d, 'v> {
    name: &'v str,
    value: &'v Value,
    described: Described<'d>,
}

struct Writer<'d> {
    document: &'d Document,
    text: String,
}

impl<'d> Writer<'d> {
    fn element(&mut self, described: &Described<'d>, name: &str, value: &Value) {
        let element = Element::new(described, name);
        let Value::Object(fields) = value else {
            self.open(&element, &[]);
            match value {
                Value::Array(items) => self.items(described, name, items),
                scalar => self.escaped(&plain(scalar)),
            }
            return self.close(&element);
        };
        let (attributes, children) = self.split(described, fields);
        self.open(&element, &attributes);
        for child in children {
            self.child(&child.described, child.name, child.value);
        }
        self.close(&element);
    }

    /// The properties that are attributes, and the others.
    fn split<'v>(
        &self,
        described: &Described<'d>,
        fields: &'v Map<String, Value>,
    ) -> (Vec<(Element, String)>, Vec<Child<'d, 'v>>) {
        let (mut attributes, mut children) = (Vec::new(), Vec::new());
        for (name, value) in fields {
            let property = described.property(self.document, name);
            if property.node(value) == Node::Attribute {
                attributes.push((Element::new(&property, property.name().unwrap_or(name)), plain(value)));
            } else {
                children.push(Child { name, value, described: property });
            }
        }
        (attributes, children)
    }

    fn child(&mut self, described: &Described<'d>, name: &str, value: &Value) {
        let own = described.name().unwrap_or(name);
        match (described.node(value), value) {
            (Node::Text, value) => self.escaped(&plain(value)),
            (Node::CData, value) => {
                let text = legal(&plain(value)).replace("]]>", "]]]]><![CDATA[>");
                self.text.extend(["<![CDATA[", &text, "]]>"]);
            }
            (Node::None, Value::Array(items)) => self.items(described, own, items),
            (Node::None, Value::Object(fields)) => {
                for (name, value) in fields {
                    let property = described.property(self.document, name);
                    self.child(&property, name, value);
                }
            }
            (_, value) => self.element(described, own, value),
        }
    }

    /// Items are called as they are said to be, or else like what they are in.
    fn items(&mut self, described: &Described<'d>, name: &str, items: &[Value]) {
        let item = described.item(self.document);
        for value in items {
            self.element(&item, item.name().unwrap_or(name), value);
        }
    }

    fn open(&mut self, element: &Element, attributes: &[(Element, String)]) {
        self.text.extend(["<", &element.name]);
        let mut declared: Vec<&str> = Vec::new();
        let namespaces = std::iter::once(element).chain(attributes.iter().map(|(attribute, _)| attribute));
        for (attribute, namespace) in namespaces.filter_map(|element| element.namespace.as_ref()) {
            if !declared.contains(&attribute.as_str()) {
                declared.push(attribute);
                self.attribute(attribute, namespace);
            }
        }
        for (place, (attribute, value)) in attributes.iter().enumerate() {
            let is_again = attributes[..place].iter().any(|(other, _)| other.name == attribute.name);
            if !is_again {
                self.attribute(&attribute.name, value);
            }
        }
        self.text.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.text.extend([" ", name, "=\""]);
        self.escaped(value);
        self.text.push('"');
    }

    fn close(&mut self, element: &Element) {
        self.text.extend(["</", &element.name, ">"]);
    }

    fn escaped(&mut self, text: &str) {
        for character in legal(text).chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#13;"),
                other => self.text.push(other),
            }
        }
    }
}

/// The text without what XML cannot have (XML 1.0, section 2.2).
fn legal(text: &str) -> String {
    let is_legal =
        |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(|character| is_legal(*character)).collect()
}

/// A name that XML accepts (section 2.3), as near to the one that is given as it goes.
fn valid_name(name: &str) -> String {
    let mut valid: String = name
        .chars()
        .map(|character| match character {
            '-' | '_' | '.' | ':' => character,
            other if other.is_ascii_alphanumeric() => other,
            _ => '_',
        })
        .collect();
    if !valid.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        valid.insert(0, '_');
    }
    valid
}
