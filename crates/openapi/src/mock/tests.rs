use serde_json::json;

use super::*;
use crate::fixture::document;

/// The answers of `GET /` with these responses, as text.
fn answers(responses: &Value) -> Vec<String> {
    answers_of(json!({ "paths": { "/": { "get": { "responses": responses } } } }))
}

fn answers_of(fields: Value) -> Vec<String> {
    let answers = document(fields).mock("GET", "/").unwrap();
    let text = |answer: MockAnswer| {
        let body = String::from_utf8(answer.body).unwrap();
        let parts = [Some(answer.status.to_string()), answer.name, answer.content_type, Some(body)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ").trim_end().to_owned()
    };
    answers.into_iter().map(text).collect()
}

/// The body that a JSON schema answers with, and what it refers to as `#/components/schemas/…`.
fn sample(schema: &Value, schemas: &Value) -> Option<String> {
    let answers = answers_of(json!({
        "paths": { "/": { "get": { "responses": { "200": {
            "content": { "application/json": { "schema": schema } },
        } } } } },
        "components": { "schemas": schemas },
    }));
    answers[0].strip_prefix("200 application/json ").map(str::to_owned)
}

#[test]
fn only_what_the_document_describes_has_answers() {
    let document = document(json!({ "paths": { "/a": { "get": {} } } }));
    assert_eq!(document.mock("get", "/a"), Some(vec![]));
    assert_eq!(document.mock("POST", "/a"), None);
    assert_eq!(document.mock("GET", "/b"), None);
    assert_eq!(document.mock("PARAMETERS", "/a"), None);
}

#[test]
fn successes_come_first_and_default_is_what_is_left() {
    let none = || json!({});
    assert_eq!(
        answers(&json!({
            "default": none(), "500": none(), "4XX": none(), "2xx": none(), "202": none(), "404": none(),
            "302": none(), "100": none(), "1XX": none(), "x-y": none(), "600": none(), "20": none(),
            "200": none(),
        })),
        ["200", "200", "202", "302", "400", "404", "500", "500"]
    );
    assert_eq!(answers(&json!({ "default": none() })), ["200"]);
    assert_eq!(answers(&json!({ "404": none(), "default": none() })), ["200", "404"]);
}

#[test]
fn named_examples_come_before_others() {
    let media = json!({
        "examples": {
            "one": { "value": { "b": 1, "a": [1.5, null] } },
            "two": { "$ref": "#/components/examples/Two" },
            "far": { "externalValue": "https://example.test/far.json" },
            "lost": { "$ref": "#/components/examples/Lost" },
        },
        "example": "not this",
    });
    assert_eq!(
        answers_of(json!({
            "paths": { "/": { "get": { "responses": {
                "200": { "$ref": "#/components/responses/Fine" },
                "404": { "$ref": "#/components/responses/Lost" },
            } } } },
            "components": {
                "responses": { "Fine": { "content": {
                    "application/json": media,
                    "text/plain": { "example": "plain" },
                } } },
                "examples": { "Two": { "value": "2" } },
            },
        })),
        [
            r#"200 one application/json {"b":1,"a":[1.5,null]}"#,
            r#"200 two application/json "2""#,
            "200 text/plain plain",
            "404",
        ]
    );
}

#[test]
fn a_body_is_written_as_its_media_type_wants() {
    let example = |value: Value| json!({ "example": value });
    assert_eq!(
        answers(&json!({ "200": { "content": {
            "Application/Problem+JSON; charset=utf-8": example(json!("text")),
            "text/csv": example(json!("a,b")),
            "application/xml": example(json!({ "a": 1 })),
            "*/*": example(json!([1])),
            "text/*": example(json!("any")),
            "image/*": example(json!("…")),
            "text/evil\r\nx: y": example(json!("no header")),
            "application/pdf": {},
            "text/html": { "schema": { "type": "string", "default": "<p>" } },
        } } })),
        [
            r#"200 Application/Problem+JSON; charset=utf-8 "text""#,
            "200 text/csv a,b",
            r#"200 application/xml {"a":1}"#,
            "200 application/json [1]",
            "200 text/plain any",
            "200 …",
            "200 no header",
            "200 text/html <p>",
        ]
    );
    assert_eq!(
        answers(&json!({ "204": { "content": { "text/plain": example(json!("x")) } } })),
        ["204"],
        "a status without a body has none"
    );
    assert_eq!(answers(&json!({ "200": { "content": { "application/json": {} } } })), ["200"]);
}

#[test]
fn a_schema_gives_its_own_example_first() {
    for schema in [
        json!({ "example": 1, "examples": [2], "default": 3, "const": 4 }),
        json!({ "examples": [1], "default": 3, "const": 4 }),
        json!({ "default": 1, "const": 4 }),
        json!({ "const": 1 }),
        json!({ "$ref": "#/components/schemas/One" }),
        json!({ "allOf": [{}, { "$ref": "#/components/schemas/One" }] }),
        json!({ "oneOf": [{ "type": "string" }, { "example": 1 }] }),
        json!({ "$ref": "#/components/schemas/Two", "example": 1 }),
    ] {
        let schemas = json!({ "One": { "example": 1 }, "Two": { "example": 2 } });
        assert_eq!(sample(&schema, &schemas).as_deref(), Some("1"), "{schema}");
    }
    for schema in
        [json!({}), json!(true), json!(null), json!({ "type": "object" }), json!({ "$ref": "a.json" })]
    {
        assert_eq!(sample(&schema, &json!({})), None, "{schema}");
    }
}

#[test]
fn nothing_beside_a_reference_counts_in_3_0() {
    let fields = json!({
        "openapi": "3.0.3",
        "paths": { "/": { "get": { "responses": { "200": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Two", "example": 1 },
        } } } } } } },
        "components": { "schemas": { "Two": { "example": 2 } } },
    });
    assert_eq!(answers_of(fields), ["200 application/json 2"]);
}

