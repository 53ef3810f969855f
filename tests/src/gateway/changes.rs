//! What is changed is in force with the next call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Client, StatusCode};
use serde_json::json;

use super::status;
use crate::world::{Caller, Server, eventually, portico_in, sample_document};

const ECHO: &str = "main/mock-v1/echo";

/// A change is in force when the management API has answered it.
async fn is(server: &Server, token: &str, expected: StatusCode) {
    assert_eq!(status(server, ECHO, token).await, expected);
}

/// One made by another process comes soon after; how soon, the benchmarks measure.
async fn becomes(server: &Server, token: &str, expected: StatusCode) {
    eventually(&format!("{ECHO} answers {expected}"), async || {
        (status(server, ECHO, token).await == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn keys_are_switched_refreshed_and_deleted() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { client, key, token, .. } = api.mock_caller().await;
    let path = format!("/api/v2/api_clients/{client}/api_keys/{key}");
    is(&server, &token, StatusCode::OK).await;

    api.switch(&format!("{path}/disable")).await;
    is(&server, &token, StatusCode::UNAUTHORIZED).await;
    api.switch(&format!("{path}/enable")).await;
    is(&server, &token, StatusCode::OK).await;

    api.put(&path, json!({ "ip_deny_list": ["127.0.0.1"] })).await;
    is(&server, &token, StatusCode::FORBIDDEN).await;
    api.put(&path, json!({ "ip_deny_list": [] })).await;
    is(&server, &token, StatusCode::OK).await;

    let (_, refreshed) = api.put(&format!("{path}/refresh_secret"), json!({})).await;
    let fresh = refreshed["data"]["auth_token"].as_str().unwrap();
    is(&server, fresh, StatusCode::OK).await;
    assert_eq!(status(&server, ECHO, &token).await, StatusCode::UNAUTHORIZED);

    api.delete(&path).await;
    is(&server, fresh, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn endpoints_recipes_and_clients_are_switched() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { collection, client, token, .. } = api.mock_caller().await;
    is(&server, &token, StatusCode::OK).await;
    let endpoints = api.endpoints(collection).await;
    let echo =
        endpoints.iter().find(|endpoint| endpoint["path"] == "echo" && endpoint["method"] == "GET").unwrap();
    let (id, recipe) = (&echo["id"], &echo["flow_id"]);

    api.switch(&format!("/api/api_endpoints/{id}/disable")).await;
    is(&server, &token, StatusCode::NOT_FOUND).await;
    api.switch(&format!("/api/api_endpoints/{id}/enable")).await;
    is(&server, &token, StatusCode::OK).await;

    api.switch(&format!("/api/recipes/{recipe}/stop")).await;
    is(&server, &token, StatusCode::NOT_FOUND).await;
    let (refused, answer) = api.put(&format!("/api/api_endpoints/{id}/enable"), json!({})).await;
    assert_eq!(refused, StatusCode::BAD_REQUEST, "{answer}");
    api.switch(&format!("/api/recipes/{recipe}/start")).await;
    is(&server, &token, StatusCode::OK).await;

    let clients = format!("/api/v2/api_clients/{client}");
    api.put(&clients, json!({ "name": "caller", "api_collection_ids": [] })).await;
    is(&server, &token, StatusCode::NOT_FOUND).await;
    api.put(&clients, json!({ "name": "caller", "api_collection_ids": [collection.to_string()] })).await;
    is(&server, &token, StatusCode::OK).await;

    api.delete(&clients).await;
    is(&server, &token, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn a_command_beside_the_server_changes_what_it_serves() {
    let server = Server::start().await;
    let document = server.database.folder().join("sample.json");
    std::fs::write(&document, sample_document()).unwrap();
    let document = document.display().to_string();
    let imported = portico_in(&server.database, &["import", &document, "--name", "Mock", "--activate"]).await;
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let api = server.administrator().await;
    let client = api.client("caller", &[1]).await;
    let (_, token) = api.key(client, json!({})).await;
    becomes(&server, &token, StatusCode::OK).await;
}

/// Changes of every kind pass under load; not one call of a key that is not concerned fails.
#[tokio::test]
async fn no_call_fails_while_things_change() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { collection, client, token, .. } = api.mock_caller().await;
    is(&server, &token, StatusCode::OK).await;

    let (done, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (done, calls) = (Arc::clone(&done), Arc::clone(&calls));
            let (url, token) = (format!("{}/{ECHO}", server.gateway), token.clone());
            tokio::spawn(async move {
                let http = Client::new();
                while !done.load(Ordering::Relaxed) {
                    let answer = http.get(&url).header("api-token", &token).send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::OK);
                    answer.bytes().await.unwrap();
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    let other = api.client("other", &[collection]).await;
    for round in 0..30 {
        let (key, _) = api.key(other, json!({})).await;
        let path = format!("/api/v2/api_clients/{other}/api_keys/{key}");
        api.switch(&format!("{path}/disable")).await;
        api.put(&path, json!({ "ip_allow_list": [format!("10.0.0.{round}")] })).await;
        api.delete(&path).await;
        api.put(&format!("/api/v2/api_clients/{client}"), json!({ "name": format!("caller {round}") })).await;
        if round % 10 == 0 {
            api.mock_collection(&format!("More {round}")).await;
        }
    }
    let before = calls.load(Ordering::Relaxed);
    eventually("the callers go on", async || (calls.load(Ordering::Relaxed) > before).then_some(())).await;
    done.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
}
