//! The management API on both databases, through its socket.

use reqwest::StatusCode;
use serde_json::json;

use crate::world::{Api, Database, Server};

#[tokio::test]
async fn a_client_and_its_keys_live_and_die() {
    for database in Database::each().await {
        let server = Server::start_on(&database).await;
        let api = server.administrator().await;
        let collection = api.mock_collection("Mock").await;
        let client = api.client("Automation Inc.", &[collection]).await;
        let (key, token) = api.key(client, json!({ "ip_allow_list": ["8.8.8.8/24"] })).await;
        let keys = format!("/api/v2/api_clients/{client}/api_keys");

        let (_, listed) = api.get(&keys).await;
        assert_eq!(listed["data"][0]["auth_token"], token[60..]);
        assert_eq!(listed["data"][0]["ip_allow_list"], json!(["8.8.8.8/24"]));
        assert_eq!(
            (&listed["count"], &listed["page"], &listed["per_page"]),
            (&json!(1), &json!(1), &json!(100))
        );
        for _ in 1..20 {
            api.key(client, json!({})).await;
        }
        let (full, answer) = api.post(&keys, json!({ "name": "one more", "active": true })).await;
        assert_eq!(full, StatusCode::CONFLICT, "{answer}");

        assert_eq!(api.delete(&format!("{keys}/{key}")).await, (StatusCode::OK, json!({ "success": true })));
        assert_eq!(api.delete(&format!("{keys}/{key}")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(
            api.delete(&format!("/api/v2/api_clients/{client}")).await,
            (StatusCode::OK, json!({ "success": true }))
        );
        assert_eq!(api.get(&format!("/api/v2/api_clients/{client}")).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let server = Server::start().await;
    let unknown = format!("portico_{}", "0".repeat(64));
    for token in ["", "x", unknown.as_str()] {
        let (status, answer) = Api::new(&server.control, token).get("/api/users/me").await;
        assert_eq!((status, &answer["message"]), (StatusCode::UNAUTHORIZED, &json!("Unauthorized")));
    }
}
