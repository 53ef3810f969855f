//! Workspaces of an operator's customers, and the routes by which the operator acts in them.

use insta::assert_snapshot;
use model::access::Role;
use serde_json::{Value, json};

use crate::world::{Somebody, World, document};

const MANAGED: &str = "/api/managed_users";

async fn customer(operator: &Somebody<'_>) -> Value {
    let body =
        json!({ "name": "Acme Corp.", "notification_email": "kevin@example.com", "external_id": "A 2/3" });
    operator.post(MANAGED, body).await.ok()
}

#[tokio::test]
async fn a_managed_workspace_is_made_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("operator").await;
    let eve = world.admin("rival").await;
    let body =
        json!({ "name": "Acme Corp.", "notification_email": "kevin@example.com", "external_id": "A 2/3" });
    let made = ada.post(MANAGED, body).await;
    assert_snapshot!(made, @r#"
    200 {
      "id": 3,
      "name": "Acme Corp.",
      "external_id": "A 2/3",
      "notification_email": "kevin@example.com",
      "handle": "acme-corp",
      "time_zone": "America/Los_Angeles",
      "plan_id": "portico",
      "trial": false,
      "created_at": "2025-02-11T19:06:51.748-08:00"
    }
    "#);
    let made = made.ok();
    for path in ["/3", "/EA%202%2F3"] {
        assert_eq!(ada.get(&format!("{MANAGED}{path}")).await.ok(), made, "{path}");
        for method in ["GET", "PUT", "DELETE"] {
            let answer = eve.send(method, &format!("{MANAGED}{path}"), "").await;
            assert_eq!(answer.problem(), "404 Not found: there is no such managed user");
        }
    }
    let listed = ada.get(MANAGED).await.ok();
    assert_eq!(listed, json!({ "result": [made], "count": 1, "page": 1, "per_page": 100 }));
    assert_eq!(eve.get(MANAGED).await.ok()["count"], 0);
    for path in ["/1", "/2", "/E", "/x", "/99"] {
        assert_eq!(ada.get(&format!("{MANAGED}{path}")).await.status.as_u16(), 404, "{path}");
    }
    let again = json!({ "name": "Acme Corp.", "notification_email": "k@example.com" });
    assert_eq!(ada.post(MANAGED, again).await.ok()["handle"], "acme-corp-2");
    let post = async |body: Value| ada.post(MANAGED, body).await.problem();
    assert_snapshot!(post(json!({})).await, @"400 name can't be blank; notification_email can't be blank");
    assert_snapshot!(post(json!({ "name": "B", "notification_email": "b@example.com", "external_id": "A 2/3" })).await, @"409 external_id `A 2/3` is another managed user; choose another one");
    assert_snapshot!(post(json!({ "name": "B", "notification_email": "b@example.com", "handle": "operator" })).await, @"409 handle `operator` is taken; choose another one");
    assert_snapshot!(post(json!({ "name": "B", "notification_email": "b", "handle": "-", "time_zone": "X" })).await, @"400 notification_email is not an e-mail address; write it as `name@example.com`; time_zone is not an IANA time zone, such as `Europe/Berlin`; handle must be 1 to 63 of `a-z`, `0-9` and `-`, begin and end with a letter or digit, and not be a reserved word");
    let changed = json!({ "name": "Acme", "external_id": "B1", "time_zone": "UTC" });
    let changed = ada.put_json(&format!("{MANAGED}/3"), changed).await.ok();
    assert_eq!((&changed["name"], &changed["external_id"]), (&json!("Acme"), &json!("B1")));
    assert_eq!(ada.get(&format!("{MANAGED}/EB1")).await.ok()["notification_email"], "kevin@example.com");
    ada.delete(&format!("{MANAGED}/EB1")).await.ok();
    assert_eq!(ada.get(&format!("{MANAGED}/3")).await.status.as_u16(), 404);
    let log = ada.get("/api/activity_logs?event_type=workspace.deleted").await.ok();
    assert_eq!(log["data"][0]["resource"]["name"], "Acme");

    let token = world.token(&ada.actor, "publisher", Role::Publisher).await;
    let publisher = Somebody { world: &world, token, actor: ada.actor.clone() };
    publisher.get(&format!("{MANAGED}/4")).await.ok();
    for (method, path) in [("POST", ""), ("PUT", "/4"), ("DELETE", "/4")] {
        let answer = publisher.send(method, &format!("{MANAGED}{path}"), "").await;
        assert_eq!(answer.status.as_u16(), 401, "{method} {path}");
    }
}

