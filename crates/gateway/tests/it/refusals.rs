use gateway::Delta;
use model::{IpRange, IpRules, KeyId, PackedIpRules};
use store::serving::ServedKey;

use crate::world::{TOKEN, Upstream, World, call, key};

#[tokio::test]
async fn strangers_are_refused_alike_and_may_try_again() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let other = TOKEN.replace("00", "11");
    for (headers, code) in [
        (String::new(), 4011),
        (format!("api-token: {other}\r\n"), 4012),
        ("api-token: x\r\n".to_owned(), 4012),
        (format!("api-token: {TOKEN}\r\nauthorization: Bearer x\r\n"), 4017),
    ] {
        for target in ["/acme/api-v1/things/7", "/nothing"] {
            let before = world.refusals(code);
            // With a body, which has to be out of the way of the next request.
            let body = "content-length: 5\r\n\r\nhello";
            caller.write(format!("POST {target} HTTP/1.1\r\nhost: a\r\n{headers}{body}")).await;
            let answer = caller.answer().await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.body, r#"{"error":"access to this API has been disallowed"}"#);
            assert_eq!(answer.header("www-authenticate"), Some(r#"Basic realm="portico""#));
            assert!(answer.has_id() && !answer.closes());
            assert_eq!(world.refusals(code), before + 1);
        }
    }
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_known_caller_is_told_what_is_wrong() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/nothing", "", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (404, r#"{"error":"not found"}"#));
    caller.call("GET /acme/api-v1/things", "", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert_eq!((world.refusals(4041), world.refusals(4051)), (1, 1));
}

#[tokio::test]
async fn a_change_counts_from_the_next_call_on() {
    let world = World::new().await;
    let gate = world.gateway.gate();
    let mut caller = world.caller().await;
    let mut status = async |row: Option<ServedKey>| {
        gate.apply(vec![Delta::Key(KeyId(1), row.map(Box::new))], 2);
        caller.call("GET /acme/api-v1/mock", "", "").await;
        caller.answer().await.status
    };
    let deny = IpRules { deny: vec![IpRange::parse("127.0.0.0/8").unwrap()], ..IpRules::default() };
    assert_eq!(status(Some(key())).await, 200);
    assert_eq!(status(Some(ServedKey { rules: PackedIpRules::from(&deny), ..key() })).await, 403);
    assert_eq!(status(Some(ServedKey { active: false, ..key() })).await, 401);
    assert_eq!(status(Some(key())).await, 200);
    assert_eq!(status(None).await, 401);
    assert_eq!([4031, 4013, 4012].map(|code| world.refusals(code)), [1, 1, 1]);
}

#[tokio::test]
async fn a_preflight_is_answered_everywhere() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    for target in ["/acme/api-v1/things/7", "/nothing"] {
        let asks = "origin: https://a.test\r\naccess-control-request-method: GET\r\n";
        caller.write(format!("OPTIONS {target} HTTP/1.1\r\nhost: a\r\n{asks}\r\n")).await;
        let answer = caller.answer().await;
        assert_eq!(answer.status, 204);
        assert!(answer.has_id());
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_bad_gateway() {
    // Bound, so that nobody else gets the port, and not listening.
    let gone = tokio::net::TcpSocket::new_v4().unwrap();
    gone.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    let world = World::towards(url, Upstream::new().await, |_| {}).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (502, r#"{"error":"bad gateway"}"#));
    assert_eq!(world.metric("upstream_errors_total{kind=\"connect\"}"), 1);
    // The connection goes on.
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_a_bad_gateway() {
    let world = World::new().await;
    for garbage in
        ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"]
    {
        let mut caller = world.caller().await;
        caller.write(call("GET /acme/api-v1/things/7", "", "")).await;
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        upstream.write(garbage).await;
        assert_eq!(caller.answer().await.status, 502, "{garbage:?}");
    }
    assert_eq!(world.refusals(5021), 3);
    assert_eq!(world.metric("upstream_errors_total{kind=\"unreadable\"}"), 3);
}

#[tokio::test]
async fn before_there_is_a_snapshot_calls_are_put_off() {
    let config =
        gateway::Config { address: ([127, 0, 0, 1], 0).into(), cores: Some(1), ..Default::default() };
    let gateway = gateway::start(config, Vec::new(), None, crate::world::environment()).unwrap();
    assert!(!gateway.gate().state().ready);
    let response = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(gateway.address()).unwrap();
        stream.write_all(call("GET /acme/api-v1/things/7", "", "").as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    })
    .await
    .unwrap();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    assert!(response.contains("retry-after: 1\r\n"));
}
