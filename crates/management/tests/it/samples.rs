//! The documented sample requests, restored where their way here has damaged them: brackets and braces
//! that were lost, addresses of which nothing was left, an e-mail address that was hidden, and a key that
//! was cut short. Each answer has the fields of the sample, and each field is of the sample's kind.

use serde_json::{Value, json};

use crate::world::{Somebody, World};

pub(crate) const PUBLIC_KEY: &str = include_str!("../../../model/src/rsa/samples/public.pem");

/// Every field of `sample` stands in `answer` and is of the same kind. A null in the sample says nothing
/// about a kind.
fn is_like(answer: &Value, sample: &Value, place: &str) {
    match (answer, sample) {
        (Value::Object(answer), Value::Object(sample)) => {
            for (field, sample) in sample {
                let answer = answer.get(field).unwrap_or_else(|| panic!("{place}.{field} is not there"));
                is_like(answer, sample, &format!("{place}.{field}"));
            }
        }
        (Value::Array(answer), Value::Array(sample)) => {
            for (answer, sample) in answer.iter().zip(sample.iter().cycle()) {
                is_like(answer, sample, &format!("{place}[]"));
            }
            assert_eq!(answer.is_empty(), sample.is_empty(), "{place}");
        }
        (answer, Value::Null) => assert!(!answer.is_object() && !answer.is_array(), "{place}: {answer}"),
        (answer, sample) => {
            let same = std::mem::discriminant(answer) == std::mem::discriminant(sample);
            assert!(same, "{place} is {answer}, and {sample} in the sample");
            if let (Some(answer), Some(sample)) = (answer.as_str(), sample.as_str()) {
                assert_eq!(form(answer), form(sample), "{place} is {answer}, and {sample} in the sample");
            }
        }
    }
}

/// What kind of text it is, as far as the samples show: times and tokens have forms.
fn form(text: &str) -> String {
    let is_time = text.len() > 18 && text.starts_with("20") && text.contains('T');
    let is_token = text.len() >= 60 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (is_time, is_token) {
        (true, _) => format!("time{}", if text.contains('.') { " with milliseconds" } else { "" }),
        (_, true) => "token".to_owned(),
        _ => "text".to_owned(),
    }
}

async fn with_collections(ada: &Somebody<'_>) {
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    for name in ["Product Catalog", "Echo collection"] {
        ada.post("/api/api_collections", json!({ "name": name })).await.ok();
    }
}

async fn with_policy_and_portal(ada: &Somebody<'_>) {
    with_collections(ada).await;
    let policy = json!({ "name": "Internal – Admins", "rate_limit": { "requests": 100, "per": "minute" } });
    ada.post("/api/portico/v1/api_policies", policy).await.ok();
    let portal = json!({ "name": "IDEA Lifestyle", "subdomain": "idea", "api_collection_ids": [1] });
    ada.post("/api/portico/v1/api_portals", portal).await.ok();
}

#[tokio::test]
async fn the_collections_and_endpoints_of_the_samples() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let collection = json!({
        "id": 1391,
        "name": "Netsuite customers",
        "version": "1.0",
        "url": "https://api.na.workato.com/abstergoi/netsuite-customers-v1",
        "api_spec_url": "https://www.workato.com/doc/service/netsuite-customers-v1/swagger?token=77",
        "created_at": "2020-07-31T08:24:31.439-07:00",
        "updated_at": "2020-07-31T08:24:31.439-07:00",
    });
    let made = ada
        .send("POST", "/api/api_collections?project_id=1", r#"{ "name": "Netsuite customers" }"#)
        .await
        .ok();
    is_like(&made, &collection, "collection");
    assert!(made["url"].as_str().unwrap().ends_with("/main/netsuite-customers-v1"));
    let mut listed = collection.clone();
    listed["project_id"] = json!("523144");
    is_like(&ada.get("/api/api_collections").await.ok(), &json!([listed]), "collections");

    let body = json!({ "name": "salesforce search", "method": "GET", "path": "salesforce/search" });
    ada.post("/api/api_collections/1/api_endpoints", body).await.ok();
    let endpoint = json!({
        "id": 9903,
        "api_collection_id": 1391,
        "flow_id": 39999,
        "name": "salesforce search",
        "method": "GET",
        "url": "https://api.na.workato.com/abstergoi/netsuite-customers-v1/salesforce/search",
        "legacy_url": null,
        "base_path": "/abstergoi/netsuite-customers-v1/salesforce/search",
        "path": "salesforce/search",
        "active": false,
        "legacy": false,
        "created_at": "2020-08-05T05:59:55.991-07:00",
        "updated_at": "2020-08-05T05:59:55.991-07:00",
    });
    let endpoints = ada.get("/api/api_endpoints?api_collection_id=1").await.ok();
    is_like(&endpoints, &json!([endpoint]), "endpoints");
    assert_eq!(endpoints[0]["base_path"], "/main/netsuite-customers-v1/salesforce/search");
    for path in ["/api/api_endpoints/1/enable", "/api/api_endpoints/1/disable"] {
        assert_eq!(ada.put(path).await.ok(), json!({ "success": true }));
    }
}

