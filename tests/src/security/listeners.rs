//! Each listener is for what it is for, and links lead where the configuration says.

use reqwest::StatusCode;
use serde_json::json;

use super::raw::{asked, said};
use crate::gateway::status;
use crate::world::{Browser, Database, PATIENCE, Server};

#[tokio::test]
async fn no_path_leads_from_one_listener_to_another() {
    let server = Server::start().await;
    let token = server.administrator().await.token().to_owned();
    let listeners = [&server.ops, &server.gateway, &server.portal];
    for target in [
        "/api/api_collections",
        "/metrics/../api/api_collections",
        "/metrics/%2e%2e/api/api_collections",
        "/healthz/..;/console",
        "//api/api_collections",
        "/metrics//../console",
        "/console",
        "/console/sign-in",
        "http://localhost/api/api_collections",
    ] {
        for url in listeners {
            let host = url.split("://").nth(1).unwrap();
            let control = server.control.split("://").nth(1).unwrap();
            for host in [host, control, "localhost"] {
                let head = format!(
                    "GET {target} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
                );
                let answer = said(url, head.as_bytes()).await;
                assert!(answer.starts_with("HTTP/1.1 4"), "{url}{target}: {answer}");
            }
        }
    }
    // And what is for operators is not for others.
    for url in [&server.control, &server.gateway, &server.portal] {
        for target in ["/metrics", "/readyz", "/healthz"] {
            let answer = asked(url, "GET", target).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{url}{target}: {answer}");
        }
    }
}

#[tokio::test]
async fn links_lead_to_the_configured_address_whatever_a_request_says_of_itself() {
    let database = Database::sqlite();
    let variables = [
        ("PORTICO__CONTROL__PUBLIC_URL", "https://portico.example.test"),
        ("PORTICO__GATEWAY__PUBLIC_URL", "https://api.example.test"),
    ];
    let mut server = Server::start_with(&database, &["serve"], &variables).await;
    let api = server.administrator().await;
    let member = json!({ "email": "ada@example.test", "role": "viewer" });
    let (status, answer) = api.post("/api/portico/v1/members", member).await;
    assert!(status.is_success(), "{answer}");
    let mut browser = Browser::new();
    let page = format!("{}/console/sign-in", server.control);
    let seen = browser.get(&page).await;
    let csrf = seen.text.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    let cookies: Vec<_> = seen.cookies.iter().filter_map(|line| line.split(';').next()).collect();
    let body = format!("csrf={csrf}&email=ada%40example.test");
    let head = format!(
        "POST /console/sign-in HTTP/1.1\r\nhost: evil.test\r\nx-forwarded-host: evil.test\r\n\
         x-forwarded-proto: http\r\nforwarded: host=evil.test\r\nx-original-host: evil.test\r\ncookie: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        cookies.join("; "),
        body.len()
    );
    let answer = said(&server.control, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains("evil.test"), "{answer}");
    let mut links = Vec::new();
    // The invitation, and the link that was asked for.
    while links.len() < 2 {
        let line = tokio::time::timeout(PATIENCE, server.lines.recv()).await.expect("no mail").unwrap();
        if let Some(rest) = line.strip_prefix("mail to ") {
            links.push(rest.rsplit_once(": ").unwrap().1.to_owned());
        }
    }
    for link in links {
        assert!(link.starts_with("https://portico.example.test/console/sign-in/link/"), "{link}");
    }
    let head = "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: evil.test\r\n\
                x-forwarded-host: evil.test\r\nconnection: close\r\n\r\n";
    let answer = said(&server.gateway, head.as_bytes()).await;
    assert!(answer.contains("https://api.example.test") && !answer.contains("evil.test"), "{answer}");
}

#[tokio::test]
async fn a_key_that_is_gone_stays_gone_over_a_restart() {
    const ECHO: &str = "main/mock-v1/echo";
    for database in Database::each().await {
        let server = Server::start_on(&database).await;
        let api = server.administrator().await;
        let collection = api.mock_collection("Mock").await;
        let client = api.client("caller", &[collection]).await;
        let mut tokens = Vec::new();
        for change in ["delete", "disable", "refresh", "keep"] {
            let (id, token) = api.key(client, json!({ "name": change })).await;
            assert_eq!(status(&server, ECHO, &token).await, StatusCode::OK);
            let path = format!("/api/v2/api_clients/{client}/api_keys/{id}");
            match change {
                "delete" => drop(api.delete(&path).await),
                "disable" => api.switch(&format!("{path}/disable")).await,
                "refresh" => drop(api.put(&format!("{path}/refresh_secret"), json!({})).await),
                _ => {}
            }
            tokens.push((change, token));
        }
        server.kill().await;
        let server = Server::start_on(&database).await;
        for (change, token) in tokens {
            let expected = if change == "keep" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            assert_eq!(status(&server, ECHO, &token).await, expected, "{change}");
        }
    }
}
