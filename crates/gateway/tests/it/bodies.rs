//! Bodies of calls: one that is here already goes with its head, and nothing is waited for to make it so.

use crate::world::{Peer, World, call};

const POST: &str = "POST /acme/api-v1/things";
const TEN: &str = "content-length: 10\r\n";

/// The head that the upstream gets, and the beginning of the body.
async fn begins(upstream: &mut Peer, body: &str) {
    let head = upstream.head().await;
    assert!(head.starts_with("POST /base/things HTTP/1.1\r\n") && head.contains(TEN), "{head}");
    assert_eq!(upstream.exactly(body.len()).await, body.as_bytes());
}

#[tokio::test]
async fn a_small_body_arrives_however_it_is_cut() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let bytes = call(POST, TEN, "0123456789");
    caller.write(&bytes).await;
    let mut upstream = world.upstream.accept().await;
    begins(&mut upstream, "0123456789").await;
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
    for late in [10, 9, 1] {
        let (first, rest) = bytes.split_at(bytes.len() - late);
        caller.write(first).await;
        // What has come is passed on while the rest is still to come.
        begins(&mut upstream, &"0123456789"[..10 - late]).await;
        caller.write(rest).await;
        assert_eq!(upstream.exactly(late).await, rest.as_bytes());
        upstream.ok("").await;
        assert_eq!(caller.answer().await.status, 200);
    }
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn a_small_body_goes_over_a_connection_that_has_served_large_ones() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let large = "x".repeat(100_000);
    let mut upstream = None;
    for body in [large.as_str(), "0123456789", large.as_str(), "9876543210"] {
        caller.call(POST, &format!("content-length: {}\r\n", body.len()), body).await;
        let upstream = match &mut upstream {
            Some(upstream) => upstream,
            None => upstream.insert(world.upstream.accept().await),
        };
        upstream.head().await;
        assert_eq!(upstream.exactly(body.len()).await, body.as_bytes());
        upstream.ok("").await;
        assert_eq!(caller.answer().await.status, 200);
    }
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn what_was_sent_whole_can_be_answered_in_any_way() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call(POST, TEN, "0123456789").await;
    let mut upstream = world.upstream.accept().await;
    begins(&mut upstream, "0123456789").await;
    upstream.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    assert!(caller.head().await.starts_with("HTTP/1.1 200"));
    assert_eq!(caller.until(b"0\r\n\r\n").await, b"3\r\nabc\r\n0\r\n\r\n");

    // Once more, to see that neither side has anything left over.
    caller.call(POST, TEN, "0123456789").await;
    begins(&mut upstream, "0123456789").await;
    upstream.write("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 204);

    // An answer that is none, after which nothing may be sent again.
    let mut other = world.caller().await;
    other.call(POST, TEN, "0123456789").await;
    begins(&mut upstream, "0123456789").await;
    upstream.write("HTTP/1.1 2xx\r\n\r\n").await;
    assert_eq!(other.answer().await.status, 502);
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn calls_without_a_body_go_the_same_way_whatever_their_method() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    for (line, sent) in [
        (POST, "POST /base/things HTTP/1.1"),
        ("PUT /acme/api-v1/things/7", "PUT /base/things/7 HTTP/1.1"),
        ("GET /acme/api-v1/things/7", "GET /base/things/7 HTTP/1.1"),
    ] {
        caller.call(line, "", "").await;
        let upstream = match &mut upstream {
            Some(upstream) => upstream,
            None => upstream.insert(world.upstream.accept().await),
        };
        let head = upstream.head().await;
        assert!(head.starts_with(sent) && !head.contains("transfer-encoding"), "{head}");
        upstream.ok("fine").await;
        assert_eq!(caller.answer().await.body, "fine");
    }
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_fault() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call(POST, TEN, "0123").await;
    let mut upstream = world.upstream.accept().await;
    begins(&mut upstream, "0123").await;
    caller.close().await;
    assert_eq!(caller.answer().await.status, 400);
    assert_eq!(upstream.rest().await, b"");
}
