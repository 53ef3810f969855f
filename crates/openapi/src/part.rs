//! What stands where in a document: which fields hold operations, responses, schemas and so on,
//! in all versions. All else is left to those who wrote it.

use serde_json::Value;

use crate::fault::{Fault, kind};
use crate::operation::{ADDITIONAL, METHODS};
use crate::reference::push_token;

/// What an object in a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Root,
    Components,
    Paths,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Responses,
    Response,
    Header,
    MediaType,
    Encoding,
    Schema,
    Example,
    Link,
    Callback,
    SecurityScheme,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    One(Part),
    /// By names of any kind.
    Map(Part),
    List(Part),
    /// Anything; nobody looks into it.
    Free,
}

use Shape::{Free, List, Map, One};

impl Part {
    /// What a field of it holds.
    pub(crate) fn field(self, name: &str) -> Shape {
        match self {
            Self::Root => match name {
                "paths" => One(Self::Paths),
                "webhooks" => Map(Self::PathItem),
                "components" => One(Self::Components),
                // 2.0.
                "definitions" => Map(Self::Schema),
                "parameters" => Map(Self::Parameter),
                "responses" => Map(Self::Response),
                "securityDefinitions" => Map(Self::SecurityScheme),
                _ => Free,
            },
            Self::Components => match name {
                "schemas" => Map(Self::Schema),
                "responses" => Map(Self::Response),
                "parameters" => Map(Self::Parameter),
                "examples" => Map(Self::Example),
                "requestBodies" => Map(Self::RequestBody),
                "headers" => Map(Self::Header),
                "securitySchemes" => Map(Self::SecurityScheme),
                "links" => Map(Self::Link),
                "callbacks" => Map(Self::Callback),
                "pathItems" => Map(Self::PathItem),
                "mediaTypes" => Map(Self::MediaType),
                _ => Free,
            },
            Self::Paths | Self::Callback if !is_extension(name) => One(Self::PathItem),
            Self::Responses if !is_extension(name) => One(Self::Response),
            Self::PathItem => match name {
                "parameters" => List(Self::Parameter),
                ADDITIONAL => Map(Self::Operation),
                method if METHODS.contains(&method) => One(Self::Operation),
                _ => Free,
            },
            Self::Operation => match name {
                "parameters" => List(Self::Parameter),
                "requestBody" => One(Self::RequestBody),
                "responses" => One(Self::Responses),
                "callbacks" => Map(Self::Callback),
                _ => Free,
            },
            Self::Parameter | Self::Header => match name {
                "schema" | "items" => One(Self::Schema),
                "content" => Map(Self::MediaType),
                "examples" => Map(Self::Example),
                _ => Free,
            },
            Self::RequestBody => match name {
                "content" => Map(Self::MediaType),
                _ => Free,
            },
            Self::Response => match name {
                "content" => Map(Self::MediaType),
                "headers" => Map(Self::Header),
                "links" => Map(Self::Link),
                "schema" => One(Self::Schema),
                _ => Free,
            },
            Self::MediaType => match name {
                "schema" | "itemSchema" => One(Self::Schema),
                "examples" => Map(Self::Example),
                "encoding" => Map(Self::Encoding),
                "itemEncoding" => One(Self::Encoding),
                "prefixEncoding" => List(Self::Encoding),
                _ => Free,
            },
            Self::Encoding => match name {
                "headers" => Map(Self::Header),
                "encoding" => Map(Self::Encoding),
                "itemEncoding" => One(Self::Encoding),
                "prefixEncoding" => List(Self::Encoding),
                _ => Free,
            },
            Self::Schema => match name {
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                    Map(Self::Schema)
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => List(Self::Schema),
                "items"
                | "additionalProperties"
                | "additionalItems"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contentSchema" => One(Self::Schema),
                _ => Free,
            },
            Self::Paths
            | Self::Callback
            | Self::Responses
            | Self::Example
            | Self::Link
            | Self::SecurityScheme => Free,
        }
    }

    /// Whether a `$ref` may stand in its place. What is one by the letter of the specification
    /// and what people refer to nevertheless are treated alike.
    fn may_be_reference(self) -> bool {
        !matches!(self, Self::Root | Self::Components | Self::Paths | Self::Responses)
    }
}

impl Shape {
    /// What stands under a key or an index.
    fn within(self, token: &str) -> Self {
        match self {
            // The text of a reference, and no part by that name.
            One(part) if token == "$ref" && part.may_be_reference() => Free,
            One(part) => part.field(token),
            Map(part) | List(part) => One(part),
            Free => Free,
        }
    }

    /// What stands at a pointer within something of this shape.
    pub(crate) fn at(self, tokens: impl Iterator<Item = String>) -> Self {
        tokens.fold(self, |shape, token| shape.within(&token))
    }
}

