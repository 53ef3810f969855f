//! Calls that are sent again.

use axum::http::{Request, StatusCode};
use insta::assert_snapshot;
use model::access::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Somebody, World, document};

async fn post(somebody: &Somebody<'_>, key: &str, path: &str, body: &Value) -> Answer {
    let mut request = somebody.request("POST", path, body.to_string());
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    somebody.world.send(request).await
}

#[tokio::test]
async fn what_is_sent_again_is_made_once_and_answered_alike() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let body = json!({ "name": "Quotes", "openapi_spec": { "content": document().to_string() } });
    let first = post(&ada, "a", "/api/api_collections", &body).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = post(&ada, "a", "/api/api_collections", &body).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(
        (again.header("idempotency-replayed"), again.header("content-type")),
        ("true", "application/json")
    );
    // In quotes it is the same key.
    assert_eq!(post(&ada, "\"a\"", "/api/api_collections", &body).await.text, first.text);
    assert_eq!(ada.get("/api/api_collections").await.ok().as_array().unwrap().len(), 1);
    let lines = ada.get("/api/activity_logs?event_type=collection.imported").await.ok();
    assert_eq!(lines["total"], 1);
    // Without the key it is another call.
    assert_eq!(ada.post("/api/api_collections", body).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_token_is_not_shown_again() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/v2/api_clients", json!({ "name": "A", "auth_type": "oauth2" })).await.ok();
    let key = json!({ "name": "A", "active": true });
    let path = "/api/v2/api_clients/1/api_keys";
    let first = post(&ada, "k", path, &key).await.ok();
    let again = post(&ada, "k", path, &key).await.ok();
    let token = first["data"]["auth_token"].as_str().unwrap();
    assert_eq!((token.len(), &again["data"]["auth_token"]), (64, &json!(token[60..])));
    assert_eq!(again["data"]["oauth_client_secret"], token[60..]);
    assert_eq!(again["data"]["id"], first["data"]["id"]);
    let new = json!({ "name": "CI", "api_privilege_group_id": 3 });
    let first = post(&ada, "t", "/api/developer_api_clients", &new).await.ok();
    let again = post(&ada, "t", "/api/developer_api_clients", &new).await.ok();
    let token = first["result"]["token"]["value"].as_str().unwrap();
    assert_eq!(again["result"]["token"]["value"], token[token.len() - 4..]);
    // The token of the first answer works.
    let reader = Somebody { world: &world, token: token.to_owned(), actor: ada.actor.clone() };
    reader.get("/api/users/me").await.ok();
}

#[tokio::test]
async fn a_key_belongs_to_one_call_of_one_token() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let token = world.token(&ada.actor, "other", Role::Admin).await;
    let other = Somebody { world: &world, token, actor: ada.actor.clone() };
    post(&ada, "a", "/api/folders", &json!({ "name": "Sales" })).await.ok();
    let body = post(&ada, "a", "/api/folders", &json!({ "name": "Ops" })).await;
    assert_snapshot!(body.problem(), @"422 this `Idempotency-Key` was sent with another call before; give each call a key of its own");
    let path = post(&ada, "a", "/api/v2/api_clients", &json!({ "name": "Sales" })).await;
    assert_eq!(path.status, StatusCode::UNPROCESSABLE_ENTITY);
    post(&other, "a", "/api/folders", &json!({ "name": "Ops" })).await.ok();
    for key in ["", "a b", &"x".repeat(256)] {
        let answer = post(&ada, key, "/api/folders", &json!({ "name": "Third" })).await;
        let message = "400 `Idempotency-Key` must be given once, with 1 to 255 visible ASCII characters, such as a UUID";
        assert_eq!(answer.problem(), message, "{key}");
    }
    assert_eq!(ada.get("/api/projects").await.ok().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_refused_can_be_sent_again_with_the_same_key() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    assert_eq!(post(&ada, "a", "/api/folders", &json!({})).await.status, StatusCode::BAD_REQUEST);
    post(&ada, "a", "/api/folders", &json!({ "name": "Sales" })).await.ok();
}

#[tokio::test]
async fn people_are_invited_once() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/portico/v1/api_portals", json!({ "name": "P", "subdomain": "p" })).await.ok();
    let customer = json!({ "name": "Customer", "notification_email": "c@example.com" });
    let eve = json!({ "email": "eve@example.com", "role": "viewer" });
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com" });
    for (key, path, body, deed) in [
        ("a", "/api/managed_users", &customer, "workspace.created"),
        ("b", "/api/portico/v1/members", &eve, "member.invited"),
        ("c", "/api/portico/v1/members/1/invitation", &json!({}), "member.invited"),
        ("d", "/api/portico/v1/portal_users", &bob, "portal_user.invited"),
        ("e", "/api/portico/v1/managed_users/2/members", &eve, "member.invited"),
    ] {
        let lines = async || {
            let within = if key == "e" { "/managed_users/2" } else { "" };
            let path = format!("/api{within}/activity_logs?event_type={deed}");
            ada.get(&path).await.ok()["total"].as_i64().unwrap()
        };
        let before = lines().await;
        let first = post(&ada, key, path, body).await;
        let again = post(&ada, key, path, body).await;
        assert_eq!(again.header("idempotency-replayed"), "true", "{path}: {}", again.text);
        assert_eq!(first.ok(), again.ok(), "{path}");
        assert_eq!(lines().await, before + 1, "{path}");
    }
    let mails = store::mails::list(&world.db, ada.actor.workspace.id, model::page::Page::new(1, 10)).await;
    assert_eq!(mails.unwrap().total, 3);
}

#[tokio::test]
async fn after_a_day_a_key_is_a_new_one() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    post(&ada, "a", "/api/folders", &json!({ "name": "Sales" })).await.ok();
    world.set_clock("2025-02-13T03:06:51Z");
    assert_eq!(
        post(&ada, "a", "/api/folders", &json!({ "name": "Sales" })).await.header("idempotency-replayed"),
        "true"
    );
    world.set_clock("2025-02-13T03:06:52Z");
    post(&ada, "a", "/api/folders", &json!({ "name": "Ops" })).await.ok();
}

#[tokio::test]
async fn of_two_calls_at_once_one_is_done() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let body = json!({ "name": "Sales" });
    let calls = tokio::join!(
        post(&ada, "a", "/api/folders", &body),
        post(&ada, "a", "/api/folders", &body),
        post(&ada, "a", "/api/folders", &body),
    );
    for answer in [calls.0, calls.1, calls.2] {
        if answer.status != StatusCode::OK {
            let message = "409 a call with this `Idempotency-Key` is still under way; wait for its answer, or send it again later";
            assert_eq!(answer.problem(), message);
        }
    }
    assert_eq!(ada.get("/api/projects").await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_route_that_makes_something_knows_the_header() {
    let description = management::openapi();
    for route in management::routes().into_iter().filter(|route| route.method == "POST") {
        let operation = &description["paths"][&route.path]["post"];
        let parameters = operation["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|one| one["name"] == "Idempotency-Key"), "{}", route.path);
        for status in ["409", "422"] {
            assert!(operation["responses"].get(status).is_some(), "{} {status}", route.path);
        }
        // Whatever it does, a key that is none is refused before.
        let world = World::new().await;
        let ada = world.admin("main").await;
        let path = route.path.replace("{api_collection_id}", "1");
        let mut request: Request<_> = ada.request("POST", &path, "{}");
        request.headers_mut().insert("idempotency-key", "a b".parse().unwrap());
        let answer = world.send(request).await;
        assert!(answer.text.contains("Idempotency-Key"), "{}: {}", route.path, answer.text);
    }
}
