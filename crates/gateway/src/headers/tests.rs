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

fn upstream(pairs: &[(&str, &str)], in_authorization: bool) -> Vec<String> {
    let caller = CallerValues {
        forwarded_for: HeaderValue::from_static("203.0.113.7"),
        proto: HeaderValue::from_static("http"),
    };
    let call = CallValues {
        request_id: &HeaderValue::from_static("id"),
        host: &HeaderValue::from_static("backend:81"),
        version: Version::HTTP_11,
        in_authorization,
        is_chunked: false,
    };
    let headers = to_upstream(&map(pairs), &caller, &call);
    let added = ["via: ", "x-request-id: ", "x-forwarded-for: ", "x-forwarded-proto: "];
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
        in_authorization: false,
        is_chunked: true,
    };
    let headers = to_upstream(&headers, &caller, &call);
    assert_eq!(
        sorted(&headers),
        [
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
    assert_eq!(upstream(&headers, false), ["content-length: 3", "host: backend:81"]);
    let mut answer = map(&headers);
    to_caller(&mut answer, HeaderValue::from_static("id"));
    assert_eq!(sorted(&answer), ["content-length: 3", "x-request-id: id"]);
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
