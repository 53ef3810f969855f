//! Values together with their places.

use serde_json::Value;

use crate::reference::push_token;

/// A value and the place where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot<'d> {
    pub(crate) value: &'d Value,
    pub(crate) pointer: String,
}

impl<'d> Spot<'d> {
    pub(crate) fn get(&self, field: &str) -> Option<Self> {
        let value = self.value.get(field)?;
        Some(Self { value, pointer: joined(&self.pointer, field) })
    }

    /// Items of an array, or the fields of an object with their names.
    pub(crate) fn items(&self) -> impl Iterator<Item = Self> + use<'d> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        let pointer = self.pointer.clone();
        items.map(move |(index, value)| Self { value, pointer: joined(&pointer, &index.to_string()) })
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'d str, Self)> + use<'d> {
        let fields = self.value.as_object().into_iter().flatten();
        let pointer = self.pointer.clone();
        fields.map(move |(name, value)| (name.as_str(), Self { value, pointer: joined(&pointer, name) }))
    }

    pub(crate) fn text(&self, field: &str) -> Option<&'d str> {
        self.value.get(field)?.as_str()
    }

    pub(crate) fn is(&self, field: &str) -> bool {
        self.value.get(field).and_then(Value::as_bool).unwrap_or(false)
    }
}

pub(crate) fn joined(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    push_token(&mut joined, token);
    joined
}
