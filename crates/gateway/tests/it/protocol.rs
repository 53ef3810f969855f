use crate::world::{Answer, TOKEN, World, call};

/// Sends `bytes`; gives the answer and what comes after it until the connection closes.
async fn closing(world: &World, bytes: &str) -> (Answer, Vec<u8>) {
    let mut caller = world.caller().await;
    caller.try_write(bytes.as_bytes()).await;
    let answer = caller.answer().await;
    (answer, caller.rest().await)
}

#[tokio::test]
async fn what_two_readers_could_read_differently_is_refused_and_closes() {
    let world = World::new().await;
    let post = |headers: &str, body: &str| call("POST /acme/api-v1/things", headers, body);
    let smuggled = call("GET /acme/api-v1/things/7", "", "");
    let get = |target: &str| call(&format!("GET {target}"), "", "");
    let cases = [
        (400, post("content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\nG")),
        (400, post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", &format!("0\r\n\r\n{smuggled}"))),
        (400, post("content-length: 1\r\ncontent-length: 2\r\n", "ab")),
        (400, post("content-length: 2\r\ncontent-length: 2\r\n", "ab")),
        (400, post("content-length: 2, 2\r\n", "ab")),
        (400, post("content-length: +2\r\n", "ab")),
        (400, post("content-length: 2 2\r\n", "ab")),
        (400, post("content-length : 2\r\n", "ab")),
        (400, post("transfer-encoding: xchunked\r\n", "0\r\n\r\n")),
        (400, post("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n")),
        (501, post("transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        (501, post("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n")),
        (400, post("transfer-encoding: \x0bchunked\r\n", "0\r\n\r\n")),
        (400, post("transfer-encoding:\r\n chunked\r\n", "0\r\n\r\n")),
        (400, post("connection: content-length\r\ncontent-length: 2\r\n", "ab")),
        (400, post("connection: transfer-encoding\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n")),
        (400, post("connection: api-token\r\n", "")),
        (400, post("connection: close, X-Forwarded-For\r\n", "")),
        (400, post("host: other.test\r\n", "")),
        (400, "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (400, get("http://other.test/acme/api-v1/things/7")),
        (400, get("/acme/api-v1/../api-v1/things/7")),
        (400, get("/acme/api-v1/%2e%2e/things/7")),
        (400, get("/acme/api-v1/things%2f7")),
        (400, get("/acme/api-v1/things/%00")),
        (400, get("/acme/api-v1\\things/7")),
        (400, get("/acme/api-v1/things/%zz")),
        (400, get("/acme/api-v1/things/7\t8")),
        (400, get("*")),
        (400, post("x-nul: a\0b\r\n", "")),
        (400, post("x-cr: a\rb\r\n", "")),
        (400, "GET /\r\n\r\n".to_owned()),
        (400, "GET / HTTP/2.0\r\nhost: a\r\n\r\n".to_owned()),
        (400, "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_owned()),
        (400, "\u{16}\u{3}\u{1}\0\u{1}\r\n\r\n".to_owned()),
        (405, call("TRACE /acme/api-v1/things/7", "", "")),
        (405, call("CONNECT acme:80", "", &smuggled)),
        (405, call("get /acme/api-v1/things/7", "", "")),
        (
            400,
            format!(
                "POST /acme/api-v1/things HTTP/1.0\r\napi-token: {TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ),
    ];
    for (status, bytes) in &cases {
        let (answer, rest) = closing(&world, bytes).await;
        assert_eq!(answer.status, *status, "{bytes:?}");
        assert!(answer.closes() && answer.has_id(), "{bytes:?} {answer:?}");
        assert!(answer.body.starts_with("{\"error\":"), "{bytes:?}");
        assert_eq!(rest, b"", "{bytes:?}");
    }
    assert!(world.upstream.was_left_alone().await);
    assert_eq!(world.refusals(4050), 3);
    assert_eq!(world.refusals(5010), 2);
    assert_eq!(world.refusals(4000), cases.len() as u64 - 5);
}

#[tokio::test]
async fn a_second_request_that_is_broken_is_refused_like_a_first_one() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.write([call("GET /acme/api-v1/mock", "", ""), "G@T / HTTP/1.1\r\n\r\n".to_owned()].concat()).await;
    assert_eq!(caller.answer().await.status, 200);
    let answer = caller.answer().await;
    assert_eq!(answer.status, 400);
    assert!(answer.has_id());
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn an_ambiguous_request_is_found_behind_another_one_too() {
    let world = World::new().await;
    let both =
        call("POST /acme/api-v1/mock", "content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n");
    let twice = call("POST /acme/api-v1/mock", "content-length: 2\r\ncontent-length: 2\r\n", "ab");
    for first in [
        call("GET /acme/api-v1/mock", "", ""),
        call("POST /acme/api-v1/mock", "content-length: 3\r\n", "abc"),
        call("POST /acme/api-v1/mock", "transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
    ] {
        for second in [&both, &twice] {
            let mut caller = world.caller().await;
            caller.write([first.as_str(), second].concat()).await;
            assert!(caller.answer().await.status < 300, "{first:?}");
            let answer = caller.answer().await;
            assert_eq!((answer.status, answer.closes()), (400, true), "{first:?} {second:?}");
        }
    }
    // The end of the first one comes with the second one.
    let mut caller = world.caller().await;
    caller.write(call("POST /acme/api-v1/mock", "content-length: 3\r\n", "a")).await;
    tokio::task::yield_now().await;
    caller.write(["bc", &both].concat()).await;
    assert_eq!(caller.answer().await.status, 201);
    assert_eq!(caller.answer().await.status, 400);
}

#[tokio::test]
async fn heads_have_a_limit() {
    let world = World::new().await;
    let long = "a".repeat(70_000);
    let many: String = (0..101).map(|number| format!("x-{number}: 1\r\n")).collect();
    let cases = [
        (414, 4140, format!("GET /{long}")),
        (431, 4310, call("GET /acme/api-v1/things/7", &format!("x: {long}\r\n"), "")),
        (431, 4310, call("GET /acme/api-v1/things/7", &format!("x: {}\r\n", &long[..17_000]), "")),
        (431, 4310, call("GET /acme/api-v1/things/7", &many, "")),
    ];
    for (status, code, bytes) in cases {
        let before = world.refusals(code);
        let (answer, _) = closing(&world, &bytes).await;
        assert_eq!(answer.status, status);
        assert!(answer.closes() && answer.has_id());
        assert_eq!(world.refusals(code), before + 1);
    }
}

#[tokio::test]
async fn a_broken_body_is_the_callers_fault() {
    let world = World::new().await;
    for broken in ["zz\r\n", "0x2\r\nab\r\n0\r\n\r\n", "ffffffffffffffffff\r\n", "2;\nx\r\nab\r\n0\r\n\r\n"] {
        let mut caller = world.caller().await;
        caller.call("POST /acme/api-v1/things", "transfer-encoding: chunked\r\n", "2\r\nab\r\n").await;
        let mut upstream = world.upstream.accept().await;
        upstream.until(b"2\r\nab\r\n").await;
        caller.write(broken).await;
        let answer = caller.answer().await;
        assert_eq!((answer.status, answer.closes()), (400, true), "{broken:?}");
        assert_eq!(caller.rest().await, b"");
        // The upstream sees that it is not the end.
        assert_eq!(upstream.rest().await, b"");
    }
    assert_eq!(world.refusals(4002), 4);
    assert_eq!(world.refusals(5021), 0);
}

#[tokio::test]
async fn a_body_has_a_limit_whether_its_length_is_known_or_not() {
    let world = World::with(|config| config.max_body_bytes = 10).await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 11\r\n", "hello world").await;
    assert_eq!(caller.answer().await.status, 413);
    assert!(world.upstream.was_left_alone().await);

    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "transfer-encoding: chunked\r\n", "5\r\nhello\r\n").await;
    let mut upstream = world.upstream.accept().await;
    upstream.until(b"hello\r\n").await;
    caller.write("6\r\n world\r\n").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (413, true));
    assert_eq!(upstream.rest().await, b"");
    assert_eq!(world.refusals(4130), 2);
}

#[tokio::test]
async fn a_caller_can_send_all_of_a_body_that_is_refused() {
    let world = World::with(|config| config.max_body_bytes = 10).await;
    let mut caller = world.caller().await;
    // More than the buffers of the kernel hold. A reset would make the write fail, and could take
    // the answer away.
    let body = "x".repeat(24 << 20);
    caller.call("POST /acme/api-v1/things", &format!("content-length: {}\r\n", body.len()), &body).await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (413, true));
}
