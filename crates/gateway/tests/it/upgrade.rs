//! Connections that switch protocols.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::world::{Answer, Peer, TOKEN, World, call, within};

const GET: &str = "GET /acme/api-v1/things/7";
const SWITCH: &str = "connection: upgrade\r\nupgrade: websocket\r\n";
const AGREED: &str =
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: WebSocket\r\nx-own: 1\r\n\r\n";

#[tokio::test]
async fn a_websocket_goes_both_ways() {
    let world = World::new().await;
    let backend = async {
        let stream = world.upstream.accept_stream().await;
        let mut socket = within(tokio_tungstenite::accept_async(stream)).await.unwrap();
        while let Some(Ok(message)) = within(socket.next()).await {
            if message.is_close() {
                break;
            }
            within(socket.send(message)).await.unwrap();
        }
        while let Some(Ok(_)) = within(socket.next()).await {}
    };
    let caller = async {
        let address = world.gateway.address();
        let mut request = format!("ws://{address}/acme/api-v1/things/7").into_client_request().unwrap();
        request.headers_mut().insert("api-token", TOKEN.parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut socket, answer) = within(tokio_tungstenite::client_async(request, stream)).await.unwrap();
        assert_eq!(answer.headers()["x-request-id"].len(), 32);
        for message in [Message::text("hello"), Message::binary(vec![7; 300_000])] {
            within(socket.send(message.clone())).await.unwrap();
            assert_eq!(within(socket.next()).await.unwrap().unwrap(), message);
        }
        within(socket.close(None)).await.unwrap();
        while let Some(Ok(_)) = within(socket.next()).await {}
    };
    tokio::join!(backend, caller);
    assert_eq!(world.metric("tunnels_total"), 1);
}

/// A caller and an upstream that have switched.
async fn switched(world: &World) -> (Peer, Peer) {
    let mut caller = world.caller().await;
    caller.call(GET, SWITCH, "").await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    assert!(head.contains("connection: upgrade\r\n") && head.contains("upgrade: websocket\r\n"), "{head}");
    upstream.write([AGREED, "first"].concat()).await;
    let answer = Answer::parse(&caller.head().await);
    assert_eq!((answer.status, answer.header("connection")), (101, Some("upgrade")));
    assert_eq!((answer.header("upgrade"), answer.header("x-own")), (Some("WebSocket"), Some("1")));
    assert!(answer.has_id());
    assert_eq!(caller.exactly(5).await, b"first");
    (caller, upstream)
}

#[tokio::test]
async fn bytes_pass_as_they_are_until_both_sides_are_done() {
    let world = World::new().await;
    let (mut caller, mut upstream) = switched(&world).await;
    assert_eq!(world.metric("tunnels_open{core=\"0\"}"), 1);
    caller.write("\0GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(upstream.exactly(19).await, b"\0GET / HTTP/1.1\r\n\r\n");
    caller.close().await;
    assert_eq!(upstream.rest().await, b"");
    upstream.write("last").await;
    drop(upstream);
    assert_eq!(caller.rest().await, b"last");
}

#[tokio::test]
async fn what_a_caller_sends_ahead_goes_through_the_tunnel() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.write([call(GET, SWITCH, "").as_str(), "early"].concat()).await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write(AGREED).await;
    assert_eq!(upstream.exactly(5).await, b"early");
    assert_eq!(Answer::parse(&caller.head().await).status, 101);
}

#[tokio::test]
async fn without_101_there_is_no_tunnel() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let smuggled = call("GET /acme/api-v1/things/8", "", "");
    caller.write([call(GET, SWITCH, ""), smuggled].concat()).await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.ok("no").await;
    assert_eq!(caller.answer().await.body, "no");
    // What came behind is a call like any other.
    let head = upstream.head().await;
    assert!(head.starts_with("GET /base/things/8 ") && head.contains("x-request-id"), "{head}");
    upstream.ok("yes").await;
    assert_eq!(caller.answer().await.body, "yes");
    assert_eq!(world.metric("tunnels_total"), 0);
}

#[tokio::test]
async fn nobody_switches_to_anything_else() {
    let world = World::new().await;
    for (line, headers, body) in [
        (GET, "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n", ""),
        (GET, "upgrade: websocket\r\n", ""),
        (
            "POST /acme/api-v1/things",
            "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n",
            "hi",
        ),
    ] {
        let mut caller = world.caller().await;
        caller.call(line, headers, body).await;
        let mut upstream = world.upstream.accept().await;
        let head = upstream.head().await;
        assert!(!head.contains("upgrade") && !head.contains("http2-settings"), "{head}");
        upstream.exactly(body.len()).await;
        upstream.write(AGREED).await;
        assert_eq!(caller.answer().await.status, 502);
    }
    let mut caller = world.caller().await;
    caller.call(GET, SWITCH, "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 502);
    assert_eq!(upstream.rest().await, b"");
}

#[tokio::test]
async fn a_credential_is_asked_for_first() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.write(format!("{GET} HTTP/1.1\r\nhost: a\r\n{SWITCH}\r\n")).await;
    assert_eq!(caller.answer().await.status, 401);
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_quiet_tunnel_ends_and_there_are_only_so_many() {
    let world = World::with(|config| {
        config.tunnel_idle_timeout_ms = 100;
        config.max_tunnels_per_core = 1;
    })
    .await;
    let (mut caller, mut upstream) = switched(&world).await;
    let mut other = world.caller().await;
    other.call(GET, SWITCH, "").await;
    assert_eq!(other.answer().await.status, 503);
    assert_eq!(caller.rest().await, b"");
    assert_eq!(upstream.rest().await, b"");
    switched(&world).await;
}
