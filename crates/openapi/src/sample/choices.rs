//! The alternatives that schemas leave, and what says which of them was chosen.

use serde_json::Value;

use crate::schema::{Fields, list, reference, table};

/// One of several alternatives.
#[derive(Clone, Default)]
pub(super) struct Branch<'d> {
    pub(super) schemas: Vec<&'d Value>,
    pub(super) wish: Option<Wish<'d>>,
}

/// The value that a discriminator wants its property to have.
#[derive(Clone, Copy)]
pub(super) struct Wish<'d> {
    pub(super) property: &'d str,
    pub(super) value: &'d str,
}

/// Says by a property which of several schemas a value is of.
pub(super) struct Discriminator<'d> {
    pub(super) property: &'d str,
    fields: Option<&'d Fields>,
}

impl<'d> Discriminator<'d> {
    /// In 2.0 it is the name of the property alone.
    pub(super) fn of(fields: &'d Fields) -> Option<Self> {
        match fields.get("discriminator")? {
            Value::String(property) => Some(Self { property, fields: None }),
            Value::Object(fields) => {
                Some(Self { property: fields.get("propertyName")?.as_str()?, fields: Some(fields) })
            }
            _ => None,
        }
    }

    /// Values and what they stand for.
    pub(super) fn mapping(&self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let mapping = self.fields.into_iter().flat_map(|fields| table(fields, "mapping"));
        mapping.filter_map(|(value, meant)| Some((value, meant.as_str()?)))
    }

    /// The value for a schema: the one that is mapped to it, else its name.
    pub(super) fn wish(&self, reference: &'d str) -> Wish<'d> {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let mapped = self.mapping().find(|(_, meant)| *meant == reference || *meant == name);
        Wish { property: self.property, value: mapped.map_or(name, |(value, _)| value) }
    }
}

/// The alternatives that a schema leaves.
pub(super) fn choices<'d>(fields: &'d Fields) -> impl Iterator<Item = Vec<Branch<'d>>> {
    let discriminator = Discriminator::of(fields);
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(move |keyword| {
        let mut branches: Vec<_> = list(fields, keyword)
            .iter()
            .map(|schema| {
                let reference = schema.as_object().and_then(reference);
                let wish = discriminator.as_ref().zip(reference).map(|(one, reference)| one.wish(reference));
                Branch { schemas: vec![schema], wish }
            })
            .collect();
        // Nothing is the least of examples.
        branches.sort_by_key(|branch| branch.schemas.iter().any(|schema| is_null(schema)));
        (!branches.is_empty()).then_some(branches)
    });
    alternatives.chain(conditional(fields))
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// What obeys `if` and `then`, or `else`; `if` itself is checked in the end.
fn conditional<'d>(fields: &'d Fields) -> Option<Vec<Branch<'d>>> {
    let condition = fields.get("if")?;
    let met = [Some(condition), fields.get("then")].into_iter().flatten().collect();
    let unmet = fields.get("else").into_iter().collect();
    Some([met, unmet].map(|schemas| Branch { schemas, wish: None }).into())
}