#[tokio::test]
async fn the_clients_of_the_samples() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    with_policy_and_portal(&ada).await;
    let client = json!({
        "id": 42116,
        "name": "Automation Inc.",
        "description": "API client for Product Catalog",
        "active_api_keys_count": 0,
        "total_api_keys_count": 0,
        "created_at": "2025-02-12T08:36:51.748+05:30",
        "updated_at": "2025-02-12T08:36:51.748+05:30",
        "is_legacy": false,
        "email": "ada@example.com",
        "auth_type": "token",
        "api_collections": [{ "id": 6883, "name": "Product Catalog" }],
    });
    let body = r#"{
        "name": "Automation Inc.",
        "description": "API client for Product Catalog",
        "api_collection_ids": [1],
        "api_portal_id": 1,
        "auth_type": "token",
        "api_policy_id": 1,
        "email": "ada@example.com"
    }"#;
    let made = ada.send("POST", "/api/v2/api_clients", body).await.ok();
    is_like(&made, &json!({ "data": client }), "client");
    assert_eq!(made["data"]["api_portal_id"], 1);
    let mut shown = client.clone();
    shown["api_keys"] = json!([]);
    is_like(&ada.get("/api/v2/api_clients/1").await.ok(), &json!({ "data": shown }), "client");

    let body = r#"{ "name": "Mustard Inc.", "description": "API client for Automation workflows" }"#;
    let changed = ada.send("PUT", "/api/v2/api_clients/1", body).await.ok();
    is_like(&changed, &json!({ "data": shown }), "client");
    assert_eq!(changed["data"]["api_collections"][0]["name"], "Product Catalog");
    assert_eq!(changed["data"]["api_policies"], json!([{ "id": 1, "name": "Internal – Admins" }]));

    let mut listed = client;
    listed["api_policies"] = json!([{ "id": 2, "name": "Internal – Admins" }]);
    (listed["logo"], listed["logo_2x"]) = (Value::Null, Value::Null);
    let list = json!({ "data": [listed], "count": 1, "page": 1, "per_page": 100 });
    is_like(&ada.get("/api/v2/api_clients").await.ok(), &list, "clients");

    let portal = json!({
        "id": 37,
        "user_id": 14487,
        "name": "IDEA Lifestyle",
        "subdomain": "idea",
        "brand_color": "#371093",
        "api_collection_ids": [6883],
        "created_at": "2024-12-13T08:46:37.125+05:30",
        "updated_at": "2025-02-10T14:10:21.440+05:30",
        "logo": null,
        "logo_2x": null,
    });
    let list = json!({ "data": [portal], "count": 1, "page": 1, "per_page": 100 });
    is_like(&ada.get("/api/v2/api_portals").await.ok(), &list, "portals");
    assert_eq!(ada.delete("/api/v2/api_clients/1").await.ok(), json!({ "success": true }));
}