#[test]
fn an_object_is_made_of_the_examples_of_its_properties() {
    let quote = json!({
        "required": ["id", "secret"],
        "properties": {
            "id": { "example": 7 },
            "secret": { "writeOnly": true },
            "note": { "type": "string" },
            "lines": { "items": { "properties": { "sku": { "example": "A" } } } },
        },
    });
    assert_eq!(sample(&quote, &json!({})).as_deref(), Some(r#"{"id":7,"lines":[{"sku":"A"}]}"#));
    let incomplete = json!({ "required": ["a", "b"], "properties": { "a": { "example": 1 }, "b": {} } });
    assert_eq!(sample(&incomplete, &json!({})), None);
    let two_items = json!({ "minItems": 2, "items": { "example": 1 } });
    assert_eq!(sample(&two_items, &json!({})), None);
}

#[test]
fn a_composed_object_has_the_examples_of_all_its_parts() {
    let schemas = json!({
        "New": { "required": ["name", "tag"], "properties": { "name": { "example": "Rex" } } },
        "Tagged": { "example": { "tag": "dog" } },
    });
    let pet = json!({
        "allOf": [{ "$ref": "#/components/schemas/New" }, { "$ref": "#/components/schemas/Tagged" },
                  { "required": ["id"] }],
        "properties": { "id": { "example": 1 } },
    });
    assert_eq!(sample(&pet, &schemas).as_deref(), Some(r#"{"name":"Rex","tag":"dog","id":1}"#));
    let without_tag = json!({ "allOf": [{ "$ref": "#/components/schemas/New" }] });
    assert_eq!(sample(&without_tag, &schemas), None);
}

#[test]
fn circles_end() {
    let schemas = json!({
        "Node": { "required": ["id"], "properties": {
            "id": { "example": 1 },
            "next": { "$ref": "#/components/schemas/Node" },
            "children": { "items": { "$ref": "#/components/schemas/Node" } },
        } },
        "Loop": { "$ref": "#/components/schemas/Loop" },
        "All": { "allOf": [{ "$ref": "#/components/schemas/All" }] },
    });
    let of = |name: &str| sample(&json!({ "$ref": format!("#/components/schemas/{name}") }), &schemas);
    assert_eq!(of("Node").as_deref(), Some(r#"{"id":1}"#));
    assert_eq!((of("Loop"), of("All")), (None, None));
}

#[test]
fn a_small_document_that_describes_huge_answers_gives_few() {
    // Each level doubles: 2^30 leaves.
    let mut schemas = json!({ "S30": { "example": "x".repeat(100) } });
    for level in 0..30 {
        let next = json!({ "$ref": format!("#/components/schemas/S{}", level + 1) });
        schemas[format!("S{level}")] = json!({ "properties": { "a": next, "b": next } });
    }
    let body = sample(&json!({ "$ref": "#/components/schemas/S0" }), &schemas).unwrap_or_default();
    assert!(body.len() < 2 * BODIES_BYTES, "{}", body.len());

    let examples: Map<String, Value> =
        (0..100).map(|n| (n.to_string(), json!({ "$ref": "#/components/examples/Big" }))).collect();
    let answers = document(json!({
        "paths": { "/": { "get": { "responses": { "200": { "content": {
            "text/plain": { "examples": examples },
        } } } } } },
        "components": { "examples": { "Big": { "value": "x".repeat(1 << 20) } } },
    }))
    .mock("GET", "/")
    .unwrap();
    assert_eq!(answers.len(), 7);
}
