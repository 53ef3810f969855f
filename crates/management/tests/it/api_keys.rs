//! `/api/v2/api_clients/:id/api_keys`

use actions::{Actor, Error};
use insta::assert_snapshot;
use model::access::Role;
use model::access_token::{AccessKind, TokenSigner};
use model::id::KeyId;
use serde_json::{Value, json};

use crate::world::{Somebody, World};

const KEYS: &str = "/api/v2/api_clients/1/api_keys";

async fn client(ada: &Somebody<'_>) -> Value {
    let body = json!({ "name": "Automation Inc.", "auth_type": "token", "api_collection_ids": [] });
    ada.post("/api/v2/api_clients", body).await.ok()["data"]["id"].clone()
}

#[tokio::test]
async fn a_key_shows_its_token_once() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    // The documented sample, with addresses in the lists that it shows blank.
    let body = json!({
        "name": "Automation Inc.", "active": true,
        "ip_allow_list": ["8.8.8.8/24"], "ip_deny_list": ["192.168.0.0/16", "2001:db8::1"],
    });
    let made = ada.post(KEYS, body).await;
    assert_snapshot!(made, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "Automation Inc.",
        "auth_type": "token",
        "ip_allow_list": [
          "8.8.8.8/24"
        ],
        "ip_deny_list": [
          "192.168.0.0/16",
          "2001:db8::1"
        ],
        "active": true,
        "active_since": "2025-02-11T19:06:51-08:00",
        "auth_token": "<64 hex digits>",
        "api_client_id": 1
      }
    }
    "#);
    let token = made.json()["data"]["auth_token"].as_str().unwrap().to_owned();
    assert!(token.len() == 64 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    let listed = ada.get(KEYS).await.ok();
    assert_eq!(listed["data"][0]["auth_token"], token[60..]);
    assert_eq!((&listed["count"], &listed["page"], &listed["per_page"]), (&json!(1), &json!(1), &json!(100)));

    world.set_clock("2025-07-12T03:06:51.748Z");
    let refreshed = ada.put(&format!("{KEYS}/1/refresh_secret")).await.ok();
    assert_eq!(refreshed["data"]["id"], 1);
    assert_eq!(refreshed["data"]["active_since"], "2025-07-11T20:06:51-07:00");
    let second = refreshed["data"]["auth_token"].as_str().unwrap();
    assert!(second.len() == 64 && second != token);
    assert_eq!(ada.get(KEYS).await.ok()["data"][0]["auth_token"], second[60..]);
}

