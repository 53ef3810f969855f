//! The vendor's Python command line, unmodified, does its whole flow.

use std::path::PathBuf;
use std::process::Output;

use reqwest::StatusCode;
use tokio::process::Command;

use crate::gateway::status;
use crate::world::{PATIENCE, Server, eventually, sample_document};

/// The client with a home of its own and a token.
struct Workato {
    program: PathBuf,
    home: PathBuf,
    url: String,
    token: String,
}

impl Workato {
    async fn run(&self, folder: &str, arguments: &[&str]) -> String {
        let running = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.home.join(folder))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.program.parent().unwrap().display()))
            .env("HOME", &self.home)
            .env("LANG", "C.UTF-8")
            .env("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
            .env("WORKATO_DISABLE_DEPRECATION_WARNING", "1")
            .env("WORKATO_API_TOKEN", &self.token)
            .env("WORKATO_HOST", &self.url)
            .kill_on_drop(true)
            .output();
        let Output { status, stdout, stderr } =
            tokio::time::timeout(PATIENCE, running).await.expect("the client does not end").unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{arguments:?}: {text}");
        text
    }
}

/// The 64 hex digits that the client shows of a new key.
fn token(text: &str) -> String {
    text.split(|character: char| !character.is_ascii_hexdigit())
        .find(|word| word.len() == 64)
        .unwrap_or_else(|| panic!("no token in {text}"))
        .to_owned()
}

#[tokio::test]
async fn the_python_client_publishes_an_api_and_calls_it_with_old_and_new_keys() {
    let program = std::env::var("PORTICO_TEST_WORKATO_CLI")
        .expect("PORTICO_TEST_WORKATO_CLI is not set: run the tests with `make test`");
    let server = Server::start().await;
    let home = tempfile::TempDir::with_prefix("portico-test-home").unwrap();
    let workato = Workato {
        program: program.into(),
        home: home.path().to_owned(),
        url: server.control.clone(),
        token: server.administrator().await.token().to_owned(),
    };
    std::fs::write(home.path().join("spec.json"), sample_document()).unwrap();

    let (url, secret) = (workato.url.clone(), workato.token.clone());
    let init = ["init", "--non-interactive", "--profile", "test", "--region", "custom", "--api-url", &url];
    workato.run("", &[&init[..], &["--api-token", &secret, "--project-name", "Shop"]].concat()).await;
    let create = ["api-collections", "create", "--name", "Quote to cash", "--format", "json"];
    workato.run("Shop", &[&create[..], &["--content", "../spec.json"]].concat()).await;
    assert!(workato.run("Shop", &["api-collections", "list"]).await.contains("/main/quote-to-cash-v1"));
    let id = ["--api-collection-id", "1"];
    let listed = workato.run("Shop", &[&["api-collections", "list-endpoints"], &id[..]].concat()).await;
    assert!(listed.contains("3 API Endpoints") && listed.contains("Disabled"), "{listed}");
    workato.run("Shop", &[&["api-collections", "enable-endpoint"], &id[..], &["--all"]].concat()).await;
    let recipes = workato.run("Shop", &["recipes", "list"]).await;
    assert!(recipes.contains("(3 found)"), "{recipes}");

    let create = ["api-clients", "create", "--name", "Automation", "--auth-type", "token"];
    workato.run("Shop", &[&create[..], &["--api-collection-ids", "1"]].concat()).await;
    let id = ["--api-client-id", "1"];
    let create = ["api-clients", "create-key", "--name", "prod"];
    let old = token(&workato.run("Shop", &[&create[..], &id[..]].concat()).await);
    let becomes = async |token: &str, expected: StatusCode| {
        eventually("the gateway follows", async || {
            (status(&server, "main/quote-to-cash-v1/echo", token).await == expected).then_some(())
        })
        .await;
    };
    becomes(&old, StatusCode::OK).await;
    workato.run("Shop", &[&["api-clients", "list-keys"], &id[..]].concat()).await;
    let refresh = ["api-clients", "refresh-secret", "--api-key-id", "1", "--force"];
    let new = token(&workato.run("Shop", &[&refresh[..], &id[..]].concat()).await);
    becomes(&new, StatusCode::OK).await;
    becomes(&old, StatusCode::UNAUTHORIZED).await;
    workato.run("Shop", &["pull"]).await;
    workato.run("Shop", &["workspace"]).await;
}
