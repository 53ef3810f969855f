//! Real services of others: a mail server and an identity provider.

use std::path::PathBuf;
use std::process::Stdio;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::PATIENCE;

/// A certificate for `localhost`, in files.
pub(crate) struct Certificate {
    folder: TempDir,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("portico-test").unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        Self { folder }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

fn installed(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("`{variable}` is not set: run the tests with `make test`")).into()
}

async fn line(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let next = timeout(PATIENCE, lines.next_line()).await.expect("the service says nothing");
    next.unwrap().expect("the service has ended")
}

fn start(command: &mut Command) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

/// A mail server.
pub(crate) struct MailServer {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) port: String,
}

impl MailServer {
    /// One that speaks in clear and asks nobody who they are, or with a certificate one that does.
    pub(crate) async fn start(certificate: Option<&Certificate>) -> Self {
        let folder = installed("PORTICO_TEST_MAIL_SERVER");
        let mut command = Command::new(folder.join("bin/python"));
        command.arg(folder.join("server.py"));
        if let Some(certificate) = certificate {
            command.env("CERT", certificate.file("cert.pem")).env("KEY", certificate.file("key.pem"));
        }
        let (child, mut lines) = start(&mut command);
        let port = line(&mut lines).await.strip_prefix("listening ").unwrap().to_owned();
        Self { _child: child, lines, port }
    }

    /// The next mail that it takes.
    pub(crate) async fn mail(&mut self) -> Value {
        serde_json::from_str(&line(&mut self.lines).await).unwrap()
    }
}

/// An identity provider at which somebody is always signed in.
pub(crate) struct IdentityProvider {
    _child: Child,
    pub(crate) issuer: String,
    /// Where a browser without certificates reaches it.
    clear: String,
}

impl IdentityProvider {
    pub(crate) async fn start(certificate: &Certificate) -> Self {
        let provider = installed("PORTICO_TEST_OIDC_PROVIDER").with_file_name("people.js");
        let mut command = Command::new("node");
        command.arg(provider);
        command.env("CERT", certificate.file("cert.pem")).env("KEY", certificate.file("key.pem"));
        let (child, mut lines) = start(&mut command);
        let (mut issuer, mut clear) = (None, None);
        while issuer.is_none() || clear.is_none() {
            let line = line(&mut lines).await;
            match line.split_once(' ') {
                Some(("issuer", url)) => issuer = Some(url.to_owned()),
                Some(("clear", url)) => clear = Some(url.to_owned()),
                _ => {}
            }
        }
        Self { _child: child, issuer: issuer.unwrap(), clear: clear.unwrap() }
    }

    /// Tells it something.
    async fn tell(&self, path: &str, parameters: &[(&str, &str)]) {
        let url = reqwest::Url::parse_with_params(&format!("{}{path}", self.clear), parameters).unwrap();
        assert!(reqwest::get(url).await.unwrap().status().is_success());
    }

    /// Browsers are sent back to there from now on.
    pub(crate) async fn sends_back_to(&self, redirect: &str) {
        self.tell("/-/client", &[("redirect", redirect)]).await;
    }

    /// Whoever comes from now on is this one.
    pub(crate) async fn shows(&self, sub: &str, email: &str, verified: &str) {
        let name = "Ada Lovelace";
        let person = [("sub", sub), ("email", email), ("verified", verified), ("name", name)];
        self.tell("/-/as", &person).await;
    }

    /// Where a test's browser finds what is behind an address of the provider.
    pub(crate) fn seen_from_browser(&self, url: &str) -> String {
        let path = url.strip_prefix(&self.issuer).unwrap_or(url);
        format!("{}{path}", self.clear)
    }
}
