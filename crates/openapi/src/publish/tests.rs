use serde_json::json;

use super::*;
use crate::fixture::document;

/// Published at `https://api.test/q` with these operations, and read again.
fn published(fields: Value, kept: &[&str]) -> Value {
    let keep = |method: &str, path: &str| kept.contains(&format!("{method} {path}").as_str());
    let published =
        document(fields).published(&Publication { gateway_url: "https://api.test/q", keep: &keep });
    let again = Document::parse_json(&published.to_string()).unwrap();
    let mut shown: Vec<_> = again.operations().map(|one| format!("{} {}", one.method, one.path)).collect();
    let mut kept = kept.to_vec();
    shown.sort();
    kept.sort_unstable();
    assert_eq!(shown, kept);
    published
}

#[test]
fn readers_see_the_gateway_and_what_can_be_called_there() {
    let before = json!({
        "servers": [{ "url": "https://backend.test" }],
        "security": [{ "oauth": [] }],
        "paths": {
            "x-order": 1,
            "/b": {
                "servers": [{ "url": "https://b.test" }],
                "parameters": [{ "name": "p" }],
                "post": {},
                "get": { "operationId": "b", "servers": [], "security": [{}], "tags": ["T"] },
            },
            "/a": { "get": {} },
        },
        "components": { "securitySchemes": { "oauth": { "type": "oauth2" } }, "schemas": { "S": {} } },
        "x-more": { "servers": [7] },
    });
    let after = published(before, &["GET /b"]);
    assert_eq!(
        after.to_string(),
        json!({
            "openapi": "3.1.0",
            "info": { "title": "Quotes", "version": "1" },
            "servers": [{ "url": "https://api.test/q" }],
            "security": [{ "api-token": [] }, { "api-token-basic": [] }],
            "paths": {
                "x-order": 1,
                "/b": { "parameters": [{ "name": "p" }], "get": { "operationId": "b", "tags": ["T"] } },
            },
            "components": {
                "securitySchemes": {
                    "api-token": {
                        "type": "apiKey", "in": "header", "name": "api-token", "description": "Your API key.",
                    },
                    "api-token-basic": {
                        "type": "http", "scheme": "basic",
                        "description": "The user name is `api-token`, the password your API key.",
                    },
                },
                "schemas": { "S": {} },
            },
            "x-more": { "servers": [7] },
        })
        .to_string()
    );
}

/// A document of 2.0 with these fields, published with these operations at a gateway.
fn published_v2(fields: Value, kept: &[&str], gateway_url: &str) -> Value {
    let mut root = json!({ "swagger": "2.0", "info": { "title": "Quotes", "version": "1" } });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    root.as_object_mut().unwrap().extend(fields);
    let document = Document::parse_json(&root.to_string()).unwrap();
    let keep = |method: &str, path: &str| kept.contains(&format!("{method} {path}").as_str());
    let published = document.published(&Publication { gateway_url, keep: &keep });
    let again = Document::parse_json(&published.to_string()).unwrap();
    assert_eq!(again.operations().count(), kept.len());
    published
}

#[test]
fn in_2_0_the_gateway_is_host_and_base_path() {
    let before = json!({
        "host": "backend.test:80",
        "paths": { "/a": {
            "get": { "schemes": ["http"], "security": [{ "oauth": [] }], "produces": ["text/csv"], "responses": {} },
            "put": {},
        } },
        "securityDefinitions": { "oauth": { "type": "oauth2" } },
        "schemes": ["http", "https"],
        "definitions": { "Q": {} },
    });
    let after = published_v2(before, &["GET /a"], "https://api.test:8080/main/quotes-v1");
    assert_eq!(
        after.to_string(),
        json!({
            "swagger": "2.0",
            "info": { "title": "Quotes", "version": "1" },
            "host": "api.test:8080",
            "paths": { "/a": { "get": { "produces": ["text/csv"], "responses": {} } } },
            "securityDefinitions": {
                "api-token": {
                    "type": "apiKey", "in": "header", "name": "api-token", "description": "Your API key.",
                },
                "api-token-basic": {
                    "type": "basic",
                    "description": "The user name is `api-token`, the password your API key.",
                },
            },
            "schemes": ["https"],
            "definitions": { "Q": {} },
            "basePath": "/main/quotes-v1",
            "security": [{ "api-token": [] }, { "api-token-basic": [] }],
        })
        .to_string()
    );
    let after = published_v2(json!({ "paths": {} }), &[], "http://api.test");
    assert_eq!((&after["host"], &after["basePath"]), (&json!("api.test"), &json!("/")));
    assert!(after.get("servers").is_none() && after.get("components").is_none());
}

