//! Fields that come after a body.

use crate::world::World;

#[tokio::test]
async fn announced_trailers_pass_towards_the_upstream() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let headers = "transfer-encoding: chunked\r\ntrailer: X-Sum, api-token, X-Forwarded-For\r\n";
    let body = "3\r\nabc\r\n0\r\nX-Sum: 7\r\napi-token: 1\r\nX-Forwarded-For: 10.0.0.1\r\nX-Other: 1\r\n\r\n";
    caller.call("POST /acme/api-v1/things", headers, body).await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await;
    assert!(head.contains("trailer: x-sum\r\n") && !head.contains("api-token"), "{head}");
    assert_eq!(upstream.until(b"\r\n\r\n").await, b"3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
    upstream.ok("").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn trailers_of_an_answer_pass_to_those_who_take_them() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut upstream = None;
    for (headers, end) in
        [("te: gzip;q=0.5, trailers\r\n", &b"0\r\nx-sum: 7\r\n\r\n"[..]), ("", b"0\r\n\r\n")]
    {
        caller.call("GET /acme/api-v1/things/7", headers, "").await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        let head = upstream.head().await;
        assert_eq!(head.contains("te: trailers\r\n"), !headers.is_empty(), "{head}");
        assert_eq!(head.contains("connection: te\r\n"), !headers.is_empty(), "{head}");
        let answer =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: X-Sum, Content-Length\r\n\r\n";
        let body = "3\r\nabc\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n";
        upstream.write([answer, body].concat()).await;
        let head = caller.head().await;
        assert!(head.contains("trailer: x-sum\r\n"), "{head}");
        assert_eq!(caller.exactly(8 + end.len()).await, [b"3\r\nabc\r\n", end].concat());
    }
    // The connection was in order after both.
    assert_eq!(world.metric("upstream_connects_total"), 1);
}
