use serde_json::{Value, json};

use super::*;
use crate::fixture::document;

/// The changelog from one document to another.
fn changelog(old: Value, new: Value) -> String {
    compare(&document(old), &document(new)).to_string()
}

/// The changes from one schema of a property to another, as a line for requests and one for
/// responses, with `!` before what breaks.
fn schema(version: &str, old: Value, new: Value) -> Vec<String> {
    let with = |schema: Value| {
        document(json!({
            "openapi": version,
            "paths": { "/p": { "post": {
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/S" } } } },
                "responses": { "200": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/S" },
                } } } },
            } } },
            "components": { "schemas": { "S": schema, "T": { "type": "string" }, "U": { "type": "object" } } },
        }))
    };
    let mut lines: Vec<_> = compare(&with(old), &with(new))
        .changes
        .into_iter()
        .map(|change| {
            assert_eq!(
                change.operations,
                [OperationName { method: "POST".to_owned(), path: "/p".to_owned() }]
            );
            format!("{}{}", if change.breaking { "! " } else { "" }, change.text)
        })
        .collect();
    lines.sort_by_key(|line| line.contains("response"));
    lines
}

#[expect(clippy::needless_pass_by_value, reason = "it is made where it is given")]
fn operation(fields: Value) -> Value {
    json!({ "paths": { "/a/{id}": { "get": fields } } })
}

#[test]
fn the_changelog_is_grouped() {
    let quote =
        |properties: Value| json!({ "schemas": { "Quote": { "type": "object", "properties": properties } } });
    let quotes = json!({ "content": { "application/json": { "schema": { "items": {
        "$ref": "#/components/schemas/Quote",
    } } } } });
    let old = json!({
        "paths": {
            "/quotes": {
                "get": {
                    "summary": "List",
                    "parameters": [{ "name": "page", "in": "query", "schema": { "type": "integer" } }],
                    "responses": { "200": quotes, "404": { "description": "None" } },
                },
                "post": { "responses": { "200": quotes } },
                "delete": {},
            },
            "/quotes/{id}": { "get": { "parameters": [{ "name": "id", "in": "path" }] } },
        },
        "components": quote(json!({ "id": { "type": "string" }, "price": { "type": "number" } })),
    });
    let new = json!({
        "info": { "title": "Quotes", "version": "2" },
        "paths": {
            "/quotes": {
                "get": {
                    "summary": "List them",
                    "deprecated": true,
                    "parameters": [{ "name": "page", "in": "query", "required": true, "schema": { "type": "integer" } }],
                    "responses": { "200": quotes },
                },
                "post": { "responses": { "200": quotes } },
                "patch": {},
            },
            "/quotes/{key}": { "get": { "parameters": [{ "name": "key", "in": "path" }] } },
        },
        "components": quote(json!({ "id": { "type": "integer" }, "price": { "type": "number" }, "note": {} })),
    });
    assert_eq!(
        changelog(old, new),
        "\
Breaking:

- `DELETE /quotes`: the operation is gone
- `GET /quotes`: the query parameter `page` must be sent now
- `Quote.id` in responses is an integer instead of a string (`GET /quotes` and `POST /quotes`)

Added:

- `PATCH /quotes`: the operation is new
- `Quote.note` in responses is new (`GET /quotes` and `POST /quotes`)

Removed:

- `GET /quotes`: the `404` response (None) is gone

Changed:

- `GET /quotes`: the operation is deprecated
- `GET /quotes/{key}`: the path parameter `key` was called `id`

Documentation:

- the version of the API is `2` instead of `1`
- `GET /quotes`: the operation has a summary in other words
"
    );
}

#[test]
fn as_data_a_difference_has_stable_names() {
    let difference = compare(
        &document(operation(json!({ "parameters": [{ "name": "q", "in": "query" }] }))),
        &document(operation(json!({}))),
    );
    assert_eq!(
        serde_json::to_value(&difference).unwrap(),
        json!({
            "counts": { "breaking": 1, "added": 0, "removed": 0, "changed": 0, "documentation": 0 },
            "changes": [{
                "kind": "removed",
                "what": "parameter",
                "breaking": true,
                "direction": "request",
                "document": "old",
                "pointer": "/paths/~1a~1{id}/get/parameters/0",
                "operations": [{ "method": "GET", "path": "/a/{id}" }],
                "more_operations": 0,
                "text": "the query parameter `q` is gone",
            }],
            "is_complete": true,
        })
    );
}

#[test]
fn nothing_changed_is_said() {
    let same = || operation(json!({ "summary": "S" }));
    assert_eq!(changelog(same(), same()), "Nothing changed.\n");
    // Extensions and the order of keys do not count either.
    let other = json!({ "x-a": 1, "paths": { "/a/{id}": { "get": { "x-b": 2, "summary": "S" } } } });
    assert_eq!(changelog(same(), other), "Nothing changed.\n");
}

