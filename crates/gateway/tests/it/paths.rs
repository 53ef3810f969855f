use crate::world::{Peer, TOKEN, World, call};

/// A call of this target, with the key or without.
fn get(target: &str, has_key: bool) -> String {
    let key = if has_key { format!("api-token: {TOKEN}\r\n") } else { String::new() };
    format!("GET {target} HTTP/1.1\r\nhost: api.test\r\n{key}\r\n")
}

/// Ways to write the path of an endpoint, and what comes of each for somebody with the key: what the
/// upstream gets, or the status.
const SPELLINGS: [(&str, Result<&str, u16>); 33] = [
    ("/acme/api-v1/things/7", Ok("/base/things/7")),
    ("//acme/api-v1/things/7", Ok("/base/things/7")),
    ("/acme//api-v1///things//7", Ok("/base/things/7")),
    ("/./acme/api-v1/./things/7", Ok("/base/things/7")),
    ("/acme/api-v1/%74hings/7", Ok("/base/things/7")),
    ("/%61cme/api%2Dv1/things/%37", Ok("/base/things/7")),
    ("/acme/api-v1/%2e/things/7", Ok("/base/things/7")),
    ("http://api.test/acme/api-v1//things/7", Ok("/base/things/7")),
    ("HTTP://API.test/acme/api-v1/things/7", Ok("/base/things/7")),
    ("/acme/api-v1/things/7?a=/../b", Ok("/base/things/7?a=/../b")),
    ("/acme/api-v1/things/a%3ab%c3%a9", Ok("/base/things/a%3Ab%C3%A9")),
    ("/acme/api-v1/things/..7", Ok("/base/things/..7")),
    ("/acme/api-v1/things/7;admin=1", Ok("/base/things/7;admin=1")),
    ("/acme/api-v1/things/7/", Err(404)),
    ("/acme/api-v1/Things/7", Err(404)),
    ("/Acme/api-v1/things/7", Err(404)),
    ("/acme/api-v1;x/things/7", Err(404)),
    ("/acme/api-v1/things;x/7", Err(404)),
    ("/acme/api-v1/things/7/../8", Err(400)),
    ("/acme/api-v1/other/..;/things/7", Err(400)),
    ("/acme/api-v1/other/..%3b/things/7", Err(400)),
    ("/acme/api-v1/things/..%2f..%2fadmin", Err(400)),
    ("/acme/api-v1/things/%2e%2e", Err(400)),
    ("/acme/api-v1/things/.%2E/admin", Err(400)),
    ("/acme/api-v1/things%2F7", Err(400)),
    ("/acme/api-v1/things%5c7", Err(400)),
    ("/acme/api-v1/a%5C..%5Cthings/7", Err(400)),
    ("/acme/api-v1/things/7%00.json", Err(400)),
    ("/acme/api-v1/things/7%0d%0ax: y", Err(400)),
    ("/acme/api-v1/things/7%0d%0aset-cookie:a", Err(400)),
    // A fragment is nobody's but the browser's: it is left out.
    ("/acme/api-v1/things/7#x/../y", Ok("/base/things/7")),
    ("/acme/api-v1/things/%c0%ae%c0%ae/%252e%252e", Err(404)),
    ("\\acme\\api-v1\\things\\7", Err(400)),
];

