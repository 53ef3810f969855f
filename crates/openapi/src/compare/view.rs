//! What a schema says in all: by itself, through what it refers to and is composed of. In here
//! the dialects of the versions are one.

mod bounds;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::side::{Side, Spot};
use crate::Version;
use crate::reference::reference;

pub(super) use bounds::{Bound, Bounds};
pub(super) use types::Types;

/// The most schemas that one is composed of; parts beyond are not looked at.
const PARTS: usize = 50;

/// Keywords that limit a value in ways that are compared as a whole.
const OPAQUE: [&str; 18] = [
    "not",
    "if",
    "then",
    "else",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "contains",
    "minContains",
    "maxContains",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "xml",
];

/// What stands for a schema.
#[derive(Debug, Clone)]
pub(super) enum Input<'d> {
    /// Schemas that all count; none lets everything pass.
    Schemas(Vec<Spot<'d>>),
    /// A parameter or a header of 2.0, which is half a schema itself.
    Parameter(Spot<'d>),
    /// The form parameters of 2.0: the properties of a body.
    Form(Vec<Spot<'d>>),
}

impl<'d> Input<'d> {
    pub(super) fn spots(&self) -> &[Spot<'d>] {
        match self {
            Self::Schemas(spots) | Self::Form(spots) => spots,
            Self::Parameter(spot) => std::slice::from_ref(spot),
        }
    }
}

/// Whether objects may have properties that are not listed.
#[derive(Debug, Clone)]
pub(super) enum Additional<'d> {
    Open,
    Closed,
    Like(Vec<Spot<'d>>),
}

pub(super) struct View<'d> {
    /// The schemas that it is made of, the one that stands there first.
    parts: Vec<Spot<'d>>,
    /// Where it stands.
    pub(super) pointer: String,
    pub(super) types: Types,
    pub(super) format: Option<&'d str>,
    pub(super) values: Option<Vec<&'d Value>>,
    pub(super) bounds: Bounds,
    pub(super) properties: Vec<(&'d str, Input<'d>)>,
    places: HashMap<&'d str, usize>,
    pub(super) required: HashSet<&'d str>,
    pub(super) patterns: BTreeMap<&'d str, Vec<Spot<'d>>>,
    pub(super) additional: Additional<'d>,
    pub(super) items: Vec<Spot<'d>>,
    pub(super) positions: Vec<Spot<'d>>,
    /// Each `oneOf` and `anyOf` with its alternatives.
    pub(super) choices: Vec<(&'static str, Vec<Spot<'d>>)>,
    pub(super) opaque: BTreeMap<&'static str, Vec<Spot<'d>>>,
    pub(super) default: Option<&'d Value>,
    pub(super) discriminator: Option<&'d str>,
    /// References that lead nowhere in the document.
    pub(super) strays: Vec<&'d str>,
    pub(super) is_deprecated: bool,
    /// Whether the words about it are somebody else's: those of a parameter.
    pub(super) is_wordless: bool,
}

impl<'d> View<'d> {
    pub(super) fn of(side: &Side<'d>, input: &Input<'d>, pointer: String) -> Self {
        let mut view = Self {
            parts: Vec::new(),
            pointer,
            types: Types::ANY,
            format: None,
            values: None,
            bounds: Bounds::default(),
            properties: Vec::new(),
            places: HashMap::new(),
            required: HashSet::new(),
            patterns: BTreeMap::new(),
            additional: Additional::Open,
            items: Vec::new(),
            positions: Vec::new(),
            choices: Vec::new(),
            opaque: BTreeMap::new(),
            default: None,
            discriminator: None,
            strays: Vec::new(),
            is_deprecated: false,
            is_wordless: false,
        };
        match input {
            Input::Schemas(spots) => {
                let mut may_be_null = false;
                view.parts = parts(side, spots, &mut may_be_null, &mut view.strays);
                let parts = std::mem::take(&mut view.parts);
                parts.iter().for_each(|part| view.take(part));
                view.parts = parts;
                view.types = view.choices.iter().fold(view.types, |types, (_, alternatives)| {
                    let of = |spot: &Spot<'d>| Types::of(side.resolved(spot.clone()).value);
                    types.and(alternatives.iter().map(of).fold(Types::NONE, Types::or))
                });
                if may_be_null || view.parts.iter().any(|part| part.is("nullable") || part.is("x-nullable")) {
                    view.types = view.types.or_null();
                }
            }
            Input::Parameter(spot) => {
                view.take(spot);
                if spot.is("x-nullable") {
                    view.types = view.types.or_null();
                }
                view.parts.push(spot.clone());
                view.is_wordless = true;
            }
            Input::Form(parameters) => {
                view.types = Types::OBJECT;
                for parameter in parameters {
                    let Some(name) = parameter.text("name") else { continue };
                    view.add_property(name, Input::Parameter(parameter.clone()));
                    if parameter.is("required") {
                        view.required.insert(name);
                    }
                }
                view.is_wordless = true;
            }
        }
        view
    }

    /// Adds what one part says.
    fn take(&mut self, part: &Spot<'d>) {
        self.types = self.types.and(Types::of(part.value));
        self.format = self.format.or_else(|| part.text("format"));
        if part.text("type") == Some("file") {
            self.format = Some("binary");
        }
        if let Some(values) = values(part.value) {
            match &mut self.values {
                Some(known) => known.retain(|value| values.contains(value)),
                None => self.values = Some(values),
            }
        }
        self.bounds.take(part.value);
        for (name, property) in part.get("properties").iter().flat_map(Spot::fields) {
            self.add_property(name, Input::Schemas(vec![property]));
        }
        let required = part.value.get("required").and_then(Value::as_array);
        self.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        for (pattern, schema) in part.get("patternProperties").iter().flat_map(Spot::fields) {
            self.patterns.entry(pattern).or_default().push(schema);
        }
        if let Some(schema) = part.get("additionalProperties") {
            match (schema.value, &mut self.additional) {
                (Value::Bool(true), _) | (_, Additional::Closed) => {}
                (Value::Bool(false), additional) => *additional = Additional::Closed,
                (Value::Object(fields), _) if fields.is_empty() => {}
                (_, Additional::Like(schemas)) => schemas.push(schema),
                (_, additional) => *additional = Additional::Like(vec![schema]),
            }
        }
        // Until 3.1, `items` could only be a schema; a list of them is an old `prefixItems`.
        match part.get("items") {
            Some(items) if items.value.is_array() => self.positions.extend(items.items()),
            items => self.items.extend(items),
        }
        self.positions.extend(part.get("prefixItems").iter().flat_map(Spot::items));
        for keyword in ["oneOf", "anyOf"] {
            let alternatives: Vec<_> = part.get(keyword).iter().flat_map(Spot::items).collect();
            if nullable_choice(&alternatives).is_none() && !alternatives.is_empty() {
                self.choices.push((keyword, alternatives));
            }
        }
        for keyword in OPAQUE {
            if let Some(spot) = part.get(keyword) {
                self.opaque.entry(keyword).or_default().push(spot);
            }
        }
        self.default = self.default.or_else(|| part.value.get("default"));
        let discriminator = part.value.get("discriminator");
        let property = |value: &'d Value| value.as_str().or_else(|| value.get("propertyName")?.as_str());
        self.discriminator = self.discriminator.or_else(|| discriminator.and_then(property));
        self.is_deprecated |= part.is("deprecated") || part.is("x-deprecated");
    }

    fn add_property(&mut self, name: &'d str, property: Input<'d>) {
        match self.places.get(name).and_then(|place| self.properties.get_mut(*place)) {
            Some((_, Input::Schemas(known))) => known.extend(property.spots().iter().cloned()),
            Some(_) => {}
            None => {
                self.places.insert(name, self.properties.len());
                self.properties.push((name, property));
            }
        }
    }

    pub(super) fn property(&self, name: &str) -> Option<&Input<'d>> {
        self.places.get(name).and_then(|place| self.properties.get(*place)).map(|(_, property)| property)
    }

    /// How much it took to see it, about in values.
    pub(super) fn size(&self) -> usize {
        let properties = self.properties.iter().map(|(_, property)| 4 + 4 * property.spots().len());
        8 * self.parts.len() + properties.sum::<usize>()
    }

    /// Where a keyword stands, if one of the parts has it.
    pub(super) fn place_of(&self, keyword: &str) -> Option<Spot<'d>> {
        self.parts.iter().find_map(|part| part.get(keyword))
    }

    /// Everything that the parts say in words, or show as an example.
    pub(super) fn words(&self) -> Vec<Spot<'d>> {
        let parts = self.parts.iter().filter(|_| !self.is_wordless);
        let words = ["title", "description", "externalDocs", "example", "examples"];
        parts.flat_map(|part| words.iter().filter_map(|word| part.get(word))).collect()
    }
}

