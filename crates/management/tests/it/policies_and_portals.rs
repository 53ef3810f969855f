//! `/api/portico/v1/api_policies` and `/api/portico/v1/api_portals`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::World;

const POLICIES: &str = "/api/portico/v1/api_policies";
const PORTALS: &str = "/api/portico/v1/api_portals";

#[tokio::test]
async fn a_policy_is_made_changed_used_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let body = json!({
        "name": "Internal – Admins",
        "rate_limit": { "requests": 100, "per": "minute" },
        "quota": { "requests": 100_000, "per": "30 days" },
    });
    assert_snapshot!(ada.post(POLICIES, body).await, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "Internal – Admins",
        "rate_limit": {
          "requests": 100,
          "per": "minute"
        },
        "quota": {
          "requests": 100000,
          "per": "30 days"
        },
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    let one = format!("{POLICIES}/1");
    let changed = ada.put_json(&one, json!({ "quota": null })).await.ok();
    assert_eq!(
        (&changed["data"]["quota"], &changed["data"]["rate_limit"]["requests"]),
        (&json!(null), &json!(100))
    );
    let changed = ada.put_json(&one, json!({ "rate_limit": { "requests": 5, "per": "second" } })).await.ok();
    assert_eq!(changed["data"]["rate_limit"], json!({ "requests": 5, "per": "second" }));
    assert_eq!(ada.get(&one).await.ok(), changed);
    let list = ada.get(POLICIES).await.ok();
    assert_eq!((&list["data"][0], &list["count"]), (&changed["data"], &json!(1)));

    let client = json!({ "name": "A", "auth_type": "token", "api_policy_id": 1 });
    let client = ada.post("/api/v2/api_clients", client).await.ok();
    assert_eq!(client["data"]["api_policies"], json!([{ "id": 1, "name": "Internal – Admins" }]));
    assert_snapshot!(ada.delete(&one).await.problem(), @"422 this policy is given to `A`; give them another one first, or none");
    let client = ada.put_json("/api/v2/api_clients/1", json!({ "api_policy_id": 0 })).await.ok();
    assert_eq!(client["data"]["api_policies"], json!([]));
    let whole = "/api/portico/v1/api_clients/1/client_policy";
    let of = |policy| json!({ "data": { "api_client_id": 1, "api_policy_id": policy } });
    assert_eq!(ada.get(whole).await.ok(), of(json!(null)));
    assert_eq!(ada.put_json(whole, json!({ "api_policy_id": 1 })).await.ok(), of(json!(1)));
    assert_eq!(ada.put_json(whole, json!({})).await.ok(), of(json!(1)));
    assert_snapshot!(ada.put_json(whole, json!({ "api_policy_id": 9 })).await.problem(), @"404 api_policy_id is 9, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    assert!(ada.delete(&one).await.problem().starts_with("422 this policy is given to `A`"));
    assert_eq!(ada.put_json(whole, json!({ "api_policy_id": null })).await.ok(), of(json!(null)));
    let gone = ada.get("/api/portico/v1/api_clients/9/client_policy").await.problem();
    assert_eq!(gone, "404 Not found: there is no such API client");
    ada.delete(&one).await.ok();
    assert_snapshot!(ada.get(&one).await.problem(), @"404 Not found: there is no such API policy");
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |body: Value| ada.post(POLICIES, body).await.problem();
    let rate = |limit: Value| json!({ "name": "A", "rate_limit": limit });
    assert_snapshot!(post(json!({})).await, @"400 name can't be blank");
    assert_snapshot!(post(json!({ "name": "A" })).await, @"400 rate_limit or quota is required; a policy without either limits nothing");
    assert_snapshot!(post(rate(json!(5))).await, @"400 rate_limit must be an object with `requests` and `per`");
    assert_snapshot!(post(rate(json!({}))).await, @"400 rate_limit.requests can't be blank; rate_limit.per can't be blank");
    assert_snapshot!(post(rate(json!({ "requests": 0, "per": "minute" }))).await, @"400 rate_limit.requests must be 1 to 1000000000");
    assert_snapshot!(post(rate(json!({ "requests": 1e30, "per": "day" }))).await, @"400 rate_limit.requests must be an integer; rate_limit.per must be one of `second`, `minute`, `hour`");
    let quota = json!({ "name": "A", "quota": { "requests": 1, "per": "minute" } });
    assert_snapshot!(post(quota).await, @"400 quota.per must be one of `day`, `week`, `30 days`, `60 days`, `90 days`, `year`");
    for name in ["A", "B"] {
        ada.post(POLICIES, json!({ "name": name, "quota": { "requests": 1, "per": "day" } })).await.ok();
    }
    let taken = json!({ "name": "A", "quota": { "requests": 1, "per": "day" } });
    assert_snapshot!(post(taken).await, @"409 name `A` is taken by another policy; choose another name");
    let put = async |body: Value| ada.put_json("/api/portico/v1/api_policies/2", body).await.problem();
    assert_snapshot!(put(json!({ "name": "A" })).await, @"409 name `A` is taken by another policy; choose another name");
    assert_snapshot!(put(json!({ "quota": null })).await, @"400 rate_limit or quota is required; a policy without either limits nothing");
    assert_snapshot!(put(json!({ "quota": 1 })).await, @"400 quota must be an object with `requests` and `per`");
}

#[tokio::test]
async fn a_portal_is_made_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    ada.post("/api/api_collections", json!({ "name": "One" })).await.ok();
    let made =
        ada.post(PORTALS, json!({ "name": "IDEA", "subdomain": "Idea", "api_collection_ids": ["1"] })).await;
    let made = made.ok();
    assert_eq!(made["data"]["subdomain"], "idea");
    assert_eq!((&made["data"]["brand_color"], &made["data"]["user_id"]), (&json!("#371093"), &json!(1)));
    assert_eq!(ada.get("/api/portico/v1/api_portals/1").await.ok(), made);
    let answer = eve.post(PORTALS, json!({ "name": "Mine", "subdomain": "idea" })).await;
    assert_snapshot!(answer.problem(), @"409 subdomain `idea` is taken by another portal; choose another one");
    let answer = ada.post(PORTALS, json!({ "subdomain": "-", "brand_color": "red", "name": "A" })).await;
    assert_snapshot!(answer.problem(), @"400 subdomain must be 1 to 63 letters, digits and hyphens, beginning with a letter and not ending with a hyphen; brand_color must be a colour such as `#371093`");
    let answer =
        eve.post(PORTALS, json!({ "name": "Mine", "subdomain": "mine", "api_collection_ids": [1] })).await;
    assert_eq!(answer.status.as_u16(), 404);
    for (method, path) in [("GET", "/1"), ("PUT", "/1"), ("DELETE", "/1")] {
        assert_eq!(eve.send(method, &format!("{PORTALS}{path}"), "").await.status.as_u16(), 404);
        assert_eq!(eve.send(method, &format!("{POLICIES}{path}"), "").await.status.as_u16(), 404);
    }
    let changed = json!({ "brand_color": "#ABCDEF", "api_collection_ids": [] });
    let changed = ada.put_json("/api/portico/v1/api_portals/1", changed).await.ok();
    assert_eq!(changed["data"]["brand_color"], "#abcdef");
    assert_eq!(
        (&changed["data"]["api_collection_ids"], &changed["data"]["name"]),
        (&json!([]), &json!("IDEA"))
    );

    let client = json!({ "name": "A", "auth_type": "token", "api_portal_id": 1, "email": "ada@example.com" });
    let client = ada.post("/api/v2/api_clients", client).await.ok();
    assert_eq!(
        (&client["data"]["api_portal_id"], &client["data"]["email"]),
        (&json!(1), &json!("ada@example.com"))
    );
    let answer = ada.delete("/api/portico/v1/api_portals/1").await;
    assert_snapshot!(answer.problem(), @"422 1 API clients are managed in this portal; delete them first");
    ada.delete("/api/v2/api_clients/1").await.ok();
    ada.delete("/api/portico/v1/api_portals/1").await.ok();
    assert_eq!(ada.get("/api/v2/api_portals").await.ok()["count"], 0);
}
