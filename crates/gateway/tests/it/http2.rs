//! Callers who speak HTTP/2.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, Response, StatusCode};
use tokio::net::TcpStream;

use crate::tls::{Authority, localhost};
use crate::world::{Peer, TOKEN, Upstream, World, config, everything, within};

const PATH: &str = "http://api.test/acme/api-v1/things/7";

/// A caller who begins with HTTP/2, and ends when the gateway does.
async fn caller(world: &World) -> (SendRequest<Bytes>, tokio::task::JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(world.gateway.address()).await.unwrap();
    let (sender, connection) = within(h2::client::handshake(stream)).await.unwrap();
    (sender, tokio::spawn(connection))
}

fn request(method: Method, uri: &str) -> Request<()> {
    Request::builder().method(method).uri(uri).header("api-token", TOKEN).body(()).unwrap()
}

async fn text(mut body: RecvStream) -> String {
    let mut bytes = Vec::new();
    while let Some(data) = within(body.data()).await {
        let data = data.unwrap();
        let _ = body.flow_control().release_capacity(data.len());
        bytes.extend_from_slice(&data);
    }
    String::from_utf8(bytes).unwrap()
}

/// Sends a request without a body.
async fn send(
    sender: &mut SendRequest<Bytes>,
    request: Request<()>,
) -> Result<Response<RecvStream>, h2::Error> {
    let mut ready = within(sender.clone().ready()).await.unwrap();
    within(ready.send_request(request, true).unwrap().0).await
}

