//! Secrets in paths and queries, also of addresses that lead nowhere, are in no log.

use std::process::Stdio;

use super::raw::{asked, said};
use crate::world::{Database, Server};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "FROBNICATE"];

/// Ways to write an address that has a link's token, on the right listener and on others.
fn targets(token: &str) -> Vec<String> {
    let paths = [
        "/console/sign-in/link/T",
        "/console/sign-in/link/T/",
        "/console/sign-in/link/T/more",
        "/console//sign-in/link/T",
        "//console/sign-in/link/T",
        "/Console/sign-in/link/T",
        "/console/./sign-in/link/T",
        "/console/sign-in/sso?invitation=T",
        "/console/sign-in/sso/callback?state=T&code=T",
        "/console/sign-in?next=T",
        "/sign-in/link/T",
        "/sign-in/link/T/",
        "/sign-in//link/T",
        "/sign-in/sso?invitation=T",
        "/T",
        "/-/T",
        "/api/T",
        "/api/api_clients/T",
        "/api/v2/api_clients/T/api_keys?token=T",
        "/api/api_collections?token=T",
        "/api/managed_users/T/api_collections",
        "/doc/service/T/swagger?token=T",
        "/doc/service/mock-v1/swagger?token=T",
        "/metrics?token=T",
        "/readyz/T",
        "/main/mock-v1/echo?api_token=T",
        "/main/mock-v1/echo?api-token=T&access_token=T",
        "/main/mock-v1/T",
        "/main/T/../mock-v1/%zz",
        "http://api-token:T@localhost/main/mock-v1/echo",
        "/T\u{7f}",
    ];
    paths.iter().map(|path| path.replace('T', token)).collect()
}

#[tokio::test]
async fn no_log_shows_a_secret_of_a_path_or_query() {
    let database = Database::sqlite();
    let log = database.folder().join("server.log");
    let variables = [("PORTICO__LOG__LEVEL", "trace"), ("PORTICO__GATEWAY__CALL_LOG", "all")];
    let file = Stdio::from(std::fs::File::create(&log).unwrap());
    let mut server = Server::start_telling(&database, &["serve"], &variables, file).await;
    let link = server.lines.recv().await.unwrap();
    let link = link.rsplit('/').next().unwrap().to_owned();
    assert_eq!(link.len(), 64);
    let key = server.administrator().await.mock_caller().await.token;
    // In a signed token, it is hex digits no longer.
    let signed = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYXJrZXIifQ.{}", "markerZ".repeat(6));

    for url in [&server.control, &server.portal, &server.ops, &server.gateway] {
        for secret in [&link, &key, &signed] {
            for target in targets(secret) {
                for method in METHODS {
                    asked(url, method, &target).await;
                }
            }
        }
    }
    said(&server.gateway, &http2(&format!("/{link} "))).await;
    // Pages that fail say in the log that they did.
    break_store(&database);
    let page = format!("/console/sign-in/link/{link}");
    let failed = asked(&server.control, "GET", &format!("{page}?invitation={link}")).await;
    assert!(failed.starts_with("HTTP/1.1 500"), "{failed}");
    server.terminate();
    server.ended().await;

    let log = std::fs::read_to_string(&log).unwrap();
    for told in [
        "answered a call of the management API",
        "/api/api_collections",
        "a page could not be shown",
        "/console/sign-in/link/{token}",
        "[token]",
    ] {
        assert!(log.contains(told), "the log says nothing of {told}");
    }
    for secret in [&link[..], &key, &signed, "markerZ", "FROBNICATE"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}

/// Takes away a table that the page of a link needs.
fn break_store(database: &Database) {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('alter table sign_in_links rename to gone')";
    let done = std::process::Command::new("python3").args(["-c", script]).arg(database.file()).status();
    assert!(done.unwrap().success());
}

/// A request in HTTP/2 whose path is none.
fn http2(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x01, 9];
    block.extend_from_slice(b"localhost");
    block.extend_from_slice(&[0x04, u8::try_from(path.len()).unwrap()]);
    block.extend_from_slice(path.as_bytes());
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&[0, 0, u8::try_from(block.len()).unwrap(), 0x01, 0x05, 0, 0, 0, 1]);
    bytes.extend_from_slice(&block);
    // And that was it.
    bytes.extend_from_slice(&[0, 0, 8, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}
