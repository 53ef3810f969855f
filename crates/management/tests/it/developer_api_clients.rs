//! `/api/developer_api_clients`, `/api/activity_logs`

use insta::assert_snapshot;
use model::access::Role;
use serde_json::{Value, json};

use crate::world::{Somebody, World};

const TOKENS: &str = "/api/developer_api_clients";

#[tokio::test]
async fn a_token_is_made_changed_regenerated_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    let roles = ada.get("/api/developer_api_client_roles").await.text;
    assert_snapshot!(roles, @r#"{"result":{"count":3,"items":[{"id":1,"name":"admin"},{"id":2,"name":"publisher"},{"id":3,"name":"viewer"}]}}"#);
    let body = json!({
        "name": "Build",
        "api_privilege_group_id": 3,
        "all_folders": true,
        "ip_allow_list": "192.0.2.0/24,198.51.100.5",
        "expires_at": "2026-01-01T00:00:00Z",
    });
    let made = ada.post(TOKENS, body).await.ok()["result"].clone();
    assert_eq!((&made["name"], &made["api_privilege_group_id"]), (&json!("Build"), &json!(3)));
    assert_eq!(made["ip_allow_list"], "192.0.2.0/24,198.51.100.5");
    assert_eq!(made["expires_at"], "2025-12-31T16:00:00.000-08:00");
    let holder = |token: &Value| Somebody {
        world: &world,
        token: token["token"]["value"].as_str().unwrap().to_owned(),
        actor: ada.actor.clone(),
    };
    let build = holder(&made);
    build.get("/api/users/me").await.ok();
    assert_eq!(build.post("/api/folders", json!({ "name": "A" })).await.status.as_u16(), 401);
    assert_eq!(build.get(TOKENS).await.status.as_u16(), 401);

    let path = format!("{TOKENS}/{}", made["id"]);
    let shown = ada.get(&path).await.ok()["result"].clone();
    assert_eq!(shown["token"].get("value"), None);
    assert_eq!(shown["token"]["last_four"], build.token[build.token.len() - 4..]);
    let list = ada.get(&format!("{TOKENS}?per_page=1&page=2")).await.ok()["result"].clone();
    assert_eq!((&list["count"], &list["items"]), (&json!(2), &json!([shown])));

    let changed = json!({ "name": "Build 2", "api_privilege_group_id": "2", "ip_allow_list": "" });
    let changed = ada.put_json(&path, changed).await.ok()["result"].clone();
    assert_eq!((&changed["name"], &changed["ip_allow_list"]), (&json!("Build 2"), &json!("")));
    assert_eq!(changed["expires_at"], made["expires_at"]);
    build.post("/api/folders", json!({ "name": "A" })).await.ok();

    let renewed = ada.send("POST", &format!("{path}/regenerate"), "").await.ok()["result"].clone();
    assert_eq!(build.get("/api/users/me").await.status.as_u16(), 401);
    holder(&renewed).get("/api/users/me").await.ok();
    for (method, path) in [("GET", path.clone()), ("PUT", path.clone()), ("DELETE", path.clone())] {
        assert_eq!(eve.send(method, &path, "").await.status.as_u16(), 404);
    }
    assert_eq!(eve.send("POST", &format!("{path}/regenerate"), "").await.status.as_u16(), 404);
    assert_snapshot!(ada.delete(&path).await.text, @r#"{"result":{"success":true}}"#);
    assert_eq!(holder(&renewed).get("/api/users/me").await.status.as_u16(), 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |field: &str, value: Value| {
        let mut body = json!({ "name": "A", "api_privilege_group_id": 3 });
        body[field] = value;
        ada.post(TOKENS, body).await.problem()
    };
    assert_snapshot!(ada.post(TOKENS, json!({})).await.problem(), @"400 name can't be blank; api_privilege_group_id can't be blank");
    assert_snapshot!(post("name", json!("admin")).await, @"409 name `admin` is taken by another token; choose another name");
    assert_snapshot!(post("api_privilege_group_id", json!(9)).await, @"400 api_privilege_group_id is 9, which is no role; `GET /api/developer_api_client_roles` lists them");
    assert_snapshot!(post("expires_at", json!("tomorrow")).await, @"400 expires_at must be a time such as `2026-02-22T01:55:36Z`");
    assert_snapshot!(post("expires_at", json!("2020-01-01T00:00:00Z")).await, @"422 expires_at is in the past");
    assert_snapshot!(post("ip_allow_list", json!("10.0.0.1,")).await, @"400 ip_allow_list has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`");
    assert_eq!(ada.get(TOKENS).await.ok()["result"]["count"], 1);
}

#[tokio::test]
async fn every_change_stands_in_the_activity_log() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    ada.post(
        "/api/portico/v1/api_policies",
        json!({ "name": "P", "quota": { "requests": 1, "per": "day" } }),
    )
    .await
    .ok();
    world.set_clock("2025-02-13T03:06:51Z");
    ada.put_json("/api/portico/v1/api_policies/1", json!({ "name": "Q" })).await.ok();
    let lines = ada.get("/api/activity_logs?page[size]=1").await.ok();
    let line = &lines["data"][0];
    assert_eq!(line["event_type"], "policy.updated");
    assert_eq!(
        (&line["details"]["before"]["name"], &line["details"]["after"]["name"]),
        (&json!("P"), &json!("Q"))
    );
    assert_eq!(line["details"]["request"]["ip_address"], "192.0.2.7");
    assert_eq!(line["user"]["name"], "admin");
    assert_eq!(line["resource"], json!({ "id": 1, "name": "Q", "type": "policy" }));
    assert_eq!(line["workspace"]["email"], "main@example.com");
    // The workspace, its token, and the two of the policy.
    assert_eq!(lines["total"], 4);

    let events = async |query: &str| {
        let lines = ada.get(&format!("/api/activity_logs?{query}")).await.ok();
        let events = lines["data"].as_array().unwrap().iter().map(|line| line["event_type"].clone());
        json!([events.collect::<Vec<_>>(), lines["total"]]).to_string()
    };
    let next = format!("page[after]={}&page[size]=2", line["id"]);
    assert_eq!(events(&next).await, r#"[["policy.created","token.created"],4]"#);
    assert_eq!(events("event_type=policy.created").await, r#"[["policy.created"],1]"#);
    assert_eq!(events("from=2025-02-13T00:00:00Z").await, r#"[["policy.updated"],1]"#);
    assert_eq!(events("to=2025-02-12T00:00:00Z").await, "[[],0]");
    assert_snapshot!(ada.get("/api/activity_logs?from=yesterday&page[size]=x").await.problem(), @"400 page[size] must be an integer; from must be a time such as `2026-02-22T01:55:36Z`");
    assert_eq!(eve.get("/api/activity_logs").await.ok()["total"], 2);

    let token = world.token(&ada.actor, "publisher", Role::Publisher).await;
    let publisher = Somebody { world: &world, token, actor: ada.actor.clone() };
    assert_eq!(publisher.get("/api/activity_logs").await.status.as_u16(), 401);
}
