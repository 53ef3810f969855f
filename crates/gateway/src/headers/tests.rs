use super::*;

fn map(pairs: &[(&str, &str)]) -> Headers {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn sorted(headers: &Headers) -> Vec<String> {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

/// What is written, which is the same in both forms.
fn written(headers: &Headers, caller: &CallerValues, call: &CallValues<'_>) -> Headers {
    let (mut map, mut bytes) = (Headers::new(), Vec::new());
    to_upstream(headers, caller, call, &mut map);
    to_upstream(headers, caller, call, &mut bytes);
    let lines = String::from_utf8(bytes).unwrap();
    let mut lines: Vec<_> = lines.split_terminator("\r\n").map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, sorted(&map));
    map
}

fn upstream(pairs: &[(&str, &str)], in_authorization: bool) -> Vec<String> {
    let caller = CallerValues {
        forwarded_for: HeaderValue::from_static("203.0.113.7"),
        proto: HeaderValue::from_static("http"),
    };
    let call = CallValues {
        request_id: &HeaderValue::from_static("id"),
        host: &HeaderValue::from_static("backend:81"),
        version: Version::HTTP_11,
        authority: None,
        has_connection: true,
        upgrade: None,
        in_authorization,
        proof: None,
        is_chunked: false,
    };
    let headers = written(&map(pairs), &caller, &call);
    let added = ["forwarded: ", "via: ", "x-request-id: ", "x-forwarded-for: ", "x-forwarded-proto: "];
    sorted(&headers).into_iter().filter(|line| !added.iter().any(|added| line.starts_with(added))).collect()
}

#[test]
fn what_is_our_word_is_ours() {
    let headers = map(&[
        ("host", "api.test"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-for", "10.0.0.2"),
        ("x-request-id", "theirs"),
        ("via", "1.0 other"),
    ]);
    let caller = CallerValues {
        forwarded_for: HeaderValue::from_static("203.0.113.7"),
        proto: HeaderValue::from_static("http"),
    };
    let call = CallValues {
        request_id: &HeaderValue::from_static("id"),
        host: &HeaderValue::from_static("backend:81"),
        version: Version::HTTP_10,
        authority: None,
        has_connection: true,
        upgrade: None,
        in_authorization: false,
        proof: None,
        is_chunked: true,
    };
    let headers = written(&headers, &caller, &call);
    assert_eq!(
        sorted(&headers),
        [
            "forwarded: for=203.0.113.7;proto=http;host=\"api.test\"",
            "host: backend:81",
            "transfer-encoding: chunked",
            "via: 1.0 other",
            "via: 1.0 portico",
            "x-forwarded-for: 203.0.113.7",
            "x-forwarded-host: api.test",
            "x-forwarded-proto: http",
            "x-request-id: id",
        ]
    );
}

#[test]
fn headers_about_identity_do_not_pass() {
    let claims = [
        ("x-forwarded-user", "root"),
        ("x-forwarded-prefix", "/"),
        ("x_forwarded_for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("x-original-url", "/admin"),
        ("x-rewrite-url", "/admin"),
        ("x-envoy-original-path", "/admin"),
        ("x-portico-client", "1"),
        ("x-custom_name", "1"),
        ("api_token", "1"),
        ("api-token", "secret"),
        ("accept", "*/*"),
    ];
    assert_eq!(upstream(&claims, false), ["accept: */*", "host: backend:81"]);
}

#[test]
fn only_an_authorization_of_ours_is_taken_away() {
    let headers = [("authorization", "Basic secret")];
    assert_eq!(upstream(&headers, true), ["host: backend:81"]);
    assert_eq!(upstream(&headers, false), ["authorization: Basic secret", "host: backend:81"]);
}

#[test]
fn what_concerns_one_connection_stays_there() {
    let headers = [
        ("connection", "keep-alive, x-hop"),
        ("connection", "X-Other"),
        ("keep-alive", "timeout=5"),
        ("x-hop", "1"),
        ("x-other", "1"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("proxy-connection", "close"),
        ("proxy-authorization", "Basic x"),
        ("content-length", "3"),
    ];
    let ours = ["connection: te", "content-length: 3", "host: backend:81", "te: trailers"];
    assert_eq!(upstream(&headers, false), ours);
    let mut answer = map(&headers);
    to_caller(&mut answer, HeaderValue::from_static("id"));
    assert_eq!(sorted(&answer), ["content-length: 3", "trailer: x", "x-request-id: id"]);
}

#[test]
fn an_answer_has_our_id_only() {
    let mut answer = map(&[("x-request-id", "a"), ("x-request-id", "b"), ("set-cookie", "c")]);
    to_caller(&mut answer, HeaderValue::from_static("id"));
    assert_eq!(sorted(&answer), ["set-cookie: c", "x-request-id: id"]);
}

#[test]
fn connection_may_not_name_what_makes_the_message() {
    for name in ["Content-Length", "host", "API-TOKEN", "x-forwarded-for", "X-Forwarded-", "x-portico-a"] {
        assert!(is_end_to_end(name.as_bytes()), "{name}");
    }
    for name in ["close", "keep-alive", "x-hop", "", "upgrade"] {
        assert!(!is_end_to_end(name.as_bytes()), "{name}");
    }
}

#[test]
fn what_decides_about_a_message_does_not_come_after_it() {
    let kept = trailers(map(&[
        ("x-checksum", "1"),
        ("content-length", "5"),
        ("api-token", "1"),
        ("x-forwarded-for", "1"),
        ("set-cookie", "1"),
        ("x_custom", "1"),
        ("if-match", "1"),
        ("upgrade", "1"),
    ]));
    assert_eq!(sorted(&kept.unwrap()), ["x-checksum: 1"]);
    assert_eq!(trailers(map(&[("host", "a")])), None);
    let mut answer = map(&[("trailer", "X-Checksum, content-length"), ("trailer", "set-cookie,grpc-status")]);
    to_caller(&mut answer, HeaderValue::from_static("id"));
    assert_eq!(sorted(&answer), ["trailer: grpc-status", "trailer: x-checksum", "x-request-id: id"]);
}

#[test]
fn what_http2_says_otherwise_is_said_as_http1_does() {
    let caller = CallerValues {
        forwarded_for: HeaderValue::from_static("203.0.113.7"),
        proto: HeaderValue::from_static("https"),
    };
    let call = CallValues {
        request_id: &HeaderValue::from_static("id"),
        host: &HeaderValue::from_static("backend:81"),
        version: Version::HTTP_2,
        authority: Some("api.test"),
        has_connection: false,
        upgrade: None,
        in_authorization: false,
        proof: None,
        is_chunked: true,
    };
    let headers = map(&[("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3"), ("trailer", "x-sum")]);
    let headers = written(&headers, &caller, &call);
    assert_eq!(
        sorted(&headers),
        [
            "cookie: a=1; b=2; c=3",
            "forwarded: for=203.0.113.7;proto=https;host=\"api.test\"",
            "host: backend:81",
            "trailer: x-sum",
            "transfer-encoding: chunked",
            "via: 2.0 portico",
            "x-forwarded-for: 203.0.113.7",
            "x-forwarded-host: api.test",
            "x-forwarded-proto: https",
            "x-request-id: id",
        ]
    );
}

#[test]
fn an_ipv6_address_stands_in_brackets_and_quotes() {
    let caller = CallerValues {
        forwarded_for: HeaderValue::from_static("2001:db8::1"),
        proto: HeaderValue::from_static("http"),
    };
    let mut bytes = Vec::new();
    say_forwarded(&mut bytes, &caller, None);
    say_forwarded(&mut bytes, &caller, Some(b"[2001:db8::2]:81"));
    let expected = "forwarded: for=\"[2001:db8::1]\";proto=http\r\n\
                    forwarded: for=\"[2001:db8::1]\";proto=http;host=\"[2001:db8::2]:81\"\r\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}
