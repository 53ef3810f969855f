//! Policies: what they admit, through the real program.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::status;
use crate::world::{Api, Database, Server, eventually};

const POLICIES: &str = "/api/portico/v1/api_policies";

/// A key of a client of its own under a policy with these limits; gives the policy and the token.
async fn key_under(api: &Api, limits: Value) -> (i64, String) {
    let mut body = json!({ "name": "Policy" });
    body.as_object_mut().unwrap().extend(limits.as_object().cloned().unwrap());
    let (_, policy) = api.post(POLICIES, body).await;
    let policy = policy["data"]["id"].as_i64().unwrap();
    let collection = api.mock_collection("Mock").await;
    let body = json!({
        "name": "limited", "auth_type": "token", "api_collection_ids": [collection], "api_policy_id": policy
    });
    let (_, client) = api.post("/api/v2/api_clients", body).await;
    let (_, token) = api.key(client["data"]["id"].as_i64().unwrap(), json!({})).await;
    (policy, token)
}

/// How many of so many calls, all at once, are admitted; the others are refused for their number.
async fn admitted(servers: &[&Server], token: &str, calls: usize) -> usize {
    let client = reqwest::Client::new();
    let mut sent = JoinSet::new();
    for number in 0..calls {
        let url = format!("{}/main/mock-v1/echo", servers[number % servers.len()].gateway);
        let request = client.get(url).header("api-token", token);
        sent.spawn(async move { request.send().await.unwrap().status() });
    }
    let statuses = sent.join_all().await;
    let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    let admitted = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert_eq!(admitted + refused, statuses.len(), "{statuses:?}");
    admitted
}

#[tokio::test]
async fn a_changed_policy_is_in_force_at_once() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let (policy, token) = key_under(&api, json!({ "rate_limit": { "requests": 2, "per": "hour" } })).await;
    assert_eq!(admitted(&[&server], &token, 5).await, 2);
    let more = json!({ "rate_limit": { "requests": 3, "per": "hour" } });
    api.put(&format!("{POLICIES}/{policy}"), more).await;
    assert_eq!(admitted(&[&server], &token, 5).await, 1);
}

#[tokio::test]
async fn sixty_four_callers_never_get_more_than_the_limit() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let limits = json!({
        "rate_limit": { "requests": 1_000, "per": "hour" }, "quota": { "requests": 1_000_000, "per": "day" }
    });
    let (_, token) = key_under(&api, limits).await;
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let (url, token) = (format!("{}/main/mock-v1/echo", server.gateway), token.clone());
        callers.spawn(async move {
            // A connection of its own, one call after the other.
            let client = reqwest::Client::new();
            let mut admitted = 0;
            for _ in 0..25 {
                match client.get(&url).header("api-token", &token).send().await.unwrap().status() {
                    StatusCode::OK => admitted += 1,
                    status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
                }
            }
            admitted
        });
    }
    assert_eq!(callers.join_all().await.into_iter().sum::<usize>(), 1_000);
}

#[tokio::test]
async fn a_quota_is_exact_and_outlives_a_stop() {
    for database in Database::each().await {
        let server = Server::start_on(&database).await;
        let api = server.administrator().await;
        let (policy, token) = key_under(&api, json!({ "quota": { "requests": 300, "per": "day" } })).await;
        assert_eq!(admitted(&[&server], &token, 100).await, 100);
        server.terminate();
        assert!(server.ended().await.success());
        let server = Server::start_on(&database).await;
        assert_eq!(admitted(&[&server], &token, 260).await, 200);
        // A larger quota has room again, a smaller one has none.
        let api = Api::new(&server.control, api.token());
        let quota = |requests| json!({ "quota": { "requests": requests, "per": "day" } });
        api.put(&format!("{POLICIES}/{policy}"), quota(305)).await;
        assert_eq!(admitted(&[&server], &token, 20).await, 5);
        api.put(&format!("{POLICIES}/{policy}"), quota(200)).await;
        assert_eq!(admitted(&[&server], &token, 3).await, 0);
    }
}

#[tokio::test]
async fn a_crash_never_grants_more() {
    let database = Database::sqlite();
    let mut server = Server::start_on(&database).await;
    let api = server.administrator().await;
    let (_, token) = key_under(&api, json!({ "quota": { "requests": 200, "per": "30 days" } })).await;
    let mut sum = 0;
    for _ in 0..4 {
        sum += admitted(&[&server], &token, 30).await;
        server.kill().await;
        server = Server::start_on(&database).await;
    }
    assert_eq!(sum, 120, "a crash loses blocks, not the quota");
    sum += admitted(&[&server], &token, 200).await;
    assert!((120..=200).contains(&sum), "{sum}");
    assert_eq!(admitted(&[&server], &token, 5).await, 0);
}

#[tokio::test]
async fn nodes_on_one_database_never_exceed_the_quota_together() {
    let database = Database::postgres().await;
    let control = Server::start_with(&database, &["serve", "--role", "control"], &[]).await;
    let first = Server::start_with(&database, &["serve", "--role", "gateway"], &[]).await;
    let second = Server::start_with(&database, &["serve", "--role", "gateway"], &[]).await;
    let api = control.administrator().await;
    let (_, token) = key_under(&api, json!({ "quota": { "requests": 500, "per": "day" } })).await;
    // Whatever is asked of a node until it knows the key is no call of the key.
    for node in [&first, &second] {
        eventually("the node knows the key", async || {
            (status(node, "main/mock-v1/nothing", &token).await == StatusCode::NOT_FOUND).then_some(())
        })
        .await;
    }
    let mut sum = 0;
    for _ in 0..4 {
        sum += admitted(&[&first, &second], &token, 200).await;
    }
    // What a node has reserved and not used is all that can be missing.
    assert!(sum <= 500 && sum > 300, "{sum}");
}
