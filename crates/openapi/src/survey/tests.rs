use serde_json::json;

use crate::Document;
use crate::fixture::document;

fn fault(fields: &str) -> String {
    let text = format!("{{\"openapi\":\"3.1.0\",\"info\":{{\"title\":\"T\",\"version\":\"1\"}},\n{fields}}}");
    Document::parse_json(&text).unwrap_err().to_string()
}

fn warnings(document: &Document) -> Vec<String> {
    document.warnings().iter().map(|warning| format!("{} {}", warning.pointer, warning.text)).collect()
}

#[test]
fn what_has_the_wrong_type_is_named_with_its_place() {
    for (fields, expected) in [
        (r#""paths":{"/a":7}"#, "`/paths/~1a` is a number and must be an object (line 2, column 15); "),
        (
            r#""paths":{"/a":{"get":null}}"#,
            "`/paths/~1a/get` is null and must be an object (line 2, column 22); ",
        ),
        (r#""paths":{"/a":{"get":"x"}}"#, "`/paths/~1a/get` is text and must be an object"),
        (r#""paths":{"/a":{"parameters":{}}}"#, "`/paths/~1a/parameters` is an object and must be an array"),
        (
            r#""paths":{"/a":{"$ref":7}}"#,
            "`/paths/~1a/$ref` is a number and must be text (line 2, column 23); ",
        ),
        (r#""paths":{"/a":{"get":{"parameters":[null]}}}"#, "`/paths/~1a/get/parameters/0` is null"),
        (r#""paths":{"/a":{"get":{"responses":[]}}}"#, "`/paths/~1a/get/responses` is an array"),
        (r#""paths":{"/a":{"get":{"responses":{"200":"ok"}}}}"#, "`/paths/~1a/get/responses/200` is text"),
        (
            r#""paths":{"/a":{"get":{"requestBody":{"content":{"a/b":1}}}}}"#,
            "`/paths/~1a/get/requestBody/content/a~1b`",
        ),
        (r#""components":[]"#, "`/components` is an array and must be an object"),
        (r#""components":{"schemas":[]}"#, "`/components/schemas` is an array and must be an object"),
        (
            r#""components":{"schemas":{"A":{"properties":{"a":{"$ref":[]}}}}}"#,
            "`/components/schemas/A/properties/a/$ref` is an array",
        ),
        (r#""webhooks":{"a":{"post":1}}"#, "`/webhooks/a/post` is a number"),
    ] {
        let fault = fault(fields);
        assert!(fault.starts_with(expected), "{fault}");
        assert!(fault.contains("line 2, column"), "{fault}");
    }
}

#[test]
fn what_does_not_matter_to_serving_is_let_through() {
    let document = document(json!({
        "tags": null, "servers": 7, "x-a": { "$ref": 7 },
        "paths": { "x-b": 1, "/a": null, "/b": {
            "summary": 7, "get": { "operationId": 7, "parameters": null, "responses": { "x-c": 7, "200": null } } } },
        "components": { "schemas": null, "examples": { "E": { "value": { "$ref": 7 } } }, "x-d": [],
            "schemas2": 7 },
    }));
    assert_eq!(document.operations().count(), 1);
    assert_eq!(document.warnings(), []);
}

#[test]
fn an_odd_schema_is_worth_a_warning() {
    let document = document(json!({ "components": { "schemas": {
        "A": true, "B": { "items": [{}, true] },
        "C": { "properties": { "$ref": { "type": "string" }, "c": "text" }, "allOf": {} },
        "D": { "properties": { "$ref": "#/components/schemas/A" } },
    } } }));
    assert_eq!(
        warnings(&document),
        [
            "/components/schemas/C/properties/c is text and must be an object",
            "/components/schemas/C/allOf is an object and must be an array",
            "/components/schemas/D/properties/$ref stands where nothing can be referred to",
        ]
    );
}

#[test]
fn references_that_lead_nowhere_are_worth_a_warning() {
    let document = document(json!({
        "paths": { "/a": { "get": { "responses": {
            "200": { "$ref": "#/components/responses/Missing" },
            "201": { "$ref": "#/components/responses/Missing" },
            "202": { "content": { "a/b": { "schema": { "$ref": "other.yaml#/A" }, "example": { "$ref": "#/x" } } } },
            "203": { "content": { "a/b": { "schema": { "$ref": "#anchor" } } } },
            "204": { "$ref": "#/components/responses/R" },
        } } } },
        "components": { "responses": { "R": {} } },
    }));
    assert_eq!(
        warnings(&document),
        [
            "/paths/~1a/get/responses/200 refers to `#/components/responses/Missing`, where there is nothing",
            "/paths/~1a/get/responses/202/content/a~1b/schema refers to `other.yaml#/A`, which is not in the document",
        ]
    );
    let many: serde_json::Map<_, _> =
        (0..1_000).map(|n| (n.to_string(), json!({ "$ref": format!("#/{n}") }))).collect();
    let document = self::document(json!({ "components": { "schemas": many } }));
    assert_eq!(document.warnings().len(), super::WARNINGS);
}

#[test]
fn a_path_whose_operations_are_not_known_refuses_the_document() {
    for reference in [
        "#/paths/~1b",
        "#/paths/~1c",
        "#/components/pathItems/Missing",
        "#",
        "#/components/schemas/S",
        "other.json#/a",
    ] {
        let fault = fault(&format!(
            r##""paths":{{"/a":{{"$ref":"{reference}","get":{{}}}},"/b":{{"$ref":"#/paths/~1a"}}}},"components":{{"schemas":{{"S":{{}}}}}}"##
        ));
        assert!(fault.starts_with(&format!("`/paths/~1a/$ref` (`{reference}`) leads ")), "{fault}");
        assert!(fault.contains("so that the operations are not known (line 2, column 23); "), "{fault}");
    }
}

#[test]
fn a_document_of_3_2_may_call_itself_by_its_address() {
    let document = document(json!({
        "openapi": "3.2.0",
        "$self": "https://api.test/openapi",
        "paths": { "/a": { "$ref": "https://api.test/openapi#/components/pathItems/A" } },
        "components": {
            "pathItems": { "A": { "get": { "responses": { "200": { "content": {
                "a/b": { "$ref": "https://api.test/openapi#/components/mediaTypes/M" } } } } } } },
            "mediaTypes": { "M": {} },
        },
    }));
    assert_eq!(document.operations().count(), 1);
    assert_eq!(document.warnings(), []);
    assert_eq!(document.as_value()["paths"]["/a"]["$ref"], "#/components/pathItems/A");
}
