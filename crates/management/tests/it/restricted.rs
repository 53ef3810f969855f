//! Tokens that are restricted to projects.

use actions::TokenDraft;
use axum::http::StatusCode;
use insta::assert_snapshot;
use management::Access;
use model::access::Role;
use model::id::ProjectId;
use model::net::IpRules;
use serde_json::{Value, json};

use crate::openapi::example;
use crate::world::{Somebody, World, document};

/// The workspace with a project `north` and a project `south`, in each of which lies one thing of each
/// kind: those of the first have odd ids, those of the second even ones.
async fn two_projects(world: &World) -> Somebody<'_> {
    let ada = world.admin("main").await;
    for (project, name) in [(1, "north"), (2, "south")] {
        let named = |mut body: Value| {
            body["name"] = json!(name);
            body["project_id"] = json!(project);
            body
        };
        let folder = ada.post("/api/folders", json!({ "name": name })).await.ok();
        assert_eq!(folder["project_id"], project);
        let connection = named(json!({ "base_url": format!("http://{name}.example.com") }));
        ada.post("/api/portico/v1/connections", connection).await.ok();
        let collection = named(json!({
            "openapi_spec": { "content": document().to_string() }, "proxy_connection_id": project,
        }));
        ada.post("/api/api_collections", collection).await.ok();
        ada.post("/api/v2/api_clients", named(json!({ "auth_type": "token" }))).await.ok();
    }
    for (client, name) in [(1, "north"), (2, "south")] {
        let key = json!({ "name": name, "active": true });
        ada.post(&format!("/api/v2/api_clients/{client}/api_keys"), key).await.ok();
    }
    ada.post(
        "/api/portico/v1/api_policies",
        json!({ "name": "Slow", "quota": { "requests": 9, "per": "30 days" } }),
    )
    .await
    .ok();
    ada
}

/// Somebody with an admin's token that is restricted to the first project.
async fn northerner<'w>(world: &'w World, ada: &Somebody<'_>) -> Somebody<'w> {
    let draft = TokenDraft {
        name: "north".to_owned(),
        role: Role::Admin,
        projects: Some(vec![ProjectId(1)]),
        rules: IpRules::default(),
        expires_at: None,
    };
    let token = world.token_of(&ada.actor, draft).await;
    Somebody { world, token, actor: ada.actor.clone() }
}

#[tokio::test]
async fn lists_have_what_lies_in_the_projects_and_nothing_else() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let nell = northerner(&world, &ada).await;
    let mut seen = 0;
    for route in management::routes() {
        let Access::Needs(privilege) = route.access else { continue };
        if route.method != "GET" || route.path.contains('{') || !privilege.is_of_projects() {
            continue;
        }
        let query = if route.path.contains("folder_assets") { "?folder_id=2" } else { "" };
        let path = format!("{}{query}", route.path);
        let (all, hers) = (ada.get(&path).await, nell.get(&path).await);
        assert_eq!(hers.status, StatusCode::OK, "{path}: {}", hers.text);
        assert!(!hers.text.contains("south"), "{path}: {}", hers.text);
        assert_eq!(hers.text.contains("north"), all.text.contains("north"), "{path}: {}", hers.text);
        seen += usize::from(all.text.contains("south"));
        if let Some(count) = hers.json().get("count") {
            assert_eq!(count, hers.json()["data"].as_array().unwrap().len(), "{path}");
        }
    }
    // Collections, endpoints, clients and keys in both versions, projects, folders and connections.
    assert!(seen >= 7, "{seen}");
    assert_eq!(nell.get("/api/users/me").await.ok()["recipes_count"], 2);
    assert_eq!(nell.get("/api/recipes").await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(nell.get("/api/export_manifests/folder_assets?folder_id=3").await.status.as_u16(), 404);
    for path in ["/api/folders?with_nested_folders=true", "/api/folders?parent_id=1"] {
        assert_eq!(nell.get(path).await.ok().as_array().unwrap().len(), 1, "{path}");
    }
}

/// A path with this id in place of each parameter.
fn path(route: &str, id: &str) -> String {
    let mut path = route.to_owned();
    while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
        path.replace_range(start..=end, id);
    }
    path
}

