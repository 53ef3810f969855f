//! `/api/portico/v1/api_collections/:id/documents`

use std::io::{Cursor, Write as _};

use axum::body::Body;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::world::{Answer, Somebody, World, document};

const DOCUMENTS: &str = "/api/portico/v1/api_collections/1/documents";

/// The document of [`document`] with an operation more, one less and another name for a parameter.
fn other_document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Quotes", "version": "1.1" },
        "paths": {
            "/quotes/{number}": {
                "get": { "summary": "Read a quote", "description": "One quote.", "responses": {} },
            },
            "/orders": { "post": { "summary": "Order", "responses": {} } },
        },
    })
}

fn spec(document: &Value) -> Value {
    json!({ "openapi_spec": { "content": document.to_string(), "format": "json" } })
}

/// A collection with two endpoints from a document and one made by hand, all active.
async fn published(ada: &Somebody<'_>) {
    let body = json!({ "name": "Quotes", "openapi_spec": { "content": document().to_string() } });
    ada.post("/api/api_collections", body).await.ok();
    let by_hand = json!({ "name": "Mine", "method": "PUT", "path": "mine/{id}" });
    ada.post("/api/api_collections/1/api_endpoints", by_hand).await.ok();
    for id in 1..=3 {
        ada.put(&format!("/api/api_endpoints/{id}/enable")).await.ok();
    }
}

/// Id, method, path, name, and whether it is active, of every endpoint.
async fn endpoints(ada: &Somebody<'_>) -> Vec<String> {
    let list = ada.get("/api/api_endpoints").await.ok();
    let tell = |one: &Value| {
        let active = if one["active"] == true { "active" } else { "inactive" };
        let text = |field| one[field].as_str().unwrap();
        format!("{} {} /{} {:?} {active}", one["id"], text("method"), text("path"), text("name"))
    };
    list.as_array().unwrap().iter().map(tell).collect()
}

async fn recipes(ada: &Somebody<'_>) -> usize {
    ada.get("/api/recipes").await.ok()["items"].as_array().unwrap().len()
}

async fn with_tag(ada: &Somebody<'_>, path: &str, tag: &str, body: Value) -> Answer {
    let mut request = ada.request("POST", path, body.to_string());
    request.headers_mut().insert("if-match", tag.parse().unwrap());
    ada.world.send(request).await
}

#[tokio::test]
async fn another_document_keeps_what_stays() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    assert_eq!(
        endpoints(&ada).await,
        [
            "1 GET /quotes \"listQuotes\" active",
            "2 GET /quotes/{id} \"Get a quote\" active",
            "3 PUT /mine/{id} \"Mine\" active",
        ]
    );
    let answer = ada.post(DOCUMENTS, spec(&other_document())).await;
    assert_eq!(answer.header("etag"), "\"2\"");
    let done = answer.ok();
    assert_eq!(done["data"]["endpoints"], json!({ "added": 1, "updated": 1, "removed": 1 }));
    assert_eq!(done["data"]["message"], "1 endpoint added, 1 changed, 1 removed");
    assert_eq!(done["data"]["document"]["id"], 2);
    assert_eq!(done["data"]["import_results"]["total_endpoints"], 2);
    assert!(done["data"]["difference"]["counts"]["breaking"].as_i64().unwrap() > 0, "{done}");
    let text = done["data"]["difference"]["text"].as_str().unwrap();
    assert!(text.contains("`POST /orders`") && text.contains("`GET /quotes`"), "{text}");
    assert_eq!(
        endpoints(&ada).await,
        [
            "2 GET /quotes/{number} \"Read a quote\" active",
            "3 PUT /mine/{id} \"Mine\" active",
            "4 POST /orders \"Order\" inactive",
        ]
    );
    assert_eq!(recipes(&ada).await, 3);
}

#[tokio::test]
async fn what_is_added_can_be_active_at_once() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    let mut body = spec(&other_document());
    body["activate"] = true.into();
    ada.post(DOCUMENTS, body).await.ok();
    assert!(endpoints(&ada).await.contains(&"4 POST /orders \"Order\" active".to_owned()));
}

