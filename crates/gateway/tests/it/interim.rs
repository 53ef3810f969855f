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

#[tokio::test]
async fn what_an_upstream_says_before_its_answer_stays_here() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    for (line, headers, body) in
        [("GET /acme/api-v1/things/7", "", ""), (POST, "content-length: 2\r\n", "hi")]
    {
        caller.call(line, headers, body).await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        upstream.head().await;
        upstream.exactly(body.len()).await;
        upstream
            .write(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                 HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
            )
            .await;
        upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let answer = Answer::parse(&caller.head().await);
        assert_eq!((answer.status, answer.header("link")), (200, None));
        assert_eq!(caller.exactly(2).await, b"ok");
    }
    // The connection was in order after both.
    assert_eq!(world.metric("upstream_connects_total"), 1);
}
