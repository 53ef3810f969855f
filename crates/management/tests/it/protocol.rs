//! What holds for every call: bodies, headers, problems.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_body_that_cannot_be_read_says_why_and_where() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |body: &[u8]| ada.send("POST", "/api/folders", body.to_vec()).await.problem();
    assert_snapshot!(post(b"{\"name\": }").await, @"400 the body is not JSON: expected value at line 1, column 10");
    assert_snapshot!(post(b"{\"name\": \"A\"").await, @"400 the body is not JSON: EOF while parsing an object at line 1, column 12");
    assert_snapshot!(post(b"{\"name\": \"A\"} x").await, @"400 the body is not JSON: trailing characters at line 1, column 15");
    assert_snapshot!(post(b"{\"name\": \"A\", \"name\": \"B\"}").await, @"400 the body has the key `name` twice, at line 1, column 20");
    assert_snapshot!(post(b"{\"name\": \"\xff\"}").await, @"400 the body is not UTF-8, from byte 11 on");
    assert_snapshot!(post(b"{\"name\": \"A\\ud800\"}").await, @"400 the body is not JSON: unexpected end of hex escape at line 1, column 18");
    assert_snapshot!(post(b"[]").await, @r#"400 the body must be a JSON object, such as `{"name": "Sales"}`"#);
    assert_snapshot!(post(b"\"name\"").await, @r#"400 the body must be a JSON object, such as `{"name": "Sales"}`"#);
    assert_snapshot!(post(b"null").await, @r#"400 the body must be a JSON object, such as `{"name": "Sales"}`"#);
    assert_snapshot!(post(b" ").await, @"400 name can't be blank");
    assert_snapshot!(post(b"{\"name\": 1e999}").await, @"400 the body is not JSON: number out of range at line 1, column 14");
    assert_snapshot!(post(&[b'['; 100_000]).await, @"400 the body nests too deeply at line 1, column 121");
    assert_eq!(ada.get("/api/projects").await.ok(), json!([]));
}

#[tokio::test]
async fn a_body_has_a_limit_that_documents_have_too() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let of_size = |size: usize| json!({ "name": "A", "padding": "x".repeat(size) }).to_string();
    let megabyte = 1 << 20;
    ada.send("POST", "/api/folders", of_size(megabyte - 100)).await.ok();
    assert_snapshot!(ada.send("POST", "/api/folders", of_size(megabyte)).await.problem(), @"413 the body is too large; the limit is 1 MB, 10 MB for a logo, and 32 MB where an OpenAPI document is sent");
    ada.send("POST", "/api/api_collections", of_size(20 * megabyte)).await.ok();
    assert_snapshot!(ada.send("POST", "/api/api_collections", of_size(32 * megabyte)).await.problem(), @"413 the body is too large; the limit is 1 MB, 10 MB for a logo, and 32 MB where an OpenAPI document is sent");
}

#[tokio::test]
async fn a_body_is_json_unless_it_says_otherwise() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |name: &str, content_type: &str| {
        let mut request = ada.request("POST", "/api/folders", json!({ "name": name }).to_string());
        request.headers_mut().remove("content-type");
        if !content_type.is_empty() {
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        world.send(request).await
    };
    for (name, content_type) in [
        ("A", ""),
        ("B", "application/json; charset=utf-8"),
        ("C", "Application/JSON"),
        ("D", "application/problem+json"),
    ] {
        post(name, content_type).await.ok();
    }
    assert_snapshot!(post("E", "application/x-www-form-urlencoded").await, @r#"
    415 {
      "message": "the body must be JSON; send it with `Content-Type: application/json`"
    }
    "#);
    assert_snapshot!(post("E", "text/plain").await.problem(), @"415 the body must be JSON; send it with `Content-Type: application/json`");
}

#[tokio::test]
async fn a_query_that_cannot_be_read_names_its_parameter() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    assert_snapshot!(ada.get("/api/projects?page=x&per_page=1.5").await, @r#"
    400 {
      "message": "page must be an integer; per_page must be an integer",
      "errors": {
        "page": [
          "must be an integer"
        ],
        "per_page": [
          "must be an integer"
        ]
      }
    }
    "#);
    assert_snapshot!(ada.get("/api/projects?page=1&page=2").await, @r#"
    400 {
      "message": "the query cannot be read: duplicate field `page`"
    }
    "#);
    ada.get("/api/projects?&&=&x").await.ok();
}

#[tokio::test]
async fn unknown_routes_and_methods_are_answered_in_json() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for path in
        ["/api", "/api/", "/api/unknown", "/api/v2/api_clients/1/unknown", "/api/api_collections/", "/x"]
    {
        assert_eq!(ada.get(path).await.text, r#"{"message":"Not found"}"#, "{path}");
    }
    for path in [
        "/api/v2/api_clients/x",
        "/api/v2/api_clients/1.5",
        "/api/v2/api_clients/99999999999999999999",
        "/api/v2/api_clients/%ff",
    ] {
        assert_eq!(ada.get(path).await.problem(), "404 Not found", "{path}");
    }
    assert_snapshot!(ada.get("/api/v2/api_clients/-1").await.problem(), @"404 Not found: there is no such API client");
    let answer = ada.send("PATCH", "/api/v2/api_clients/1", "").await;
    assert_snapshot!(answer, @r#"
    405 {
      "message": "Method not allowed; `Allow` names those that are"
    }
    "#);
    assert_eq!(answer.header("allow"), "GET,HEAD,PUT,DELETE");
    // Without a token as well.
    let request = Request::delete("/api/users/me").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.status.as_u16(), 405);
}

#[tokio::test]
async fn every_answer_has_an_id_and_stays_where_it_belongs() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let mut ids = Vec::new();
    for path in [
        "/api/users/me",
        "/api/unknown",
        "/api/projects?page=x",
        "/doc/service/x/swagger",
        "/api/openapi.json",
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        ids.push(answer.header("x-request-id").to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 5);
}
