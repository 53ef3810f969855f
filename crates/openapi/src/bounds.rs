//! A bound on what is derived from a document. References let a small document describe a huge
//! one, so whatever copies along them pays for it.

use serde_json::Value;

/// What may still be copied, about in bytes of JSON.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn new(size_bytes: usize) -> Self {
        Self(size_bytes)
    }

    /// Takes that much, or `None` and everything that is left: what failed once would fail
    /// again, and trying costs time.
    pub(crate) fn spend(&mut self, size_bytes: usize) -> Option<()> {
        let left = self.0.checked_sub(size_bytes);
        self.0 = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// What may still be taken.
    pub(crate) fn left(&self) -> usize {
        self.0
    }

    /// Takes what a copy of this value costs.
    pub(crate) fn charge(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.spend(4),
            Value::String(text) => self.spend(text.len() + 2),
            Value::Array(items) => {
                self.spend(2)?;
                items.iter().try_for_each(|item| self.charge(item))
            }
            Value::Object(fields) => {
                self.spend(2)?;
                fields.iter().try_for_each(|(key, value)| {
                    self.spend(key.len() + 4)?;
                    self.charge(value)
                })
            }
        }
    }

    /// A copy that is paid for.
    pub(crate) fn copy(&mut self, value: &Value) -> Option<Value> {
        self.charge(value)?;
        Some(value.clone())
    }
}
