//! What a test works with: the program, its management API, and backends that remember.

mod api;
mod browser;
mod program;
mod services;
mod upstream;

use std::time::Duration;

pub(crate) use api::{Api, Caller};
pub(crate) use browser::{Browser, Seen};
pub(crate) use program::{Database, Server, portico, portico_in};
pub(crate) use services::{Certificate, IdentityProvider, MailServer};
pub(crate) use upstream::Upstream;

/// How long a test waits for what must come. Longer than any machine needs, so that only what
/// never comes fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until the answer is there.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

/// An OpenAPI document with `GET /echo`, `POST /echo` and `GET /items/{id}`, with examples.
pub(crate) fn sample_document() -> String {
    serde_json::json!({
        "openapi": "3.0.3",
        "info": { "title": "Sample", "version": "1" },
        "paths": {
            "/echo": {
                "get": { "summary": "Echo", "responses": { "200": { "description": "ok", "content": {
                    "application/json": { "example": { "mock": "echo" } } } } } },
                "post": { "summary": "Echo a body", "responses": { "201": { "description": "made", "content": {
                    "application/json": { "example": { "mock": "made" } } } } } }
            },
            "/items/{id}": {
                "get": { "summary": "Item", "responses": { "200": { "description": "ok", "content": {
                    "application/json": { "example": { "mock": "item" } } } } } }
            }
        }
    })
    .to_string()
}