#[test]
fn a_type_breaks_whoever_meets_more_or_is_allowed_less() {
    let cases = [
        (
            json!({ "type": "string" }),
            json!({ "type": ["string", "null"] }),
            "is a string or null instead of a string",
            false,
        ),
        (
            json!({ "type": "integer" }),
            json!({ "type": "number" }),
            "is a number instead of an integer",
            false,
        ),
        (
            json!({ "type": "string", "enum": ["a"] }),
            json!({ "type": "string", "enum": ["a", "b"] }),
            "takes `b` too now",
            false,
        ),
        (json!({ "maximum": 10 }), json!({ "maximum": 20 }), "has a `maximum` of 20 instead of 10", false),
        (json!({ "minLength": 2 }), json!({}), "has a `minLength` of none instead of 2", false),
        (json!({ "pattern": "^a" }), json!({}), "has the `pattern` none instead of `^a`", false),
        (json!({}), json!({ "format": "uuid" }), "has the format `uuid` instead of no format", true),
        (json!({}), json!({ "uniqueItems": true }), "must not repeat items now", true),
        (
            json!({ "type": "object" }),
            json!({ "type": "object", "additionalProperties": false }),
            "must not have properties that are not listed now",
            true,
        ),
        (json!({}), json!({ "type": "object" }), "is an object instead of anything", true),
        (json!({}), json!({ "const": 1 }), "is an integer instead of anything", true),
    ];
    for (old, new, text, narrows) in cases {
        let lines = schema("3.1.0", old.clone(), new.clone());
        let (request, response) = if narrows { ("! ", "") } else { ("", "! ") };
        let expected =
            [format!("{request}`S` in requests {text}"), format!("{response}`S` in responses {text}")];
        assert!(expected.iter().all(|line| lines.contains(line)), "{lines:?}\n{expected:?}");
        // And the way back is the other way round.
        for line in schema("3.1.0", new, old) {
            assert_eq!(line.starts_with('!'), line.contains("requests") != narrows, "{line}");
        }
    }
}

#[test]
fn properties() {
    let object = |properties: Value, required: Value| json!({ "type": "object", "properties": properties, "required": required });
    let old = object(json!({ "a": {}, "b": {}, "c": {}, "r": { "readOnly": true }, "w": {} }), json!(["b"]));
    let new = object(
        json!({ "a": {}, "b": {}, "d": {}, "e": {}, "w": { "writeOnly": true }, "r": { "readOnly": true } }),
        json!(["a", "d", "r"]),
    );
    assert_eq!(
        schema("3.0.3", old, new),
        [
            "! `S.a` in requests must be sent now",
            "! `S.c` in requests is gone",
            "! `S.d` in requests is new and must be sent",
            "`S.e` in requests is new",
            "`S.b` in requests need not be sent any more",
            "! `S.b` in responses is not always there any more",
            "! `S.c` in responses is gone",
            "! `S.w` in responses is gone",
            "`S.d` in responses is new",
            "`S.e` in responses is new",
            "`S.a` in responses is always there now",
            "`S.r` in responses is always there now",
        ]
    );
}

#[test]
fn alternatives_are_known_by_name() {
    let refs = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect()
    };
    assert_eq!(
        schema("3.1.0", json!({ "oneOf": refs(&["T"]) }), json!({ "oneOf": refs(&["U", "T"]) })),
        [
            "`S` in requests can also be `U`",
            "`S` in requests is an object or a string instead of a string",
            "! `S` in responses can also be `U`",
            "! `S` in responses is an object or a string instead of a string",
        ]
    );
    // What was the only one and is one of several now.
    let with = |schema: Value| {
        document(json!({
            "paths": { "/p": { "get": { "responses": { "200": { "content": { "a/b": { "schema": schema } } } } } } },
            "components": { "schemas": { "T": { "type": "object" }, "U": { "type": "object" } } },
        }))
    };
    let single = || with(json!({ "$ref": "#/components/schemas/T" }));
    let several = || with(json!({ "oneOf": refs(&["T", "U"]) }));
    assert_eq!(
        compare(&single(), &several()).to_string(),
        "Breaking:\n\n- `GET /p`: the `200` response can also be `U`\n"
    );
    assert_eq!(
        compare(&several(), &single()).to_string(),
        "Changed:\n\n- `GET /p`: the `200` response can no longer be `U`\n"
    );
}

