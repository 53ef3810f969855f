//! What connections cost while there is no call, and that nothing is left of changes and calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{Caller, Database, PATIENCE, Server, eventually, portico_in};

/// A connection, over which calls are made one after the other.
async fn call(connection: &mut TcpStream, request: &[u8]) {
    let exchange = async {
        connection.write_all(request).await.unwrap();
        let mut read = Vec::new();
        // The body of the answer ends with what no head contains.
        while !read.ends_with(b"}") {
            assert!(connection.read_buf(&mut read).await.unwrap() > 0, "closed after {read:?}");
        }
        assert!(read.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&read));
    };
    timeout(PATIENCE, exchange).await.expect("a call is answered");
}

#[tokio::test]
async fn ten_thousand_connections_without_a_call_are_held_and_cost_little() {
    const COUNT: usize = 10_000;
    /// What one may cost on average. The protocol engine's buffers alone would be more.
    const KIB_EACH: u64 = 12;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let settings = ["MAX_CONNECTIONS_PER_ADDRESS", "MAX_CONNECTIONS_PER_CORE", "IDLE_TIMEOUT_MS"];
    let settings = settings.map(|name| format!("PORTICO__GATEWAY__{name}"));
    let settings = settings.each_ref().map(|name| (name.as_str(), "1000000"));
    let server = Server::start_with(&Database::sqlite(), &["serve"], &settings).await;
    let Caller { token, .. } = server.administrator().await.mock_caller().await;
    let address = server.gateway.trim_start_matches("http://").to_owned();
    let request = format!("GET /main/mock-v1/echo HTTP/1.1\r\nhost: x\r\napi-token: {token}\r\n\r\n");

    // What the program needs for calls, whatever the number of connections.
    let mut first = TcpStream::connect(&address).await.unwrap();
    for _ in 0..1000 {
        call(&mut first, request.as_bytes()).await;
    }
    let before = server.resident_kib();
    let mut held = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let mut connection = TcpStream::connect(&address).await.unwrap();
        call(&mut connection, request.as_bytes()).await;
        held.push(connection);
    }
    // What they needed while they had a call is given back after a while.
    eventually("connections without a call cost little", async || {
        call(&mut first, request.as_bytes()).await;
        (server.resident_kib() < before + KIB_EACH * COUNT as u64).then_some(())
    })
    .await;
    for mut connection in held {
        call(&mut connection, request.as_bytes()).await;
    }
}

#[tokio::test]
async fn nothing_is_left_of_changes_under_load() {
    /// So many changes of an endpoint, each of which makes the collection anew.
    const CHANGES: usize = 300;
    /// Much less than so many copies of the collection take.
    const KIB: u64 = 24 << 10;
    let server = Server::start().await;
    let operation = json!({ "responses": { "200": { "description": "ok", "content": {
        "application/json": { "example": { "text": "x".repeat(200) } } } } } });
    let paths: serde_json::Map<_, _> =
        (0..300).map(|number| (format!("/things/{number}/parts"), json!({ "get": operation }))).collect();
    let document = json!({ "openapi": "3.0.3", "info": { "title": "Many", "version": "1" }, "paths": paths });
    let file = server.database.folder().join("many.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let import = ["import", &file.display().to_string(), "--name", "Many", "--activate"];
    assert!(portico_in(&server.database, &import).await.status.success());
    let api = server.administrator().await;
    let Caller { token, .. } = api.mock_caller().await;
    let collections = api.get("/api/api_collections").await.1;
    let many = collections.as_array().unwrap().iter().find(|one| one["name"] == "Many").unwrap();
    let endpoints = api.endpoints(many["id"].as_i64().unwrap()).await;
    let endpoint = format!("/api/api_endpoints/{}", endpoints[0]["id"]);

    let is_over = Arc::new(AtomicBool::new(false));
    let url = format!("{}/main/mock-v1/echo", server.gateway);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (url, token, is_over) = (url.clone(), token.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let client = Client::new();
                while !is_over.load(Ordering::Relaxed) {
                    let answer = client.get(&url).header("api-token", &token).send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::OK);
                }
            })
        })
        .collect();
    let change = async || {
        api.switch(&format!("{endpoint}/disable")).await;
        api.switch(&format!("{endpoint}/enable")).await;
    };
    for _ in 0..CHANGES / 4 {
        change().await;
    }
    let before = server.resident_kib();
    for _ in 0..CHANGES / 2 {
        change().await;
    }
    let after = server.resident_kib();
    assert!(after < before + KIB, "{before} KiB became {after} KiB");
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
}
