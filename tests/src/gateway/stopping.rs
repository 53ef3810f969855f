//! On SIGTERM, calls in flight are answered and the program ends well.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::{Client, StatusCode};

use crate::world::{Caller, Database, PATIENCE, Server, eventually, portico_in, sample_document};

#[tokio::test]
async fn a_call_in_flight_is_answered_before_the_end() {
    let backend = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", backend.local_addr().unwrap());
    let server = Server::start_on(&Database::sqlite()).await;
    let document = server.database.folder().join("sample.json");
    std::fs::write(&document, sample_document()).unwrap();
    let document = document.display().to_string();
    let import = ["import", &document, "--name", "Slow", "--upstream", &upstream, "--activate"];
    assert!(portico_in(&server.database, &import).await.status.success());
    let api = server.administrator().await;
    let client = api.client("caller", &[1]).await;
    let (_, token) = api.key(client, serde_json::json!({})).await;

    let address = server.gateway.trim_start_matches("http://").to_owned();
    let mut caller = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /main/slow-v1/echo HTTP/1.1\r\nhost: x\r\napi-token: {token}\r\n\r\n");
    caller.write_all(request.as_bytes()).await.unwrap();
    let accepted = tokio::time::timeout(PATIENCE, backend.accept()).await;
    let (mut call, _) = accepted.expect("the call is forwarded").unwrap();
    let mut head = vec![0; 4096];
    assert!(call.read(&mut head).await.unwrap() > 0);

    server.terminate();
    // The listener is closed while the call is still there.
    eventually("nobody is let in any more", async || {
        TcpStream::connect(&address).await.is_err().then_some(())
    })
    .await;
    call.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate").await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, caller.read_to_string(&mut answer)).await;
    read.expect("the call is answered").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("late"), "{answer}");
    assert!(server.ended().await.success());
}

/// Calls over and over until it is told to end; gives how many calls it made.
async fn load(url: String, token: String, is_over: Arc<AtomicBool>, count: Arc<AtomicU64>) -> u64 {
    let client = Client::new();
    let mut own = 0;
    while !is_over.load(Ordering::Relaxed) {
        let answer = client.get(&url).header("api-token", &token).send().await;
        assert_eq!(answer.expect("a call fails").status(), StatusCode::OK);
        count.fetch_add(1, Ordering::Relaxed);
        own += 1;
    }
    own
}

#[tokio::test]
async fn a_new_program_takes_over_and_no_call_fails() {
    let old = Server::start().await;
    let Caller { token, .. } = old.administrator().await.mock_caller().await;
    let bare = |url: &str| url.trim_start_matches("http://").to_owned();
    let addresses = [&old.gateway, &old.portal, &old.control, &old.ops].map(|url| bare(url));
    let (is_over, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let url = format!("{}/main/mock-v1/echo", old.gateway);
    let callers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(load(url.clone(), token.clone(), Arc::clone(&is_over), Arc::clone(&count))))
        .collect();
    let more = async |before: u64| {
        eventually("calls go on", async || (count.load(Ordering::Relaxed) > before + 100).then_some(()))
            .await;
    };
    more(0).await;
    let addresses = addresses.each_ref().map(String::as_str);
    let new = Server::start_at(&old.database, &["serve", "--take-over"], &[], addresses).await;
    assert_eq!(new.gateway, old.gateway);
    more(count.load(Ordering::Relaxed)).await;
    old.terminate();
    assert!(old.ended().await.success());
    more(count.load(Ordering::Relaxed)).await;
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
}
