//! What a caller gets.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{call, status};
use crate::world::{Caller, Database, Server, Upstream, portico_in, sample_document};

#[tokio::test]
async fn an_imported_api_is_called_with_a_key_and_forwarded_without_it() {
    for database in Database::each().await {
        let (server, upstream) = (Server::start_on(&database).await, Upstream::start().await);
        let document = database.folder().join("sample.json");
        std::fs::write(&document, sample_document()).unwrap();
        let document = document.display().to_string();
        let base = format!("{}/base", upstream.url);
        let import = ["import", &document, "--name", "Shop", "--upstream", &base, "--activate"];
        let imported = portico_in(&database, &import).await;
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));

        let api = server.administrator().await;
        let (_, collections) = api.get("/api/api_collections").await;
        assert_eq!(collections[0]["url"], format!("{}/main/shop-v1", server.gateway));
        let client = api.client("caller", &[collections[0]["id"].as_i64().unwrap()]).await;
        let (_, token) = api.key(client, json!({})).await;

        let answer = call(&server, "main/shop-v1/items/7?q=%20a&api_token=stray", &token).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key("x-request-id"));
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "upstream": true }));

        let basic = Client::new()
            .post(format!("{}/main/shop-v1/echo", server.gateway))
            .basic_auth("API-TOKEN", Some(&token))
            .header("x-forwarded-for", "203.0.113.9")
            .body("hello")
            .send()
            .await
            .unwrap();
        assert_eq!(basic.status(), StatusCode::OK);

        let seen = upstream.requests();
        assert!(seen[0].starts_with("GET /base/items/7?q=%20a HTTP/1.1\r\n"), "{}", seen[0]);
        assert!(seen[1].starts_with("POST /base/echo HTTP/1.1\r\n") && seen[1].ends_with("\r\n\r\nhello"));
        for request in &seen {
            let lower = request.to_lowercase();
            assert!(
                !request.contains(&token) && !lower.contains("authorization:") && !lower.contains("stray")
            );
            assert!(lower.contains("x-forwarded-for: 127.0.0.1\r\n"), "{request}");
            assert!(lower.contains(&format!("host: {}\r\n", upstream.url.trim_start_matches("http://"))));
        }
    }
}

#[tokio::test]
async fn a_wrong_key_learns_nothing() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { token, .. } = api.mock_caller().await;
    assert_eq!(status(&server, "main/mock-v1/echo", &token).await, StatusCode::OK);

    let last = if token.ends_with('0') { "1" } else { "0" };
    let changed = format!("{}{last}", &token[..63]);
    let longer = format!("{token}1");
    let upper = token.to_uppercase();
    let mut bodies = Vec::new();
    for wrong in [changed.as_str(), &longer, &upper, "", "x", &api_like_token()] {
        for path in ["main/mock-v1/echo", "main/mock-v1/nothing", "no/such/place"] {
            let answer = call(&server, path, wrong).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong:?} {path}");
            assert!(answer.headers().contains_key("www-authenticate"));
            bodies.push(answer.text().await.unwrap());
        }
    }
    bodies.dedup();
    assert_eq!(bodies, [r#"{"error":"access to this API has been disallowed"}"#]);
}

fn api_like_token() -> String {
    format!("portico_{}", "0".repeat(64))
}

#[tokio::test]
async fn mocks_answer_from_the_examples_of_their_document() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let Caller { token, .. } = api.mock_caller().await;

    let item = call(&server, "main/mock-v1/items/7", &token).await;
    assert_eq!(item.status(), StatusCode::OK);
    assert_eq!(item.headers()["content-type"], "application/json");
    assert_eq!(item.json::<Value>().await.unwrap(), json!({ "mock": "item" }));

    let made = Client::new()
        .post(format!("{}/main/mock-v1/echo", server.gateway))
        .header("api-token", &token)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);

    let other = Client::new()
        .delete(format!("{}/main/mock-v1/echo", server.gateway))
        .header("api-token", &token)
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(other.headers()["allow"], "GET, HEAD, POST");
    assert_eq!(status(&server, "main/mock-v1/missing", &token).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn address_rules_let_in_whom_they_name() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let collection = api.mock_collection("Mock").await;
    let client = api.client("caller", &[collection]).await;
    let cases = [
        (json!({ "ip_allow_list": ["127.0.0.0/8"] }), StatusCode::OK),
        (json!({ "ip_allow_list": ["::ffff:127.0.0.1"] }), StatusCode::OK),
        (json!({ "ip_allow_list": ["127.99.0.1/8"], "ip_deny_list": ["203.0.113.0/24"] }), StatusCode::OK),
        (json!({ "ip_allow_list": ["203.0.113.0/24"] }), StatusCode::FORBIDDEN),
        (json!({ "ip_allow_list": ["127.0.0.1"], "ip_deny_list": ["127.0.0.1"] }), StatusCode::FORBIDDEN),
    ];
    for (rules, expected) in cases {
        let (_, token) = api.key(client, rules.clone()).await;
        assert_eq!(status(&server, "main/mock-v1/echo", &token).await, expected, "{rules}");
        // Whoever may not call does not learn which paths exist.
        if expected == StatusCode::FORBIDDEN {
            assert_eq!(status(&server, "main/mock-v1/missing", &token).await, expected, "{rules}");
        }
    }
}

#[tokio::test]
async fn a_client_calls_only_the_collections_that_it_was_given() {
    let server = Server::start().await;
    let api = server.administrator().await;
    let (one, _two) = (api.mock_collection("One").await, api.mock_collection("Two").await);
    let client = api.client("caller", &[one]).await;
    let (_, token) = api.key(client, json!({})).await;
    assert_eq!(status(&server, "main/one-v1/echo", &token).await, StatusCode::OK);
    assert_eq!(status(&server, "main/two-v1/echo", &token).await, StatusCode::NOT_FOUND);
}
