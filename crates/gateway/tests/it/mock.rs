use crate::world::{Answer, World, call};

pub(crate) const DOCUMENT: &str = r#"{
    "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
    "paths": { "/mock": {
        "get": { "responses": { "200": { "description": "", "content": {
            "application/json": { "example": { "id": 7 } },
            "text/plain": { "example": "seven" }
        } } } },
        "post": { "responses": { "201": { "description": "", "content": {
            "application/json": { "example": "made" }
        } } } }
    } }
}"#;

#[tokio::test]
async fn a_mock_answers_its_example() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"id":7}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.has_id());
    caller.call("GET /acme/api-v1/mock", "accept: text/*\r\n", "").await;
    assert_eq!(caller.answer().await.body, "seven");
    caller.call("HEAD /acme/api-v1/mock", "", "").await;
    let answer = Answer::parse(&caller.head().await);
    assert_eq!((answer.status, answer.header("content-length")), (200, Some("8")));
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn the_body_of_a_mocked_call_is_not_the_next_call() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let smuggled = call("GET /acme/api-v1/things/7", "", "");
    let chunked = format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
    for (headers, body) in [
        (format!("content-length: {}\r\n", smuggled.len()), smuggled.clone()),
        ("transfer-encoding: chunked\r\n".to_owned(), chunked),
    ] {
        caller.call("POST /acme/api-v1/mock", &headers, &body).await;
        let answer = caller.answer().await;
        assert_eq!((answer.status, &*answer.body, answer.closes()), (201, r#""made""#, false));
    }
    // In two parts, of which the second comes after the head was read.
    caller.call("POST /acme/api-v1/mock", &format!("content-length: {}\r\n", smuggled.len()), "").await;
    caller.write(&smuggled).await;
    assert_eq!(caller.answer().await.status, 201);
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 200);
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_mock_closes_rather_than_read_a_large_body() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/mock", "content-length: 1000000\r\n", "abc").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (201, true));
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/mock", "content-length: 3\r\nexpect: 100-continue\r\n", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (201, true));
}

#[tokio::test]
async fn a_mock_answers_what_is_preferred_or_says_what_there_is() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/mock", "prefer: code=201\r\n", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("preference-applied")), (201, Some("code=201")));
    caller.call("POST /acme/api-v1/mock", "prefer: status=404\r\n", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("preference-applied")), (404, None));
    let body = r#"{"error":"the mock has no such answer","statuses":["201"],"examples":[]}"#;
    assert_eq!((&*answer.body, answer.has_id()), (body, true));
    caller.call("POST /acme/api-v1/mock", "accept: image/png\r\n", "").await;
    let body = r#"{"error":"not acceptable","content_types":["application/json"]}"#;
    assert_eq!(caller.answer().await.body, body);
    assert_eq!((world.refusals(4045), world.refusals(4061)), (1, 1));
}
