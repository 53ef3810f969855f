//! Answers before the answer (1xx).

use crate::world::{Answer, TOKEN, World, call};

const POST: &str = "POST /acme/api-v1/things";
const EXPECTS: &str = "content-length: 2\r\nexpect: 100-continue\r\n";

#[tokio::test]
async fn who_is_refused_is_not_asked_to_go_on() {
    let world = World::with(|config| config.max_body_bytes = 1).await;
    for (status, bytes) in [
        (413, call(POST, EXPECTS, "")),
        (404, call("POST /acme/api-v1/nothing", EXPECTS, "")),
        (401, format!("{POST} HTTP/1.1\r\nhost: a\r\n{EXPECTS}\r\n")),
    ] {
        let mut caller = world.caller().await;
        caller.write(bytes).await;
        // No 100 comes before it, and no body after it could be told from the next call.
        let answer = caller.answer().await;
        assert_eq!((answer.status, answer.closes()), (status, true));
        assert_eq!(caller.rest().await, b"");
    }
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn who_does_not_expect_it_is_not_asked_to_go_on() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller
        .write(format!("{POST} HTTP/1.0\r\nconnection: keep-alive\r\napi-token: {TOKEN}\r\n{EXPECTS}\r\nhi"))
        .await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(upstream.exactly(2).await, b"hi");
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
    // Without a body there is nothing to go on with, and an expectation is for us to meet.
    caller.call("GET /acme/api-v1/things/7", "expect: 100-continue\r\n", "").await;
    assert!(!upstream.head().await.contains("expect"));
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nconnection: x-own\r\nx-own: 1\r\n\r\n";

#[tokio::test]
async fn what_an_upstream_says_before_its_answer_reaches_the_caller_before_it() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    // Three ways through the gateway: a request that is sent at once, one that the engine sends at once, and
    // one whose body is still to come.
    for (line, headers, body) in [
        ("GET /acme/api-v1/things/7", "", ""),
        (POST, "content-length: 2\r\n", "hi"),
        (POST, "transfer-encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
    ] {
        caller.call(line, headers, body).await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        upstream.head().await;
        upstream.exactly(body.len()).await;
        // The agreement to go on is not for a caller who has gone on.
        upstream.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n").await;
        assert_eq!(caller.head().await, "HTTP/1.1 102 Processing\r\n\r\n");
        upstream.write(HINTS).await;
        assert_eq!(caller.head().await, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
        upstream.write(format!("{HINTS}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")).await;
        assert_eq!(caller.head().await, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
        let answer = Answer::parse(&caller.head().await);
        assert_eq!((answer.status, answer.header("link"), answer.has_id()), (200, None, true));
        assert_eq!(caller.exactly(2).await, b"ok");
    }
    // The connection was in order after all of them.
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn what_comes_before_an_answer_is_not_for_callers_of_old() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let call = format!("GET /acme/api-v1/things/7 HTTP/1.0\r\napi-token: {TOKEN}\r\n\r\n");
    caller.write(call).await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write(HINTS).await;
    upstream.ok("ok").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (200, "ok"));
}

#[tokio::test]
async fn the_last_word_counts_however_much_comes_before_it() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let hint = format!("HTTP/1.1 103 Early Hints\r\nlink: </{}>\r\n\r\n", "a".repeat(1000));
    // The second call has as much room as the first.
    let mut upstream = None;
    for _ in 0..2 {
        caller.call("GET /acme/api-v1/things/7", "", "").await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        upstream.head().await;
        for _ in 0..500 {
            upstream.write(&hint).await;
        }
        upstream.ok("at last").await;
        let mut said = 0;
        let mut head = caller.head().await;
        while head.starts_with("HTTP/1.1 103") {
            said += head.len();
            head = caller.head().await;
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!((1..=16 << 10).contains(&said), "{said}");
        assert_eq!(caller.exactly(7).await, b"at last");
    }
}

#[tokio::test]
async fn a_call_that_heard_something_is_not_sent_again() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    for round in 0..2 {
        caller.call("GET /acme/api-v1/things/7", "", "").await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let peer = upstream.as_mut().unwrap();
        peer.head().await;
        if round == 0 {
            peer.ok("").await;
            assert_eq!(caller.answer().await.status, 200);
        } else {
            peer.write(HINTS).await;
            caller.head().await;
            upstream = None;
            assert_eq!(caller.answer().await.status, 502);
        }
    }
    assert!(upstream.is_none() && world.upstream.was_left_alone().await);
}
