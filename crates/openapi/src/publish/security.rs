//! What callers of the gateway prove, instead of what the document says.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::Version;

/// Replaces the security by that of the gateway. Only callbacks and webhooks still name schemes
/// of the document, since there it is the reader who is called; those schemes stay.
pub(super) fn secure(published: &mut Map<String, Value>, version: Version) {
    published.insert("security".to_owned(), Value::Null);
    let mut named = HashSet::new();
    published.values().for_each(|value| schemes_named(value, &mut named));

    let place = if version == Version::V2_0 {
        published.entry("securityDefinitions").or_insert(Value::Null)
    } else {
        let components = published.entry("components").or_insert(Value::Null);
        if !components.is_object() {
            *components = json!({});
        }
        &mut components["securitySchemes"]
    };
    let mut schemes = match place.take() {
        Value::Object(schemes) => schemes,
        _ => Map::new(),
    };
    schemes.retain(|name, _| named.contains(name));
    let key =
        json!({ "type": "apiKey", "in": "header", "name": "api-token", "description": "Your API key." });
    let mut basic = if version == Version::V2_0 {
        json!({ "type": "basic" })
    } else {
        json!({ "type": "http", "scheme": "basic" })
    };
    basic["description"] = "The user name is `api-token`, the password your API key.".into();
    let header = add_scheme(&mut schemes, "api-token", key);
    let basic = add_scheme(&mut schemes, "api-token-basic", basic);
    *place = Value::Object(schemes);
    published.insert("security".to_owned(), json!([{ header: [] }, { basic: [] }]));
}

/// Under that name, or the next one that is free.
fn add_scheme(schemes: &mut Map<String, Value>, name: &str, scheme: Value) -> String {
    let mut name = name.to_owned();
    while schemes.contains_key(&name) {
        name.push('-');
    }
    schemes.insert(name.clone(), scheme);
    name
}

fn schemes_named(value: &Value, named: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| schemes_named(item, named)),
        Value::Object(fields) => {
            if let Some(Value::Array(requirements)) = fields.get("security") {
                named.extend(requirements.iter().filter_map(Value::as_object).flat_map(Map::keys).cloned());
            }
            fields.values().for_each(|value| schemes_named(value, named));
        }
        _ => {}
    }
}
