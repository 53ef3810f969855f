//! Documents for unit tests.

use serde_json::{Value, json};

use crate::Document;

/// A document with these fields, in 3.1 unless they say another version.
pub(crate) fn document(fields: Value) -> Document {
    let mut root = json!({ "openapi": "3.1.0", "info": { "title": "Quotes", "version": "1" } });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    root.as_object_mut().unwrap().extend(fields);
    Document::parse_json(&root.to_string()).unwrap()
}
