//! The management API does what its own description says. A tool reads the description, makes requests
//! that it allows and requests that it forbids, and compares the answers with it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::process::Command;

use crate::world::{Api, Database, Server};

/// What the tool begins with; another one finds other things. A failure prints it.
const SEED: &str = "20250212";

/// Requests per operation and phase.
const EXAMPLES: &str = "50";

/// Longer than any machine needs: a run takes one or two minutes.
const PATIENCE: Duration = Duration::from_secs(900);

/// The settings for the tool.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis/schemathesis.toml");

/// Its hooks, for what no schema can spell out.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis/hooks.py");

/// One thing of each kind, so that requests meet something.
async fn furnish(api: &Api) {
    let caller = api.mock_caller().await;
    let made = async |path: &str, body| {
        let (status, answer) = api.post(path, body).await;
        assert_eq!(status, StatusCode::OK, "POST {path}: {answer}");
    };
    made("/api/folders", json!({ "name": "Sales" })).await;
    made("/api/folders", json!({ "name": "Drafts", "parent_id": 2 })).await;
    made("/api/api_clients", json!({ "name": "Legacy" })).await;
    let profile = json!({ "name": "Profile", "api_client_id": 2, "api_collection_ids": [caller.collection], "auth_type": "token" });
    made("/api/api_access_profiles", profile).await;
    made("/api/portico/v1/api_portals", json!({ "name": "Portal", "subdomain": "first" })).await;
    let limit = json!({ "requests": 5, "per": "second" });
    made("/api/portico/v1/api_policies", json!({ "name": "Slow", "rate_limit": limit })).await;
    made("/api/developer_api_clients", json!({ "name": "Reader", "api_privilege_group_id": 3 })).await;
}

#[tokio::test]
async fn the_api_is_what_its_description_says() {
    let program = std::env::var("PORTICO_TEST_SCHEMATHESIS")
        .expect("PORTICO_TEST_SCHEMATHESIS is not set: run the tests with `make test`");
    let server =
        Server::start_with(&Database::sqlite(), &["serve"], &[("PORTICO__LOG__LEVEL", "warn")]).await;
    let api = server.administrator().await;
    furnish(&api).await;

    let folder = server.database.folder();
    let running = Command::new(program)
        .args(["--config-file", SETTINGS, "--no-color", "run"])
        .arg(format!("{}/api/openapi.json", server.control))
        .args(["--header", &format!("Authorization: Bearer {}", api.token())])
        .args(["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED])
        .args(["--workers", "1", "--generation-database", "none", "--request-timeout", "60"])
        .args(["--continue-on-failure", "--no-shrink"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .env("SCHEMATHESIS_HOOKS", HOOKS)
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(PATIENCE, running).await.expect("the tool does not end").unwrap();
    let text = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(done.status.success(), "with the seed {SEED}: {text}");
    // It came in to the end.
    let (status, answer) = api.get("/api/users/me").await;
    assert_eq!(status, StatusCode::OK, "the token stopped working meanwhile: {answer}");
}
