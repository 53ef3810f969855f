use openapi::Document;

use super::*;

const DOCUMENT: &str = r##"{
    "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
    "paths": {
        "/quotes": { "get": { "responses": {
            "200": {
                "headers": {
                    "X-Rate": { "schema": { "type": "integer" } },
                    "Location": { "example": "/quotes/7" },
                    "Set-Cookie": { "example": "a=b" },
                    "Connection": { "example": "close" },
                    "Content-Length": { "example": 3 },
                    "Strict-Transport-Security": { "example": "max-age=1" },
                    "Access-Control-Allow-Origin": { "example": "*" },
                    "X-Request-Id": { "example": "theirs" },
                    "not a name": { "example": "x" }
                },
                "content": {
                    "application/json": { "examples": { "one": { "value": { "id": 1 } }, "two": { "value": { "id": 2 } } } },
                    "text/plain": { "examples": { "one": { "value": "first" } } }
                }
            },
            "404": { "content": { "application/problem+json": { "examples": { "gone": { "value": { "no": 1 } } } } } },
            "5XX": { "content": { "text/plain": { "example": "oh" } } },
            "default": { "content": { "text/plain": { "example": "other" } } }
        } } },
        "/silent": { "get": { "responses": { "2XX": {} } } },
        "/errors": { "get": { "responses": { "404": { "content": { "text/plain": { "example": "no" } } } } } },
        "/nothing": { "get": {} }
    }
}"##;

fn mock(path: &str) -> Option<Mock> {
    let responses = Document::parse_json(DOCUMENT).unwrap().mock("GET", path).unwrap();
    Mock::new(responses, Bytes::from)
}

/// Status and body, or status and code of the refusal; then what was applied.
fn answer(path: &str, headers: &[(&'static str, &str)]) -> String {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap()))
        .collect();
    let reply = mock(path).unwrap().answer(&headers);
    let status = reply.response.status().as_u16();
    let applied = reply.response.headers().get(PREFERENCE_APPLIED);
    let applied =
        applied.map(|applied| format!(" applied {}", applied.to_str().unwrap())).unwrap_or_default();
    match reply.refusal {
        Some(refusal) => format!("{status} refused {}{applied}", refusal.code()),
        None => format!("{status} {}{applied}", str::from_utf8(reply.response.body()).unwrap()),
    }
}

#[test]
fn the_first_answer_is_given_unless_another_is_preferred() {
    let prefer = |text: &str| answer("/quotes", &[("prefer", text)]);
    assert_eq!(answer("/quotes", &[]), r#"200 {"id":1}"#);
    assert_eq!(prefer("example=two"), r#"200 {"id":2} applied example=two"#);
    assert_eq!(prefer("status=404"), r#"404 {"no":1} applied status=404"#);
    assert_eq!(prefer("code=404"), r#"404 {"no":1} applied code=404"#);
    assert_eq!(prefer("example=gone"), r#"404 {"no":1} applied example=gone"#);
    assert_eq!(prefer("status=200, example=\"two\""), r#"200 {"id":2} applied status=200, example="two""#);
    assert_eq!(prefer("status=503"), "503 oh applied status=503", "a range stands for its statuses");
    assert_eq!(prefer("status=418"), "418 other applied status=418", "`default` stands for the others");
    assert_eq!(prefer("wait=3, dynamic=true"), r#"200 {"id":1}"#);
    assert_eq!(answer("/silent", &[("prefer", "status=204")]), "204  applied status=204");
    assert_eq!(answer("/errors", &[]), "404 no");
    assert!(mock("/nothing").is_none());
}

#[test]
fn what_is_not_there_is_refused() {
    let prefer = |text: &str| answer("/quotes", &[("prefer", text)]);
    assert_eq!(prefer("example=three"), "404 refused 4045");
    assert_eq!(prefer("status=404, example=one"), "404 refused 4045");
    assert_eq!(prefer("status=100"), "404 refused 4045");
    assert_eq!(prefer("status=soon"), "404 refused 4045");
    assert_eq!(answer("/errors", &[("prefer", "status=200")]), "404 refused 4045");
    assert_eq!(answer("/silent", &[("prefer", "example=one")]), "404 refused 4045");

    let mut headers = HeaderMap::new();
    headers.insert("prefer", HeaderValue::from_static("example=three"));
    let body = mock("/quotes").unwrap().answer(&headers).response.into_body();
    assert_eq!(
        str::from_utf8(&body).unwrap(),
        r#"{"error":"the mock has no such answer","statuses":["200","404","5XX","default"],"examples":["gone","one","two"]}"#
    );
}

#[test]
fn accept_chooses_among_types() {
    let accept = |text: &str| answer("/quotes", &[("accept", text)]);
    assert_eq!(accept("text/plain"), "200 first");
    assert_eq!(accept("application/json;q=0.4, text/*"), "200 first");
    assert_eq!(accept("*/*"), r#"200 {"id":1}"#);
    assert_eq!(accept("image/png"), "406 refused 4061");
    let both = |prefer: &str, accept: &str| answer("/quotes", &[("prefer", prefer), ("accept", accept)]);
    assert_eq!(both("example=one", "text/plain"), "200 first applied example=one");
    assert_eq!(both("example=two", "text/plain"), "406 refused 4061");
    assert_eq!(both("status=404", "application/json"), r#"404 {"no":1} applied status=404"#);
    assert_eq!(answer("/silent", &[("accept", "image/png")]), "200 ");

    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("image/png"));
    let body = mock("/errors").unwrap().answer(&headers).response.into_body();
    assert_eq!(body, "no", "an error is told in whatever form there is");
}

#[test]
fn headers_come_from_the_document_where_that_is_safe() {
    let response = mock("/quotes").unwrap().answer(&HeaderMap::new()).response;
    let mut names: Vec<_> = response.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "location", "vary", "x-rate"]);
    assert_eq!(response.headers()["x-rate"], "1");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
}
