//! Nothing crosses a workspace.

use serde_json::json;

use crate::world::{World, document};

#[tokio::test]
async fn what_belongs_to_another_workspace_does_not_exist() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let spec = json!({ "content": document().to_string() });
    let body = json!({ "name": "Quotes", "openapi_spec": spec, "project_id": 1 });
    ada.post("/api/api_collections", body).await.ok();
    let client = json!({ "name": "Automation Inc.", "auth_type": "token", "api_collection_ids": [1] });
    ada.post("/api/v2/api_clients", client).await.ok();
    let key = ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "A", "active": true })).await.ok();

    for path in [
        "/api/api_collections",
        "/api/api_endpoints",
        "/api/api_endpoints?api_collection_id=1",
        "/api/projects",
        "/api/folders",
        "/api/api_clients",
        "/api/api_access_profiles",
        "/api/api_access_profiles?api_client_id=1",
        "/api/folders?parent_id=1",
        "/api/folders?with_nested_folders=true",
        "/api/folders?with_nested_folders=true&parent_id=1",
    ] {
        assert_eq!(eve.get(path).await.ok(), json!([]), "{path}");
    }
    for path in [
        "/api/v2/api_clients",
        "/api/v2/api_clients?project_id=1",
        "/api/v2/api_keys",
        "/api/v2/api_keys?api_client_id=1",
    ] {
        let list = eve.get(path).await.ok();
        assert_eq!((&list["data"], &list["count"]), (&json!([]), &json!(0)), "{path}");
    }
    assert_eq!(eve.get("/api/recipes").await.ok(), json!({ "items": [] }));
    assert_eq!(eve.get("/api/recipes?folder_id=3").await.ok(), json!({ "items": [] }));
    assert_eq!(eve.get("/api/users/me").await.ok()["recipes_count"], 0);

    let endpoint = json!({ "name": "A", "method": "GET", "path": "a" });
    for (method, path, body) in [
        ("POST", "/api/api_collections/1/api_endpoints", endpoint.clone()),
        ("PUT", "/api/api_endpoints/1/enable", json!({})),
        ("PUT", "/api/api_endpoints/1/disable", json!({})),
        ("GET", "/api/v2/api_clients/1", json!({})),
        ("PUT", "/api/v2/api_clients/1", json!({ "name": "Mine" })),
        ("DELETE", "/api/v2/api_clients/1", json!({})),
        ("GET", "/api/v2/api_clients/1/api_keys", json!({})),
        ("POST", "/api/v2/api_clients/1/api_keys", json!({ "name": "Mine", "active": true })),
        ("PUT", "/api/v2/api_clients/1/api_keys/1", json!({ "name": "Mine" })),
        ("PUT", "/api/v2/api_clients/1/api_keys/1/enable", json!({})),
        ("PUT", "/api/v2/api_clients/1/api_keys/1/disable", json!({})),
        ("PUT", "/api/v2/api_clients/1/api_keys/1/refresh_secret", json!({})),
        ("DELETE", "/api/v2/api_clients/1/api_keys/1", json!({})),
        ("PUT", "/api/api_access_profiles/1", json!({ "name": "Mine" })),
        ("PUT", "/api/api_access_profiles/1/enable", json!({})),
        ("PUT", "/api/api_access_profiles/1/disable", json!({})),
        ("PUT", "/api/api_access_profiles/1/refresh_secret", json!({})),
        ("PUT", "/api/api_collections/1", json!({ "name": "Mine" })),
        ("DELETE", "/api/api_collections/1", json!({})),
        ("PUT", "/api/api_endpoints/1", json!({ "name": "Mine" })),
        ("PUT", "/api/projects/1", json!({ "name": "Mine" })),
        ("DELETE", "/api/projects/1", json!({})),
        ("PUT", "/api/folders/3", json!({ "name": "Mine" })),
        ("DELETE", "/api/folders/3", json!({})),
        ("PUT", "/api/recipes/1/start", json!({})),
        ("PUT", "/api/recipes/1/stop", json!({})),
        ("GET", "/api/export_manifests/folder_assets?folder_id=3", json!({})),
    ] {
        let answer = eve.send(method, path, body.to_string()).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.text);
        assert!(!answer.text.contains("Quotes") && !answer.text.contains("Automation"), "{}", answer.text);
    }

    // Nor can it be referred to.
    let client = |collection: i64, project: Option<i64>| json!({ "name": "Mine", "auth_type": "token", "api_collection_ids": [collection], "project_id": project });
    eve.post("/api/api_collections", json!({ "name": "Mine" })).await.ok();
    for (path, body) in [
        ("/api/api_collections", json!({ "name": "A", "project_id": 1 })),
        ("/api/api_collections?project_id=1", json!({ "name": "A" })),
        (
            "/api/api_collections/2/api_endpoints",
            json!({ "name": "A", "method": "GET", "path": "a", "flow_id": 1 }),
        ),
        ("/api/v2/api_clients", client(1, None)),
        ("/api/v2/api_clients", client(2, Some(1))),
        ("/api/folders", json!({ "name": "A", "parent_id": 1 })),
    ] {
        let answer = eve.post(path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}: {}", answer.text);
        assert!(answer.json()["errors"].is_object(), "{path}: {}", answer.text);
    }

    // And all is as it was.
    let kept = ada.get("/api/v2/api_clients/1").await.ok();
    assert_eq!(
        (&kept["data"]["name"], &kept["data"]["active_api_keys_count"]),
        (&json!("Automation Inc."), &json!(1))
    );
    let token = key["data"]["auth_token"].as_str().unwrap();
    assert_eq!(kept["data"]["api_keys"][0]["auth_token"], token[60..]);
    assert_eq!(ada.get("/api/recipes?running=true").await.ok()["items"].as_array().unwrap().len(), 2);
}
