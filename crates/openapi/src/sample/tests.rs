use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{any_schema, document, judge};

/// The value that is made of a schema, with the others that it refers to.
fn made(schema: &Value, others: &Value) -> Option<Value> {
    made_in("3.1.0", schema, others)
}

fn made_in(version: &str, schema: &Value, others: &Value) -> Option<Value> {
    let mut schemas = others.clone();
    schemas["Root"] = schema.clone();
    let document = document(json!({ "openapi": version, "paths": {}, "components": { "schemas": schemas } }));
    Sampler::new(&document).sample(&document.as_value()["components"]["schemas"]["Root"])
}

fn alone(schema: &Value) -> Value {
    made(schema, &json!({})).unwrap_or_else(|| panic!("nothing for {schema}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_made_is_valid_as_others_see_it(schema in any_schema()) {
        let a = json!({ "type": ["integer", "object"], "maxProperties": 1 });
        if let Some(value) = made(&schema, &json!({ "A": a })) {
            prop_assert!(judge(&schema, &a, &value), "{} {}", schema, value);
        }
    }
}

#[test]
fn a_schema_gives_its_own_example_first() {
    for schema in [
        json!({ "example": 1, "examples": [2], "default": 3 }),
        json!({ "examples": [1], "default": 3 }),
        json!({ "default": 1 }),
        json!({ "const": 1 }),
        json!({ "enum": [1, 2] }),
        json!({ "enum": [null, 1] }),
        json!({ "type": "integer", "example": "1", "default": 1 }),
        json!({ "$ref": "#/components/schemas/One" }),
        json!({ "allOf": [{}, { "$ref": "#/components/schemas/One" }] }),
        json!({ "oneOf": [{ "type": "string" }, { "type": "integer", "example": 1 }], "not": { "type": "string" } }),
        json!({ "$ref": "#/components/schemas/Two", "example": 1 }),
    ] {
        let others = json!({ "One": { "example": 1 }, "Two": { "example": 2 } });
        assert_eq!(made(&schema, &others), Some(json!(1)), "{schema}");
    }
}

#[test]
fn nothing_beside_a_reference_counts_in_3_0() {
    let schema = json!({ "$ref": "#/components/schemas/Two", "example": 1 });
    assert_eq!(made_in("3.0.3", &schema, &json!({ "Two": { "example": 2 } })), Some(json!(2)));
}

#[test]
fn values_look_like_what_they_are() {
    for (schema, expected) in [
        (json!({ "type": "integer" }), json!(1)),
        (json!({ "type": "number" }), json!(1.5)),
        (json!({ "type": "boolean" }), json!(true)),
        (json!({ "type": "string" }), json!("string")),
        (json!({ "type": ["null", "string"] }), json!("string")),
        (json!({ "type": "null" }), json!(null)),
        (json!({}), json!({})),
        (json!({ "type": "array", "items": { "type": "string" } }), json!(["string"])),
        (json!({ "type": "array" }), json!([])),
        (json!({ "type": "object", "additionalProperties": { "type": "integer" } }), json!({ "key": 1 })),
        (json!({ "type": "object" }), json!({})),
        (json!({ "type": "string", "format": "email" }), json!("user@example.com")),
        (json!({ "type": "string", "maxLength": 3 }), json!("str")),
        (json!({ "type": "string", "minLength": 8 }), json!("stringst")),
        (json!({ "type": "integer", "minimum": 18 }), json!(18)),
        (json!({ "type": "integer", "maximum": -3 }), json!(-3)),
        (json!({ "type": "number", "minimum": 0, "maximum": 1 }), json!(1)),
        (json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1 }), json!(0.09)),
        (json!({ "type": "integer", "multipleOf": 4, "minimum": 5 }), json!(8)),
        (json!({ "type": "number", "maximum": f64::MAX, "minimum": -f64::MAX }), json!(1.5)),
    ] {
        assert_eq!(alone(&schema), expected, "{schema}");
    }
}

#[test]
fn formats_are_as_they_should_be() {
    let formats = [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ];
    for format in formats {
        let schema = json!({
            "type": "array", "uniqueItems": true, "minItems": 4, "items": { "type": "string", "format": format },
        });
        let options =
            jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
        let value = alone(&schema);
        assert!(options.build(&schema).unwrap().is_valid(&value), "{format}: {value}");
    }
}

#[test]
fn an_object_has_what_answers_have() {
    let quote = json!({
        "required": ["id", "secret", "more"],
        "properties": {
            "id": { "example": 7, "readOnly": true },
            "secret": { "type": "string", "writeOnly": true },
            "note": { "type": "string" },
            "lines": { "items": { "properties": { "sku": { "example": "A" } } } },
            "lost": { "$ref": "other.json" },
            "never": false,
        },
    });
    let expected = json!({ "id": 7, "note": "string", "lines": [{ "sku": "A" }], "more": "string" });
    assert_eq!(alone(&quote), expected);
    assert_eq!(
        made(&json!({ "required": ["a"], "properties": { "a": { "$ref": "other.json" } } }), &json!({})),
        None
    );
}