#[tokio::test]
async fn a_key_is_changed_switched_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    ada.post(KEYS, json!({ "name": "A", "active": false, "ip_deny_list": "10.0.0.0/8, ::1" })).await.ok();
    let key = async || ada.get(KEYS).await.ok()["data"][0].clone();
    assert_eq!(key().await["ip_deny_list"], json!(["10.0.0.0/8", "::1"]));
    assert_eq!(key().await["active_since"], "2025-02-11T19:06:51-08:00");

    let changed = ada.put_json(&format!("{KEYS}/1"), json!({ "ip_allow_list": ["192.0.2.1"] })).await;
    assert_snapshot!(changed, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "A",
        "auth_type": "token",
        "ip_allow_list": [
          "192.0.2.1"
        ],
        "ip_deny_list": [
          "10.0.0.0/8",
          "::1"
        ],
        "active": false,
        "active_since": "2025-02-11T19:06:51-08:00",
        "auth_token": "25e3",
        "api_client_id": 1
      }
    }
    "#);
    let changed = ada.put_json(&format!("{KEYS}/1"), json!({ "name": "B", "ip_deny_list": [] })).await.ok();
    assert_eq!(changed["data"]["ip_allow_list"], json!(["192.0.2.1"]));
    assert_eq!((&changed["data"]["name"], &changed["data"]["ip_deny_list"]), (&json!("B"), &json!([])));

    assert_snapshot!(ada.put(&format!("{KEYS}/1/enable")).await.text, @r#"{"success":true}"#);
    assert_eq!(key().await["active"], true);
    assert_snapshot!(ada.put(&format!("{KEYS}/1/disable")).await.text, @r#"{"success":true}"#);
    assert_eq!(key().await["active"], false);
    assert_snapshot!(ada.delete(&format!("{KEYS}/1")).await.text, @r#"{"success":true}"#);
    assert_eq!(ada.get(KEYS).await.ok()["count"], 0);
    for (method, tail) in
        [("PUT", ""), ("PUT", "/enable"), ("PUT", "/disable"), ("PUT", "/refresh_secret"), ("DELETE", "")]
    {
        let answer = ada.send(method, &format!("{KEYS}/1{tail}"), "").await;
        assert_eq!(answer.problem(), "404 Not found: there is no such API key", "{method} {tail}");
    }
}

#[tokio::test]
async fn keys_of_all_clients_are_listed_too() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for name in ["A", "B"] {
        let client = client(&ada).await;
        let path = format!("/api/v2/api_clients/{client}/api_keys");
        ada.post(&path, json!({ "name": name, "active": true })).await.ok();
    }
    let owners = async |path: &str| {
        let list = ada.get(path).await.ok();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["api_client_id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(owners("/api/v2/api_keys").await, [1, 2]);
    assert_eq!(owners("/api/v2/api_keys?api_client_id=2").await, [2]);
    assert_eq!(owners("/api/v2/api_keys?page=2&per_page=1").await, [2]);
    assert_eq!(owners("/api/v2/api_keys?api_client_id=9").await, [0; 0]);
    assert_snapshot!(ada.get("/api/v2/api_clients/9/api_keys").await.problem(), @"404 Not found: there is no such API client");
}

#[tokio::test]
async fn a_key_of_another_client_is_not_there() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    client(&ada).await;
    ada.post(KEYS, json!({ "name": "A", "active": true })).await.ok();
    let answer = ada.put("/api/v2/api_clients/2/api_keys/1/disable").await;
    assert_snapshot!(answer.problem(), @"404 Not found: there is no such API key");
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    let post = async |field: &str, value: Value| {
        let mut body = json!({ "name": "A", "active": true });
        body[field] = value;
        ada.post(KEYS, body).await.problem()
    };
    assert_snapshot!(ada.post(KEYS, json!({})).await, @r#"
    400 {
      "message": "name can't be blank; active can't be blank",
      "errors": {
        "name": [
          "can't be blank"
        ],
        "active": [
          "can't be blank"
        ]
      }
    }
    "#);
    assert_snapshot!(post("active", json!("yes")).await, @"400 active must be true or false");
    assert_snapshot!(post("ip_allow_list", json!([""])).await, @"400 ip_allow_list has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`");
    assert_snapshot!(post("ip_allow_list", json!("")).await, @"400 ip_allow_list has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`");
    assert_snapshot!(post("ip_allow_list", json!("10.0.0.1,,10.0.0.2")).await, @"400 ip_allow_list has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`");
    assert_snapshot!(post("ip_deny_list", json!(["10.0.0.0/33"])).await, @"400 ip_deny_list has `10.0.0.0/33`, which is neither an IP address nor a range such as `203.0.113.0/24`");
    assert_snapshot!(post("ip_deny_list", json!([5])).await, @"400 ip_deny_list has an item 1, which must be a string");
    assert_snapshot!(post("ip_deny_list", json!({})).await, @"400 ip_deny_list must be a list of addresses and ranges, each a string");
    assert_snapshot!(post("ip_deny_list", json!(vec!["10.0.0.1"; 1001])).await, @"400 ip_deny_list has more than 1000 items, which is the most there can be");
    assert_eq!(ada.get(KEYS).await.ok()["count"], 0);

    for number in 1..=20 {
        ada.post(KEYS, json!({ "name": format!("Key {number}"), "active": true })).await.ok();
    }
    assert_snapshot!(post("name", json!("One too many")).await, @"409 api_client_id has 20 keys, which is the most an API client can have; delete one first");
}

#[tokio::test]
async fn a_key_may_have_an_end_and_a_refresh_a_grace() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    let key = |more: Value| {
        let mut key = json!({ "name": "Till", "active": true });
        key.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        key
    };
    let past = ada.post(KEYS, key(json!({ "expires_at": "2025-02-12T03:06:51Z" }))).await;
    assert_snapshot!(past.problem(), @"400 expires_at is in the past; give a time to come, or disable the key");
    let made = ada.post(KEYS, key(json!({ "expires_at": "2025-03-01T00:00:00+01:00" }))).await.ok();
    assert_eq!(made["data"]["expires_at"], "2025-02-28T15:00:00.000-08:00");
    let path = format!("{KEYS}/{}", made["data"]["id"]);
    assert_eq!(
        ada.put_json(&path, json!({ "name": "Shop" })).await.ok()["data"]["expires_at"],
        made["data"]["expires_at"]
    );
    assert_eq!(ada.put_json(&path, json!({ "expires_at": null })).await.ok()["data"].get("expires_at"), None);
    let refresh = format!("{path}/refresh_secret");
    assert_snapshot!(
        ada.put_json(&refresh, json!({ "grace_seconds": -1 })).await.problem(),
        @"400 grace_seconds must be from 0 to 604800, which is a week"
    );
    for grace in [json!({}), json!({ "grace_seconds": 0 }), json!({ "grace_seconds": 604_800 })] {
        assert_ne!(
            ada.put_json(&refresh, grace).await.ok()["data"]["auth_token"],
            made["data"]["auth_token"]
        );
    }
}

#[tokio::test]
async fn a_key_is_tried_out_with_a_token_of_ten_minutes() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    let made = ada.post(KEYS, json!({ "name": "Till", "active": true })).await.ok();
    let id = KeyId(made["data"]["id"].as_i64().unwrap());
    let tried = world.actions.try_it_token(&ada.actor, id).await.unwrap();
    assert_eq!(tried.expires_at.to_string(), "2025-02-12T03:16:51Z");
    let signer = TokenSigner::new(&store::access_tokens::signing_secret(&world.db).await.unwrap());
    let said = signer.read(tried.token.expose().as_bytes()).unwrap();
    assert_eq!((said.kind, said.key, said.generation), (AccessKind::TryIt, id, 0));
    // It is no key, and counts as none.
    assert_eq!(ada.get(KEYS).await.ok()["count"], 1);

    ada.put(&format!("{KEYS}/{id}/disable")).await.ok();
    assert!(matches!(world.actions.try_it_token(&ada.actor, id).await, Err(Error::Refused(_))));
    ada.put(&format!("{KEYS}/{id}/enable")).await.ok();
    let said = world.actions.try_it_token(&ada.actor, id).await.unwrap().token;
    assert_eq!(signer.read(said.expose().as_bytes()).unwrap().generation, 1);

    let other = world.workspace("other").await;
    assert!(matches!(world.actions.try_it_token(&other, id).await, Err(Error::Missing(_))));
    let viewer = Actor { role: Role::Viewer, ..ada.actor.clone() };
    assert!(matches!(world.actions.try_it_token(&viewer, id).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn a_key_can_have_a_policy_of_its_own() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    client(&ada).await;
    let policy = json!({ "name": "Slow", "rate_limit": { "requests": 1, "per": "minute" } });
    ada.post("/api/portico/v1/api_policies", policy).await.ok();
    let key = |policy: i64| json!({ "name": "Shop", "active": true, "api_policy_id": policy });
    let made = ada.post(KEYS, key(1)).await.ok();
    assert_eq!(made["data"]["api_policy_id"], 1);
    assert_snapshot!(ada.post(KEYS, key(9)).await.problem(), @"404 api_policy_id is 9, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    let path = format!("{KEYS}/{}", made["data"]["id"]);
    assert_eq!(ada.put_json(&path, json!({ "name": "A" })).await.ok()["data"]["api_policy_id"], 1);
    assert_snapshot!(ada.delete("/api/portico/v1/api_policies/1").await.problem(), @"422 this policy is given to `Automation Inc.`; give them another one first, or none");
    assert_eq!(
        ada.put_json(&path, json!({ "api_policy_id": 0 })).await.ok()["data"].get("api_policy_id"),
        None
    );
    ada.delete("/api/portico/v1/api_policies/1").await.ok();
}