#[test]
fn in_2_0_what_is_shared_moves_to_the_definitions() {
    let after = published_v2(
        json!({ "paths": {
            "/a": { "post": {
                "parameters": [{ "name": "p", "in": "query", "type": "string" }],
                "responses": { "200": { "description": "D", "schema": { "type": "object" } } },
            } },
            "/b": { "get": {
                "parameters": [{ "$ref": "#/paths/~1a/post/parameters/0" }],
                "responses": {
                    "200": { "$ref": "#/paths/~1a/post/responses/200" },
                    "201": { "description": "D", "schema": { "$ref": "#/paths/~1a/post/responses/200/schema" } },
                },
            } },
        } }),
        &["GET /b"],
        "https://api.test/q",
    );
    let mut references = Vec::new();
    each_reference(&after, &mut |reference| references.push(reference.to_owned()));
    assert_eq!(references.len(), 3);
    for (reference, section) in references.iter().zip(["parameters", "responses", "definitions"]) {
        assert!(reference.starts_with(&format!("#/{section}/")), "{reference}");
        assert!(after.pointer(&local_pointer(reference).unwrap()).is_some(), "{reference}");
    }
}

#[test]
fn a_document_of_3_2_no_longer_claims_an_address() {
    let after = published(
        json!({
            "openapi": "3.2.0",
            "$self": "https://backend.test/api.json",
            "tags": [{ "name": "quotes", "kind": "nav", "parent": "sales" }, { "name": "sales" }],
            "paths": { "/a": { "get": { "responses": { "200": { "description": "D", "content": { "a/b": { "schema": {
                "$ref": "https://backend.test/api.json#/components/schemas/S",
            } } } } } } } },
            "components": { "schemas": { "S": {
                "discriminator": { "propertyName": "k", "mapping": { "s": "https://backend.test/api.json#/components/schemas/S" } },
                "properties": { "mapping": { "$ref": "https://backend.test/other.json#/S" } },
            } } },
        }),
        &["GET /a"],
    );
    assert_eq!(after["tags"][0], json!({ "name": "quotes", "kind": "nav", "parent": "sales" }));
    let text = after.to_string();
    assert!(!text.contains("api.json") && text.contains("other.json"), "{text}");
    let mut references = Vec::new();
    each_reference(&after, &mut |reference| references.push(reference.to_owned()));
    assert_eq!(references[0], "#/components/schemas/S");
}

#[test]
fn servers_and_security_are_there_even_if_the_document_had_none() {
    let after = published(json!({ "openapi": "3.0.0", "paths": { "/a": { "get": {} } } }), &[]);
    assert_eq!(after["servers"], json!([{ "url": "https://api.test/q" }]));
    assert_eq!(after["components"]["securitySchemes"].as_object().unwrap().len(), 2);
    assert_eq!(after["paths"], json!({}));
}

#[test]
fn schemes_of_callbacks_and_webhooks_stay() {
    let after = published(
        json!({
            "paths": { "/a": { "get": { "callbacks": { "c": { "{$url}": { "post": {
                "security": [{ "api-token": [] }],
            } } } } } } },
            "webhooks": { "w": { "post": { "security": [{ "hook": [] }] } } },
            "components": { "securitySchemes": {
                "api-token": { "type": "http", "scheme": "digest" },
                "hook": { "type": "mutualTLS" },
                "other": { "type": "oauth2" },
            } },
        }),
        &["GET /a"],
    );
    let schemes = &after["components"]["securitySchemes"];
    let names: Vec<_> = schemes.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["api-token", "hook", "api-token-", "api-token-basic"]);
    assert_eq!(schemes["api-token"]["scheme"], "digest");
    assert_eq!(after["security"], json!([{ "api-token-": [] }, { "api-token-basic": [] }]));
}

