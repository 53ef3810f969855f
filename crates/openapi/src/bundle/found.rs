//! References, as a walk through a file comes by them.

use serde_json::{Map, Value};

use super::{ENTRY, Location};
use crate::fault::Fault;
use crate::part::{Part, Shape, Trail, Visitor, Walk};
use crate::reference::{push_token, tokens};

/// A reference, and what is expected where it leads.
pub(super) struct Found {
    pub(super) reference: String,
    pub(super) shape: Shape,
    /// JSON pointer of the text of the reference.
    pub(super) pointer: String,
    /// Whether nothing stands beside it.
    is_alone: bool,
}

impl Found {
    /// JSON pointer of what has the reference.
    pub(super) fn parent(&self) -> &str {
        self.pointer.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default()
    }

    /// Whether it is in something right below that pointer.
    pub(super) fn is_below(&self, pointer: &str) -> bool {
        self.parent().strip_prefix(pointer).is_some_and(|rest| !rest.contains('/'))
    }

    /// The name of the component that is nothing but this reference.
    pub(super) fn home(&self, file: usize, section: &str) -> Option<String> {
        let is_component = file == ENTRY && self.is_alone && self.is_below(&format!("{section}/"));
        is_component.then(|| tokens(self.parent()).last()).flatten()
    }
}

/// Walks through a file and notes what it refers to.
pub(super) struct Lookout<'f> {
    location: &'f Location,
    is_entry: bool,
    found: Vec<Found>,
}

impl<'f> Lookout<'f> {
    pub(super) fn new(location: &'f Location, is_entry: bool) -> Self {
        Self { location, is_entry, found: Vec::new() }
    }

    pub(super) fn into_found(self) -> Vec<Found> {
        self.found
    }

    fn push(&mut self, reference: &str, shape: Shape, pointer: String, is_alone: bool) {
        self.found.push(Found { reference: reference.to_owned(), shape, pointer, is_alone });
    }

    /// Whether a reference in something free is one that is followed: to another file, and with
    /// nothing beside it.
    fn is_followed_freely(&self, fields: &Map<String, Value>) -> bool {
        free_reference(fields).is_some_and(|reference| {
            matches!(self.location.join(reference), Ok(Some((Location::File(file), _))) if file != self.location.as_str())
        })
    }

    fn look_freely(&mut self, value: &Value, pointer: &str) {
        match value {
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                self.look_freely(item, &format!("{pointer}/{index}"));
            }),
            Value::Object(fields) => {
                if self.is_followed_freely(fields) {
                    let reference = free_reference(fields).unwrap_or_default().to_owned();
                    self.push(&reference, Shape::Free, format!("{pointer}/$ref"), true);
                    return;
                }
                for (key, value) in fields.iter().filter(|(_, value)| value.is_object() || value.is_array()) {
                    let mut pointer = pointer.to_owned();
                    push_token(&mut pointer, key);
                    self.look_freely(value, &pointer);
                }
            }
            _ => {}
        }
    }
}

impl Visitor for Lookout<'_> {
    fn visit(&mut self, trail: &Trail<'_>, shape: Shape, value: &mut Value) -> Result<Walk, Fault> {
        if shape == Shape::Free {
            if has_reference(value) {
                self.look_freely(value, &trail.pointer());
            }
            return Ok(Walk::Past);
        }
        let Value::Object(fields) = value else { return Ok(Walk::Into) };
        if let Some(Value::String(reference)) = fields.get("$ref") {
            self.push(reference, shape, format!("{}/$ref", trail.pointer()), fields.len() == 1);
            if matches!(shape, Shape::List(_)) {
                return Ok(Walk::Past);
            }
        }
        if shape == Shape::One(Part::Schema) {
            for (name, reference) in mapping(fields) {
                if !self.is_entry || !reference.starts_with('#') {
                    let mut pointer = format!("{}/discriminator/mapping", trail.pointer());
                    push_token(&mut pointer, name);
                    self.push(reference, shape, pointer, false);
                }
            }
        }
        Ok(Walk::Into)
    }

    fn odd(&mut self, _: &Trail<'_>, _: String) {
        // The document that comes of it is looked over again.
    }
}

/// The text of a reference with nothing beside it.
pub(super) fn free_reference(fields: &Map<String, Value>) -> Option<&str> {
    fields.get("$ref").filter(|_| fields.len() == 1)?.as_str()
}

/// Whether there is a reference in it at any depth, which mostly there is not.
pub(super) fn has_reference(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_reference),
        Value::Object(fields) => {
            fields.get("$ref").is_some_and(Value::is_string) || fields.values().any(has_reference)
        }
        _ => false,
    }
}

/// The values of a discriminator that are references, rather than the names of schemas.
pub(super) fn mapping(schema: &Map<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    let mapping = schema.get("discriminator").and_then(|discriminator| discriminator.get("mapping"));
    let mapping = mapping.and_then(Value::as_object);
    mapping
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .filter(|(_, value)| is_reference(value))
}

/// A name has none of these, since it names a component.
pub(super) fn is_reference(text: &str) -> bool {
    text.contains(['#', '/']) || [".json", ".yaml", ".yml"].iter().any(|end| text.ends_with(end))
}