#[tokio::test]
async fn what_was_checked_is_what_the_upstream_gets_however_it_is_written() {
    for (target, expected) in SPELLINGS {
        let world = World::new().await;
        let mut caller = world.caller().await;
        caller.write(get(target, true)).await;
        match expected {
            Ok(path) => {
                let mut upstream = world.upstream.accept().await;
                let head = upstream.head().await;
                assert!(head.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{target}: {head}");
                upstream.ok("fine").await;
                assert_eq!(caller.answer().await.body, "fine", "{target}");
            }
            Err(status) => assert_eq!(caller.answer().await.status, status, "{target}"),
        }
        assert!(world.upstream.was_left_alone().await, "{target}");
    }
}

#[tokio::test]
async fn no_spelling_of_a_path_is_a_way_around_the_credential() {
    let world = World::new().await;
    for (target, expected) in SPELLINGS {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PROPFIND"] {
            let mut caller = world.caller().await;
            caller.write(get(target, false).replacen("GET", method, 1)).await;
            let status = Peer::head(&mut caller).await;
            let refused = if expected == Err(400) { "HTTP/1.1 400 " } else { "HTTP/1.1 401 " };
            assert!(status.starts_with(refused), "{method} {target}: {status}");
        }
    }
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn nothing_that_a_caller_says_of_another_path_or_method_is_passed_on() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let claims = [
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /admin",
        "X-Envoy-Original-Path: /admin",
        "X-Original-Uri: /admin",
        "X-Forwarded-Uri: /admin",
        "X-Forwarded-Prefix: /admin",
        "X-Forwarded-Path: /admin",
        "X-Forwarded-Host: evil.test",
        "X-Portico-Client: 1",
        "X_Original_URL: /admin",
        "X-Own: 1",
    ];
    caller.call("GET /acme/api-v1/things/7", &(claims.join("\r\n") + "\r\n"), "").await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await.to_ascii_lowercase();
    assert!(head.contains("x-own: 1\r\n") && head.contains("x-forwarded-host: api.test\r\n"), "{head}");
    assert!(!head.contains("admin") && !head.contains("evil") && !head.contains("portico-client"), "{head}");
    upstream.ok("fine").await;
    caller.answer().await;
}

#[tokio::test]
async fn the_body_of_a_refused_call_is_not_the_next_call() {
    let world = World::new().await;
    let hidden = call("GET /acme/api-v1/things/7", "", "");
    let length = hidden.len();
    for (target, key, status) in [
        ("/acme/api-v1/things", "", 401),
        ("/acme/api-v1/nothing", TOKEN, 404),
        ("/acme/api-v1/things/7", TOKEN, 405),
    ] {
        for framing in [
            format!("content-length: {length}\r\n\r\n{hidden}"),
            format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n{hidden}\r\n0\r\n\r\n"),
        ] {
            let mut caller = world.caller().await;
            let key = if key.is_empty() { String::new() } else { format!("api-token: {key}\r\n") };
            caller.write(format!("POST {target} HTTP/1.1\r\nhost: a\r\n{key}{framing}")).await;
            caller.write(call("GET /acme/api-v1/mock", "connection: close\r\n", "")).await;
            assert_eq!(caller.answer().await.status, status, "{target}");
            let answer = caller.answer().await;
            assert_eq!((answer.status, answer.closes()), (200, true), "{target}");
            assert_eq!(caller.rest().await, b"");
        }
    }
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_token_that_is_nearly_right_is_unknown() {
    use model::{Digest, SecretKind};
    let world = World::new().await;
    let digest = Digest::presented(SecretKind::Key, TOKEN.as_bytes()).unwrap().to_hex();
    let last = &TOKEN[..63];
    let wrong = [
        format!("{TOKEN}1"),
        format!("{TOKEN}11"),
        format!("{TOKEN}111"),
        format!("{last}e"),
        last.to_owned(),
        TOKEN.to_ascii_uppercase(),
        format!("\"{TOKEN}\""),
        format!("{TOKEN},{TOKEN}"),
        format!("{TOKEN}\u{e9}"),
        format!("portico_{TOKEN}"),
        // What the database has is no credential.
        digest,
        "0".repeat(64),
    ];
    for token in wrong {
        let mut caller = world.caller().await;
        let head = format!("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n");
        caller.write(head).await;
        assert_eq!(caller.answer().await.status, 401, "{token}");
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("api-token:{token}"));
        let mut caller = world.caller().await;
        let head =
            format!("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\nauthorization: Basic {basic}\r\n\r\n");
        caller.write(head).await;
        assert_eq!(caller.answer().await.status, 401, "{token}");
    }
    assert!(world.upstream.was_left_alone().await);
}
