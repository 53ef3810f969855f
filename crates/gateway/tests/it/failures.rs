//! Upstreams that fail: each way has its answer, and the next call works.

use crate::world::{Peer, World, call};

const GET: &str = "GET /acme/api-v1/things/7";

/// The next call over the same connection works.
async fn works(world: &World, caller: &mut Peer) {
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.ok("fine").await;
    assert_eq!(caller.answer().await.body, "fine");
    drop(upstream);
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_bad_gateway() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(600_000));
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut count = 0;
    for (kind, garbage) in [
        ("unreadable", "220 mail.test ESMTP\r\n\r\n".to_owned()),
        ("unreadable", "\0\0\0\0".to_owned()),
        ("unreadable", "HTTP/1.1 999999 X\r\n\r\n".to_owned()),
        ("unreadable", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned()),
        ("unreadable", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned()),
        ("unreadable", "HTTP/1.1 200 OK\r\nx".to_owned()),
        ("unreadable", format!("HTTP/1.1 200 OK\r\n{many}\r\n")),
        ("unreadable", long),
        ("unreadable", "HTTP/2.0 200 OK\r\n\r\n".to_owned()),
        ("closed", String::new()),
    ] {
        caller.call(GET, "", "").await;
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        upstream.try_write(garbage.as_bytes()).await;
        drop(upstream);
        let answer = caller.answer().await;
        let garbage = &garbage[..garbage.len().min(60)];
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (502, "{\"error\":\"bad gateway\"}"),
            "{garbage:?}"
        );
        assert!(answer.has_id() && !answer.closes());
        count += 1;
        assert_eq!(world.refusals(5021), count, "{garbage:?}");
        assert!(world.metric(&format!("upstream_errors_total{{kind=\"{kind}\"}}")) > 0, "{garbage:?}");
        works(&world, &mut caller).await;
    }
}

#[tokio::test]
async fn an_upstream_that_takes_no_connections_is_a_bad_gateway() {
    let world = World::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    world.gateway.gate().replace(crate::world::everything(&url), 2);
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 2\r\n", "hi").await;
    let answer = caller.answer().await;
    assert_eq!(answer.status, 502);
    assert_eq!(world.metric("upstream_errors_total{kind=\"connect\"}"), 1);
    world.gateway.gate().replace(crate::world::everything(&world.upstream.url()), 3);
    let mut caller = world.caller().await;
    works(&world, &mut caller).await;
}

#[tokio::test]
async fn a_name_without_an_address_is_a_bad_gateway() {
    let world = World::new().await;
    world.gateway.gate().replace(crate::world::everything("http://upstream.invalid"), 2);
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    assert_eq!(caller.answer().await.status, 502);
    assert_eq!(world.metric("upstream_errors_total{kind=\"resolve\"}"), 1);
}

#[tokio::test]
async fn a_reset_is_a_bad_gateway() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let stream = world.upstream.accept_stream().await;
    socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    let mut upstream = Peer::new(stream);
    upstream.head().await;
    drop(upstream);
    assert_eq!(caller.answer().await.status, 502);
    works(&world, &mut caller).await;
}

#[tokio::test]
async fn an_upstream_that_only_promises_is_a_timeout() {
    let world = World::with(|config| config.first_byte_timeout_ms = 200).await;
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    let promise = async {
        loop {
            upstream.try_write(b"HTTP/1.1 100 Continue\r\n\r\n").await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = promise => {}
        answer = caller.answer() => assert_eq!(answer.status, 504),
    }
    drop(upstream);
    works(&world, &mut caller).await;
}

#[tokio::test]
async fn bytes_after_an_answer_are_no_answer() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream
        .write(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
        )
        .await;
    assert_eq!(caller.answer().await.body, "ok");
    // The connection with what nobody asked for is not used again.
    works(&world, &mut caller).await;
}

#[tokio::test]
async fn an_endpoint_may_have_more_or_less_patience() {
    let world = World::with(|config| config.first_byte_timeout_ms = 60_000).await;
    let mut everything = crate::world::everything(&world.upstream.url());
    everything.collections[0].endpoints[0].forwarding.timeout_seconds = Some(1);
    world.gateway.gate().replace(everything, 2);
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(caller.answer().await.status, 504);
}

#[tokio::test]
async fn a_collection_may_have_its_own_limit_of_bodies() {
    let world = World::with(|config| config.max_body_bytes = 5).await;
    let mut everything = crate::world::everything(&world.upstream.url());
    everything.collections[0].max_body_bytes = Some(10);
    world.gateway.gate().replace(everything, 2);
    let mut caller = world.caller().await;
    for body in ["0123456789", "0123456789x"] {
        caller
            .write(call("POST /acme/api-v1/things", &format!("content-length: {}\r\n", body.len()), body))
            .await;
        if body.len() == 10 {
            let mut upstream = world.upstream.accept().await;
            upstream.head().await;
            assert_eq!(upstream.exactly(10).await, body.as_bytes());
            upstream.ok("").await;
            assert_eq!(caller.answer().await.status, 200);
        } else {
            assert_eq!(caller.answer().await.status, 413);
        }
    }
    let mut caller = world.caller().await;
    let chunk = "b\r\n0123456789x\r\n0\r\n\r\n";
    caller.write(call("POST /acme/api-v1/things", "transfer-encoding: chunked\r\n", chunk)).await;
    assert_eq!(caller.answer().await.status, 413);
}
