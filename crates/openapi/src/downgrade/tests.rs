use serde_json::json;

use super::*;
use crate::fixture::document;
use crate::{Format, compare};

/// A document of 3.0 with these fields.
fn v3(fields: Value) -> Document {
    let Value::Object(mut fields) = fields else { panic!("fields are an object") };
    fields.insert("openapi".to_owned(), "3.0.3".into());
    document(Value::Object(fields))
}

/// With one operation.
#[expect(clippy::needless_pass_by_value, reason = "it is made where it is given")]
fn operation(fields: Value) -> Document {
    v3(json!({ "paths": { "/a": { "post": fields } } }))
}

fn losses(document: &Document) -> Vec<String> {
    document.as_v2().unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn what_2_0_can_say_is_said() {
    let document = v3(json!({
        "servers": [{ "url": "https://api.test/q" }, { "url": "http://api.test/q" }],
        "security": [{ "key": [] }],
        "tags": [{ "name": "T" }],
        "paths": {
            "x-p": 1,
            "/quotes": {
                "parameters": [{ "$ref": "#/components/parameters/P" }],
                "get": {
                    "tags": ["T"],
                    "parameters": [
                        { "name": "a", "in": "query", "schema": { "type": "array", "items": { "type": "integer", "minimum": 1 } } },
                        { "name": "b", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "string" } } },
                    ],
                    "responses": {
                        "200": {
                            "description": "D",
                            "headers": { "X-N": { "description": "N", "schema": { "type": "integer" } } },
                            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Q" }, "example": { "id": 1 } } },
                        },
                        "default": { "$ref": "#/components/responses/R" },
                    },
                },
                "post": {
                    "requestBody": { "required": true, "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/Q" } },
                        "text/json": { "schema": { "$ref": "#/components/schemas/Q" } },
                    } },
                    "responses": { "204": { "description": "D" } },
                },
                "put": {
                    "requestBody": { "$ref": "#/components/requestBodies/F" },
                    "responses": { "200": { "description": "D", "content": { "image/png": {
                        "schema": { "type": "string", "format": "binary" },
                    } } } },
                },
            },
        },
        "components": {
            "schemas": { "Q": {
                "type": "object",
                "required": ["id"],
                "discriminator": { "propertyName": "id" },
                "properties": { "id": { "type": "integer" }, "next": { "$ref": "#/components/schemas/Q" } },
            } },
            "parameters": { "P": { "name": "p", "in": "header", "schema": { "$ref": "#/components/schemas/S" } } },
            "responses": { "R": { "description": "R", "content": { "application/json": { "schema": { "type": "string" } } } } },
            "requestBodies": { "F": { "required": true, "content": { "multipart/form-data": { "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": { "type": "string", "format": "binary", "description": "The file." },
                    "note": { "type": "string", "maxLength": 5, "description": "A note." },
                },
            } } } } },
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "k" },
                "basic": { "type": "http", "scheme": "basic", "description": "B" },
                "o": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://t.test", "scopes": {} } } },
            },
        },
    }));
    // A reference of a parameter to a schema has no counterpart: the schema is written there.
    let mut root = document.root.clone();
    root["components"]["schemas"]["S"] = json!({ "type": "string", "enum": ["a"] });
    let document = Document::parse_json(&root.to_string()).unwrap();

    let written = document.as_v2().unwrap();
    assert_eq!(
        written.to_string(),
        json!({
            "swagger": "2.0",
            "info": { "title": "Quotes", "version": "1" },
            "host": "api.test",
            "basePath": "/q",
            "schemes": ["https", "http"],
            "security": [{ "key": [] }],
            "tags": [{ "name": "T" }],
            "paths": {
                "x-p": 1,
                "/quotes": {
                    "parameters": [{ "$ref": "#/parameters/P" }],
                    "get": {
                        "tags": ["T"],
                        "parameters": [
                            { "name": "a", "in": "query", "type": "array", "items": { "type": "integer", "minimum": 1 }, "collectionFormat": "multi" },
                            { "name": "b", "in": "query", "type": "array", "items": { "type": "string" }, "collectionFormat": "csv" },
                        ],
                        "produces": ["application/json"],
                        "responses": {
                            "200": {
                                "description": "D",
                                "headers": { "X-N": { "description": "N", "type": "integer" } },
                                "schema": { "$ref": "#/definitions/Q" },
                                "examples": { "application/json": { "id": 1 } },
                            },
                            "default": { "$ref": "#/responses/R" },
                        },
                    },
                    "post": {
                        "responses": { "204": { "description": "D" } },
                        "consumes": ["application/json", "text/json"],
                        "parameters": [
                            { "name": "body", "in": "body", "required": true, "schema": { "$ref": "#/definitions/Q" } },
                        ],
                    },
                    "put": {
                        "produces": ["image/png"],
                        "responses": { "200": { "description": "D", "schema": { "type": "file" } } },
                        "consumes": ["multipart/form-data"],
                        "parameters": [
                            { "name": "file", "in": "formData", "description": "The file.", "required": true, "type": "file" },
                            { "name": "note", "in": "formData", "description": "A note.", "type": "string", "maxLength": 5 },
                        ],
                    },
                },
            },
            "definitions": {
                "Q": {
                    "type": "object",
                    "required": ["id"],
                    "discriminator": "id",
                    "properties": { "id": { "type": "integer" }, "next": { "$ref": "#/definitions/Q" } },
                },
                "S": { "type": "string", "enum": ["a"] },
            },
            "parameters": { "P": { "name": "p", "in": "header", "type": "string", "enum": ["a"] } },
            "responses": { "R": { "description": "R", "schema": { "type": "string" } } },
            "securityDefinitions": {
                "key": { "type": "apiKey", "in": "header", "name": "k" },
                "basic": { "type": "basic", "description": "B" },
                "o": { "type": "oauth2", "flow": "application", "tokenUrl": "https://t.test", "scopes": {} },
            },
        })
        .to_string()
    );
    let again = Document::parse_json(&written.to_string()).unwrap();
    assert_eq!(again.as_v2().unwrap(), written);
    // The comparison knows all versions, and finds what was lost on the way.
    assert_eq!(compare(&document, &again).counts.breaking, 0);
}

