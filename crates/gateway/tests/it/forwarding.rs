use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::BackendCredential;
use model::secret::KeyMaterial;
use tokio::time::timeout;

use crate::world::{Answer, TOKEN, Upstream, World, config, everything};

/// The lines of a request's head in order, the ids in it made equal.
fn lines(head: &str) -> Vec<String> {
    let mut lines: Vec<_> = head.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect();
    lines[1..].sort();
    lines.retain(|line| !line.starts_with("x-request-id: "));
    lines
}

#[tokio::test]
async fn a_call_reaches_its_upstream_without_its_credential() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let claims = "accept: */*\r\nx-forwarded-for: 10.0.0.1\r\nx_forwarded_for: 10.0.0.1\r\nforwarded: for=10.0.0.1\r\n\
                  x-real-ip: 10.0.0.1\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\nx-request-id: theirs\r\n";
    let target = format!("GET //acme/api-v1/./things/%37?a=1&api_token={TOKEN}&b=2");
    caller.call(&target, claims, "").await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    let authority = world.upstream.authority();
    assert_eq!(
        lines(&head),
        [
            "GET /base/things/7?a=1&b=2 HTTP/1.1",
            "accept: */*",
            "forwarded: for=127.0.0.1;proto=http;host=\"api.test\"",
            &format!("host: {authority}"),
            "via: 1.1 portico",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-host: api.test",
            "x-forwarded-proto: http",
        ]
    );
    upstream
        .write("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-Request-Id: theirs\r\nKeep-Alive: timeout=5\r\nX-Own: 1\r\n\r\nok")
        .await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (200, "ok"));
    assert!(answer.has_id());
    assert_eq!((answer.header("x-own"), answer.header("keep-alive")), (Some("1"), None));
    assert!(head.contains(&format!("x-request-id: {}\r\n", answer.header("x-request-id").unwrap())));
}

#[tokio::test]
async fn a_basic_credential_stays_here_too() {
    use base64::Engine as _;
    let world = World::new().await;
    let mut caller = world.caller().await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("API-TOKEN:{TOKEN}"));
    caller
        .write(format!(
            "GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\nauthorization: Basic {basic}\r\n\r\n"
        ))
        .await;
    let mut upstream = world.upstream.accept().await;
    assert!(!upstream.head().await.contains("authorization"));
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn a_body_is_passed_on_while_it_comes() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "transfer-encoding: chunked\r\n", "3\r\nabc\r\n").await;
    let mut upstream = world.upstream.accept().await;
    assert!(upstream.head().await.contains("transfer-encoding: chunked\r\n"));
    assert_eq!(upstream.until(b"abc\r\n").await, b"3\r\nabc\r\n");
    caller.write("2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n").await;
    assert_eq!(upstream.until(b"0\r\n\r\n").await, b"2\r\nde\r\n0\r\n\r\n");
    upstream.ok("thanks").await;
    assert_eq!(caller.answer().await.body, "thanks");
}

#[tokio::test]
async fn an_answer_is_passed_on_while_it_comes() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    let answer = Answer::parse(&caller.head().await);
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(caller.until(b"abc\r\n").await, b"3\r\nabc\r\n");
    upstream.write("0\r\n\r\n").await;
    assert_eq!(caller.until(b"0\r\n\r\n").await, b"0\r\n\r\n");
}

#[tokio::test]
async fn a_length_is_passed_on_as_a_length() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("PUT /acme/api-v1/things/7", "content-length: 5\r\n", "hello").await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    assert!(head.contains("content-length: 5\r\n") && !head.contains("transfer-encoding"));
    assert_eq!(upstream.exactly(5).await, b"hello");
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn a_get_keeps_its_chunked_body() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(upstream.until(b"0\r\n\r\n").await, b"3\r\nabc\r\n0\r\n\r\n");
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn a_caller_who_does_not_read_stops_the_upstream() {
    /// Much more than all buffers of the kernel on the way.
    const MOST: usize = 256 << 20;
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {MOST}\r\n\r\n")).await;
    let piece = vec![b'x'; 1 << 20];
    let mut sent = 0;
    // That nothing more is taken shows in no other way than by waiting for it.
    while timeout(Duration::from_millis(300), upstream.write(&piece)).await.is_ok() {
        sent += piece.len();
        assert!(sent < MOST, "all of it was taken, and nobody read it");
    }
    // It goes on as soon as someone reads.
    caller.head().await;
    caller.exactly(sent).await;
    upstream.write(&piece).await;
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("HEAD /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    assert!(upstream.head().await.starts_with("HEAD /base/things/7 HTTP/1.1\r\n"));
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n").await;
    let answer = Answer::parse(&caller.head().await);
    assert_eq!((answer.status, answer.header("content-length")), (200, Some("1234")));
    // The connection goes on after the head.
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    upstream.head().await;
    upstream.ok("next").await;
    assert_eq!(caller.answer().await.body, "next");
}

#[tokio::test]
async fn answers_without_a_body_leave_the_connection_in_order() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    for head in
        ["204 No Content\r\n", "304 Not Modified\r\netag: \"a\"\r\n", "200 OK\r\ncontent-length: 0\r\n"]
    {
        caller.call("GET /acme/api-v1/things/7", "", "").await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        upstream.head().await;
        upstream.write(format!("HTTP/1.1 {head}\r\n")).await;
        let answer = Answer::parse(&caller.head().await);
        assert!(head.starts_with(&answer.status.to_string()));
        assert!(answer.has_id());
    }
}

