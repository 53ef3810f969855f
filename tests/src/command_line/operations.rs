//! Probes and metrics.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::gateway::status;
use crate::world::{Caller, Server};

#[tokio::test]
async fn probes_and_metrics_tell_what_is_going_on() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { token, .. } = api.mock_caller().await;
    assert_eq!(status(&server, "main/mock-v1/echo", &token).await, StatusCode::OK);
    assert_eq!(status(&server, "main/mock-v1/echo", "wrong").await, StatusCode::UNAUTHORIZED);

    let get = async |path: &str| Client::new().get(format!("{}{path}", server.ops)).send().await.unwrap();
    assert_eq!(get("/healthz").await.status(), StatusCode::OK);
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::OK);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!((&ready["ready"], &ready["store"]), (&json!(true), &json!("ok")));

    let metrics = get("/metrics").await.text().await.unwrap();
    for expected in [
        "portico_gateway_calls_total",
        "portico_gateway_refusals_total{code=\"4012\"} 1",
        "portico_gateway_upstream_errors_total",
        "portico_gateway_call_duration_seconds_bucket",
        "portico_gateway_keys 1",
    ] {
        assert!(metrics.contains(expected), "{expected} is not in\n{metrics}");
    }
    assert!(!metrics.contains(&token));
    for elsewhere in ["/", "/api/users/me", "/metrics/../healthz", "/console"] {
        assert_eq!(
            get(elsewhere).await.status() == StatusCode::OK,
            elsewhere.ends_with("healthz"),
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn a_host_without_a_portal_is_not_found() {
    let server = Server::start().await;
    let answer = Client::new().get(&server.portal).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.headers().contains_key("content-security-policy"));
    assert!(answer.text().await.unwrap().contains("No developer portal"));
}
