use http::Request;

use super::*;

const SIZES: Sizes = Sizes { header: 100, head: 1000 };

fn check(method: &str, target: &str, version: Version, headers: &[(&str, &str)]) -> Result<Method, u16> {
    let mut request = Request::builder().method(method).uri(target).version(version);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    super::check(&parts, Framing::default(), SIZES)
        .map(|checked| checked.method)
        .map_err(|refusal| refusal.code())
}

fn get(headers: &[(&str, &str)]) -> Result<Method, u16> {
    check("GET", "/a", Version::HTTP_11, headers)
}

#[test]
fn an_ordinary_request_passes() {
    assert_eq!(get(&[("host", "api.test:8080"), ("connection", "keep-alive")]), Ok(Method::Get));
    assert_eq!(get(&[("host", "[::1]:8080")]), Ok(Method::Get));
}

#[test]
fn a_method_is_known_or_refused() {
    for method in ["TRACE", "CONNECT", "get", "FETCH"] {
        let target = if method == "CONNECT" { "a:80" } else { "/" };
        assert_eq!(check(method, target, Version::HTTP_11, &[("host", "a")]), Err(4050), "{method}");
    }
    for method in Method::ALL {
        assert_eq!(check(method.as_str(), "/", Version::HTTP_11, &[("host", "a")]), Ok(*method));
    }
}

#[test]
fn there_is_one_host() {
    assert_eq!(get(&[]), Err(4000));
    assert_eq!(get(&[("host", "a"), ("host", "a")]), Err(4000));
    assert_eq!(get(&[("host", "")]), Err(4000));
    assert_eq!(get(&[("host", "a@b")]), Err(4000));
    assert_eq!(get(&[("host", "a, b")]), Err(4000));
    assert_eq!(check("GET", "/", Version::HTTP_10, &[]), Ok(Method::Get));
    assert_eq!(check("GET", "/", Version::HTTP_10, &[("host", "a"), ("host", "b")]), Err(4000));
}

#[test]
fn an_absolute_target_agrees_with_host() {
    let absolute = |target: &str, host: &str| check("GET", target, Version::HTTP_11, &[("host", host)]);
    assert_eq!(absolute("http://a.test/x", "A.test"), Ok(Method::Get));
    assert_eq!(absolute("http://b.test/x", "a.test"), Err(4000));
    assert_eq!(absolute("http://u@a.test/x", "a.test"), Err(4000));
    assert_eq!(absolute("ftp://a.test/x", "a.test"), Err(4000));
    assert_eq!(check("GET", "http://u@a/", Version::HTTP_10, &[]), Err(4000));
}

#[test]
fn chunked_is_the_only_coding() {
    let coded = |values: &[&str]| {
        let mut headers = vec![("host", "a")];
        headers.extend(values.iter().map(|value| ("transfer-encoding", *value)));
        get(&headers)
    };
    assert_eq!(coded(&["chunked"]), Ok(Method::Get));
    assert_eq!(coded(&["Chunked"]), Ok(Method::Get));
    assert_eq!(coded(&["gzip, chunked"]), Err(5010));
    assert_eq!(coded(&["chunked", "chunked"]), Err(5010));
    assert_eq!(coded(&["chunked, chunked"]), Err(5010));
}

#[test]
fn a_length_stands_alone() {
    assert_eq!(get(&[("host", "a"), ("content-length", "1"), ("transfer-encoding", "chunked")]), Err(4000));
    let (parts, ()) = Request::builder()
        .header("host", "a")
        .header("transfer-encoding", "chunked")
        .body(())
        .unwrap()
        .into_parts();
    let seen = |lengths, codings| {
        super::check(&parts, Framing { lengths, codings }, SIZES).map(|r| r.method).map_err(|r| r.code())
    };
    assert_eq!(seen(1, 1), Err(4000));
    assert_eq!(seen(0, 2), Err(5010));
    assert_eq!(seen(0, 1), Ok(Method::Get));
    let (parts, ()) =
        Request::builder().header("host", "a").header("content-length", "1").body(()).unwrap().into_parts();
    let seen = |lengths| {
        super::check(&parts, Framing { lengths, codings: 0 }, SIZES).map(|r| r.method).map_err(|r| r.code())
    };
    assert_eq!((seen(1), seen(2)), (Ok(Method::Get), Err(4000)));
}

#[test]
fn one_header_has_a_limit() {
    assert_eq!(get(&[("host", "a"), ("x", &"a".repeat(99))]), Ok(Method::Get));
    assert_eq!(get(&[("host", "a"), ("x", &"a".repeat(100))]), Err(4310));
}

#[test]
fn connection_does_not_name_headers_that_matter() {
    for value in ["content-length", "close, Host", "keep-alive,x-forwarded-for", "API-Token"] {
        assert_eq!(get(&[("host", "a"), ("connection", value)]), Err(4000), "{value}");
    }
    assert_eq!(get(&[("host", "a"), ("connection", "close, x-hop")]), Ok(Method::Get));
}

#[test]
fn the_authority_is_the_host_in_http2() {
    let check = |target: &str, headers: &[(&str, &str)]| check("GET", target, Version::HTTP_2, headers);
    assert_eq!(check("https://a/x", &[]), Ok(Method::Get));
    assert_eq!(check("https://a/x", &[("host", "A")]), Ok(Method::Get));
    assert_eq!(check("https://a/x", &[("host", "b")]), Err(4000));
    assert_eq!(check("https://u@a/x", &[]), Err(4000));
    assert_eq!(check("/x", &[]), Err(4000));
    assert_eq!(check("/x", &[("host", "a")]), Ok(Method::Get));
}

#[test]
fn a_head_has_a_limit_in_http2() {
    let check = |target: &str, headers: &[(&str, &str)]| check("GET", target, Version::HTTP_2, headers);
    let value = "v".repeat(98);
    let many = |count| vec![("x", value.as_str()); count];
    assert_eq!(check("https://a/", &many(10)), Ok(Method::Get));
    assert_eq!(check("https://a/", &many(11)), Err(4310));
    assert_eq!(check(&format!("https://a/{}", "p".repeat(1000)), &[]), Err(4140));
    assert_eq!(check("https://a/", &[("x", ""); 101]), Err(4310));
}

#[test]
fn a_connection_switches_only_to_what_is_allowed() {
    let upgrade = |version, headers: &[(&str, &str)]| {
        let mut request = Request::builder().version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        super::upgrade(&parts, &["websocket".to_owned()]).is_some()
    };
    let asked = ("connection", "keep-alive, Upgrade");
    assert!(upgrade(Version::HTTP_11, &[asked, ("upgrade", "WebSocket")]));
    for (version, headers) in [
        (Version::HTTP_11, &[asked, ("upgrade", "h2c")][..]),
        (Version::HTTP_11, &[asked, ("upgrade", "websocket, h2c")]),
        (Version::HTTP_11, &[asked, ("upgrade", "websocket"), ("upgrade", "h2c")]),
        (Version::HTTP_11, &[("upgrade", "websocket")]),
        (Version::HTTP_10, &[asked, ("upgrade", "websocket")]),
        (Version::HTTP_11, &[asked]),
    ] {
        assert!(!upgrade(version, headers), "{headers:?}");
    }
}