#[test]
fn a_path_without_operations_leaves_no_reference_to_it() {
    let before = json!({ "paths": { "/a": {}, "/b": { "get": {}, "$ref": "#/paths/~1a" } } });
    assert_eq!(published(before, &["GET /b"])["paths"], json!({ "/b": { "get": {} } }));
}

#[test]
fn a_path_item_is_copied_only_where_its_target_is_filtered() {
    let before = || {
        json!({
            "paths": {
                "/a": { "$ref": "#/components/pathItems/Shared", "summary": "A" },
                "/b": { "$ref": "#/components/pathItems/Shared" },
                "/c": { "$ref": "#/paths/~1d" },
                "/d": { "get": {}, "put": {} },
            },
            "components": { "pathItems": {
                "Shared": { "servers": [], "get": { "security": [] }, "post": {} },
                "Unused": { "get": {} },
            } },
        })
    };
    let all = ["GET /a", "POST /a", "GET /b", "POST /b", "GET /c", "PUT /c", "GET /d", "PUT /d"];
    let after = published(before(), &all);
    assert_eq!(after["paths"], before()["paths"]);
    assert_eq!(
        after["components"]["pathItems"],
        json!({ "Shared": { "get": {}, "post": {} }, "Unused": { "get": {} } })
    );

    let after = published(before(), &["GET /a", "GET /b", "POST /b", "GET /c", "PUT /c", "GET /d"]);
    assert_eq!(
        after["paths"],
        json!({
            "/a": { "summary": "A", "get": {} },
            "/b": { "$ref": "#/components/pathItems/Shared" },
            "/c": { "get": {}, "put": {} },
            "/d": { "get": {} },
        })
    );

    let after = published(before(), &["POST /a", "GET /b"]);
    assert_eq!(after["paths"], json!({ "/a": { "summary": "A", "post": {} }, "/b": { "get": {} } }));
    assert_eq!(after["components"]["pathItems"], json!({ "Unused": { "get": {} } }));
}

#[test]
fn what_kept_operations_refer_to_inside_others_moves() {
    let schema = "#/paths/~1a/post/responses/200/content/application~1json/schema";
    let after = published(
        json!({
            "paths": {
                "/a": { "post": {
                    "parameters": [{ "name": "p", "schema": { "$ref": "#/components/schemas/S" } }],
                    "responses": { "200": { "content": { "application/json": { "schema": {
                        "properties": { "self": { "$ref": schema } },
                    } } } } },
                } },
                "/b": { "get": {
                    "parameters": [{ "$ref": "#/paths/~1a/post/parameters/0" }],
                    "responses": { "200": { "content": { "application/json": {
                        "schema": { "items": { "$ref": schema } },
                    } } } },
                } },
            },
            "components": { "schemas": { "S": {} } },
        }),
        &["GET /b"],
    );
    assert_eq!(
        after["paths"]["/b"]["get"],
        json!({
            "parameters": [{ "$ref": "#/components/parameters/1a-post-parameters-0-1" }],
            "responses": { "200": { "content": { "application/json": { "schema": { "items": {
                "$ref": "#/components/schemas/1a-post-responses-200-content-application-1json-schema-0",
            } } } } } },
        })
    );
    let components = &after["components"];
    assert_eq!(components["parameters"]["1a-post-parameters-0-1"]["name"], "p");
    assert_eq!(
        components["schemas"]["1a-post-responses-200-content-application-1json-schema-0"]["properties"]["self"],
        json!({ "$ref": "#/components/schemas/1a-post-responses-200-content-application-1json-schema-0" })
    );
}

#[test]
fn copies_end_somewhere() {
    let mut paths: Map<String, Value> =
        (0..1_000).map(|n| (format!("/{n}"), json!({ "$ref": "#/paths/~1big" }))).collect();
    paths.insert("/big".to_owned(), json!({ "get": { "description": "x".repeat(1 << 20) }, "post": {} }));
    let document = document(json!({ "paths": paths }));
    let keep = |method: &str, _: &str| method == "GET";
    let published = document.published(&Publication { gateway_url: "https://api.test", keep: &keep });
    assert!(published["paths"].as_object().unwrap().len() < 20);
}
