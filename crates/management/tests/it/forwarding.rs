//! `/api/portico/v1/connections` and `/api/portico/v1/…/forwarding`

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Somebody, World, document};

const CONNECTION: &str = "/api/portico/v1/connections/1";
const COLLECTION: &str = "/api/portico/v1/api_collections/1/forwarding";
const ENDPOINT: &str = "/api/portico/v1/api_endpoints/1/forwarding";
const AUTHORITY: &str = include_str!("authority.pem");

/// Makes a collection that has a connection.
async fn publish(ada: &Somebody<'_>) {
    let draft = actions::CollectionDraft {
        name: "Quotes".to_owned(),
        version: None,
        project: None,
        connection: None,
        upstream: Some("http://127.0.0.1:8081/api".to_owned()),
        specification: Some(document().to_string().into()),
        activate: false,
    };
    ada.world.actions.create_collection(&ada.actor, draft).await.unwrap();
}

#[tokio::test]
async fn a_connection_is_listed_shown_and_changed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    publish(&ada).await;
    let shown = ada.get(CONNECTION).await.ok();
    assert_eq!(ada.get("/api/portico/v1/connections").await.ok()["data"], json!([shown["data"]]));
    assert_eq!(shown["data"]["base_url"], "http://127.0.0.1:8081/api");
    assert_eq!(shown["data"]["ca_certificates"], json!(null));
    let body = json!({ "base_url": "https://quotes.internal:8443/", "ca_certificates": AUTHORITY });
    let changed = ada.put_json(CONNECTION, body).await.ok();
    assert_eq!(changed["data"]["base_url"], "https://quotes.internal:8443");
    assert_eq!(changed["data"]["ca_certificates"], AUTHORITY);
    let changed = ada.put_json(CONNECTION, json!({ "ca_certificates": null, "name": "Mine" })).await.ok();
    assert_eq!(
        (&changed["data"]["ca_certificates"], &changed["data"]["name"]),
        (&json!(null), &json!("Mine"))
    );
    assert_eq!(changed["data"]["base_url"], "https://quotes.internal:8443");
}

#[tokio::test]
async fn what_is_wrong_with_a_connection_is_named() {
    let world = World::new().await;
    let (ada, eve) = (world.admin("main").await, world.admin("other").await);
    publish(&ada).await;
    let put = async |body| ada.put_json(CONNECTION, body).await.problem();
    assert_snapshot!(put(json!({ "base_url": "ftp://a" })).await, @"400 base_url has the scheme `ftp`; backends are reached over `http` or `https`");
    assert_snapshot!(put(json!({ "ca_certificates": "x" })).await, @"400 ca_certificates has no certificate; give certificates in PEM (`-----BEGIN CERTIFICATE-----` …)");
    assert_eq!(eve.get(CONNECTION).await.status.as_u16(), 404);
    assert_eq!(eve.put_json(CONNECTION, json!({ "name": "Mine" })).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_collection_and_an_endpoint_have_settings_of_their_own() {
    let world = World::new().await;
    let (ada, eve) = (world.admin("main").await, world.admin("other").await);
    publish(&ada).await;
    assert_eq!(ada.get(COLLECTION).await.ok(), json!({ "data": { "max_body_bytes": null } }));
    let changed = ada.put_json(COLLECTION, json!({ "max_body_bytes": 100 })).await.ok();
    assert_eq!(changed, json!({ "data": { "max_body_bytes": 100 } }));
    assert_eq!(ada.put_json(COLLECTION, json!({})).await.ok(), changed);
    let plain = json!({ "data": { "timeout_seconds": null, "to_base_url": false } });
    assert_eq!(ada.get(ENDPOINT).await.ok(), plain);
    let changed = ada.put_json(ENDPOINT, json!({ "timeout_seconds": 240, "to_base_url": true })).await.ok();
    assert_eq!(changed, json!({ "data": { "timeout_seconds": 240, "to_base_url": true } }));
    let changed = ada.put_json(ENDPOINT, json!({ "timeout_seconds": null })).await.ok();
    assert_eq!(changed, json!({ "data": { "timeout_seconds": null, "to_base_url": true } }));

    let fault = ada.put_json(COLLECTION, json!({ "max_body_bytes": 0 })).await.problem();
    assert_snapshot!(fault, @"400 max_body_bytes must be 1 to 5368709120, or null");
    let fault = ada.put_json(ENDPOINT, json!({ "timeout_seconds": 241 })).await.problem();
    assert_snapshot!(fault, @"400 timeout_seconds must be 1 to 240 seconds, or null");
    for path in [COLLECTION, ENDPOINT] {
        assert_eq!(eve.get(path).await.status.as_u16(), 404);
        assert_eq!(eve.put_json(path, json!({})).await.status.as_u16(), 404);
    }
}
