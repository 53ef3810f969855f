//! A real identity provider, which changes its keys under load and goes away.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{bearer, consumer, signer};
use crate::world::{Database, PATIENCE, Server, eventually};

const ECHO: &str = "main/mock-v1/echo";

struct IdentityProvider {
    issuer: String,
    control: String,
    child: Child,
    authority: String,
    _folder: tempfile::TempDir,
}

impl IdentityProvider {
    async fn start() -> Self {
        let program = std::env::var("PORTICO_TEST_OIDC_PROVIDER")
            .expect("PORTICO_TEST_OIDC_PROVIDER is not set: run the tests with `make test`");
        let folder = tempfile::TempDir::with_prefix("portico-test-provider").unwrap();
        let made: Value = serde_json::from_str(&signer(json!({ "certify": "localhost" })).await).unwrap();
        let mut paths = Vec::new();
        for name in ["authority", "certificate", "key"] {
            let path = folder.path().join(name);
            std::fs::write(&path, made[name].as_str().unwrap()).unwrap();
            paths.push(path.display().to_string());
        }
        let mut child = Command::new("node")
            .arg(program)
            .envs([("CERT", &paths[1]), ("KEY", &paths[2])])
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = async |name: &str| loop {
            let line =
                timeout(PATIENCE, lines.next_line()).await.expect("the provider does not start").unwrap();
            let line = line.expect("the provider ended");
            if let Some(value) = line.strip_prefix(name) {
                return value.trim().to_owned();
            }
        };
        let (issuer, control) = (line("issuer ").await, line("control ").await);
        Self { issuer, control, child, authority: paths.remove(0), _folder: folder }
    }

    async fn ask(&self, path: &str) -> String {
        reqwest::get(format!("{}{path}", self.control)).await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn a_provider_changes_its_keys_under_load_and_goes_away() {
    let mut provider = IdentityProvider::start().await;
    let database = Database::sqlite();
    let variables =
        [("SSL_CERT_FILE", &*provider.authority), ("PORTICO__OUTBOUND__ALLOW", "[\"localhost\"]")];
    let server = Arc::new(Server::start_with(&database, &["serve"], &variables).await);
    let api = server.administrator().await;
    let collection = api.mock_collection("Mock").await;
    let more = json!({
        "auth_type": "oidc",
        "oidc_issuer": format!("{}/.well-known/openid-configuration", provider.issuer),
        "access_profile_claim": "portico_key",
        "required_claims": ["exp", "iss"],
        "allowed_audiences": ["https://api.example.test"],
    });
    let (client, key) = consumer(&api, more, collection).await;
    provider.ask(&format!("/name?key={}", key["auth_token"].as_str().unwrap())).await;
    let first = provider.ask("/token").await;
    assert_eq!(bearer(&server, ECHO, &first).await, StatusCode::OK);

    let token = Arc::new(std::sync::Mutex::new(first.clone()));
    let (calls, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (server, token) = (Arc::clone(&server), Arc::clone(&token));
            let (calls, stop) = (Arc::clone(&calls), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let present = token.lock().unwrap().clone();
                    let status = bearer(&server, ECHO, &present).await;
                    // A token whose key is gone from the provider is over; only the newest has to pass.
                    if *token.lock().unwrap() == present {
                        assert_eq!(status, StatusCode::OK);
                    }
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for _ in 0..3 {
        provider.ask("/rotate").await;
        let fresh = provider.ask("/token").await;
        *token.lock().unwrap() = fresh;
        let seen = calls.load(Ordering::Relaxed);
        eventually("all callers have called with the new key", async || {
            (calls.load(Ordering::Relaxed) >= seen + 40).then_some(())
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    // The first key has not been the provider's for a while.
    assert_eq!(bearer(&server, ECHO, &first).await, StatusCode::UNAUTHORIZED);

    // While the provider is away, what it signed before is taken, also by those who have not called yet.
    let present = token.lock().unwrap().clone();
    let other = provider.ask("/token").await;
    provider.child.kill().await.unwrap();
    for token in [&present, &other] {
        assert_eq!(bearer(&server, ECHO, token).await, StatusCode::OK);
    }
    let wrong = json!({ "allowed_audiences": ["https://elsewhere.example.test"] });
    api.put(&format!("/api/v2/api_clients/{client}"), wrong).await;
    assert_eq!(bearer(&server, ECHO, &present).await, StatusCode::UNAUTHORIZED);
}