#[tokio::test]
async fn calls_go_side_by_side_and_upstream_in_http1() {
    let world = World::new().await;
    let (mut sender, _) = caller(&world).await;
    let first = sender.send_request(request(Method::GET, PATH), true).unwrap().0;
    let mut one = world.upstream.accept().await;
    let head = one.head().await;
    assert!(head.starts_with("GET /base/things/7 HTTP/1.1\r\n"), "{head}");
    for line in ["x-forwarded-host: api.test\r\n", "via: 2.0 portico\r\n", "x-forwarded-for: 127.0.0.1\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    assert!(!head.contains("api-token"));
    let (second, mut body) =
        sender.send_request(request(Method::POST, "http://api.test/acme/api-v1/things"), false).unwrap();
    body.send_data(Bytes::from_static(b"hello"), true).unwrap();
    let mut other = world.upstream.accept().await;
    assert!(other.head().await.contains("transfer-encoding: chunked\r\n"));
    assert_eq!(other.until(b"0\r\n\r\n").await, b"5\r\nhello\r\n0\r\n\r\n");
    other.ok("second").await;
    let answer = within(second).await.unwrap();
    assert_eq!(answer.headers()["x-request-id"].len(), 32);
    assert_eq!(text(answer.into_body()).await, "second");
    one.ok("first").await;
    assert_eq!(text(within(first).await.unwrap().into_body()).await, "first");
    assert_eq!(world.metric("http2_connections_total"), 1);
}

#[tokio::test]
async fn it_is_agreed_on_over_tls() {
    let authority = Authority::new();
    let upstream = Upstream::new().await;
    let server = authority.server("localhost", true, &["h2", "http/1.1"]);
    let world = World::serving(everything(&upstream.url()), upstream, config(), Some(&server));
    let stream = TcpStream::connect(world.gateway.address()).await.unwrap();
    let stream = within(authority.client(&["h2"]).connect(localhost(), stream)).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = within(h2::client::handshake(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = send(&mut sender, request(Method::GET, "https://localhost/acme/api-v1/mock")).await.unwrap();
    assert_eq!(text(answer.into_body()).await, r#"{"id":7}"#);
}

#[tokio::test]
async fn refusals_are_the_same() {
    let world = World::with(|config| config.max_body_bytes = 10).await;
    let (mut sender, _) = caller(&world).await;
    let long = "a".repeat(17_000);
    let bare = |uri: &str| Request::builder().uri(uri).body(()).unwrap();
    let with = |name: &str, value: &str| {
        let mut request = request(Method::GET, PATH);
        request
            .headers_mut()
            .append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        request
    };
    let many = {
        let mut request = request(Method::GET, PATH);
        for _ in 0..120 {
            request.headers_mut().append("x", "1".parse().unwrap());
        }
        request
    };
    for (status, code, request) in [
        (401, 4011, bare(PATH)),
        (404, 4041, request(Method::GET, "http://api.test/acme/api-v1/nothing")),
        (405, 4051, request(Method::DELETE, PATH)),
        (405, 4050, request(Method::TRACE, PATH)),
        (400, 4000, request(Method::GET, "http://api.test/acme/api-v1/%2e%2e/things/7")),
        (400, 4000, with("host", "other.test")),
        (431, 4310, with("x", &long)),
        (431, 4310, many),
        (413, 4130, with("content-length", "11")),
    ] {
        let has_body = request.headers().contains_key("content-length");
        let (answer, _body) = sender.send_request(request, !has_body).unwrap();
        let answer = within(answer).await.unwrap();
        assert_eq!(answer.status(), StatusCode::from_u16(status).unwrap());
        assert!(
            answer.headers().contains_key("x-request-id") && !answer.headers().contains_key("connection")
        );
        assert!(text(answer.into_body()).await.starts_with("{\"error\":"));
        assert!(world.refusals(code) > 0, "{code}");
        sender = within(sender.ready()).await.unwrap();
    }
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn head_has_a_length_and_no_body() {
    let world = World::new().await;
    let (mut sender, _connection) = caller(&world).await;
    for (path, status) in [("mock", 200), ("nothing", 404)] {
        let uri = format!("http://api.test/acme/api-v1/{path}");
        let whole = send(&mut sender, request(Method::GET, &uri)).await.unwrap();
        let whole = text(whole.into_body()).await;
        let answer = send(&mut sender, request(Method::HEAD, &uri)).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-length"], whole.len().to_string());
        assert!(!whole.is_empty() && answer.body().is_end_stream());
    }
}

#[tokio::test]
async fn trailers_pass_and_cookies_are_put_together() {
    let world = World::new().await;
    let (mut sender, _) = caller(&world).await;
    let mut request = request(Method::POST, "http://api.test/acme/api-v1/things");
    for (name, value) in [("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers"), ("trailer", "x-sum")] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let (answer, mut body) = sender.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"abc"), false).unwrap();
    let trailers = [("x-sum", "7"), ("x-other", "1")]
        .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)));
    body.send_trailers(trailers.into_iter().collect()).unwrap();
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    assert!(head.contains("cookie: a=1; b=2\r\n") && head.contains("te: trailers\r\n"), "{head}");
    assert_eq!(upstream.until(b"\r\n\r\n").await, b"3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
    upstream
        .write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\ngrpc-status: 0\r\n\r\n")
        .await;
    let mut body = within(answer).await.unwrap().into_body();
    assert_eq!(within(body.data()).await.unwrap().unwrap(), "ok");
    assert_eq!(within(body.trailers()).await.unwrap().unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn a_caller_who_breaks_off_takes_the_upstreams_connection_along() {
    let world = World::new().await;
    let (mut sender, _) = caller(&world).await;
    let (answer, mut body) = sender.send_request(request(Method::GET, PATH), true).unwrap();
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    body.send_reset(Reason::CANCEL);
    drop(answer);
    assert_eq!(upstream.rest().await, b"");
    // Others go on.
    let answer = send(&mut sender, request(Method::GET, "http://api.test/acme/api-v1/mock")).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn who_breaks_off_call_after_call_is_shown_the_door() {
    let world = World::new().await;
    let (mut sender, connection) = caller(&world).await;
    let mut count = 0;
    while let Ok(ready) = within(sender.ready()).await {
        sender = ready;
        let (answer, mut body) = sender.send_request(request(Method::GET, PATH), true).unwrap();
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        body.send_reset(Reason::CANCEL);
        drop(answer);
        assert_eq!(upstream.rest().await, b"");
        count += 1;
        if count > 100 {
            break;
        }
    }
    let _ = within(connection).await.unwrap();
    assert_eq!((count, world.metric("http2_abuses_total")), (101, 1));
}

#[tokio::test]
async fn who_breaks_off_faster_than_we_look_is_shown_the_door_too() {
    let world = World::new().await;
    let mut caller = raw(&world).await;
    // `GET http://a/`, and at once `CANCEL`.
    let head = [0x82, 0x86, 0x84, 0x41, 0x01, b'a'];
    let calls = |from: u32| -> Vec<u8> {
        let one = |stream| [frame(1, 5, stream, &head), frame(3, 0, stream, &[0, 0, 0, 8])].concat();
        (0..1000).flat_map(|number| one(from + 2 * number)).collect()
    };
    let mut from = 1;
    while caller.try_write(&calls(from)).await {
        from += 2000;
        assert!(from < 2_000_000, "a million calls were taken");
    }
    caller.rest().await;
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn who_makes_us_break_off_call_after_call_is_shown_the_door() {
    let world = World::new().await;
    let mut caller = raw(&world).await;
    // `POST http://a/` without its end, and then a window that becomes too large (RFC 9113, section 6.9.1):
    // it is not the caller who breaks off.
    let head = [0x83, 0x86, 0x84, 0x41, 0x01, b'a'];
    let calls = |from: u32| -> Vec<u8> {
        let one =
            |stream| [frame(1, 4, stream, &head), frame(8, 0, stream, &[0x7f, 0xff, 0xff, 0xff])].concat();
        (0..1000).flat_map(|number| one(from + 2 * number)).collect()
    };
    let mut from = 1;
    while caller.try_write(&calls(from)).await {
        from += 2000;
        assert!(from < 2_000_000, "a million calls were taken");
    }
    caller.rest().await;
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn waits_have_their_limits() {
    let world = World::with(|config| {
        config.first_byte_timeout_ms = 100;
        config.stall_timeout_ms = 100;
        config.idle_timeout_ms = 300;
    })
    .await;
    let (mut sender, connection) = caller(&world).await;
    let answer = sender.send_request(request(Method::GET, PATH), true).unwrap().0;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(within(answer).await.unwrap().status(), 504);
    let answer = sender.send_request(request(Method::GET, PATH), true).unwrap().0;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
    let mut body = within(answer).await.unwrap().into_body();
    assert_eq!(within(body.data()).await.unwrap().unwrap(), "abc");
    assert!(within(body.data()).await.unwrap().unwrap_err().is_reset());
    assert_eq!(upstream.rest().await, b"");
    // A connection without a call is told to go.
    assert!(within(connection).await.unwrap().is_ok());
}

#[tokio::test]
async fn draining_lets_calls_end_and_takes_no_new_ones() {
    let world = World::new().await;
    let (mut sender, connection) = caller(&world).await;
    let answer = sender.send_request(request(Method::GET, PATH), true).unwrap().0;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    let drained = tokio::spawn(world.gateway.drain(std::time::Duration::from_secs(15)));
    // The answer to the last call is awaited.
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nla").await;
    let body = within(answer).await.unwrap().into_body();
    upstream.write("st").await;
    assert_eq!(text(body).await, "last");
    drop(sender);
    assert!(within(connection).await.unwrap().is_ok());
    within(drained).await.unwrap();
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The gateway after the preface and empty settings.
async fn raw(world: &World) -> Peer {
    let mut caller = world.caller().await;
    caller.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    caller.write(frame(4, 0, 0, &[])).await;
    caller
}

#[tokio::test]
async fn floods_end_the_connection() {
    const HEADERS: u8 = 1;
    const CONTINUATION: u8 = 9;
    const DATA: u8 = 0;
    // `:method: POST`, `:scheme: http`, `:path: /`, of the static table (RFC 7541, appendix A).
    const HEAD: &[u8] = &[0x83, 0x86, 0x84];
    let world = World::new().await;
    // A header that is never complete: `x: aaa…` without end.
    let mut caller = raw(&world).await;
    caller.write(frame(HEADERS, 0, 1, HEAD)).await;
    let filler = [&[0x00, 0x01, b'x', 0x7f, 0xe1, 0x7e][..], &[b'a'; 16_000][..]].concat();
    for _ in 0..100_000 {
        if !caller.try_write(&frame(CONTINUATION, 0, 1, &filler[..16_000])).await {
            break;
        }
    }
    caller.rest().await;
    // Frames that carry nothing.
    let mut caller = raw(&world).await;
    caller.write(frame(HEADERS, 4, 1, HEAD)).await;
    for _ in 0..10_000_000 {
        if !caller.try_write(&frame(DATA, 0, 1, &[]).repeat(1000)).await {
            break;
        }
    }
    caller.rest().await;
    assert!(world.upstream.was_left_alone().await);
}

/// Begins a body that nobody wants, and hears so.
async fn refused_early(sender: &mut SendRequest<Bytes>) -> (RecvStream, SendStream<Bytes>) {
    let stranger = Request::post("http://api.test/acme/api-v1/things").body(()).unwrap();
    let (answer, mut body) = sender.send_request(stranger, false).unwrap();
    body.send_data(Bytes::from_static(b"begins"), false).unwrap();
    let answer = within(answer).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    (answer.into_body(), body)
}

#[tokio::test]
async fn an_early_answer_is_heard_before_the_stream_is_reset_without_an_error() {
    let world = World::new().await;
    let (mut sender, _) = caller(&world).await;
    let (answer, mut body) = refused_early(&mut sender).await;
    assert!(!text(answer).await.is_empty());
    let reset = within(poll_fn(|cx| body.poll_reset(cx))).await.unwrap();
    assert_eq!(reset, Reason::NO_ERROR);
}

#[tokio::test]
async fn a_caller_may_end_its_body_after_an_early_answer() {
    let world = World::new().await;
    let (mut sender, _) = caller(&world).await;
    let (answer, mut body) = refused_early(&mut sender).await;
    body.send_data(Bytes::from_static(b"and ends"), true).unwrap();
    assert!(!text(answer).await.is_empty());
    let answer = send(&mut sender, request(Method::GET, "http://api.test/acme/api-v1/mock")).await.unwrap();
    assert_eq!(text(answer.into_body()).await, r#"{"id":7}"#);
    assert!(poll_fn(|cx| Poll::Ready(body.poll_reset(cx).is_pending())).await, "the body was not wanted");
}

#[tokio::test]
async fn a_mock_hears_the_whole_body_first_and_no_more_than_may_come() {
    let world = World::with(|config| config.max_body_bytes = 10).await;
    let (mut sender, _) = caller(&world).await;
    for (rest, status) in
        [("and ends", StatusCode::CREATED), ("and is too long", StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let post = request(Method::POST, "http://api.test/acme/api-v1/mock");
        let (mut answer, mut body) = sender.send_request(post, false).unwrap();
        body.send_data(Bytes::from_static(b"b "), false).unwrap();
        // Another call goes through meanwhile.
        let other =
            send(&mut sender, request(Method::GET, "http://api.test/acme/api-v1/mock")).await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
        assert!(poll_fn(|cx| Poll::Ready(Pin::new(&mut answer).poll(cx).is_pending())).await);
        body.send_data(Bytes::from_static(rest.as_bytes()), true).unwrap();
        assert_eq!(within(answer).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn the_preface_may_come_in_pieces_and_what_is_none_is_http1() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    for piece in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".chunks(5) {
        caller.write(piece).await;
        tokio::task::yield_now().await;
    }
    caller.write(frame(4, 0, 0, &[])).await;
    let settings = caller.exactly(9).await;
    assert_eq!(settings[3], 4, "settings, and no answer of HTTP/1");
    let mut caller = world.caller().await;
    caller.write("P").await;
    tokio::task::yield_now().await;
    caller.write(&crate::world::call("POST /acme/api-v1/mock", "content-length: 0\r\n", "")[1..]).await;
    assert_eq!(caller.answer().await.status, 201);
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let world = World::with(|config| config.http2 = false).await;
    let mut caller = raw(&world).await;
    assert_eq!(caller.answer().await.status, 400);
}