/// The same handlers, in the other workspace.
#[tokio::test]
async fn an_operator_acts_in_the_workspaces_of_customers() {
    let world = World::new().await;
    let ada = world.admin("operator").await;
    let eve = world.admin("rival").await;
    customer(&ada).await;
    let (one, two) = (format!("{MANAGED}/3"), "/api/v2/managed_users/EA%202%2F3");
    let project = ada.post(&format!("{one}/folders"), json!({ "name": "Sales" })).await.ok();
    assert_eq!(project["is_project"], true);
    let spec = json!({ "content": document().to_string() });
    let body = json!({ "name": "Quotes", "openapi_spec": spec, "project_id": project["project_id"] });
    let collection = ada.post(&format!("{one}/api_collections"), body).await.ok();
    assert_eq!(collection["url"], "https://api.example.com/acme-corp/quotes-v1");
    let endpoints = ada.get(&format!("{one}/api_endpoints?api_collection_id=1")).await.ok();
    assert_eq!(endpoints.as_array().unwrap().len(), 2);
    ada.put(&format!("{one}/api_endpoints/1/enable")).await.ok();
    let client = json!({ "name": "Shop", "auth_type": "token", "api_collection_ids": [1] });
    let client = ada.post(&format!("{two}/api_clients"), client).await.ok();
    assert_eq!(client["data"]["api_collections"][0]["name"], "Quotes");
    let key = json!({ "name": "A", "active": true });
    let key = ada.post(&format!("{two}/api_clients/1/api_keys"), key).await.ok();
    assert_eq!(key["data"]["auth_token"].as_str().unwrap().len(), 64);
    ada.put(&format!("{two}/api_clients/1/api_keys/1/disable")).await.ok();
    let legacy = ada.post(&format!("{one}/api_clients"), json!({ "name": "Old" })).await;
    assert!(legacy.headers.contains_key("deprecation"));
    let portal = json!({ "name": "Acme", "subdomain": "acme" });
    ada.post("/api/portico/v1/managed_users/3/api_portals", portal).await.ok();
    assert_eq!(ada.get(&format!("{two}/api_portals")).await.ok()["count"], 1);
    let token = json!({ "name": "CI", "api_privilege_group_id": 1, "all_folders": true });
    let token = ada.post(&format!("{two}/developer_api_clients"), token).await.ok();
    assert!(token["result"]["token"]["value"].is_string());
    ada.get(&format!("{two}/developer_api_client_roles")).await.ok();
    let owner = json!({ "email": "kevin@example.com", "role": "owner" });
    ada.post("/api/portico/v1/managed_users/3/members", owner).await.ok();

    // The trail of the customer names the operator's token.
    let log = ada.get(&format!("{one}/activity_logs?event_type=key.disabled")).await.ok();
    assert_eq!(
        (&log["data"][0]["user"]["name"], &log["data"][0]["workspace"]["id"]),
        (&json!("admin"), &json!(3))
    );
    // The operator's own workspace has nothing of it.
    assert_eq!(ada.get("/api/api_collections").await.ok(), json!([]));
    assert_eq!(ada.get("/api/v2/api_clients/1").await.status.as_u16(), 404);
    assert_eq!(ada.get(&format!("{two}/api_clients/99")).await.status.as_u16(), 404);

    for path in [
        format!("{one}/api_collections"),
        format!("{one}/api_endpoints"),
        format!("{one}/projects"),
        format!("{one}/activity_logs"),
        format!("{two}/api_clients"),
        format!("{two}/api_clients/1"),
        format!("{two}/api_clients/1/api_keys"),
        format!("{two}/api_portals"),
        format!("{two}/developer_api_clients"),
        "/api/portico/v1/managed_users/3/members".to_owned(),
        format!("{MANAGED}/1/api_collections"),
        format!("{MANAGED}/2/api_collections"),
        format!("{MANAGED}/E/api_collections"),
    ] {
        let answer = eve.get(&path).await;
        assert_eq!(answer.problem(), "404 Not found: there is no such managed user", "{path}");
    }
    // Whoever may only look may only look there too.
    let token = world.token(&ada.actor, "viewer", Role::Viewer).await;
    let viewer = Somebody { world: &world, token, actor: ada.actor.clone() };
    assert_eq!(viewer.get(&format!("{two}/api_clients")).await.ok()["count"], 2);
    let answer = viewer.delete(&format!("{two}/api_clients/1")).await;
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(world.get(&format!("{one}/api_collections")).await.status.as_u16(), 401);

    ada.delete(&one).await.ok();
    assert_eq!(ada.get(&format!("{two}/api_clients")).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_description_names_the_paths_in_managed_workspaces_and_they_are_there() {
    let world = World::new().await;
    let ada = world.admin("operator").await;
    let id = customer(&ada).await["id"].clone();
    let description = management::openapi();
    let mut count = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for managed in item["x-managed-workspace-paths"].as_array().into_iter().flatten() {
            let managed = managed.as_str().unwrap();
            assert!(managed.contains("/managed_users/{managed_user_id}/"), "{path}: {managed}");
            let at = |id: &str| {
                let mut path = managed.replace("{managed_user_id}", id);
                while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
                    path.replace_range(start..=end, "9");
                }
                path
            };
            for method in
                ["get", "post", "put", "delete"].into_iter().filter(|method| item.get(method).is_some())
            {
                let method = method.to_uppercase();
                // As there is no such workspace, the path is one.
                let nowhere = ada.send(&method, &at("99"), "{}").await.problem();
                assert_eq!(nowhere, "404 Not found: there is no such managed user", "{method} {managed}");
                count += 1;
            }
            let here = ada.send("PATCH", &at(&id.to_string()), "{}").await;
            assert_eq!(here.status.as_u16(), 405, "{managed}");
        }
    }
    assert!(count > 100, "{count}");
}
