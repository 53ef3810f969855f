//! Whose call it is: what the address rules go by, and what upstreams are told.

use gateway::{Config, Delta, ForwardedHeader};
use model::{IpRange, IpRules, KeyId, PackedIpRules};
use store::serving::ServedKey;

use crate::world::{Peer, World, key};

/// Calls come from the loopback address, which is a proxy here.
fn trusting(header: ForwardedHeader) -> impl FnOnce(&mut Config) {
    move |config| {
        let ranges = ["127.0.0.0/8", "10.0.0.0/8"];
        config.trusted_proxies = ranges.map(|text| IpRange::parse(text).unwrap()).into();
        config.forwarded_header = header;
    }
}

/// The request that the upstream gets for a call with these headers.
async fn forwarded(world: &World, caller: &mut Peer, headers: &str) -> String {
    caller.call("GET /acme/api-v1/things/7", headers, "").await;
    let mut upstream = world.upstream.accept().await;
    let request = upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 200);
    request
}

/// The values of a header in a head.
fn values<'r>(request: &'r str, name: &str) -> Vec<&'r str> {
    let line = |line: &'r str| line.split_once(": ").filter(|(own, _)| *own == name).map(|(_, value)| value);
    request.lines().filter_map(line).collect()
}

#[tokio::test]
async fn what_a_caller_says_of_itself_counts_for_nothing() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let lies = "x-forwarded-for: 203.0.113.7\r\nx-real-ip: 203.0.113.7\r\nforwarded: for=203.0.113.7\r\n\
                x_forwarded_for: 203.0.113.7\r\nx-forwarded-for: 203.0.113.8\r\nx-client-ip: 203.0.113.7\r\n";
    let request = forwarded(&world, &mut caller, lies).await;
    assert_eq!(values(&request, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(values(&request, "forwarded"), ["for=127.0.0.1;proto=http;host=\"api.test\""]);
    for name in ["x-real-ip", "x_forwarded_for"] {
        assert_eq!(values(&request, name), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn trusted_proxies_are_believed_from_the_right() {
    let world = World::with(trusting(ForwardedHeader::XForwardedFor)).await;
    let mut caller = world.caller().await;
    for (headers, expected) in [
        ("", "127.0.0.1"),
        ("x-forwarded-for: 203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: 192.0.2.1, 203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: 203.0.113.7, 10.0.0.2\r\n", "203.0.113.7"),
        ("x-forwarded-for: 192.0.2.1\r\nx-forwarded-for: 203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: [2001:db8::7]:4711\r\n", "2001:db8::7"),
        ("x-forwarded-for: ::ffff:203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: 203.0.113.7:80\r\n", "203.0.113.7"),
        ("x-forwarded-for: 0177.0.0.1\r\n", "127.0.0.1"),
        ("x-forwarded-for: fe80::1%eth0\r\n", "127.0.0.1"),
        ("x-forwarded-for: 203.0.113.7, garbage\r\n", "127.0.0.1"),
        // The other header is not asked, and neither are those that are no standard at all.
        ("forwarded: for=203.0.113.7\r\n", "127.0.0.1"),
        ("x-real-ip: 203.0.113.7\r\ntrue-client-ip: 203.0.113.7\r\n", "127.0.0.1"),
    ] {
        let request = forwarded(&world, &mut caller, headers).await;
        assert_eq!(values(&request, "x-forwarded-for"), [expected], "{headers}");
        let said = if expected.contains(':') { format!("\"[{expected}]\"") } else { expected.to_owned() };
        assert_eq!(values(&request, "forwarded"), [format!("for={said};proto=http;host=\"api.test\"")]);
    }
}

#[tokio::test]
async fn the_standard_header_is_believed_where_it_is_the_configured_one() {
    let world = World::with(trusting(ForwardedHeader::Forwarded)).await;
    let mut caller = world.caller().await;
    for (headers, expected) in [
        ("forwarded: for=192.0.2.1, for=\"[2001:db8::7]:80\";proto=https, for=10.0.0.2\r\n", "2001:db8::7"),
        ("forwarded: for=unknown\r\n", "127.0.0.1"),
        ("x-forwarded-for: 203.0.113.7\r\n", "127.0.0.1"),
    ] {
        let request = forwarded(&world, &mut caller, headers).await;
        assert_eq!(values(&request, "x-forwarded-for"), [expected], "{headers}");
    }
    caller.call("GET /acme/api-v1/mock", "forwarded: for=\"1.2.3.4, for=203.0.113.7\r\n", "").await;
    assert_eq!(caller.answer().await.status, 400);
    assert_eq!(world.refusals(4000), 1);
}

#[tokio::test]
async fn a_proxy_says_whether_it_was_called_with_tls() {
    let world = World::with(trusting(ForwardedHeader::XForwardedFor)).await;
    let mut caller = world.caller().await;
    let request = forwarded(&world, &mut caller, "x-forwarded-proto: https\r\n").await;
    assert_eq!(values(&request, "x-forwarded-proto"), ["https"]);
    assert_eq!(values(&request, "x-forwarded-for"), ["127.0.0.1"]);
    let request = forwarded(&world, &mut caller, "x-forwarded-proto: gopher\r\n").await;
    assert_eq!(values(&request, "x-forwarded-proto"), ["http"]);
    let world = World::new().await;
    let mut caller = world.caller().await;
    let request = forwarded(&world, &mut caller, "x-forwarded-proto: https\r\n").await;
    assert_eq!(values(&request, "x-forwarded-proto"), ["http"]);
}

#[tokio::test]
async fn address_rules_go_by_the_callers_address() {
    let world = World::with(trusting(ForwardedHeader::XForwardedFor)).await;
    let allow = vec![IpRange::parse("203.0.113.0/24").unwrap()];
    let deny = vec![IpRange::parse("203.0.113.9").unwrap()];
    let rules = PackedIpRules::from(&IpRules { allow, deny });
    let row = ServedKey { rules, ..key() };
    world.gateway.gate().apply(vec![Delta::Key(KeyId(1), Some(Box::new(row)))], 2);
    let mut caller = world.caller().await;
    for (headers, status) in [
        ("x-forwarded-for: 203.0.113.7\r\n", 200),
        ("x-forwarded-for: 203.0.113.9\r\n", 403),
        ("x-forwarded-for: 198.51.100.1\r\n", 403),
        // The caller claims an allowed address; the proxy adds the true one behind it.
        ("x-forwarded-for: 203.0.113.7, 198.51.100.1\r\n", 403),
        ("x-forwarded-for: 203.0.113.7\r\nx-forwarded-for: 198.51.100.1\r\n", 403),
        ("", 403),
        // The header cannot be taken away by naming it.
        ("x-forwarded-for: 203.0.113.7\r\nconnection: x-forwarded-for\r\n", 400),
    ] {
        caller.call("GET /acme/api-v1/mock", headers, "").await;
        assert_eq!(caller.answer().await.status, status, "{headers}");
    }
    assert!(world.upstream.was_left_alone().await);
}

fn greeted(config: &mut Config) {
    trusting(ForwardedHeader::XForwardedFor)(config);
    config.proxy_protocol = true;
}

#[tokio::test]
async fn a_proxy_greets_in_either_version() {
    let world = World::with(greeted).await;
    let v2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x01\x1f\x90\0\x50";
    let local: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    for (greeting, expected) in [
        (&b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n"[..], "203.0.113.7"),
        (b"PROXY TCP6 ::ffff:203.0.113.7 ::1 4711 80\r\n", "203.0.113.7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (v2, "203.0.113.7"),
        (local, "127.0.0.1"),
    ] {
        let mut caller = world.caller().await;
        caller.write(greeting).await;
        for _ in 0..2 {
            let request = forwarded(&world, &mut caller, "").await;
            assert_eq!(values(&request, "x-forwarded-for"), [expected]);
        }
    }
    // Whoever the proxy speaks for is no proxy.
    let mut caller = world.caller().await;
    caller.write("PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n").await;
    let request = forwarded(&world, &mut caller, "x-forwarded-for: 192.0.2.1\r\n").await;
    assert_eq!(values(&request, "x-forwarded-for"), ["203.0.113.7"]);
}

#[tokio::test]
async fn a_proxy_that_does_not_greet_is_refused() {
    let world = World::with(|config| {
        greeted(config);
        config.header_timeout_ms = 50;
    })
    .await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    let answer = caller.answer().await;
    assert_eq!(answer.status, 400);
    assert!(answer.closes() && answer.has_id());
    let mut slow = world.caller().await;
    slow.write("PROXY TCP4 203.0.").await;
    assert_eq!(slow.answer().await.status, 408);
    assert_eq!((world.refusals(4000), world.refusals(4080)), (1, 1));
}

#[tokio::test]
async fn only_a_trusted_proxy_may_greet() {
    let world = World::with(|config| config.proxy_protocol = true).await;
    let mut caller = world.caller().await;
    caller.write("PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n").await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 400);
    // Others call as they always did.
    let mut caller = world.caller().await;
    let request = forwarded(&world, &mut caller, "").await;
    assert_eq!(values(&request, "x-forwarded-for"), ["127.0.0.1"]);
}
