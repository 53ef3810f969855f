//! Where the API is: at the gateway.

use serde_json::{Map, Value, json};

use crate::{Document, Version};

impl Document {
    /// Names the gateway as the only server.
    pub(super) fn serve(&self, published: &mut Map<String, Value>, gateway_url: &str) {
        if self.version == Version::V2_0 {
            let (scheme, rest) = gateway_url.split_once("://").unwrap_or(("http", gateway_url));
            let (host, path) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
            published.insert("host".to_owned(), host.into());
            published.insert("basePath".to_owned(), if path.is_empty() { "/" } else { path }.into());
            published.insert("schemes".to_owned(), json!([scheme]));
            return;
        }
        published.insert("servers".to_owned(), json!([{ "url": gateway_url }]));
        // In 3.2 a document can say what its own address is. That address has another document,
        // and what refers to it means this one.
        if let Some(Value::String(own)) = published.shift_remove("$self") {
            published.values_mut().for_each(|value| make_local(value, &own));
        }
    }
}

/// Shortens references that begin with the document's own address to their fragment.
fn make_local(value: &mut Value, own: &str) {
    let shorten = |text: &mut String| {
        if let Some(fragment) = text.strip_prefix(own).filter(|fragment| fragment.starts_with('#')) {
            *text = fragment.to_owned();
        }
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| make_local(item, own)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match (field.as_str(), value) {
                    ("$ref", Value::String(text)) => shorten(text),
                    ("mapping", Value::Object(mapping)) => {
                        for target in mapping.values_mut() {
                            match target {
                                Value::String(text) => shorten(text),
                                target => make_local(target, own),
                            }
                        }
                    }
                    (_, value) => make_local(value, own),
                }
            }
        }
        _ => {}
    }
}