#[test]
fn dialects_are_evened_out() {
    let nothing: [&str; 0] = [];
    let v30 = json!({ "properties": {
        "n": { "type": "number", "minimum": 1, "exclusiveMinimum": true, "nullable": true },
        "t": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/T" }] },
    } });
    let v31 = json!({ "type": "object", "properties": {
        "n": { "type": ["number", "null"], "exclusiveMinimum": 1 },
        "t": { "anyOf": [{ "$ref": "#/components/schemas/T" }, { "type": "null" }] },
    } });
    assert_eq!(schema("3.1.0", v30, v31), nothing);
    let flat = json!({ "type": "object", "properties": { "a": {}, "b": {} }, "required": ["a", "b"] });
    let composed = json!({ "allOf": [
        { "type": "object", "properties": { "b": {} }, "required": ["b"] },
        { "properties": { "a": {} }, "required": ["a"] },
    ] });
    assert_eq!(schema("3.1.0", flat, composed), nothing);
}

#[test]
fn a_document_of_2_0_is_the_same_in_3_0() {
    let old = Document::parse_json(
        &json!({
            "swagger": "2.0",
            "info": { "title": "Quotes", "version": "1" },
            "host": "a.test", "basePath": "/v1", "schemes": ["https"],
            "consumes": ["application/json"], "produces": ["application/json"],
            "securityDefinitions": { "key": { "type": "apiKey", "in": "header", "name": "k" }, "basic": { "type": "basic" } },
            "security": [{ "key": [] }, { "basic": [] }],
            "paths": {
                "/quotes": {
                    "get": {
                        "parameters": [
                            { "name": "ids", "in": "query", "type": "array", "items": { "type": "integer" }, "collectionFormat": "multi" },
                            { "name": "n", "in": "query", "type": "integer", "description": "N", "maximum": 5 },
                        ],
                        "responses": { "200": {
                            "description": "D",
                            "schema": { "type": "array", "items": { "$ref": "#/definitions/Quote" } },
                            "headers": { "X-N": { "type": "integer" } },
                        } },
                    },
                    "post": {
                        "parameters": [{ "name": "b", "in": "body", "required": true, "schema": { "$ref": "#/definitions/Quote" } }],
                        "responses": { "default": { "description": "D" } },
                    },
                },
                "/files": { "post": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [
                        { "name": "file", "in": "formData", "type": "file", "required": true },
                        { "name": "note", "in": "formData", "type": "string" },
                    ],
                } },
            },
            "definitions": { "Quote": { "type": "object", "properties": { "id": { "type": "string", "x-nullable": true } } } },
        })
        .to_string(),
    )
    .unwrap();
    let new = document(json!({
        "openapi": "3.0.3",
        "servers": [{ "url": "https://a.test/v1" }],
        "security": [{ "k": [] }, { "b": [] }],
        "paths": {
            "/quotes": {
                "get": {
                    "parameters": [
                        { "name": "ids", "in": "query", "schema": { "type": "array", "items": { "type": "integer" } } },
                        { "name": "n", "in": "query", "description": "N", "schema": { "type": "integer", "maximum": 5 } },
                    ],
                    "responses": { "200": {
                        "description": "D",
                        "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Quote" } } } },
                        "headers": { "x-n": { "schema": { "type": "integer" } } },
                    } },
                },
                "post": {
                    "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Quote" } } } },
                    "responses": { "default": { "description": "D" } },
                },
            },
            "/files": { "post": { "requestBody": { "required": true, "content": { "multipart/form-data": { "schema": {
                "type": "object",
                "properties": { "file": { "type": "string", "format": "binary" }, "note": { "type": "string" } },
                "required": ["file"],
            } } } } } },
        },
        "components": {
            "securitySchemes": {
                "k": { "type": "apiKey", "in": "header", "name": "k" },
                "b": { "type": "http", "scheme": "Basic" },
            },
            "schemas": { "Quote": { "type": "object", "properties": { "id": { "type": "string", "nullable": true } } } },
        },
    }));
    assert_eq!(compare(&old, &new).to_string(), "Nothing changed.\n");
    assert_eq!(compare(&new, &old).to_string(), "Nothing changed.\n");
}

#[test]
fn messages() {
    let old = operation(json!({
        "requestBody": { "content": { "application/json": {}, "text/csv": {} } },
        "responses": { "200": { "headers": { "X-A": {} }, "content": { "application/json; charset=utf-8": {}, "text/csv": {} } }, "201": {} },
    }));
    let new = operation(json!({
        "requestBody": { "required": true, "content": { "application/*": {}, "application/xml": {} } },
        "responses": { "2XX": { "headers": { "X-B": {} }, "content": { "application/json": {}, "text/html": {} } }, "400": {} },
    }));
    assert_eq!(
        changelog(old, new),
        "\
Breaking:

- `GET /a/{id}`: the request body must be sent now
- `GET /a/{id}`: the request body is gone as `text/csv`
- `GET /a/{id}`: the `200` response is gone as `text/csv`
- `GET /a/{id}`: the header `X-A` is gone

Added:

- `GET /a/{id}`: the request body is new as `application/xml`
- `GET /a/{id}`: the `400` response is new
- `GET /a/{id}`: the `2XX` response is new as `text/html`
- `GET /a/{id}`: the header `X-B` is new
- `GET /a/{id}`: the `2XX` response is new as `application/json`
"
    );
}

