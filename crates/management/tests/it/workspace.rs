//! `/api/users/me`, `/api/projects`, `/api/folders`, `/api/export_manifests`

use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn the_workspace_is_shown_with_real_values() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let endpoint = json!({ "name": "A", "method": "GET", "path": "a" });
    ada.post("/api/api_collections", json!({ "name": "A" })).await.ok();
    ada.post("/api/api_collections/1/api_endpoints", endpoint).await.ok();
    assert_snapshot!(ada.get("/api/users/me?fields=id").await, @r#"
    200 {
      "id": 1,
      "name": "The main workspace",
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "plan_id": "portico",
      "current_billing_period_start": "2025-02-01T00:00:00.000-08:00",
      "current_billing_period_end": "2025-03-01T00:00:00.000-08:00",
      "expert": null,
      "avatar_url": null,
      "recipes_count": 1,
      "interested_applications": [],
      "company_name": null,
      "location": null,
      "last_seen": null,
      "contact_phone": null,
      "contact_email": "main@example.com",
      "about_me": null,
      "email": "main@example.com",
      "phone": null,
      "active_recipes_count": 1,
      "root_folder_id": 1
    }
    "#);
}

#[tokio::test]
async fn a_folder_at_the_top_is_a_project() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    assert_snapshot!(ada.post("/api/folders", json!({ "name": "Sales" })).await, @r#"
    200 {
      "id": 2,
      "name": "Sales",
      "parent_id": 1,
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "updated_at": "2025-02-11T19:06:51.748-08:00",
      "project_id": 1,
      "is_project": true
    }
    "#);
    // Terraform writes the parent as a string.
    assert_snapshot!(ada.post("/api/folders", json!({ "name": "Inner", "parent_id": "2" })).await, @r#"
    200 {
      "id": 3,
      "name": "Inner",
      "parent_id": 2,
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "updated_at": "2025-02-11T19:06:51.748-08:00",
      "project_id": 1,
      "is_project": false
    }
    "#);
    ada.post("/api/folders", json!({ "name": "Innermost", "parent_id": 3 })).await.ok();
    ada.post("/api/folders", json!({ "name": "Ops", "parent_id": 1 })).await.ok();
    assert_snapshot!(ada.get("/api/projects?page=1&per_page=100").await, @r#"
    200 [
      {
        "id": 1,
        "name": "Sales",
        "description": null,
        "folder_id": 2
      },
      {
        "id": 2,
        "name": "Ops",
        "description": null,
        "folder_id": 5
      }
    ]
    "#);

    let names = async |query: &str| {
        let list = ada.get(&format!("/api/folders{query}")).await.ok();
        list.as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Sales", "Ops"]);
    assert_eq!(names("?parent_id=2").await, ["Inner"]);
    assert_eq!(names("?with_nested_folders=true").await, ["Sales", "Inner", "Innermost", "Ops"]);
    assert_eq!(names("?with_nested_folders=true&parent_id=2").await, ["Inner", "Innermost"]);
    assert_eq!(names("?with_nested_folders=true&per_page=3&page=2").await, ["Ops"]);
    assert_eq!(names("?parent_id=99").await, [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_with_a_folder_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let post = async |body| ada.post("/api/folders", body).await;
    assert_snapshot!(post(json!({})).await, @r#"
    400 {
      "message": "name can't be blank",
      "errors": {
        "name": [
          "can't be blank"
        ]
      }
    }
    "#);
    assert_snapshot!(post(json!({ "name": "A", "parent_id": 99 })).await.problem(), @"404 parent_id is 99, which is no folder here");
    assert_snapshot!(post(json!({ "name": "Sales" })).await, @r#"
    409 {
      "message": "name `Sales` is taken by another project; choose another name",
      "errors": {
        "name": [
          "`Sales` is taken by another project; choose another name"
        ]
      }
    }
    "#);
    assert_eq!(ada.get("/api/projects").await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_can_be_exported() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = "/api/export_manifests/folder_assets";
    assert_snapshot!(ada.get(&format!("{path}?folder_id=1")).await.text, @r#"{"result":{"assets":[]}}"#);
    assert_snapshot!(ada.get(path).await.text, @r#"{"result":{"assets":[]}}"#);
    assert_snapshot!(ada.get(&format!("{path}?folder_id=9")).await.problem(), @"404 Not found: there is no such folder");
}

#[tokio::test]
async fn projects_and_folders_are_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for name in ["Sales", "Ops"] {
        ada.post("/api/folders", json!({ "name": name })).await.ok();
    }
    for (name, parent) in [("A", 2), ("B", 2), ("Inner", 4)] {
        ada.post("/api/folders", json!({ "name": name, "parent_id": parent })).await.ok();
    }
    let changed =
        ada.put_json("/api/projects/1", json!({ "name": "Selling", "description": "All of it" })).await;
    assert_snapshot!(changed, @r#"
    200 {
      "id": 1,
      "name": "Selling",
      "description": "All of it",
      "folder_id": 2
    }
    "#);
    assert_eq!(ada.get("/api/folders").await.ok()[0]["name"], "Selling");
    let changed = ada.put_json("/api/folders/2", json!({ "name": "Sales" })).await.ok();
    assert_eq!((&changed["name"], &changed["is_project"]), (&json!("Sales"), &json!(true)));
    assert_eq!(ada.get("/api/projects").await.ok()[0]["description"], "All of it");
    let moved = ada.put_json("/api/folders/6", json!({ "parent_id": "5", "name": "Innermost" })).await.ok();
    assert_eq!((&moved["parent_id"], &moved["name"]), (&json!(5), &json!("Innermost")));

    let put = async |path: &str, body| ada.put_json(path, body).await.problem();
    assert_snapshot!(put("/api/projects/1", json!({ "name": "Ops" })).await, @"409 name `Ops` is taken by another project; choose another name");
    assert_snapshot!(put("/api/folders/2", json!({ "name": "Ops" })).await, @"409 name `Ops` is taken by another project; choose another name");
    assert_snapshot!(put("/api/projects/9", json!({})).await, @"404 Not found: there is no such project");
    assert_snapshot!(put("/api/folders/1", json!({ "name": "Root" })).await, @"404 Not found: there is no such folder");
    assert_snapshot!(put("/api/folders/5", json!({ "parent_id": 6 })).await, @"400 parent_id is 6, which is the folder itself or lies in it");
    assert_snapshot!(put("/api/folders/5", json!({ "parent_id": 3 })).await, @"422 a folder can be moved inside its project only, and a project not at all");
    assert_snapshot!(put("/api/folders/5", json!({ "parent_id": 99 })).await, @"404 parent_id is 99, which is no folder here");

    ada.post("/api/api_collections", json!({ "name": "Quotes", "project_id": 1 })).await.ok();
    assert_snapshot!(ada.delete("/api/projects/1").await.problem(), @"403 Cannot destroy project: collections, clients, recipes or connections lie in `Sales`; move or delete them first");
    assert_eq!(ada.delete("/api/folders/2").await.status.as_u16(), 403);
    assert_eq!(ada.delete("/api/folders/1").await.status.as_u16(), 404);
    ada.delete("/api/folders/5").await.ok();
    ada.delete("/api/api_collections/1").await.ok();
    assert_snapshot!(ada.delete("/api/projects/1").await.text, @r#"{"success":true}"#);
    ada.delete("/api/folders/3").await.ok();
    assert_eq!(ada.get("/api/folders?with_nested_folders=true").await.ok(), json!([]));
    assert_eq!(ada.get("/api/projects").await.ok(), json!([]));
}

#[tokio::test]
async fn a_folder_with_recipes_stays() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    ada.post("/api/api_collections", json!({ "name": "Quotes", "project_id": 1 })).await.ok();
    let endpoint = json!({ "name": "A", "method": "GET", "path": "a" });
    ada.post("/api/api_collections/1/api_endpoints", endpoint).await.ok();
    ada.delete("/api/api_collections/1").await.ok();
    // The recipe is left.
    assert_eq!(ada.delete("/api/projects/1").await.status.as_u16(), 403);
}
