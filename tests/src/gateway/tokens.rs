//! Tokens that callers sign, and tokens that they are given, over the whole program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{bearer, consumer, signer, status};
use crate::world::{Caller, Database, Server, eventually};

const ECHO: &str = "main/mock-v1/echo";

#[tokio::test]
async fn tokens_of_another_library_are_taken_and_forged_ones_are_not() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let collection = api.mock_collection("Mock").await;
    for (method, alg) in [("rsa", "RS256"), ("rsa", "PS384"), ("ec", "ES256"), ("eddsa", "EdDSA")] {
        let pair: Value = serde_json::from_str(&signer(json!({ "make": method })).await).unwrap();
        let more = json!({ "auth_type": "jwt", "jwt_method": method, "jwt_secret": pair["public"], "required_claims": ["exp"] });
        let (_, key) = consumer(&api, more, collection).await;
        let claims = json!({ "sub": key["auth_token"], "exp": 4_102_444_800_i64 });
        let token = signer(json!({ "alg": alg, "private": pair["private"], "claims": claims })).await;
        assert_eq!(bearer(&server, ECHO, &token).await, StatusCode::OK, "{alg}");
        let other: Value = serde_json::from_str(&signer(json!({ "make": method })).await).unwrap();
        let forged = signer(json!({ "alg": alg, "private": other["private"], "claims": claims })).await;
        assert_eq!(bearer(&server, ECHO, &forged).await, StatusCode::UNAUTHORIZED, "{alg}");
        let endless = json!({ "sub": key["auth_token"] });
        let endless = signer(json!({ "alg": alg, "private": pair["private"], "claims": endless })).await;
        assert_eq!(bearer(&server, ECHO, &endless).await, StatusCode::UNAUTHORIZED, "{alg}");
    }
    let secret = "a-shared-secret-of-thirty-two-bytes";
    let (client, key) =
        consumer(&api, json!({ "auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": secret }), collection)
            .await;
    let claims = json!({ "sub": key["auth_token"] });
    for alg in ["HS256", "HS384", "HS512"] {
        let token = signer(json!({ "alg": alg, "secret": secret, "claims": claims })).await;
        assert_eq!(bearer(&server, ECHO, &token).await, StatusCode::OK, "{alg}");
    }
    // Another secret is in force with the next call, also for a token that was taken before.
    let token = signer(json!({ "alg": "HS256", "secret": secret, "claims": claims })).await;
    assert_eq!(bearer(&server, ECHO, &token).await, StatusCode::OK);
    api.put(
        &format!("/api/v2/api_clients/{client}"),
        json!({ "jwt_secret": "another-secret-of-thirty-two-bytes" }),
    )
    .await;
    assert_eq!(bearer(&server, ECHO, &token).await, StatusCode::UNAUTHORIZED);
}