#[test]
fn what_it_cannot_is_named() {
    let in_schema = |schema: Value| v3(json!({ "paths": {}, "components": { "schemas": { "S": schema } } }));
    let in_parameter = |parameter: Value| operation(json!({ "parameters": [parameter] }));
    let in_body =
        |content: Value| operation(json!({ "requestBody": { "required": true, "content": content } }));
    let string = || json!({ "type": "string" });
    for (document, loss) in [
        (in_schema(json!({ "oneOf": [] })), "`oneOf` at `/components/schemas/S/oneOf`"),
        (
            in_schema(json!({ "items": { "nullable": true } })),
            "`nullable` at `/components/schemas/S/items/nullable`",
        ),
        (
            in_parameter(json!({ "name": "c", "in": "cookie", "schema": string() })),
            "a cookie parameter at `/paths/~1a/post/parameters/0`",
        ),
        (
            in_parameter(json!({ "name": "q", "in": "query", "style": "deepObject", "schema": string() })),
            "the style of a parameter at `/paths/~1a/post/parameters/0/style`",
        ),
        (
            in_parameter(json!({ "name": "q", "in": "query", "schema": { "type": "object" } })),
            "a parameter or header that is no plain value and no list of such at `/paths/~1a/post/parameters/0/schema`",
        ),
        (
            in_body(
                json!({ "application/json": { "schema": string() }, "text/plain": { "schema": { "type": "number" } } }),
            ),
            "several media types with different schemas at `/paths/~1a/post/requestBody/content`",
        ),
        (
            in_body(
                json!({ "application/json": { "schema": string() }, "multipart/form-data": { "schema": string() } }),
            ),
            "a body that is a form or something else at `/paths/~1a/post/requestBody`",
        ),
        (operation(json!({ "callbacks": { "c": {} } })), "callbacks at `/paths/~1a/post/callbacks`"),
        (
            operation(json!({ "responses": { "4XX": { "description": "D" } } })),
            "an answer for a range of statuses at `/paths/~1a/post/responses/4XX`",
        ),
        (
            operation(json!({ "responses": { "200": { "description": "D", "links": { "l": {} } } } })),
            "links at `/paths/~1a/post/responses/200/links`",
        ),
        (
            operation(json!({ "responses": {
                "200": { "description": "D", "content": { "text/plain": { "schema": string() } } },
                "400": { "description": "D", "content": { "application/json": { "schema": string() } } },
            } })),
            "answers in media types of their own at `/paths/~1a/post/responses/400`",
        ),
        (
            v3(json!({ "paths": {}, "servers": [{ "url": "https://a.test" }, { "url": "https://b.test" }] })),
            "several servers in different places at `/servers`",
        ),
        (
            v3(
                json!({ "paths": {}, "components": { "securitySchemes": { "b": { "type": "http", "scheme": "bearer" } } } }),
            ),
            "a kind of security at `/components/securitySchemes/b`",
        ),
        (
            v3(json!({ "paths": { "/a": { "trace": { "responses": {} } } } })),
            "a field that 2.0 does not have at `/paths/~1a/trace`",
        ),
        (document(json!({ "paths": {} })), "a version whose schemas are JSON Schema"),
    ] {
        assert_eq!(losses(&document), [loss]);
    }
}

