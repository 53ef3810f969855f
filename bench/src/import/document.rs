//! A large document, the same in every run.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// How many properties a schema has.
const PROPERTIES: usize = 12;
/// How many schemas the operations share.
const SCHEMAS: usize = 400;

/// A document with so many operations and about so many bytes, as compact JSON.
pub(super) fn document(operations: usize, bytes: usize) -> String {
    let mut random = Random::new(7);
    let mut schemas = Map::new();
    for number in 0..SCHEMAS {
        schemas.insert(format!("Schema{number}"), schema(&mut random, number));
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1.0"},
        "paths": {},
        "components": {"schemas": schemas},
    });
    let left = bytes.saturating_sub(document.to_string().len());
    let each = left / operations.max(1);
    let mut paths = Map::new();
    for number in 0..operations {
        let (path, method) = (format!("/things/{}/{{id}}", number / 2), ["get", "put"][number % 2]);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation(&mut random, number, each);
    }
    document["paths"] = Value::Object(paths);
    document.to_string()
}

fn schema(random: &mut Random, number: usize) -> Value {
    let mut properties = Map::new();
    for property in 0..PROPERTIES {
        let value = match random.below(4) {
            0 => json!({"type": "string", "description": words(random, 12), "examples": [words(random, 2)]}),
            1 => json!({"type": "integer", "minimum": 0, "maximum": random.below(1000)}),
            2 => {
                json!({"type": "array", "items": {"$ref": format!("#/components/schemas/Schema{}", (number + 1) % SCHEMAS)}})
            }
            _ => json!({"type": "string", "enum": ["one", "two", "three"]}),
        };
        properties.insert(format!("property{property}"), value);
    }
    json!({"type": "object", "required": ["property0"], "properties": properties})
}

/// An operation of about so many bytes, half of it prose and half of it schemas written in place.
fn operation(random: &mut Random, number: usize, bytes: usize) -> Value {
    let reference = json!({"$ref": format!("#/components/schemas/Schema{}", random.below(SCHEMAS))});
    let mut operation = json!({
        "operationId": format!("operation{number}"),
        "summary": words(random, 5),
        "description": words(random, bytes / 14),
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": reference}}},
        },
    });
    let mut inline = Vec::new();
    while operation.to_string().len() + inline.iter().map(|one: &Value| one.to_string().len()).sum::<usize>()
        < bytes
    {
        inline.push(schema(random, number));
    }
    operation["responses"]["default"] =
        json!({"description": "Other", "content": {"application/json": {"schema": {"anyOf": inline}}}});
    operation
}

fn words(random: &mut Random, count: usize) -> String {
    const WORDS: [&str; 12] = [
        "quote", "order", "customer", "amount", "of", "the", "which", "is", "given", "when", "list", "price",
    ];
    let words: Vec<_> = (0..count).map(|_| WORDS[random.below(WORDS.len())]).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_as_large_as_asked_and_always_the_same() {
        let document = super::document(100, 1_200_000);
        assert!((1_100_000..1_400_000).contains(&document.len()), "{}", document.len());
        assert!(document == super::document(100, 1_200_000));
    }
}
