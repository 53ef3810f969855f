//! What clients that exist send, and need back.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, Somebody, World, document};

async fn wk(ada: &Somebody<'_>, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut request = ada.request(method, path, body);
    request.headers_mut().insert("user-agent", "wk-cli/1.2.0 (linux)".parse().unwrap());
    request.headers_mut().remove("content-type");
    ada.world.send(request).await
}

#[tokio::test]
async fn wk_writes_ids_as_strings_and_reads_integers() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let project =
        wk(&ada, "POST", "/api/folders", json!({ "name": "Sales" })).await.ok()["project_id"].clone();
    let body = json!({ "name": "Quotes", "project_id": project.to_string(), "description": "ignored" });
    assert_eq!(wk(&ada, "POST", "/api/api_collections", body).await.ok()["project_id"], 1);
    assert_eq!(wk(&ada, "GET", "/api/api_collections", json!(null)).await.ok()[0]["project_id"], 1);
    assert_eq!(ada.get("/api/api_collections").await.ok()[0]["project_id"], "1");

    let endpoint = json!({ "name": "List", "method": "GET", "path": "/users", "flow_id": 0 });
    let endpoint = wk(&ada, "POST", "/api/api_collections/1/api_endpoints", endpoint).await.ok();
    assert!(endpoint["flow_id"].is_i64());
    let enable = format!("/api/api_endpoints/{}/enable", endpoint["id"]);
    wk(&ada, "PUT", &enable, json!(null)).await.ok();

    let client = json!({ "name": "A", "auth_type": "token", "api_collection_ids": ["1"] });
    let client = wk(&ada, "POST", "/api/v2/api_clients", client).await.ok();
    assert_eq!(client["data"]["api_collections"][0]["id"], 1);
    // Without `--collections` the field is not sent at all.
    wk(&ada, "POST", "/api/v2/api_clients", json!({ "name": "B", "auth_type": "token" })).await.ok();
    let key = json!({ "name": "K", "active": true });
    let key = wk(&ada, "POST", "/api/v2/api_clients/1/api_keys", key).await.ok();
    assert_eq!(key["data"]["auth_token"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn the_python_command_line_finds_every_field_it_insists_on() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let folder = ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let spec = json!({ "content": document().to_string(), "format": "json" });
    let body = json!({ "name": "Quotes", "project_id": folder["project_id"], "openapi_spec": spec });
    let collection = ada.post("/api/api_collections", body).await.ok();
    let body = json!({
        "name": "A", "project_id": 1, "api_collection_ids": [1], "auth_type": "token", "mtls_enabled": false,
    });
    let client = ada.post("/api/v2/api_clients", body).await.ok();
    ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "K", "active": false })).await.ok();

    let has = |value: &Value, kind: fn(&Value) -> bool, fields: &[&str]| {
        for field in fields {
            let value = value.get(field).unwrap_or_else(|| panic!("no {field} in {value}"));
            assert!(kind(value), "{field}: {value}");
        }
    };
    has(&collection, Value::is_i64, &["id"]);
    has(&collection, Value::is_string, &["name", "version", "url", "api_spec_url", "project_id", "message"]);
    has(&collection["import_results"], Value::is_boolean, &["success"]);
    has(&collection["import_results"], Value::is_u64, &["total_endpoints", "failed_endpoints"]);
    has(&collection["import_results"], Value::is_array, &["failed_actions"]);
    let endpoint = &ada.get("/api/api_endpoints?api_collection_id=1&per_page=100&page=1").await.ok()[0];
    has(endpoint, Value::is_i64, &["id", "api_collection_id", "flow_id"]);
    has(
        endpoint,
        Value::is_string,
        &["name", "method", "url", "base_path", "path", "created_at", "updated_at"],
    );
    has(endpoint, Value::is_boolean, &["active", "legacy"]);
    let tail = format!("/{}", endpoint["path"].as_str().unwrap());
    assert_eq!(endpoint["url"].as_str().unwrap().strip_suffix(&tail), collection["url"].as_str());
    has(&client["data"], Value::is_boolean, &["is_legacy", "mtls_enabled"]);
    has(&client["data"], Value::is_null, &["logo", "logo_2x"]);
    let key = &ada.get("/api/v2/api_clients/1/api_keys").await.ok()["data"][0];
    has(key, Value::is_string, &["name", "auth_type", "active_since", "auth_token"]);
    let user = ada.get("/api/users/me").await.ok();
    has(&user, Value::is_i64, &["id", "recipes_count", "active_recipes_count", "root_folder_id"]);
    has(&user, Value::is_string, &["name", "email", "created_at", "plan_id"]);
    has(&user, Value::is_string, &["current_billing_period_start", "current_billing_period_end"]);
    has(&user, Value::is_null, &["company_name", "location"]);
}

#[tokio::test]
async fn other_clients_use_the_query() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let made = ada.post("/api/api_collections?project_id=1", json!({ "name": "Quotes" })).await.ok();
    assert_eq!(made["project_id"], "1");
    ada.get("/api/users/me?fields=id,name").await.ok();
    ada.get("/api/folders?with_nested_folders=true&page=1&per_page=100").await.ok();
    ada.get("/api/api_collections?per_page=100&unknown[]=x&unknown[]=y").await.ok();
}

#[tokio::test]
async fn scripts_find_what_they_grep_for() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let collection = ada.post("/api/api_collections", json!({ "name": "X" })).await.text;
    assert!(collection.starts_with(r#"{"id":1,"name":"X","version":"1.0","url":"#), "{collection}");
    assert!(!collection.contains(r#""message":"#), "{collection}");
    let endpoint = json!({ "name": "Y", "method": "GET", "path": "y" });
    let endpoint = ada.post("/api/api_collections/1/api_endpoints", endpoint).await.text;
    assert!(endpoint.starts_with(r#"{"id":1,"name":"Y","#), "{endpoint}");
    let client = json!({ "name": "Z", "api_collection_ids": ["1"], "auth_type": "token" });
    let client = ada.post("/api/v2/api_clients", client).await.text;
    assert!(client.starts_with(r#"{"data":{"id":1,"name":"Z","#), "{client}");
    let key = ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "K", "active": true })).await.text;
    let token = key.split(r#""auth_token":""#).nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(token.len(), 64);
    for path in ["/api/projects", "/api/folders", "/api/recipes"] {
        assert!(!ada.get(path).await.text.contains(": "), "{path}");
    }
}

#[tokio::test]
async fn paging_ends() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for number in 1..=5 {
        ada.post("/api/api_collections", json!({ "name": format!("Collection {number}") })).await.ok();
    }
    let ids = async |query: &str| {
        let list = ada.get(&format!("/api/api_collections{query}")).await.ok();
        list.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("?per_page=2").await, [1, 2]);
    assert_eq!(ids("?per_page=2&page=3").await, [5]);
    assert_eq!(ids("?per_page=2&page=4").await, [0; 0]);
    assert_eq!(ids("?page=9007199254740991").await, [0; 0]);
    assert_eq!(ids("?per_page=1000").await, [1, 2, 3, 4, 5]);
    for query in ["?page=0", "?page=-3", "?page=9007199254740992", "?per_page=0", "?per_page=-1"] {
        let answer = ada.get(&format!("/api/api_collections{query}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert!(answer.json()["errors"].is_object(), "{query}: {}", answer.text);
    }
    let answer = ada.get("/api/activity_logs?page[size]=-1&page[after]=-1").await;
    assert_snapshot!(answer.problem(), @"400 page[after] must be an integer from 0 to 9007199254740991; page[size] must be an integer from 1 to 9007199254740991");
}