#[tokio::test]
async fn a_preview_says_the_same_and_writes_nothing() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    let before = endpoints(&ada).await;
    let body = spec(&other_document());
    let mut preview = ada.post(&format!("{DOCUMENTS}/preview"), body.clone()).await.ok();
    assert_eq!(preview["data"]["document"]["id"], 1);
    assert_eq!(endpoints(&ada).await, before);
    assert_eq!(ada.get(DOCUMENTS).await.ok()["count"], 1);
    let mut done = ada.post(DOCUMENTS, body).await.ok();
    for answer in [&mut preview, &mut done] {
        answer["data"]["document"].take();
    }
    assert_eq!(preview, done);
}

#[tokio::test]
async fn an_earlier_document_is_put_in_force_again() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    ada.post(DOCUMENTS, spec(&other_document())).await.ok();
    let done = ada.post(&format!("{DOCUMENTS}/1/restore"), json!({ "activate": true })).await.ok();
    assert_eq!(done["data"]["document"]["id"], 1);
    assert_eq!(done["data"]["endpoints"], json!({ "added": 1, "updated": 1, "removed": 1 }));
    assert_eq!(
        endpoints(&ada).await,
        [
            "2 GET /quotes/{id} \"Get a quote\" active",
            "3 PUT /mine/{id} \"Mine\" active",
            "5 GET /quotes \"listQuotes\" active",
        ]
    );
    // It is the same row as before; nothing is copied.
    let list = ada.get(DOCUMENTS).await.ok();
    let rows = list["data"].as_array().unwrap();
    let seen: Vec<_> =
        rows.iter().map(|row| (row["id"].as_i64().unwrap(), row["in_force"] == true)).collect();
    assert_eq!(seen, [(2, false), (1, true)]);
    assert_eq!(
        ada.post(&format!("{DOCUMENTS}/99/restore"), json!({})).await.problem(),
        "404 Not found: there is no such document"
    );
}

#[tokio::test]
async fn a_name_that_people_gave_stays() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    // Once the document has what was made by hand, it is that endpoint still.
    let mut with_mine = document();
    with_mine["paths"]["/mine/{number}"] = json!({ "put": { "summary": "Theirs", "responses": {} } });
    ada.post(DOCUMENTS, spec(&with_mine)).await.ok();
    assert!(endpoints(&ada).await.contains(&"3 PUT /mine/{number} \"Mine\" active".to_owned()));
}

#[tokio::test]
async fn the_same_document_again_is_not_kept_twice() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    let done = ada.post(DOCUMENTS, spec(&document())).await.ok();
    assert_eq!(done["data"]["endpoints"], json!({ "added": 0, "updated": 0, "removed": 0 }));
    assert_eq!(done["data"]["message"], "The endpoints stay as they are");
    assert_eq!(done["data"]["document"]["id"], 1);
    assert_eq!(ada.get(DOCUMENTS).await.ok()["count"], 1);
}

#[tokio::test]
async fn only_so_many_documents_are_kept() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    for number in 0..22 {
        let mut document = document();
        document["info"]["version"] = number.to_string().into();
        ada.post(DOCUMENTS, spec(&document)).await.ok();
    }
    let list = ada.get(DOCUMENTS).await.ok();
    assert_eq!(
        (&list["count"], &list["data"][0]["id"], &list["data"][19]["id"]),
        (&json!(20), &json!(23), &json!(4))
    );
}