#[tokio::test]
async fn the_keys_of_the_samples() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    with_collections(&ada).await;
    let client = json!({ "name": "A", "auth_type": "token", "api_collection_ids": [1] });
    ada.post("/api/v2/api_clients", client).await.ok();
    let token = "72b378def0c1d83e6a015e654a744c380655565a68c591cf9f3598d0d14bdb5f";
    let mut key = json!({
        "id": 37326,
        "name": "Automation Inc.",
        "auth_type": "token",
        "ip_allow_list": ["192.0.2.10"],
        "ip_deny_list": ["198.51.100.0/24"],
        "active": true,
        "active_since": "2025-02-12T08:41:44+05:30",
        "auth_token": token,
    });
    let body = r#"{
        "name": "Automation Inc.",
        "active": true,
        "ip_allow_list": ["192.0.2.10"],
        "ip_deny_list": ["198.51.100.0/24"]
    }"#;
    let keys = "/api/v2/api_clients/1/api_keys";
    let made = ada.send("POST", keys, body).await.ok();
    is_like(&made, &json!({ "data": key }), "key");
    is_like(&ada.put(&format!("{keys}/1/refresh_secret")).await.ok(), &json!({ "data": key }), "key");
    key["auth_token"] = json!("db5f");
    let list = json!({ "data": [key], "count": 1, "page": 1, "per_page": 100 });
    is_like(&ada.get(keys).await.ok(), &list, "keys");
    let body =
        r#"{ "name": "Mustard Inc.", "ip_allow_list": ["192.0.2.11"], "ip_deny_list": ["203.0.113.0/24"] }"#;
    let changed = ada.send("PUT", &format!("{keys}/1"), body).await.ok();
    is_like(&changed, &json!({ "data": key }), "key");
    assert_eq!(changed["data"]["ip_deny_list"], json!(["203.0.113.0/24"]));
    for path in [format!("{keys}/1/disable"), format!("{keys}/1/enable")] {
        assert_eq!(ada.put(&path).await.ok(), json!({ "success": true }));
    }
    assert_eq!(ada.delete(&format!("{keys}/1")).await.ok(), json!({ "success": true }));
}

#[tokio::test]
async fn the_legacy_clients_and_access_profiles_of_the_samples() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    with_collections(&ada).await;
    let mut client = json!({
        "id": 1255,
        "name": "Automation Inc.",
        "created_at": "2020-07-31T03:44:22.435-07:00",
        "updated_at": "2020-07-31T03:44:22.435-07:00",
    });
    let made = ada.send("POST", "/api/api_clients?project_id=1", r#"{ "name": "Automation Inc." }"#).await;
    is_like(&made.ok(), &client, "client");
    client["project_id"] = json!("523144");
    is_like(&ada.get("/api/api_clients").await.ok(), &json!([client]), "clients");

    let profile = json!({
        "id": 26985,
        "name": "New test",
        "api_client_id": 1255,
        "api_collection_ids": [1391],
        "active": true,
        "auth_type": "token",
        "jwt_method": null,
        "jwt_secret": null,
        "oauth_client_id": null,
        "oauth_client_secret": null,
        "secret": "e3a1ce1d46c4abc8fa26781c6ed3073312451ee0990035bf8a4bc90c2a21",
        "created_at": "2020-08-12T08:03:05.492-07:00",
        "updated_at": "2020-08-12T08:03:05.492-07:00",
    });
    let body = r#"{
        "name": "Sales team",
        "api_collection_ids": [1, 2],
        "auth_type": "token",
        "active": true,
        "ip_allow_list": ["192.0.2.10", "203.0.113.0/24"]
    }"#;
    let made = ada.send("POST", "/api/api_access_profiles?api_client_id=1", body).await.ok();
    is_like(&made, &profile, "profile");
    let refreshed = ada.put("/api/api_access_profiles/1/refresh_secret").await.ok();
    is_like(&refreshed, &profile, "profile");
    assert_ne!(refreshed["secret"], made["secret"]);
    let mut kept = profile.clone();
    kept["secret"] = json!("bdb5");
    is_like(&ada.send("PUT", "/api/api_access_profiles/1", body).await.ok(), &kept, "profile");

    // The sample's key was cut short, and its name says the other method.
    let body = json!({
        "name": "HMAC API",
        "api_collection_ids": [1, 2],
        "auth_type": "jwt",
        "jwt_method": "rsa",
        "jwt_secret": PUBLIC_KEY,
        "active": true,
    });
    let signed = ada.post("/api/api_access_profiles?api_client_id=1", body).await.ok();
    assert_eq!((&signed["jwt_method"], &signed["jwt_secret"]), (&json!("rsa"), &json!(PUBLIC_KEY)));

    let listed = json!({
        "id": 942738,
        "name": "Sales API Profile",
        "api_client_id": 933804,
        "api_collection_ids": [1391],
        "active": true,
        "auth_type": "token",
        "created_at": "2023-11-07T19:39:04.294-05:00",
        "updated_at": "2023-11-07T19:39:04.294-05:00",
    });
    is_like(&ada.get("/api/api_access_profiles?api_client_id=1").await.ok(), &json!([listed]), "profiles");
    for path in ["/api/api_access_profiles/1/disable", "/api/api_access_profiles/1/enable"] {
        assert_eq!(ada.put(path).await.ok(), json!({ "success": true }));
    }
}