#[tokio::test]
async fn an_old_caller_is_served() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.write(format!("GET /acme/api-v1/things/7 HTTP/1.0\r\napi-token: {TOKEN}\r\n\r\n")).await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    assert!(head.starts_with("GET /base/things/7 HTTP/1.1\r\n"));
    assert!(head.contains("via: 1.0 portico\r\n"));
    upstream.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    let answer = String::from_utf8(caller.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nabc"), "{answer}");
    assert!(!answer.contains("transfer-encoding"));
}

#[tokio::test]
async fn an_expected_continue_is_answered_here() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 2\r\nexpect: 100-continue\r\n", "").await;
    assert_eq!(caller.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    caller.write("ok").await;
    let mut upstream = world.upstream.accept().await;
    assert!(!upstream.head().await.contains("expect"));
    assert_eq!(upstream.exactly(2).await, b"ok");
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn nothing_is_forwarded_to_ourselves() {
    let upstream = Upstream::new().await;
    let url = upstream.url();
    let world = World::towards(url, upstream, |_| {}).await;
    world.gateway.gate().forbid(vec![world.upstream.authority().parse().unwrap()]);
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    assert_eq!(caller.answer().await.status, 503);
    let own = format!("http://localhost:{}", world.gateway.address().port());
    world.gateway.gate().replace(crate::world::everything(&own), 2);
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    assert_eq!(caller.answer().await.status, 503);
    assert_eq!(world.refusals(5031), 2);
    assert!(world.upstream.was_left_alone().await);
}

/// A world whose upstream is shown this.
async fn proving(credential: BackendCredential) -> World {
    let upstream = Upstream::new().await;
    let mut everything = everything(&upstream.url());
    for endpoint in &mut everything.collections[0].endpoints {
        endpoint.credential = Some(credential.clone());
    }
    World::serving(everything, upstream, config(), None)
}

#[tokio::test]
async fn an_upstream_is_shown_the_connections_credential_and_nothing_of_the_callers() {
    let secret = |text: &str| KeyMaterial::new(text.to_owned());
    let basic = BackendCredential::Basic { user: "portico".to_owned(), password: secret("open sesame") };
    let own = BackendCredential::Header { name: "x-api-key".to_owned(), value: secret("our own") };
    for (credential, line) in [
        (BackendCredential::Bearer { token: secret("abc") }, "authorization: Bearer abc"),
        (basic, "authorization: Basic cG9ydGljbzpvcGVuIHNlc2FtZQ=="),
        (own, "x-api-key: our own"),
    ] {
        let (name, _) = line.split_once(": ").unwrap();
        let world = proving(credential).await;
        let mut caller = world.caller().await;
        // By HTTP Basic, and with headers of the same names; `Connection` cannot take ours away.
        let presented = STANDARD.encode(format!("api-token:{TOKEN}"));
        let theirs = format!(
            "GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: gateway\r\nauthorization: Basic {presented}\r\n\
             x-api-key: theirs\r\nconnection: x-api-key\r\n\r\n"
        );
        caller.write(theirs).await;
        let mut upstream = world.upstream.accept().await;
        let head = upstream.head().await;
        let of_name: Vec<_> = head.lines().filter(|line| line.starts_with(&format!("{name}:"))).collect();
        assert_eq!(of_name, [line], "{head}");
        assert!(!head.contains(&presented) && !head.contains(TOKEN) && !head.contains("theirs"), "{head}");
        upstream.ok("").await;
        assert_eq!(caller.answer().await.status, 200);

        // A caller who comes otherwise does not pass theirs on either.
        caller.call("GET /acme/api-v1/things/8", "x-api-key: theirs\r\n", "").await;
        let head = upstream.head().await;
        let count = head.lines().filter(|line| line.starts_with(&format!("{name}:"))).count();
        assert!(count == 1 && head.contains(line), "{head}");
        upstream.ok("").await;
        caller.answer().await;
    }
}