#[test]
fn all_methods_of_3_2_are_compared() {
    let with = |summary: &str| {
        json!({ "openapi": "3.2.0", "paths": { "/a": { "$ref": "#/components/pathItems/A" } }, "components": { "pathItems": {
            "A": { "query": { "summary": summary }, "additionalOperations": { "COPY": { "summary": summary } } },
        } } })
    };
    let (old, new) = (document(with("old")), document(with("new")));
    let difference = compare(&old, &new);
    let places: Vec<_> =
        difference.changes.iter().map(|change| (&*change.operations[0].method, &*change.pointer)).collect();
    assert_eq!(
        places,
        [
            ("QUERY", "/components/pathItems/A/query/summary"),
            ("COPY", "/components/pathItems/A/additionalOperations/COPY/summary"),
        ]
    );
}

#[test]
fn security_breaks_who_is_no_longer_let_in() {
    let with = |security: Value| {
        json!({
            "paths": { "/a": { "get": { "security": security } } },
            "components": { "securitySchemes": {
                "k": { "type": "apiKey", "in": "header", "name": "k" },
                "o": { "type": "oauth2" },
            } },
        })
    };
    let one = || with(json!([{ "k": [] }]));
    assert!(changelog(one(), with(json!([]))).starts_with("Changed:"));
    assert!(changelog(one(), with(json!([{ "o": ["read"] }, { "k": [] }]))).starts_with("Changed:"));
    assert_eq!(
        changelog(one(), with(json!([{ "k": [], "o": ["read"] }]))),
        "Breaking:\n\n- `GET /a`: callers must show OAuth 2.0 with `read` and a key in the header `k` instead of a key in the header `k`\n"
    );
    assert!(changelog(with(json!([])), one()).starts_with("Breaking:"));
}

#[test]
fn callbacks_and_webhooks_go_the_other_way() {
    let call = |schema: Value| json!({ "post": { "requestBody": { "content": { "application/json": { "schema": schema } } } } });
    let with = |schema: Value| {
        let item = call(schema);
        json!({
            "paths": { "/a": { "post": { "callbacks": { "done": { "{$request.body#/url}": item } } } } },
            "webhooks": { "told": item },
        })
    };
    let closed = || with(json!({ "type": "string", "enum": ["a"] }));
    let open = || with(json!({ "type": "string", "enum": ["a", "b"] }));
    assert_eq!(compare(&document(closed()), &document(open())).counts.breaking, 2);
    assert_eq!(compare(&document(open()), &document(closed())).counts.breaking, 0);
    let gone = json!({ "paths": { "/a": { "post": {} } } });
    assert_eq!(compare(&document(open()), &document(gone)).counts.breaking, 2);
}

#[test]
fn circles_end_and_many_changes_are_counted() {
    let circular = |extra: &str| {
        let mut schemas: serde_json::Map<String, Value> = (0..300)
            .map(|n| {
                let next = format!("#/components/schemas/S{}", (n + 1) % 300);
                let properties =
                    json!({ "next": { "$ref": next }, "all": { "items": { "$ref": next } }, extra: {} });
                (format!("S{n}"), json!({ "allOf": [{ "$ref": next }], "properties": properties }))
            })
            .collect();
        schemas.insert("Self".to_owned(), json!({ "$ref": "#/components/schemas/Self" }));
        let paths: serde_json::Map<String, Value> = (0..30)
            .map(|n| {
                let schema = json!({ "$ref": format!("#/components/schemas/S{n}") });
                (format!("/{n}"), json!({ "get": { "responses": { "200": { "content": { "a/b": { "schema": schema } } } } } }))
            })
            .collect();
        document(json!({ "paths": paths, "components": { "schemas": schemas } }))
    };
    let difference = compare(&circular("old"), &circular("new"));
    assert_eq!(difference.counts.breaking, 300);
    assert_eq!(difference.changes.len(), 2 * LISTED_CHANGES);
    assert_eq!((difference.changes[0].operations.len(), difference.changes[0].more_operations), (20, 10));
    let text = difference.to_string();
    assert!(text.contains(" and 27 more)\n") && text.contains("- and 100 more\n"), "{text}");
}