#[tokio::test]
async fn what_lies_elsewhere_answers_as_what_is_nowhere() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let nell = northerner(&world, &ada).await;
    let description = management::openapi();
    for route in management::routes() {
        let Access::Needs(privilege) = route.access else { continue };
        if !route.path.contains('{') || !privilege.is_of_projects() || route.path.contains("{api_policy_id}")
        {
            continue;
        }
        let schema = &description["paths"][&route.path][route.method.to_lowercase()]["requestBody"]["content"]
            ["application/json"]["schema"]["$ref"];
        let body =
            schema.as_str().map(|schema| example(&description, schema).to_string()).unwrap_or_default();
        // Folder 3 and endpoints 3 and 4 are those of the second project; other ids of it are 2.
        let there = match &route.path {
            path if path.contains("{folder_id}") || path.contains("{api_endpoint_id}") => "3",
            path if path.contains("{recipe_id}") => "4",
            _ => "2",
        };
        let elsewhere = nell.send(route.method, &path(&route.path, there), body.clone()).await;
        let nowhere = nell.send(route.method, &path(&route.path, "999"), body).await;
        let name = format!("{} {}", route.method, route.path);
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "{name}: {}", elsewhere.text);
        assert_eq!(elsewhere.text, nowhere.text, "{name}");
    }
    // It is all still there.
    assert_eq!(ada.get("/api/api_collections").await.ok().as_array().unwrap().len(), 2);
    assert_eq!(ada.get("/api/api_endpoints").await.ok().as_array().unwrap().len(), 4);
    assert_eq!(ada.get("/api/v2/api_keys").await.ok()["count"], 2);
}

#[tokio::test]
async fn nothing_can_be_made_of_what_lies_elsewhere() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let nell = northerner(&world, &ada).await;
    ada.post("/api/portico/v1/api_portals", json!({ "name": "P", "subdomain": "p" })).await.ok();
    let client = |field: &str, value: Value| {
        let mut body = json!({ "name": "A", "auth_type": "token", "project_id": 1 });
        body[field] = value;
        body
    };
    for (path, field, body) in [
        ("/api/api_collections", "project_id", json!({ "name": "A", "project_id": 0 })),
        (
            "/api/api_collections",
            "proxy_connection_id",
            json!({ "name": "A", "project_id": 1, "proxy_connection_id": 0 }),
        ),
        (
            "/api/api_collections/1/api_endpoints",
            "flow_id",
            json!({ "name": "A", "method": "GET", "path": "a", "flow_id": 0 }),
        ),
        ("/api/v2/api_clients", "project_id", client("project_id", json!(0))),
        ("/api/v2/api_clients", "api_collection_ids", client("api_collection_ids", json!([0]))),
        ("/api/folders", "parent_id", json!({ "name": "A", "parent_id": 0 })),
        (
            "/api/portico/v1/connections",
            "project_id",
            json!({ "name": "A", "base_url": "http://a", "project_id": 0 }),
        ),
    ] {
        let with = async |id: i64| {
            let text = body.to_string().replace(":0", &format!(":{id}")).replace("[0]", &format!("[{id}]"));
            let answer = nell.send("POST", path, text).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
            assert!(answer.json()["errors"][field].is_array(), "{path}: {}", answer.text);
            answer.text.replace(&id.to_string(), "ID")
        };
        let there = match field {
            "flow_id" => 4,
            "parent_id" => 3,
            _ => 2,
        };
        assert_eq!(with(there).await, with(999).await, "{path} {field}");
    }
    // What has no project lies outside of all of them, and so does a new one.
    let post = async |path: &str, body: Value| nell.post(path, body).await.problem();
    assert_snapshot!(post("/api/api_collections", json!({ "name": "A" })).await, @"400 project_id can't be blank, since this token is restricted to projects; `GET /api/projects` lists them");
    assert_snapshot!(post("/api/folders", json!({ "name": "A" })).await, @"400 parent_id must be one of a project, since this token is restricted to projects and makes none; `GET /api/folders` lists them");
    let moved = nell.put_json("/api/portico/v1/connections/1", json!({ "project_id": null })).await;
    assert_eq!(moved.status, StatusCode::BAD_REQUEST, "{}", moved.text);
    // Portals belong to the workspace.
    let mut handed = client("email", json!("eve@example.com"));
    handed["api_portal_id"] = json!(1);
    assert_snapshot!(post("/api/v2/api_clients", handed).await, @"404 api_portal_id is 1, which is no portal here; `GET /api/v2/api_portals` lists them");

    // Inside all of it works.
    let made = json!({ "name": "A", "project_id": 1, "openapi_spec": { "content": document().to_string() }, "proxy_connection_id": 1 });
    let made = nell.post("/api/api_collections", made).await.ok();
    nell.put(&format!("/api/api_collections/{}", made["id"])).await.ok();
    nell.post("/api/folders", json!({ "name": "In it", "parent_id": 2 })).await.ok();
    let made = nell.post("/api/v2/api_clients", client("api_policy_id", json!(1))).await.ok();
    nell.delete(&format!("/api/v2/api_clients/{}", made["data"]["id"])).await.ok();
}

