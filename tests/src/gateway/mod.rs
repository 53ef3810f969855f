mod calls;
mod changes;
mod clients;
mod explain;
mod identity_provider;
mod limits;
mod memory;
mod nodes;
mod stopping;
mod tls;
mod tokens;

use std::path::Path;
use std::process::Stdio;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::world::{Api, PATIENCE, Server};

/// A call through the gateway with a key.
pub(crate) async fn call(server: &Server, path: &str, token: &str) -> Response {
    Client::new().get(format!("{}/{path}", server.gateway)).header("api-token", token).send().await.unwrap()
}

/// Its status.
pub(crate) async fn status(server: &Server, path: &str, token: &str) -> StatusCode {
    call(server, path, token).await.status()
}

/// A call with a bearer token; gives its status.
pub(crate) async fn bearer(server: &Server, path: &str, token: &str) -> StatusCode {
    let call = Client::new().get(format!("{}/{path}", server.gateway)).bearer_auth(token);
    call.send().await.unwrap().status()
}

/// Asks the signer, which is Python with `PyJWT`.
pub(crate) async fn signer(asked: serde_json::Value) -> String {
    let workato = std::env::var("PORTICO_TEST_WORKATO_CLI")
        .expect("PORTICO_TEST_WORKATO_CLI is not set: run the tests with `make test`");
    let mut signer = Command::new(Path::new(&workato).with_file_name("python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/signer.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    signer.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).await.unwrap();
    let output =
        timeout(PATIENCE, signer.wait_with_output()).await.expect("the signer does not end").unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Makes a client and a key of it, both with more than the ordinary fields; gives the client's id and
/// the key.
pub(crate) async fn consumer(api: &Api, more: Value, collection: i64) -> (i64, Value) {
    let mut body = json!({ "name": "consumer", "api_collection_ids": [collection] });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let (status, answer) = api.post("/api/v2/api_clients", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let client = answer["data"]["id"].as_i64().unwrap();
    let key = json!({ "name": "key", "active": true });
    let (status, answer) = api.post(&format!("/api/v2/api_clients/{client}/api_keys"), key).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    (client, answer["data"].clone())
}
