//! `/api/api_endpoints`

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Somebody, World, document};

async fn collection(ada: &Somebody<'_>, name: &str) -> String {
    ada.post("/api/api_collections", json!({ "name": name })).await.ok()["id"].to_string()
}

#[tokio::test]
async fn an_endpoint_is_made_inactive_with_a_recipe_of_its_own() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = format!("/api/api_collections/{}/api_endpoints", collection(&ada, "Netsuite").await);
    let body =
        json!({ "name": "salesforce search", "method": "get", "path": "/salesforce/search", "flow_id": 0 });
    assert_snapshot!(ada.post(&path, body.clone()).await, @r#"
    200 {
      "id": 1,
      "name": "salesforce search",
      "api_collection_id": 1,
      "flow_id": 1,
      "description": null,
      "method": "GET",
      "url": "https://api.example.com/main/netsuite-v1/salesforce/search",
      "legacy_url": null,
      "base_path": "/main/netsuite-v1/salesforce/search",
      "path": "salesforce/search",
      "active": false,
      "legacy": false,
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "updated_at": "2025-02-11T19:06:51.748-08:00"
    }
    "#);
    assert_snapshot!(ada.post(&path, body).await, @r#"
    409 {
      "message": "path `salesforce/search` with method GET would match the calls of another endpoint",
      "errors": {
        "path": [
          "`salesforce/search` with method GET would match the calls of another endpoint"
        ]
      }
    }
    "#);
    let shared = json!({
        "name": "Make", "method": "POST", "path": "salesforce/{id}", "flow_id": "1", "description": "Makes one.",
    });
    let made = ada.post(&path, shared).await.ok();
    assert_eq!((&made["flow_id"], &made["description"]), (&json!(1), &json!("Makes one.")));
    assert_eq!(ada.get("/api/recipes").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn endpoints_are_listed_by_collection() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let spec = json!({ "content": document().to_string(), "format": "json" });
    ada.post("/api/api_collections", json!({ "name": "Quotes", "openapi_spec": spec })).await.ok();
    let second = collection(&ada, "Orders").await;
    let path = format!("/api/api_collections/{second}/api_endpoints");
    ada.post(&path, json!({ "name": "List", "method": "GET", "path": "orders" })).await.ok();
    let urls = async |path: &str| {
        let list = ada.get(path).await.ok();
        list.as_array().unwrap().iter().map(|row| row["url"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        urls("/api/api_endpoints").await,
        [
            "https://api.example.com/main/quotes-v1/quotes",
            "https://api.example.com/main/quotes-v1/quotes/{id}",
            "https://api.example.com/main/orders-v1/orders",
        ]
    );
    let filtered = urls(&format!("/api/api_endpoints?api_collection_id={second}")).await;
    assert_eq!(filtered, ["https://api.example.com/main/orders-v1/orders"]);
    assert_eq!(urls("/api/api_endpoints?api_collection_id=99").await, [""; 0]);
    assert_snapshot!(ada.get("/api/api_endpoints?api_collection_id=x").await.problem(), @"400 api_collection_id must be an integer");
}

#[tokio::test]
async fn an_endpoint_is_enabled_only_while_its_recipe_runs() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = format!("/api/api_collections/{}/api_endpoints", collection(&ada, "Netsuite").await);
    let made = ada.post(&path, json!({ "name": "A", "method": "GET", "path": "a" })).await.ok();
    let enable = format!("/api/api_endpoints/{}/enable", made["id"]);
    let disable = format!("/api/api_endpoints/{}/disable", made["id"]);
    let is_active = async || ada.get("/api/api_endpoints").await.ok()[0]["active"].clone();

    assert_snapshot!(ada.put(&enable).await.text, @r#"{"success":true}"#);
    assert_eq!(is_active().await, true);
    assert_snapshot!(ada.put(&disable).await.text, @r#"{"success":true}"#);
    assert_eq!(is_active().await, false);

    let recipe = format!("/api/recipes/{}", made["flow_id"]);
    ada.put(&format!("{recipe}/stop")).await.ok();
    assert_snapshot!(ada.put(&enable).await, @r#"
    400 {
      "message": "flow_id is 1, a recipe that must be started first",
      "errors": {
        "flow_id": [
          "is 1, a recipe that must be started first"
        ]
      }
    }
    "#);
    ada.put(&format!("{recipe}/start")).await.ok();
    ada.put(&enable).await.ok();
    assert_snapshot!(ada.put("/api/api_endpoints/99/enable").await.problem(), @"404 Not found: there is no such API endpoint");
    assert_snapshot!(ada.put("/api/api_endpoints/x/disable").await.problem(), @"404 Not found");
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = format!("/api/api_collections/{}/api_endpoints", collection(&ada, "Netsuite").await);
    let post = async |body| ada.post(&path, body).await.problem();
    assert_snapshot!(post(json!({})).await, @"400 name can't be blank; method can't be blank; path can't be blank");
    assert_snapshot!(post(json!({ "name": "A", "method": "FETCH", "path": "{a}/{}" })).await, @"400 method must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, or another method that is registered, other than CONNECT and TRACE; path has a parameter without a name");
    assert_snapshot!(post(json!({ "name": "A", "method": "GET", "path": "a", "flow_id": 9 })).await, @"404 flow_id is 9, which is no recipe here; `GET /api/recipes` lists them");
    assert_snapshot!(post(json!({ "name": "A", "method": "GET", "path": "a", "flow_id": 1.5 })).await, @"400 flow_id must be an integer");
    let unknown = ada.post("/api/api_collections/99/api_endpoints", json!({})).await;
    assert_snapshot!(unknown.problem(), @"404 Not found: there is no such API collection");
}

#[tokio::test]
async fn an_endpoint_is_changed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    for path in ["a", "b"] {
        let endpoint = json!({ "name": path, "method": "GET", "path": path });
        ada.post("/api/api_collections/1/api_endpoints", endpoint).await.ok();
    }
    let body = json!({ "name": "First", "description": "The first", "flow_id": "2", "path": "ignored" });
    let changed = ada.put_json("/api/api_endpoints/1", body).await.ok();
    assert_eq!(
        (&changed["name"], &changed["flow_id"], &changed["path"]),
        (&json!("First"), &json!(2), &json!("a"))
    );
    assert_eq!(changed["description"], "The first");
    assert_eq!(changed["base_path"], "/main/quotes-v1/a");
    assert_eq!(ada.get("/api/api_endpoints").await.ok()[0], changed);
    ada.put("/api/api_endpoints/1/enable").await.ok();
    ada.put("/api/recipes/1/stop").await.ok();
    let put = async |path: &str, body| ada.put_json(path, body).await.problem();
    assert_snapshot!(put("/api/api_endpoints/1", json!({ "flow_id": 1 })).await, @"400 flow_id is 1, a recipe that must be started first, since the endpoint is active");
    assert_snapshot!(put("/api/api_endpoints/1", json!({ "flow_id": 9 })).await, @"404 flow_id is 9, which is no recipe here; `GET /api/recipes` lists them");
    assert_snapshot!(put("/api/api_endpoints/9", json!({})).await, @"404 Not found: there is no such API endpoint");
}