#[tokio::test]
async fn a_client_keeps_what_it_may_call_elsewhere() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let nell = northerner(&world, &ada).await;
    let path = "/api/v2/api_clients/1";
    ada.put_json(path, json!({ "name": "north", "api_collection_ids": [1, 2] })).await.ok();
    let ids = |client: Value| {
        let collections = client["data"]["api_collections"].as_array().unwrap().clone();
        collections.into_iter().map(|one| one["id"].clone()).collect::<Value>()
    };
    assert_eq!(ids(nell.get(path).await.ok()), json!([1]));
    let changed = nell.put_json(path, json!({ "name": "north", "api_collection_ids": [] })).await.ok();
    assert_eq!((ids(changed), ids(ada.get(path).await.ok())), (json!([]), json!([2])));
}

#[tokio::test]
async fn a_token_is_restricted_and_let_go_again_by_folders() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let tokens = "/api/developer_api_clients";
    let body = |all: Value, folders: Value| json!({ "name": "T", "api_privilege_group_id": 1, "all_folders": all, "folder_ids": folders });
    let wrong = async |all: Value, folders: Value| ada.post(tokens, body(all, folders)).await.problem();
    assert_snapshot!(wrong(json!(true), json!([2])).await, @"400 folder_ids is given beside all_folders; give one of them");
    assert_snapshot!(wrong(json!(false), json!([])).await, @"400 folder_ids can't be blank when all_folders is false; give the folders of the projects");
    assert_snapshot!(wrong(json!(false), json!([9])).await, @"404 folder_ids has 9, which is no project's folder here; `GET /api/projects` lists them in `folder_id`");
    assert!(wrong(json!(null), json!([1])).await.starts_with("404 folder_ids has 1,"));

    let made = ada.post(tokens, body(json!(false), json!([2, "3"]))).await.ok()["result"].clone();
    assert_eq!((&made["all_folders"], &made["folder_ids"]), (&json!(false), &json!([2, 3])));
    let token = made["token"]["value"].as_str().unwrap().to_owned();
    let holder = Somebody { world: &world, token, actor: ada.actor.clone() };
    let count = async || holder.get("/api/projects").await.ok().as_array().unwrap().len();
    let path = format!("{tokens}/{}", made["id"]);
    let put = async |body: Value| ada.put_json(&path, body).await.ok()["result"].clone();
    assert_eq!(count().await, 2);
    assert_eq!(put(json!({ "folder_ids": [3] })).await["folder_ids"], json!([3]));
    assert_eq!(count().await, 1);
    // What is absent stays.
    assert_eq!(put(json!({ "name": "Other" })).await["folder_ids"], json!([3]));
    // It cannot let itself go, nor make another one.
    assert_eq!(holder.put_json(&path, json!({ "all_folders": true })).await.status.as_u16(), 401);
    assert_eq!(holder.post(tokens, body(json!(true), json!([]))).await.status.as_u16(), 401);
    let all = put(json!({ "all_folders": true })).await;
    assert_eq!((&all["all_folders"], &all["folder_ids"]), (&json!(true), &json!([])));
    holder.get(tokens).await.ok();
}

#[tokio::test]
async fn a_restricted_token_does_not_act_in_managed_workspaces() {
    let world = World::new().await;
    let ada = two_projects(&world).await;
    let nell = northerner(&world, &ada).await;
    let customer = json!({ "name": "Customer", "notification_email": "c@example.com" });
    let customer = ada.post("/api/managed_users", customer).await.ok();
    let path = format!("/api/managed_users/{}/api_collections", customer["id"]);
    ada.get(&path).await.ok();
    assert_snapshot!(nell.get(&path).await.problem(), @"401 Unauthorized: this token is restricted to projects, and this is about the whole workspace");
}