#[test]
fn many_losses_and_circles_end() {
    let schemas: Map<String, Value> =
        (0..100).map(|n| (format!("S{n}"), json!({ "nullable": true }))).collect();
    assert_eq!(
        losses(&v3(json!({ "paths": {}, "components": { "schemas": schemas } }))).len(),
        LISTED_LOSSES
    );
    let circle = v3(json!({
        "paths": { "/a": { "post": { "requestBody": { "$ref": "#/components/requestBodies/B" } } } },
        "components": { "requestBodies": { "B": { "$ref": "#/components/requestBodies/B" } } },
    }));
    assert_eq!(
        losses(&circle)[0],
        "a reference that leads out of the document at `/paths/~1a/post/requestBody`"
    );
}

#[test]
fn what_is_published_needs_less() {
    let document = v3(json!({
        "servers": [{ "url": "https://{region}.test", "variables": { "region": { "default": "eu" } } }],
        "paths": { "/a": {
            "get": { "responses": { "200": { "description": "D" } } },
            "post": { "callbacks": { "c": {} } },
        } },
        "components": { "securitySchemes": { "b": { "type": "http", "scheme": "bearer" } } },
    }));
    assert_eq!(losses(&document).len(), 4);
    let keep = |method: &str, _: &str| method == "GET";
    let publication = Publication { gateway_url: "https://api.test/q", keep: &keep };
    let written = document.published_as_v2(&publication).unwrap();
    assert_eq!((&written["host"], &written["basePath"]), (&json!("api.test"), &json!("/q")));
    assert_eq!(written["securityDefinitions"]["api-token-basic"]["type"], "basic");
    // What is in 2.0 already comes as it is published.
    let again = Document::parse_json(&written.to_string()).unwrap();
    assert_eq!(again.published_as_v2(&publication).unwrap(), written);
}

#[test]
fn real_documents_lose_nothing_unnoticed() {
    let mut converted = 0;
    for text in [
        include_str!("../../tests/documents/oai/v3.0/api-with-examples.yaml"),
        include_str!("../../tests/documents/oai/v3.0/callback-example.yaml"),
        include_str!("../../tests/documents/oai/v3.0/link-example.yaml"),
        include_str!("../../tests/documents/oai/v3.0/petstore-expanded.yaml"),
        include_str!("../../tests/documents/oai/v3.0/petstore.yaml"),
        include_str!("../../tests/documents/oai/v3.0/uspto.yaml"),
    ] {
        let document = Document::parse(text, Format::Yaml).unwrap();
        let Ok(written) = document.as_v2() else { continue };
        converted += 1;
        let again = Document::parse_json(&written.to_string()).unwrap();
        let difference = compare(&document, &again);
        assert!(difference.is_empty(), "{}: {difference}", document.title());
    }
    assert_eq!(converted, 2);
}
