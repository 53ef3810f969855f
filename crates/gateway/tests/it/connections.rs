use crate::world::{Answer, World, call};

const GET: &str = "GET /acme/api-v1/things/7";

#[tokio::test]
async fn connections_are_used_again_on_both_sides() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = pooled(&world, &mut caller).await;
    let mut other = world.caller().await;
    for (caller, body) in [(&mut caller, "second"), (&mut other, "of another caller")] {
        caller.call(GET, "", "").await;
        upstream.head().await;
        upstream.ok(body).await;
        assert_eq!(caller.answer().await.body, body);
    }
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn a_connection_that_was_idle_for_too_long_is_closed_and_not_used() {
    let world = World::with(|config| config.upstream_idle_timeout_ms = 50).await;
    let mut caller = world.caller().await;
    let mut old = pooled(&world, &mut caller).await;
    assert_eq!(old.rest().await, b"");
    pooled(&world, &mut caller).await;
    assert_eq!(world.metric("upstream_connects_total"), 2);
}

#[tokio::test]
async fn pipelined_calls_are_answered_in_order() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.write([call(GET, "", ""), call("GET /acme/api-v1/things/8", "", "")].concat()).await;
    let mut upstream = world.upstream.accept().await;
    for (path, body) in [("/base/things/7 ", "seven"), ("/base/things/8 ", "eight")] {
        assert!(upstream.head().await.contains(path));
        upstream.ok(body).await;
    }
    assert_eq!(caller.answer().await.body, "seven");
    assert_eq!(caller.answer().await.body, "eight");
}

/// A call through a new connection, which is left behind in the pool.
async fn pooled(world: &World, caller: &mut crate::world::Peer) -> crate::world::Peer {
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
    upstream
}

#[tokio::test]
async fn a_connection_that_the_upstream_closed_is_not_met() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    drop(pooled(&world, &mut caller).await);
    caller.call("POST /acme/api-v1/things", "content-length: 2\r\n", "hi").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(upstream.exactly(2).await, b"hi");
    upstream.ok("new").await;
    assert_eq!(caller.answer().await.body, "new");
}

#[tokio::test]
async fn a_harmless_call_is_sent_again_if_an_old_connection_closes_on_it() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut old = pooled(&world, &mut caller).await;
    caller.call(GET, "x-own: 1\r\n", "").await;
    let first = old.head().await;
    drop(old);
    let mut new = world.upstream.accept().await;
    assert_eq!(new.head().await, first);
    new.ok("again").await;
    assert_eq!(caller.answer().await.body, "again");
    assert_eq!(world.metric("upstream_retries_total"), 1);
}

#[tokio::test]
async fn a_call_that_may_have_been_executed_is_not_sent_again() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    for (line, headers, body) in [
        ("POST /acme/api-v1/things", "content-length: 0\r\n", ""),
        ("PUT /acme/api-v1/things/7", "content-length: 2\r\n", "hi"),
    ] {
        let mut old = pooled(&world, &mut caller).await;
        caller.call(line, headers, body).await;
        old.head().await;
        old.exactly(body.len()).await;
        drop(old);
        assert_eq!(caller.answer().await.status, 502);
    }
    assert_eq!(world.refusals(5021), 2);
    assert_eq!(world.metric("upstream_errors_total{kind=\"closed\"}"), 2);
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_call_is_not_sent_a_third_time_nor_after_the_beginning_of_an_answer() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut old = pooled(&world, &mut caller).await;
    caller.call(GET, "", "").await;
    old.head().await;
    drop(old);
    let mut new = world.upstream.accept().await;
    new.head().await;
    drop(new);
    assert_eq!(caller.answer().await.status, 502);

    let mut old = pooled(&world, &mut caller).await;
    caller.call(GET, "", "").await;
    old.head().await;
    old.write("HTTP/1.1 2").await;
    drop(old);
    assert_eq!(caller.answer().await.status, 502);
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_call_is_repeated_once_however_many_old_connections_there_are() {
    let world = World::new().await;
    let (mut caller, mut other) = (world.caller().await, world.caller().await);
    caller.call(GET, "", "").await;
    let mut first = world.upstream.accept().await;
    first.head().await;
    let mut second = pooled(&world, &mut other).await;
    first.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
    // The pool has both, and the one used last is used first.
    caller.call(GET, "", "").await;
    first.head().await;
    drop(first);
    second.head().await;
    drop(second);
    assert_eq!(caller.answer().await.status, 502);
    assert!(world.upstream.was_left_alone().await);
    assert_eq!(world.metric("upstream_retries_total"), 1);
}

#[tokio::test]
async fn a_caller_who_leaves_takes_the_upstreams_connection_along() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    drop(caller);
    assert_eq!(upstream.rest().await, b"");

    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
    caller.head().await;
    drop(caller);
    assert_eq!(upstream.rest().await, b"");
}

#[tokio::test]
async fn an_answer_that_breaks_off_breaks_off_for_the_caller() {
    let world = World::new().await;
    for answer in ["content-length: 10\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let mut caller = world.caller().await;
        caller.call(GET, "", "").await;
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        upstream.write(format!("HTTP/1.1 200 OK\r\n{answer}")).await;
        caller.until(b"abc").await;
        drop(upstream);
        let rest = caller.rest().await;
        assert!(!rest.ends_with(b"0\r\n\r\n"), "the answer looks complete");
    }
    assert_eq!(world.metric("upstream_errors_total{kind=\"broken\"}"), 2);
}

#[tokio::test]
async fn an_early_answer_is_passed_on_and_its_connection_is_not_used_again() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 1000\r\n", "abc").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (403, "no"));
    let mut other = world.caller().await;
    other.call(GET, "", "").await;
    let mut fresh = world.upstream.accept().await;
    fresh.head().await;
    fresh.ok("").await;
    assert_eq!(other.answer().await.status, 200);
}

#[tokio::test]
async fn one_connection_too_many_is_turned_away() {
    let world = World::with(|config| config.max_connections_per_core = 1).await;
    let mut caller = world.caller().await;
    drop(pooled(&world, &mut caller).await);
    let mut other = world.caller().await;
    let answer = Answer::parse(&other.head().await);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(answer.has_id() && answer.closes());
    assert_eq!(world.refusals(5032), 1);
}

#[tokio::test]
async fn one_connection_too_many_from_an_address_is_turned_away() {
    let world = World::with(|config| config.max_connections_per_address = 1).await;
    let mut caller = world.caller().await;
    drop(pooled(&world, &mut caller).await);
    let mut other = world.caller().await;
    assert_eq!(Answer::parse(&other.head().await).status, 503);
    drop(caller);
    // It is counted until it is closed, which takes a moment.
    crate::world::within(async {
        loop {
            let mut caller = world.caller().await;
            caller.try_write(call("GET /acme/api-v1/mock", "", "").as_bytes()).await;
            if Answer::parse(&caller.head().await).status == 200 {
                break;
            }
        }
    })
    .await;
}