/// The schemas of which one is composed: itself, what it refers to, `allOf`, and the one
/// alternative to null.
fn parts<'d>(
    side: &Side<'d>,
    spots: &[Spot<'d>],
    may_be_null: &mut bool,
    strays: &mut Vec<&'d str>,
) -> Vec<Spot<'d>> {
    let reads_beside_reference = side.document.version() >= Version::V3_1;
    let mut seen: HashSet<*const Value> = HashSet::new();
    let mut parts = Vec::new();
    let mut pending: Vec<_> = spots.iter().rev().cloned().collect();
    while let Some(spot) = pending.pop() {
        if seen.len() == PARTS || !seen.insert(spot.value) {
            continue;
        }
        let target = reference(spot.value).map(|text| (text, side.target(text)));
        if let Some((text, target)) = target {
            match target {
                Some(target) => pending.push(target),
                None => strays.push(text),
            }
            if !reads_beside_reference {
                continue;
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            let alternatives: Vec<_> = spot.get(keyword).iter().flat_map(Spot::items).collect();
            if let Some(one) = nullable_choice(&alternatives) {
                *may_be_null = true;
                pending.push(one.clone());
            }
        }
        let composed: Vec<_> = spot.get("allOf").iter().flat_map(Spot::items).collect();
        pending.extend(composed.into_iter().rev());
        parts.push(spot);
    }
    parts
}

/// The other one of two alternatives of which one is null: what 3.0 says with `nullable`.
fn nullable_choice<'a, 'd>(alternatives: &'a [Spot<'d>]) -> Option<&'a Spot<'d>> {
    let is_null = |spot: &Spot<'d>| spot.text("type") == Some("null");
    match alternatives {
        [one, null] | [null, one] if is_null(null) && !is_null(one) => Some(one),
        _ => None,
    }
}

/// The values that a schema lets pass, without null, which is a type.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    let values = schema.get("enum")?.as_array()?;
    Some(values.iter().filter(|value| !value.is_null()).collect())
}