/// Asks one of the endpoints of OAuth 2.0.
async fn ask(server: &Server, endpoint: &str, key: &Value, body: &str) -> (StatusCode, Value) {
    let (id, secret) = (key["oauth_client_id"].as_str().unwrap(), key["oauth_client_secret"].as_str());
    let request = Client::new().post(format!("{}/oauth2/{endpoint}", server.gateway)).basic_auth(id, secret);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

async fn access_token(server: &Server, key: &Value) -> String {
    let (status, answer) = ask(server, "token", key, "grant_type=client_credentials").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn access_tokens_end_when_they_are_told_to_and_not_with_the_program() {
    for database in Database::each().await {
        let server = Server::start_on(&database).await;
        let api = server.administrator().await;
        let collection = api.mock_collection("Mock").await;
        let (client, key) = consumer(&api, json!({ "auth_type": "oauth2" }), collection).await;
        let (one, two) = (access_token(&server, &key).await, access_token(&server, &key).await);
        for token in [&one, &two] {
            assert_eq!(bearer(&server, ECHO, token).await, StatusCode::OK);
        }
        let (_, told) = ask(&server, "introspect", &key, &format!("token={one}")).await;
        assert_eq!(told["active"], true);
        assert_eq!(ask(&server, "revoke", &key, &format!("token={one}")).await.0, StatusCode::OK);
        assert_eq!(bearer(&server, ECHO, &one).await, StatusCode::UNAUTHORIZED);
        let (_, told) = ask(&server, "introspect", &key, &format!("token={one}")).await;
        assert_eq!(told, json!({ "active": false }));
        assert_eq!(bearer(&server, ECHO, &two).await, StatusCode::OK);

        server.terminate();
        server.ended().await;
        let server = Server::start_on(&database).await;
        assert_eq!(bearer(&server, ECHO, &one).await, StatusCode::UNAUTHORIZED);
        assert_eq!(bearer(&server, ECHO, &two).await, StatusCode::OK);
        let api = server.administrator().await;
        let path = format!("/api/v2/api_clients/{client}/api_keys/{}", key["id"]);
        api.switch(&format!("{path}/disable")).await;
        assert_eq!(bearer(&server, ECHO, &two).await, StatusCode::UNAUTHORIZED);
        api.switch(&format!("{path}/enable")).await;
        assert_eq!(bearer(&server, ECHO, &two).await, StatusCode::UNAUTHORIZED);
        let three = access_token(&server, &key).await;
        let (_, refreshed) =
            api.put(&format!("{path}/refresh_secret"), json!({ "grace_seconds": 600 })).await;
        // The former secret, its tokens and the new secret go together for a while.
        assert_eq!(bearer(&server, ECHO, &three).await, StatusCode::OK);
        let four = access_token(&server, &key).await;
        let five = access_token(&server, &refreshed["data"]).await;
        for token in [&four, &five] {
            assert_eq!(bearer(&server, ECHO, token).await, StatusCode::OK);
        }
        api.put(&format!("{path}/refresh_secret"), json!({})).await;
        for token in [&three, &four, &five] {
            assert_eq!(bearer(&server, ECHO, token).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(
            ask(&server, "token", &key, "grant_type=client_credentials").await.0,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn no_call_fails_while_keys_are_refreshed_with_grace() {
    let server = Arc::new(Server::start().await);
    let api = server.administrator().await;
    let Caller { client, key, token, .. } = api.mock_caller().await;
    let path = format!("/api/v2/api_clients/{client}/api_keys/{key}/refresh_secret");
    let calls: Arc<[AtomicUsize; 4]> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let token = Arc::new(std::sync::Mutex::new(token));
    let callers: Vec<_> = (0..calls.len())
        .map(|caller| {
            let (server, token) = (Arc::clone(&server), Arc::clone(&token));
            let (calls, stop) = (Arc::clone(&calls), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // What was the newest token a moment ago.
                    let present = token.lock().unwrap().clone();
                    assert_eq!(status(&server, ECHO, &present).await, StatusCode::OK);
                    calls[caller].fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let made = || calls.iter().map(|calls| calls.load(Ordering::Relaxed)).collect::<Vec<_>>();
    while made().iter().sum::<usize>() < 1000 {
        let (_, refreshed) = api.put(&path, json!({ "grace_seconds": 60 })).await;
        let fresh = refreshed["data"]["auth_token"].as_str().unwrap().to_owned();
        let former = std::mem::replace(&mut *token.lock().unwrap(), fresh);
        // Neither of them fails, and the new one works at once.
        assert_eq!(status(&server, ECHO, &former).await, StatusCode::OK);
        // Callers that still have the former one need it until they have made their call.
        let seen = made();
        eventually("every caller has called again", async || {
            made().iter().zip(&seen).all(|(now, seen)| *now >= seen + 2).then_some(())
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    // Without grace the former one is over when the answer is there.
    let (_, refreshed) = api.put(&path, json!({})).await;
    let fresh = refreshed["data"]["auth_token"].as_str().unwrap();
    assert_eq!(status(&server, ECHO, fresh).await, StatusCode::OK);
    let former = token.lock().unwrap().clone();
    assert_eq!(status(&server, ECHO, &former).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_ends_when_it_was_said_to() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let collection = api.mock_collection("Mock").await;
    let client = api.client("caller", &[collection]).await;
    let path = format!("/api/v2/api_clients/{client}/api_keys");
    let past = json!({ "name": "key", "active": true, "expires_at": "2020-01-01T00:00:00Z" });
    let (refused, answer) = api.post(&path, past).await;
    assert_eq!(refused, StatusCode::BAD_REQUEST, "{answer}");
    let (id, token) = api.key(client, json!({ "expires_at": "2100-01-01T00:00:00Z" })).await;
    assert_eq!(status(&server, ECHO, &token).await, StatusCode::OK);
    let (_, shown) = api.put(&format!("{path}/{id}"), json!({ "name": "other" })).await;
    assert!(shown["data"]["expires_at"].as_str().unwrap().starts_with("2100-01-01T"), "{shown}");
    let (_, shown) = api.put(&format!("{path}/{id}"), json!({ "expires_at": null })).await;
    assert_eq!(shown["data"].get("expires_at"), None);
    let (refused, _) =
        api.put(&format!("{path}/{id}/refresh_secret"), json!({ "grace_seconds": 604_801 })).await;
    assert_eq!(refused, StatusCode::BAD_REQUEST);
}