#[tokio::test]
async fn whoever_says_which_document_they_saw_changes_no_other() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    assert_eq!(ada.get(DOCUMENTS).await.header("etag"), "\"1\"");
    let (new, restore) = (spec(&other_document()), format!("{DOCUMENTS}/1/restore"));
    let moved = "412 the document in force is another one; look at it, and send its `ETag`";
    assert_eq!(with_tag(&ada, DOCUMENTS, "\"9\"", new.clone()).await.problem(), moved);
    assert_eq!(ada.get(DOCUMENTS).await.ok()["count"], 1);
    with_tag(&ada, DOCUMENTS, "\"1\"", new.clone()).await.ok();
    assert_eq!(with_tag(&ada, DOCUMENTS, "\"1\"", new).await.problem(), moved);
    assert_eq!(with_tag(&ada, &restore, "\"1\"", json!({})).await.problem(), moved);
    with_tag(&ada, &restore, "*", json!({})).await.ok();
    assert_eq!(with_tag(&ada, &restore, "1", json!({})).await.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_leaves_everything_as_it_is() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    let before = endpoints(&ada).await;
    let yaml = "openapi: 3.1.0\ninfo:\n  title: Quotes\n  version: '1'\npaths:\n  /a: {}\n  /a: {}\n";
    for path in [DOCUMENTS, &format!("{DOCUMENTS}/preview"), "/api/portico/v1/document_previews"] {
        let body = json!({ "openapi_spec": { "content": yaml, "format": "yaml" } });
        let problem = ada.post(path, body).await.problem();
        assert!(problem.starts_with("400 openapi_spec.content cannot be read: "), "{problem}");
        assert!(problem.contains("`/paths/~1a`") && problem.contains("line 7"), "{problem}");
        let problem = ada.post(path, json!({})).await.problem();
        assert_eq!(problem, "400 openapi_spec can't be blank");
    }
    assert_eq!(endpoints(&ada).await, before);
    assert_eq!(ada.get(DOCUMENTS).await.ok()["count"], 1);
}

