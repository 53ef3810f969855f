//! What the keywords of a schema say, in whatever version of OpenAPI it is written.
//!
//! A keyword counts in every version in which it does no harm: what obeys it is valid where it is
//! unknown, too.

use serde_json::{Map, Number, Value};

use crate::{Document, Version};

/// The fields of a schema.
pub(crate) type Fields = Map<String, Value>;

/// A type that a schema names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    /// Whether a value is of this kind. A number without a fraction is an integer.
    pub(crate) fn has(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            Self::Integer => value.as_number().is_some_and(is_integer),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    /// What is of both kinds.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Integer, Self::Number) | (Self::Number, Self::Integer) => Some(Self::Integer),
            _ => (self == other).then_some(self),
        }
    }
}

fn is_integer(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// The kinds that a schema allows, in its order; `None` if it allows all, or names one that is not
/// known, such as `file` in 2.0.
pub(crate) fn kinds(fields: &Fields, version: Version) -> Option<Vec<Kind>> {
    let mut kinds = match fields.get("type")? {
        Value::String(name) => vec![Kind::named(name)?],
        Value::Array(names) => {
            names.iter().map(|name| Kind::named(name.as_str()?)).collect::<Option<Vec<_>>>()?
        }
        _ => return None,
    };
    if version <= Version::V3_0 && (is_true(fields, "nullable") || is_true(fields, "x-nullable")) {
        kinds.push(Kind::Null);
    }
    Some(kinds)
}

/// Whether a keyword is there and `true`.
pub(crate) fn is_true(fields: &Fields, keyword: &str) -> bool {
    fields.get(keyword) == Some(&Value::Bool(true))
}

/// A number that values are not to go below, or above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<'d> {
    pub(crate) number: &'d Number,
    /// Whether the number itself is out of bounds.
    pub(crate) exclusive: bool,
}

/// The lower bounds of a number.
pub(crate) fn minima(fields: &Fields) -> impl Iterator<Item = Bound<'_>> {
    bounds(fields, "minimum", "exclusiveMinimum")
}

/// The upper bounds of a number.
pub(crate) fn maxima(fields: &Fields) -> impl Iterator<Item = Bound<'_>> {
    bounds(fields, "maximum", "exclusiveMaximum")
}

/// Up to 3.0 the exclusive keyword says of the other one that it is exclusive; from 3.1 on it is a
/// bound by itself.
fn bounds<'d>(fields: &'d Fields, keyword: &str, exclusive_keyword: &str) -> impl Iterator<Item = Bound<'d>> {
    let number = |keyword| fields.get(keyword).and_then(Value::as_number);
    let exclusive = is_true(fields, exclusive_keyword);
    let plain = number(keyword).map(|number| Bound { number, exclusive });
    let own = number(exclusive_keyword).map(|number| Bound { number, exclusive: true });
    plain.into_iter().chain(own)
}

/// A count such as `minItems`; a count with a fraction of zero is one, too.
pub(crate) fn count(fields: &Fields, keyword: &str) -> Option<usize> {
    let number = fields.get(keyword)?;
    let count = number.as_u64().or_else(|| {
        let number = number.as_f64().filter(|number| *number >= 0.0 && number.fract() == 0.0)?;
        format!("{number}").parse().ok()
    })?;
    Some(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The items of a field that is an array.
pub(crate) fn list<'d>(fields: &'d Fields, keyword: &str) -> &'d [Value] {
    fields.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The fields of a field that is an object.
pub(crate) fn table<'d>(fields: &'d Fields, keyword: &str) -> impl Iterator<Item = (&'d str, &'d Value)> {
    let table = fields.get(keyword).and_then(Value::as_object);
    table.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The texts of a field that is an array.
pub(crate) fn texts<'d>(fields: &'d Fields, keyword: &str) -> impl Iterator<Item = &'d str> {
    list(fields, keyword).iter().filter_map(Value::as_str)
}

/// The reference of a schema.
pub(crate) fn reference(fields: &Fields) -> Option<&str> {
    fields.get("$ref")?.as_str()
}

impl Document {
    /// Whether the keywords beside a `$ref` count: not before 3.1.
    pub(crate) fn reads_beside_reference(&self) -> bool {
        self.version >= Version::V3_1
    }

    /// Whether a property is for requests only.
    pub(crate) fn is_write_only(&self, property: &Value) -> bool {
        let is_true = |property: &Value| property.get("writeOnly") == Some(&Value::Bool(true));
        self.reads_beside_reference() && is_true(property) || self.resolve(property).is_some_and(is_true)
    }

    /// The names that an answer must have because of this one schema. What is for requests only
    /// is never required of an answer: 3.0 says so, and later versions mean it.
    pub(crate) fn required<'d>(&'d self, fields: &'d Fields) -> impl Iterator<Item = &'d str> {
        let properties = fields.get("properties").and_then(Value::as_object);
        texts(fields, "required").filter(move |name| {
            let property = properties.and_then(|properties| properties.get(*name));
            !property.is_some_and(|property| self.is_write_only(property))
        })
    }
}

/// Whether two values are the same to JSON Schema: `1` and `1.0` are.
pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(name, value): (&String, &Value)| other.get(name).is_some_and(|o| equal(value, o));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}