#[test]
fn a_composed_object_has_the_examples_of_all_its_parts() {
    let others = json!({
        "New": { "required": ["name", "tag"], "properties": { "name": { "example": "Rex" } } },
        "Tagged": { "example": { "tag": "dog" } },
    });
    let pet = json!({
        "allOf": [{ "$ref": "#/components/schemas/New" }, { "$ref": "#/components/schemas/Tagged" },
                  { "required": ["id"] }],
        "properties": { "id": { "example": 1 } },
    });
    let made = made(&pet, &others).unwrap();
    assert_eq!(made.to_string(), r#"{"name":"Rex","id":1,"tag":"dog"}"#);
}

#[test]
fn discriminators_say_what_was_chosen() {
    let object = |fields: &[&str]| json!({ "type": "object", "required": fields });
    let others = json!({
        "Cat": { "allOf": [{ "$ref": "#/components/schemas/Pet" }, object(&["claws"])] },
        "Dog": { "allOf": [{ "$ref": "#/components/schemas/Pet" }, object(&["bark"])] },
        "Pet": {
            "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" } },
            "discriminator": { "propertyName": "kind", "mapping": { "woof": "Dog", "miau": "#/components/schemas/Cat" } },
        },
    });
    let of = |name: &str| made(&json!({ "$ref": format!("#/components/schemas/{name}") }), &others).unwrap();
    assert_eq!(of("Cat"), json!({ "kind": "miau", "claws": "string" }));
    assert_eq!(of("Dog"), json!({ "kind": "woof", "bark": "string" }));
    assert_eq!(
        of("Pet"),
        json!({ "kind": "miau", "claws": "string" }),
        "a pet is one of those that there are"
    );
    let named = json!({ "Cat": object(&["kind"]), "Dog": object(&["kind", "bark"]) });
    let either = json!({
        "oneOf": [{ "$ref": "#/components/schemas/Dog" }], "discriminator": { "propertyName": "kind" },
    });
    assert_eq!(made(&either, &named), Some(json!({ "kind": "Dog", "bark": "string" })));
}

#[test]
fn circles_are_cut_where_the_schema_allows_it() {
    let others = json!({
        "Node": { "required": ["id", "up"], "properties": {
            "id": { "example": 1 },
            "next": { "$ref": "#/components/schemas/Node" },
            "children": { "items": { "$ref": "#/components/schemas/Node" }, "type": "array" },
            "up": { "anyOf": [{ "$ref": "#/components/schemas/Node" }, { "type": "null" }] },
        } },
        "Loop": { "$ref": "#/components/schemas/Loop" },
        "All": { "allOf": [{ "$ref": "#/components/schemas/All" }] },
        "Endless": { "required": ["a"], "properties": { "a": { "$ref": "#/components/schemas/Endless" } } },
    });
    let of = |name: &str| made(&json!({ "$ref": format!("#/components/schemas/{name}") }), &others);
    assert_eq!(of("Node"), Some(json!({ "id": 1, "children": [], "up": null })));
    assert_eq!((of("Loop"), of("All")), (None, None));
    assert_eq!(of("Endless"), None);
}

#[test]
fn small_schemas_that_describe_huge_values_give_small_ones() {
    // Each level doubles: 2^30 leaves.
    let doubling = |required: Value| {
        let mut schemas = json!({ "S30": { "example": "x".repeat(100) } });
        for level in 0..30 {
            let next = json!({ "$ref": format!("#/components/schemas/S{}", level + 1) });
            schemas[format!("S{level}")] =
                json!({ "type": "object", "required": required, "properties": { "a": next, "b": next } });
        }
        made(&json!({ "$ref": "#/components/schemas/S0" }), &schemas)
    };
    let size = doubling(json!([])).unwrap().to_string().len();
    assert!(size < 2 * VALUE_BYTES, "{size}");
    assert_eq!(doubling(json!(["a", "b"])), None);
    for endless in [
        json!({ "type": "string", "minLength": 1_000_000_000 }),
        json!({ "type": "array", "minItems": 1_000_000_000, "items": { "type": "null" } }),
        json!({ "type": "object", "minProperties": 1_000_000_000 }),
        json!({ "type": "string", "pattern": "^(a{1000}){1000}$" }),
        json!({ "allOf": vec![json!({ "oneOf": [{}, { "type": "string" }] }); 200] }),
    ] {
        assert_eq!(made(&endless, &json!({})), None);
    }
}
