//! What would be decided, asked of the command and of the API.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Caller, Server, portico_in};

#[tokio::test]
async fn the_command_and_the_api_tell_the_same_and_count_nothing() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { key, client, token, .. } = api.mock_caller().await;
    let deny = json!({ "ip_deny_list": ["203.0.113.0/24"] });
    let (status, _) = api.put(&format!("/api/v2/api_clients/{client}/api_keys/{key}"), deny).await;
    assert_eq!(status, StatusCode::OK);
    let policy = json!({ "name": "One", "rate_limit": { "requests": 1, "per": "hour" } });
    let (_, policy) = api.post("/api/portico/v1/api_policies", policy).await;
    let body = json!({ "api_policy_id": policy["data"]["id"] });
    api.put(&format!("/api/v2/api_clients/{client}"), body).await;

    let id = key.to_string();
    for (from, path, decision, code) in [
        ("203.0.113.7", "/main/mock-v1/echo", "refuse", json!(4031)),
        ("198.51.100.1", "/main/mock-v1/nothing", "refuse", json!(4041)),
        ("198.51.100.1", "/main/mock-v1/echo", "mock", Value::Null),
        ("198.51.100.1", "/main/mock-v1/echo", "mock", Value::Null),
    ] {
        let question = json!({ "api_key_id": key, "from": from, "path": path });
        let (status, told) = api.post("/api/portico/v1/explain", question).await;
        assert_eq!((status, &told["data"]["decision"]), (StatusCode::OK, &json!(decision)), "{told}");
        assert_eq!((&told["data"]["code"], &told["data"]["api_key_id"]), (&code, &json!(key)));
        let flags = ["explain", "--key", &id, "--from", from, "--path", path, "--format", "json"];
        let said = portico_in(&server.database, &flags).await;
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!((&said["decision"], &said["code"]), (&json!(decision), &code), "{said}");
        assert_eq!(said["rule"], told["data"]["rule"]);
    }
    let flags = ["explain", "--key", &id, "--from", "203.0.113.7", "--path", "/main/mock-v1/echo"];
    let said = portico_in(&server.database, &flags).await;
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(
        text.starts_with("decision   refuse 403, code 4031\nbecause    203.0.113.7 is in 203.0.113.0/24"),
        "{text}"
    );
    // A token on the command line would be seen by others.
    let said = portico_in(&server.database, &["explain", "--key", &token, "--path", "/x"]).await;
    let complaint = String::from_utf8(said.stderr).unwrap();
    assert!(!said.status.success() && !complaint.contains(&token), "{complaint}");
}

#[tokio::test]
async fn nothing_is_told_about_others_or_for_nonsense() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let ask = async |question| api.post("/api/portico/v1/explain", question).await;
    let path = "/main/mock-v1/echo";
    let (status, _) = ask(json!({ "api_key_id": 99, "from": "10.0.0.1", "path": path })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for wrong in [
        json!({ "from": "10.0.0.1", "path": "/other/mock-v1/echo" }),
        json!({ "from": "10.0.0", "path": path }),
        json!({ "from": "10.0.0.1" }),
        json!({ "from": "10.0.0.1", "path": path, "method": "TRACE" }),
        json!({ "from": "10.0.0.1", "path": path, "token": "x" }),
    ] {
        assert_eq!(ask(wrong.clone()).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let (_, told) = ask(json!({ "from": "10.0.0.1", "path": path })).await;
    assert_eq!(told["data"]["code"], 4011);
}
