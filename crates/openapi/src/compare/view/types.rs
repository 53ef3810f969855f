//! The types of JSON that a schema lets pass, as a set.

use serde_json::Value;

/// A set of types. A set with numbers has the integers too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::compare) struct Types(u8);

const NAMES: [(&str, u8); 7] = [
    ("object", OBJECT),
    ("array", ARRAY),
    ("string", STRING),
    ("number", NUMBER),
    ("integer", INTEGER),
    ("boolean", BOOLEAN),
    ("null", NULL),
];
const OBJECT: u8 = 1;
const ARRAY: u8 = 1 << 1;
const STRING: u8 = 1 << 2;
const INTEGER: u8 = 1 << 3;
const NUMBER: u8 = 1 << 4 | INTEGER;
const BOOLEAN: u8 = 1 << 5;
const NULL: u8 = 1 << 6;

impl Types {
    pub(in crate::compare) const ANY: Self = Self(0x7f);
    pub(super) const NONE: Self = Self(0);
    pub(in crate::compare) const OBJECT: Self = Self(OBJECT);

    /// What this schema alone lets pass. Without `type`, what it says of objects or arrays shows
    /// that it means them.
    pub(super) fn of(schema: &Value) -> Self {
        if let Value::Bool(passes) = schema {
            return if *passes { Self::ANY } else { Self::NONE };
        }
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => {
                Self(names.iter().filter_map(Value::as_str).fold(0, |all, name| all | Self::named(name).0))
            }
            _ if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() => {
                Self(OBJECT)
            }
            _ if schema.get("items").is_some() => Self(ARRAY),
            _ => Self::of_values(schema),
        }
    }

    fn of_values(schema: &Value) -> Self {
        let of = |value: &Value| match value {
            Value::Null => NULL,
            Value::Bool(_) => BOOLEAN,
            Value::Number(number) if number.is_f64() => NUMBER,
            Value::Number(_) => INTEGER,
            Value::String(_) => STRING,
            Value::Array(_) => ARRAY,
            Value::Object(_) => OBJECT,
        };
        match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => Self(of(value)),
            (None, Some(values)) if !values.is_empty() => {
                Self(values.iter().fold(0, |all, value| all | of(value)))
            }
            _ => Self::ANY,
        }
    }

    fn named(name: &str) -> Self {
        match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, bit)) => Self(*bit),
            None if name == "file" => Self(STRING),
            None => Self::ANY,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn or_null(self) -> Self {
        Self(self.0 | NULL)
    }

    /// Whether everything that `other` lets pass passes here too.
    pub(in crate::compare) fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing but null can pass both.
    pub(in crate::compare) fn is_apart(self, other: Self) -> bool {
        self.0 & other.0 & !NULL == 0
    }

    /// `a string or null`.
    pub(in crate::compare) fn words(self) -> String {
        if self == Self::ANY {
            return "anything".to_owned();
        }
        let names = NAMES.iter().filter(|(name, bit)| {
            let is_implied = *name == "integer" && self.0 & NUMBER == NUMBER;
            self.0 & bit == *bit && !is_implied
        });
        let names: Vec<_> = names
            .map(|(name, _)| match *name {
                "null" => "null".to_owned(),
                "object" | "array" | "integer" => format!("an {name}"),
                name => format!("a {name}"),
            })
            .collect();
        match names.split_last() {
            None => "nothing".to_owned(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}