fn is_extension(name: &str) -> bool {
    name.starts_with("x-")
}

/// The way to a value: from the value back to where the walk began.
pub(crate) struct Trail<'t> {
    parent: Option<&'t Trail<'t>>,
    step: Step<'t>,
}

enum Step<'t> {
    /// JSON pointer of where the walk began.
    Base(&'t str),
    Key(&'t str),
    Index(usize),
}

impl<'t> Trail<'t> {
    /// Begins at a JSON pointer.
    pub(crate) fn at(base: &'t str) -> Self {
        Self { parent: None, step: Step::Base(base) }
    }

    fn key(&'t self, key: &'t str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    fn index(&'t self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// Whether the value stands right in what this pointer leads to from where the walk began.
    pub(crate) fn is_below(&self, pointer: &str) -> bool {
        self.parent.is_some_and(|parent| parent.pointer() == pointer)
    }

    /// The whole JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Trail::pointer).unwrap_or_default();
        match self.step {
            Step::Base(base) => pointer.push_str(base),
            Step::Key(key) => push_token(&mut pointer, key),
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
        }
        pointer
    }
}

/// Whether the walk goes on into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    Into,
    Past,
}

/// Who comes along on a walk.
pub(crate) trait Visitor {
    /// Comes to a value; what is free is not walked into. It may become another value, and is
    /// then walked past.
    fn visit(&mut self, trail: &Trail<'_>, shape: Shape, value: &mut Value) -> Result<Walk, Fault>;

    /// Comes to something within a schema that schemas do not have there. Serving does not
    /// depend on it.
    fn odd(&mut self, trail: &Trail<'_>, text: String);
}

/// Walks through all parts of a value that has this shape, and checks that they are of the types
/// that they must be.
pub(crate) fn walk(
    value: &mut Value,
    shape: Shape,
    trail: &Trail<'_>,
    visitor: &mut dyn Visitor,
) -> Result<(), Fault> {
    // YAML writes nothing for an empty field, and means an empty object as well.
    let may_be_null = shape != One(Part::Operation) && !matches!(trail.step, Step::Index(_));
    let has_reference = value.get("$ref").is_some_and(Value::is_string);
    let expected = match shape {
        Free => {
            visitor.visit(trail, shape, value)?;
            return Ok(());
        }
        // OpenAPI knows no reference in place of a list; a visitor may.
        List(_) if has_reference && visitor.visit(trail, shape, value)? == Walk::Past => return Ok(()),
        _ if value.is_null() && may_be_null => return Ok(()),
        One(Part::Schema) if value.is_boolean() => return Ok(()),
        // Before 2020-12 schemas had a list there, one for each item.
        One(Part::Schema) if value.is_array() && matches!(trail.step, Step::Key("items")) => {
            return walk(value, List(Part::Schema), trail, visitor);
        }
        One(_) | Map(_) if value.is_object() => None,
        List(_) if value.is_array() => None,
        One(_) | Map(_) => Some("an object"),
        List(_) => Some("an array"),
    };
    if let Some(expected) = expected {
        return misfit(value, expected, shape, trail, visitor);
    }
    if let (One(part), Some(reference)) = (shape, value.get("$ref"))
        && part.may_be_reference()
        && !reference.is_string()
    {
        let problem = format!("is {} and must be text", kind(reference));
        return Err(Fault::structure(&trail.key("$ref").pointer(), problem, "write where it refers to"));
    }
    if visitor.visit(trail, shape, value)? == Walk::Past {
        return Ok(());
    }
    match (shape, value) {
        (One(_) | Map(_), Value::Object(fields)) => fields.iter_mut().try_for_each(|(name, value)| {
            let shape = shape.within(name);
            let trail = trail.key(name);
            if name == "$ref" && value.is_string() && shape != Free {
                visitor.odd(&trail, "stands where nothing can be referred to".to_owned());
                return Ok(());
            }
            walk(value, shape, &trail, visitor)
        }),
        (List(part), Value::Array(items)) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| walk(item, One(part), &trail.index(index), visitor)),
        _ => Ok(()),
    }
}

fn misfit(
    found: &Value,
    expected: &str,
    shape: Shape,
    trail: &Trail<'_>,
    visitor: &mut dyn Visitor,
) -> Result<(), Fault> {
    let problem = format!("is {} and must be {expected}", kind(found));
    // A field of a component, a media type and so on has a trail that no schema is on.
    let is_within_schema = matches!(shape, One(Part::Schema) | Map(Part::Schema) | List(Part::Schema))
        && !matches!(trail.step, Step::Key("schemas"))
        && !trail.parent.is_some_and(|parent| matches!(parent.step, Step::Base("")));
    if is_within_schema {
        visitor.odd(trail, problem);
        return Ok(());
    }
    Err(Fault::structure(&trail.pointer(), problem, format!("correct it, or write {expected} there")))
}
