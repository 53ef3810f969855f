use crate::world::{Upstream, World, call};

#[tokio::test]
async fn a_slow_head_is_answered_and_silence_is_not() {
    let world = World::with(|config| config.header_timeout_ms = 100).await;
    let mut silent = world.caller().await;
    let mut slow = world.caller().await;
    slow.write("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost:").await;
    let answer = slow.answer().await;
    assert_eq!((answer.status, answer.closes()), (408, true));
    assert!(answer.has_id());
    assert_eq!(silent.rest().await, b"");
    assert_eq!(world.refusals(4080), 1);
}

#[tokio::test]
async fn a_head_that_dribbles_is_slow_too_also_after_a_call() {
    let world = World::with(|config| config.header_timeout_ms = 100).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 200);
    let dribble = async {
        for byte in "GET /".bytes().chain(std::iter::repeat(b'a')) {
            caller.try_write(&[byte]).await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            if world.refusals(4080) > 0 {
                break;
            }
        }
    };
    crate::world::within(dribble).await;
    assert_eq!(caller.answer().await.status, 408);
}

#[tokio::test]
async fn a_connection_without_a_call_is_closed_after_a_while() {
    let world = World::with(|config| config.idle_timeout_ms = 50).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 200);
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_a_timeout() {
    let world = World::with(|config| config.first_byte_timeout_ms = 100).await;
    let mut caller = world.caller().await;
    for (line, headers, body) in
        [("GET /acme/api-v1/things/7", "", ""), ("POST /acme/api-v1/things", "content-length: 2\r\n", "hi")]
    {
        caller.call(line, headers, body).await;
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        let answer = caller.answer().await;
        assert_eq!((answer.status, answer.closes()), (504, false));
        assert_eq!(upstream.rest().await, body.as_bytes());
    }
    assert_eq!(world.refusals(5041), 2);
    assert_eq!(world.metric("upstream_errors_total{kind=\"first_byte_timeout\"}"), 2);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_the_callers_fault() {
    let world = World::with(|config| config.body_timeout_ms = 100).await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 10\r\n", "abc").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (408, true));
    assert_eq!(upstream.rest().await, b"abc");
    assert_eq!((world.refusals(4080), world.refusals(5041)), (1, 0));
}

#[tokio::test]
async fn a_refused_body_that_stops_coming_is_not_awaited_for_ever() {
    let world = World::with(|config| config.body_timeout_ms = 100).await;
    let mut caller = world.caller().await;
    caller.write("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (401, true));
}

#[tokio::test]
async fn an_answer_that_stops_coming_is_cut_off() {
    let world = World::with(|config| config.stall_timeout_ms = 100).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
    caller.until(b"abc").await;
    assert_eq!(caller.rest().await, b"");
    assert_eq!(upstream.rest().await, b"");
}

#[tokio::test]
async fn an_address_that_swallows_connections_is_a_timeout() {
    // A listener whose queue is full answers no more handshakes.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queued = Vec::new();
    loop {
        let connect = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(std::time::Duration::from_millis(200), connect).await {
            Ok(Ok(stream)) => queued.push(stream),
            _ => break,
        }
    }
    let upstream = Upstream::new().await;
    let change = |config: &mut gateway::Config| config.connect_timeout_ms = 100;
    let world = World::towards(format!("http://{address}"), upstream, change).await;
    let mut caller = world.caller().await;
    caller.write(call("GET /acme/api-v1/things/7", "", "")).await;
    assert_eq!(caller.answer().await.status, 504);
    assert_eq!(world.metric("upstream_errors_total{kind=\"connect_timeout\"}"), 1);
}
