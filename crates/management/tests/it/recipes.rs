//! `/api/recipes`

use actions::CollectionDraft;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, document};

#[tokio::test]
async fn recipes_have_every_field_that_clients_need() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let draft = CollectionDraft {
        name: "Quotes".to_owned(),
        upstream: Some("http://127.0.0.1:9".to_owned()),
        specification: Some(document().to_string().into()),
        ..CollectionDraft::default()
    };
    world.actions.create_collection(&ada.actor, draft).await.unwrap();
    let list = ada.get("/api/recipes?folder_id=1&page=1&per_page=1").await;
    assert_snapshot!(list, @r#"
    200 {
      "items": [
        {
          "id": 2,
          "name": "Get a quote",
          "user_id": 1,
          "created_at": "2025-02-11T19:06:51.748-08:00",
          "updated_at": "2025-02-11T19:06:51.748-08:00",
          "copy_count": 0,
          "trigger_application": null,
          "action_applications": [
            "http"
          ],
          "applications": [
            "http"
          ],
          "description": "One quote.",
          "parameters_schema": [],
          "parameters": {},
          "webhook_url": null,
          "folder_id": 1,
          "project_id": null,
          "running": true,
          "job_succeeded_count": 0,
          "job_failed_count": 0,
          "lifetime_task_count": 0,
          "last_run_at": null,
          "stopped_at": null,
          "version_no": 1,
          "stop_cause": null,
          "config": [
            {
              "keyword": "application",
              "name": "http",
              "provider": "http",
              "skip_validation": false,
              "account_id": 1
            }
          ],
          "trigger_closure": null,
          "code": "{\"kind\":\"proxy\",\"connection_id\":1}",
          "author_name": "The main workspace",
          "version_author_name": "The main workspace",
          "version_author_email": "main@example.com",
          "version_comment": null,
          "tags": []
        }
      ]
    }
    "#);

    // The connection of that collection serves another one.
    let connection = list.json()["items"][0]["config"][0]["account_id"].clone();
    ada.post("/api/api_collections", json!({ "name": "More", "proxy_connection_id": connection })).await.ok();
    let endpoint = json!({ "name": "A", "method": "GET", "path": "a" });
    ada.post("/api/api_collections/2/api_endpoints", endpoint).await.ok();
    let newest = ada.get("/api/recipes?per_page=1").await.ok()["items"][0].clone();
    assert_eq!(
        (&newest["id"], &newest["code"]),
        (&json!(3), &json!(r#"{"kind":"proxy","connection_id":1}"#))
    );
}

#[tokio::test]
async fn recipes_are_filtered_started_and_stopped() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let spec = json!({ "content": document().to_string() });
    ada.post("/api/api_collections", json!({ "name": "A", "openapi_spec": spec })).await.ok();
    ada.post("/api/api_collections", json!({ "name": "B", "openapi_spec": spec, "project_id": "1" }))
        .await
        .ok();
    let ids = async |query: &str| {
        let list = ada.get(&format!("/api/recipes{query}")).await.ok();
        list["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [4, 3, 2, 1]);
    assert_eq!(ids("?folder_id=2").await, [4, 3]);
    assert_eq!(ids("?since_id=3").await, [2, 1]);
    assert_eq!(ids("?page=2&per_page=3").await, [1]);
    assert_eq!(ids("?page=3&per_page=3").await, [0; 0]);

    assert_snapshot!(ada.put("/api/recipes/2/stop").await.text, @r#"{"success":true}"#);
    // Clients send `false` whenever they do not ask for running ones.
    assert_eq!(ids("?running=false").await, [4, 3, 2, 1]);
    assert_eq!(ids("?running=true").await, [4, 3, 1]);
    assert_eq!(ids("?running=true&folder_id=1").await, [1]);
    let stopped = ada.get("/api/recipes?since_id=3").await.ok()["items"][0]["stopped_at"].clone();
    assert_eq!(stopped, "2025-02-11T19:06:51.748-08:00");
    assert_snapshot!(ada.put("/api/recipes/2/start").await.text, @r#"{"success":true}"#);
    assert_eq!(ids("?running=true").await, [4, 3, 2, 1]);
    assert_snapshot!(ada.put("/api/recipes/9/start").await.problem(), @"404 Not found: there is no such recipe");
    assert_snapshot!(ada.put("/api/recipes/x/stop").await.problem(), @"404 Not found");
    assert_snapshot!(ada.get("/api/recipes?running=perhaps").await.problem(), @"400 running must be `true` or `false`");
}
