//! `/doc/service/:handle/swagger`

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Answer, World, document};

/// The path and query under which the document of a new collection is read.
async fn published(world: &World, document: &str) -> String {
    let ada = world.admin("main").await;
    let spec = json!({ "content": document });
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes", "openapi_spec": spec })).await.ok();
    ada.put("/api/api_endpoints/1/enable").await.ok();
    let url = made["api_spec_url"].as_str().unwrap();
    url.strip_prefix("https://control.example.com").unwrap().to_owned()
}

/// A document of 3.0 with one operation, which has these fields too.
fn document_v3_0(fields: &serde_json::Value) -> String {
    let mut operation = json!({ "responses": { "200": { "description": "Quotes" } } });
    operation.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let info = json!({ "title": "Quotes", "version": "1" });
    json!({ "openapi": "3.0.3", "info": info, "paths": { "/quotes": { "post": operation } } }).to_string()
}

/// The answer to a request with one more header.
async fn with(world: &World, method: &str, url: &str, header: (&str, &str)) -> Answer {
    let request = Request::builder().method(method).uri(url).header(header.0, header.1);
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_document_is_published_with_its_active_endpoints() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let spec = json!({ "content": document().to_string() });
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes", "openapi_spec": spec })).await.ok();
    ada.put("/api/api_endpoints/2/enable").await.ok();
    let url = made["api_spec_url"].as_str().unwrap().strip_prefix("https://control.example.com").unwrap();
    let answer = world.get(url).await;
    assert_snapshot!(answer, @r#"
    200 {
      "openapi": "3.1.0",
      "info": {
        "title": "Quotes",
        "version": "1.0"
      },
      "servers": [
        {
          "url": "https://api.example.com/main/quotes-v1"
        }
      ],
      "paths": {
        "/quotes/{id}": {
          "get": {
            "summary": "Get a quote",
            "description": "One quote.",
            "responses": {}
          }
        }
      },
      "security": [
        {
          "api-token": []
        },
        {
          "api-token-basic": []
        }
      ],
      "components": {
        "securitySchemes": {
          "api-token": {
            "type": "apiKey",
            "in": "header",
            "name": "api-token",
            "description": "Your API key."
          },
          "api-token-basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The user name is `api-token`, the password your API key."
          }
        }
      }
    }
    "#);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "private, no-cache");

    let conditional = async |tag: &str| {
        let request = Request::get(url).header("if-none-match", tag).body(Body::empty()).unwrap();
        world.send(request).await
    };
    let tag = answer.header("etag");
    let unchanged = conditional(&format!("\"other\", W/{tag}")).await;
    assert_eq!((unchanged.status.as_u16(), &*unchanged.text, unchanged.header("etag")), (304, "", tag));
    ada.put("/api/api_endpoints/1/enable").await.ok();
    assert_eq!(conditional(tag).await.ok()["paths"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_collection_without_a_document_is_described_by_its_endpoints() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes", "version": "1.2" })).await.ok();
    let path = "/api/api_collections/1/api_endpoints";
    let first =
        json!({ "name": "Get", "description": "One.", "method": "GET", "path": "quotes/{id}.{format}" });
    ada.post(path, first).await.ok();
    ada.post(path, json!({ "name": "Hidden", "method": "PUT", "path": "quotes/{id}" })).await.ok();
    ada.put("/api/api_endpoints/1/enable").await.ok();
    let url = made["api_spec_url"].as_str().unwrap().strip_prefix("https://control.example.com").unwrap();
    assert_snapshot!(world.get(url).await, @r#"
    200 {
      "openapi": "3.0.3",
      "info": {
        "title": "Quotes",
        "version": "1.2"
      },
      "paths": {
        "/quotes/{id}.{format}": {
          "get": {
            "summary": "Get",
            "description": "One.",
            "parameters": [
              {
                "name": "id",
                "in": "path",
                "required": true,
                "schema": {
                  "type": "string"
                }
              },
              {
                "name": "format",
                "in": "path",
                "required": true,
                "schema": {
                  "type": "string"
                }
              }
            ],
            "responses": {
              "default": {
                "description": "The answer of the API"
              }
            }
          }
        }
      },
      "servers": [
        {
          "url": "https://api.example.com/main/quotes-v1-2"
        }
      ],
      "security": [
        {
          "api-token": []
        },
        {
          "api-token-basic": []
        }
      ],
      "components": {
        "securitySchemes": {
          "api-token": {
            "type": "apiKey",
            "in": "header",
            "name": "api-token",
            "description": "Your API key."
          },
          "api-token-basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The user name is `api-token`, the password your API key."
          }
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_wrong_token_or_handle_is_not_found() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    ada.post("/api/api_collections", json!({ "name": "Orders" })).await.ok();
    let token = made["api_spec_url"].as_str().unwrap().split("token=").nth(1).unwrap();
    world.get(&format!("/doc/service/quotes-v1/swagger?token={token}")).await.ok();
    for path in [
        "/doc/service/quotes-v1/swagger".to_owned(),
        "/doc/service/quotes-v1/swagger?token=".to_owned(),
        format!("/doc/service/quotes-v1/swagger?token={}", "0".repeat(32)),
        format!("/doc/service/quotes-v1/swagger?token={}", token.to_uppercase()),
        format!("/doc/service/orders-v1/swagger?token={token}"),
        format!("/doc/service/%00/swagger?token={token}"),
        format!("/doc/service/%ff/swagger?token={token}"),
    ] {
        assert_eq!(world.get(&path).await.problem(), "404 Not found", "{path}");
    }
}

#[tokio::test]
async fn the_document_comes_as_yaml_too() {
    let world = World::new().await;
    let url = published(&world, &document_v3_0(&json!({}))).await;
    let answer = world.get(&format!("{url}&format=yaml")).await;
    assert_eq!(answer.header("content-type"), "application/yaml");
    assert_eq!(answer.header("vary"), "accept");
    assert_snapshot!(answer.text, @r"
    openapi: '3.0.3'
    info:
      title: Quotes
      version: '1'
    paths:
      /quotes:
        post:
          responses:
            '200':
              description: Quotes
    servers:
      - url: https://api.example.com/main/quotes-v1
    security:
      - api-token: []
      - api-token-basic: []
    components:
      securitySchemes:
        api-token:
          type: apiKey
          in: header
          name: api-token
          description: Your API key.
        api-token-basic:
          type: http
          scheme: basic
          description: The user name is `api-token`, the password your API key.
    ");

    let accepted = with(&world, "GET", &url, ("accept", "application/yaml")).await;
    assert_eq!((&accepted.text, accepted.header("etag")), (&answer.text, answer.header("etag")));
    // The query counts.
    let json = with(&world, "GET", &format!("{url}&format=json"), ("accept", "application/yaml")).await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_ne!(json.header("etag"), answer.header("etag"));
    let openapi = with(&world, "GET", &url, ("accept", "application/vnd.oai.openapi+json;version=3.0")).await;
    assert_eq!(openapi.header("content-type"), "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!(openapi.text, json.text);
}

#[tokio::test]
async fn a_download_has_a_name() {
    let world = World::new().await;
    let url = published(&world, &document_v3_0(&json!({}))).await;
    let answer = world.get(&format!("{url}&format=yaml&download=true")).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"quotes-v1.yaml\"");
    assert_eq!(world.get(&url).await.header("content-disposition"), "");

    let head = with(&world, "HEAD", &url, ("accept", "*/*")).await;
    assert_eq!((head.status.as_u16(), &*head.text), (200, ""));
    let length = world.get(&url).await.text.len().to_string();
    assert_eq!(head.header("content-length"), length);
}

#[tokio::test]
async fn a_document_of_3_0_comes_in_2_0_if_nothing_is_lost() {
    let world = World::new().await;
    let url = published(&world, &document_v3_0(&json!({}))).await;
    let written = world.get(&format!("{url}&version=2.0")).await.ok();
    assert_eq!((&written["swagger"], &written["host"]), (&json!("2.0"), &json!("api.example.com")));
    assert_eq!(written["basePath"], "/main/quotes-v1");
    assert_eq!(written["securityDefinitions"]["api-token"]["type"], "apiKey");
    let same = world.get(&format!("{url}&version=3.0.1")).await.ok();
    assert_eq!(same["openapi"], "3.0.3");
    assert_eq!(
        world.get(&format!("{url}&version=3.1")).await.problem(),
        "422 the document is written in OpenAPI 3.0 and cannot be had in 3.1; leave `version` out"
    );
}

#[tokio::test]
async fn what_2_0_cannot_say_is_named() {
    let world = World::new().await;
    let callbacks = json!({ "callbacks": { "done": { "{$url}": { "post": { "responses": {} } } } } });
    let url = published(&world, &document_v3_0(&callbacks)).await;
    for _ in 0..2 {
        assert_eq!(
            world.get(&format!("{url}&version=2.0")).await.problem(),
            "422 OpenAPI 2.0 cannot say all that is in this document: callbacks at \
             `/paths/~1quotes/post/callbacks`; take it in 3.0, without `version`"
        );
    }
}

#[tokio::test]
async fn a_document_of_2_0_comes_as_itself() {
    let world = World::new().await;
    let document = json!({
        "swagger": "2.0",
        "info": { "title": "Quotes", "version": "1" },
        "host": "backend.test",
        "paths": { "/quotes": { "get": { "responses": { "200": { "description": "Quotes" } } } } },
    });
    let url = published(&world, &document.to_string()).await;
    let answer = world.get(&url).await;
    assert_eq!(answer.text, world.get(&format!("{url}&version=2.0")).await.text);
    let written = answer.ok();
    assert_eq!((&written["host"], &written["schemes"]), (&json!("api.example.com"), &json!(["https"])));
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let world = World::new().await;
    let url = published(&world, &document_v3_0(&json!({}))).await;
    let answer = world.get(&format!("{url}&format=xml&version=4&download=perhaps")).await;
    assert_eq!(
        answer.problem(),
        "400 format must be `json` or `yaml`; version must be one of `2.0`, `3.0`, `3.1`, `3.2`; \
         download must be `true` or `false`"
    );
}

#[tokio::test]
async fn who_has_it_is_answered_without_the_document() {
    let world = World::new().await;
    let url = published(&world, &document_v3_0(&json!({}))).await;
    let tag = world.get(&url).await.header("etag").to_owned();
    assert_eq!(with(&world, "GET", &url, ("if-none-match", &tag)).await.status, 304);

    // One that cannot be read: whoever looked into it would fail.
    let mut tx = world.db.begin().await.unwrap();
    let now = "2025-02-12T03:06:51Z".parse().unwrap();
    let collection = model::id::CollectionId(1);
    let broken = store::documents::NewDocument {
        format: model::document::DocumentFormat::Json,
        entry: None,
        content: "no document".to_owned(),
        files: Vec::new(),
        openapi_version: String::new(),
        title: String::new(),
        api_version: String::new(),
        operations: 0,
        digest: String::new(),
    };
    let id = store::documents::insert(&mut tx, collection, broken, now).await.unwrap();
    store::documents::put_in_force(&mut tx, collection, id, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(with(&world, "GET", &url, ("if-none-match", &tag)).await.status, 500);
    let known = with(&world, "GET", &url, ("if-none-match", "*")).await;
    assert_eq!((known.status.as_u16(), &*known.text), (304, ""));
    assert_ne!(known.header("etag"), tag);
}