#[tokio::test]
async fn a_document_is_read_back_as_it_was_given() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let yaml = "# Ours\nopenapi: 3.1.0\ninfo: {title: Quotes, version: '1.0'}\npaths:\n  /quotes:\n    get: {responses: {}}\n";
    // What is said to be JSON may be YAML.
    let body = json!({ "name": "Quotes", "openapi_spec": { "content": yaml, "format": "json" } });
    ada.post("/api/api_collections", body).await.ok();
    assert_snapshot!(ada.get(&format!("{DOCUMENTS}/1")).await, @r#"
    200 {
      "data": {
        "id": 1,
        "api_collection_id": 1,
        "title": "Quotes",
        "api_version": "1.0",
        "openapi_version": "3.1",
        "format": "yaml",
        "entry": null,
        "files": 1,
        "size_bytes": 103,
        "operations": 1,
        "in_force": true,
        "created_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    let content = ada.get(&format!("{DOCUMENTS}/1/content")).await;
    assert_eq!((content.header("content-type"), content.text.as_str()), ("application/yaml", yaml));
    assert_eq!(content.header("content-disposition"), "attachment; filename=\"openapi.yaml\"");

    let text = format!(" {}\n", document());
    ada.post(DOCUMENTS, json!({ "openapi_spec": { "content": text } })).await.ok();
    let content = ada.get(&format!("{DOCUMENTS}/2/content")).await;
    assert_eq!((content.header("content-type"), &content.text), ("application/json", &text));
}

#[tokio::test]
async fn two_documents_are_compared() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    ada.post(DOCUMENTS, spec(&other_document())).await.ok();
    let operations = async |query: &str| {
        let answer = ada.get(&format!("{DOCUMENTS}/{query}")).await.ok();
        let changes = answer["data"]["changes"].as_array().unwrap().clone();
        let tell = |change: &Value| {
            let operation = &change["operations"][0];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            format!("{} {} {}", text(&change["kind"]), text(&operation["method"]), text(&operation["path"]))
        };
        let mut told: Vec<_> =
            changes.iter().filter(|change| change["what"] == "operation").map(tell).collect();
        told.sort_unstable();
        told
    };
    // From the one in force.
    let back = ["added GET /quotes", "added TRACE /quotes/{id}", "removed POST /orders"];
    assert_eq!(operations("1/difference").await, back);
    let forth = ["added POST /orders", "removed GET /quotes", "removed TRACE /quotes/{id}"];
    assert_eq!(operations("2/difference?from=1").await, forth);
    let none = ada.get(&format!("{DOCUMENTS}/2/difference")).await.ok();
    assert_eq!(none["data"]["text"], "Nothing changed.\n");
    assert_eq!(ada.get(&format!("{DOCUMENTS}/2/difference?from=7")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_document_can_be_looked_at_before_there_is_a_collection() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let answer = ada.post("/api/portico/v1/document_previews", spec(&document())).await;
    assert_snapshot!(answer, @r#"
    200 {
      "data": {
        "title": "Quotes",
        "api_version": "1.0",
        "openapi_version": "3.1",
        "operations": [
          {
            "method": "GET",
            "path": "/quotes",
            "name": "listQuotes"
          },
          {
            "method": "GET",
            "path": "/quotes/{id}",
            "name": "Get a quote"
          }
        ],
        "unserved": [
          {
            "method": "TRACE",
            "path": "/quotes/{id}",
            "code": "method",
            "reason": "the gateway takes no such method: it is `CONNECT`, `TRACE`, or not registered"
          }
        ],
        "warnings": [],
        "servers": [
          "https://backend.example.com/v1"
        ]
      }
    }
    "#);
    assert_eq!(ada.get("/api/api_collections").await.ok(), json!([]));
}

fn zipped(files: &[(&str, &str)]) -> String {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    STANDARD.encode(writer.finish().unwrap().into_inner())
}

#[tokio::test]
async fn an_archive_is_taken_as_well() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    published(&ada).await;
    let text = other_document().to_string();
    let archive = zipped(&[("api/openapi.json", &text), ("api/README.md", "Read me")]);
    let body = json!({ "openapi_spec": { "content": archive, "format": "zip" } });
    let done = ada.post(DOCUMENTS, body).await.ok();
    assert_eq!(done["data"]["document"]["entry"], "api/openapi.json");
    assert_eq!(done["data"]["endpoints"]["added"], 1);
    assert_eq!(ada.get(&format!("{DOCUMENTS}/2/content")).await.text, text);

    for (content, fault) in [
        ("%%%".to_owned(), "is not base64"),
        (STANDARD.encode("openapi: 3.1.0"), "is no zip archive"),
        (zipped(&[("../openapi.json", &text)]), "leads out of it"),
        (zipped(&[("a.json", &text), ("b.json", &text)]), "say which of them is the one to begin with"),
    ] {
        let body = json!({ "openapi_spec": { "content": content, "format": "zip" } });
        let problem = ada.post(DOCUMENTS, body).await.problem();
        assert!(problem.starts_with("400 openapi_spec.content ") && problem.contains(fault), "{problem}");
    }
    let spec = json!({ "content": zipped(&[("a.json", &text)]), "format": "zip", "entry": "b.json" });
    let problem = ada.post(DOCUMENTS, json!({ "openapi_spec": spec })).await.problem();
    assert!(problem.contains("there is no file `b.json`"), "{problem}");
}

#[tokio::test]
async fn a_collection_without_a_document_can_get_one() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    let by_hand = json!({ "name": "Mine", "method": "GET", "path": "quotes" });
    ada.post("/api/api_collections/1/api_endpoints", by_hand).await.ok();
    let list = ada.get(DOCUMENTS).await;
    assert_eq!(list.header("etag"), "");
    assert_eq!(list.ok()["count"], 0);
    let done = ada.post(DOCUMENTS, spec(&document())).await.ok();
    assert_eq!(done["data"]["endpoints"], json!({ "added": 1, "updated": 0, "removed": 0 }));
    assert_eq!(endpoints(&ada).await[0], "1 GET /quotes \"Mine\" inactive");
}

#[tokio::test]
async fn documents_of_others_are_not_there() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    published(&ada).await;
    for path in ["", "/1", "/1/content", "/1/difference"] {
        let answer = eve.send("GET", &format!("{DOCUMENTS}{path}"), Body::empty()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["", "/preview", "/1/restore"] {
        let answer = eve.post(&format!("{DOCUMENTS}{path}"), spec(&other_document())).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(ada.get(DOCUMENTS).await.ok()["count"], 1);
}
