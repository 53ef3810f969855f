//! `/doc/service/:handle/swagger`

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, document};

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
