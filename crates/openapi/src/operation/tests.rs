use serde_json::json;

use crate::Document;
use crate::fixture::document;

fn listed(document: &Document) -> Vec<String> {
    document.operations().map(|operation| format!("{} {}", operation.method, operation.path)).collect()
}

#[test]
fn an_operation_tells_what_the_document_says_of_it() {
    let document = document(json!({ "paths": { "/quotes/{id}": {
        "summary": "Not the operation's",
        "parameters": [],
        "get": { "operationId": "getQuote", "summary": "One quote", "description": "*All* of it.",
                 "tags": ["Quotes", 7, "Read"] },
        "delete": {},
        "x-get": {},
    }}}));
    let operations: Vec<_> = document.operations().collect();
    let [get, delete] = &operations[..] else { panic!("{operations:?}") };
    assert_eq!((get.method.as_str(), get.path), ("GET", "/quotes/{id}"));
    assert_eq!(get.operation_id, Some("getQuote"));
    assert_eq!((get.summary, get.description), (Some("One quote"), Some("*All* of it.")));
    assert_eq!(get.tags, ["Quotes", "Read"]);
    assert_eq!((delete.method.as_str(), delete.operation_id, delete.tags.len()), ("DELETE", None, 0));
}

#[test]
fn paths_keep_their_order_and_extensions_are_no_paths() {
    let document = document(json!({ "paths": {
        "/z": { "post": {}, "get": {} }, "x-shared": { "get": {} }, "/a": { "trace": {} }, "/b": null,
    }}));
    assert_eq!(listed(&document), ["GET /z", "POST /z", "TRACE /a"]);
}

#[test]
fn path_items_are_followed_to_components_and_to_other_paths() {
    let document = document(json!({
        "paths": {
            "/a": { "$ref": "#/components/pathItems/Shared" },
            "/b": { "$ref": "#/paths/~1a", "get": { "operationId": "own" } },
            "/c": { "$ref": "#/paths/~1c%7Bid%7D" },
            "/c{id}": { "put": {} },
        },
        "components": { "pathItems": { "Shared": { "get": { "operationId": "shared" }, "post": {} } } },
    }));
    assert_eq!(listed(&document), ["GET /a", "POST /a", "GET /b", "POST /b", "PUT /c", "PUT /c{id}"]);
    let ids: Vec<_> = document.operations().filter_map(|operation| operation.operation_id).collect();
    assert_eq!(ids, ["shared", "own"]);
}

#[test]
fn the_methods_of_3_2_are_known_there_only() {
    let paths = json!({ "paths": {
        "/a": {
            "query": { "operationId": "ask" },
            "additionalOperations": { "COPY": { "operationId": "copy" }, "get": {}, "Odd": {} },
        },
        "/b": { "$ref": "#/paths/~1a", "additionalOperations": { "COPY": { "operationId": "own" } } },
    }});
    assert!(document(paths.clone()).operations().next().is_none());
    let mut root = paths;
    root["openapi"] = json!("3.2.0");
    let document = document(root);
    let expected = ["QUERY /a", "COPY /a", "Odd /a", "QUERY /b", "COPY /b", "Odd /b"];
    assert_eq!(listed(&document), expected);
    let ids: Vec<_> = document.operations().filter_map(|operation| operation.operation_id).collect();
    assert_eq!(ids, ["ask", "copy", "ask", "own"]);
    for operation in document.operations() {
        assert!(document.operation(&operation.method, operation.path).is_some(), "{operation:?}");
    }
    assert!(document.operation("GET", "/a").is_none());
}
