//! Callers that others have written.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::world::{Caller, PATIENCE, Server};

/// Runs a program with this input to its end; gives what it printed.
async fn run(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut running = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; `make tools` installs it"));
    let mut stdin = running.stdin.take().unwrap();
    let feed = async {
        let _ = stdin.write_all(input).await;
        drop(stdin);
    };
    let ended = async { tokio::join!(feed, running.wait_with_output()).1.unwrap() };
    let output = timeout(PATIENCE, ended).await.unwrap_or_else(|_| panic!("{program} does not end"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {printed}");
    printed
}

/// A server with a mock; gives also the header with the key and the mock's address.
async fn world() -> (Server, String, String) {
    let server = Server::start().await;
    let Caller { token, .. } = server.administrator().await.mock_caller().await;
    let url = format!("{}/main/mock-v1/echo", server.gateway);
    (server, format!("api-token: {token}"), url)
}

#[tokio::test]
async fn curl_is_served_in_each_version_and_with_each_kind_of_body() {
    let (_server, key, url) = world().await;
    let body = vec![b'x'; 3 << 20];
    for (version, answered) in [("--http1.0", "1"), ("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")] {
        // HTTP/1.0 has no chunks and knows no expectation.
        let kinds: [&[&str]; 6] = [
            &[],
            &["--head"],
            &["--request", "POST"],
            &["--data-binary", "@-"],
            &["--data-binary", "@-", "--header", "expect: 100-continue"],
            &["--data-binary", "@-", "--header", "transfer-encoding: chunked"],
        ];
        let count = match version {
            "--http1.0" => 4,
            "--http1.1" => 6,
            // Chunks are of HTTP/1.
            _ => 5,
        };
        for kind in &kinds[..count] {
            let format = "\n%{http_code} %{http_version}";
            let fixed = ["--silent", "--show-error", version, "--header", &key, "--write-out", format, &url];
            let printed = run("curl", &[&fixed[..], kind].concat(), &body).await;
            let status = if kind.is_empty() || *kind == ["--head"] { "200" } else { "201" };
            let expected = format!("{status} {answered}");
            assert_eq!(printed.lines().last(), Some(&*expected), "{version} {kind:?}: {printed}");
        }
    }
}

#[tokio::test]
async fn curl_hears_the_answer_that_comes_before_the_end_of_its_body() {
    let (_server, key, url) = world().await;
    let body = vec![b'x'; 20 << 20];
    let known: &[&str] = &["--header", &key];
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        // With a length, of which the gateway knows at once that it is too much, and as long as it lasts.
        for upload in [&["--data-binary", "@-"][..], &["--request", "POST", "--upload-file", "-"]] {
            for (caller, status) in [(known, "413"), (&[], "401")] {
                let fixed = ["--silent", "--show-error", version, "--write-out", "\n%{http_code}", &url];
                let printed = run("curl", &[&fixed[..], caller, upload].concat(), &body).await;
                assert_eq!(printed.lines().last(), Some(status), "{version} {upload:?}: {printed}");
            }
        }
    }
}

#[tokio::test]
async fn nghttp_and_h2load_are_served() {
    let (_server, key, url) = world().await;
    let printed = run("nghttp", &["--verbose", "--header", &key, &url], b"").await;
    assert!(printed.contains(":status: 200"), "{printed}");
    for version in ["--no-tls-proto=h2c", "--h1"] {
        let count = ["--requests=2000", "--clients=10", "--max-concurrent-streams=10"];
        let printed = run("h2load", &[&[version, "--header", &key, &url][..], &count].concat(), b"").await;
        assert!(printed.contains("status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx"), "{printed}");
    }
}
