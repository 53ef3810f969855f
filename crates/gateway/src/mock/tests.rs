use super::*;

const DOCUMENT: &str = r#"{
    "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
    "paths": {
        "/quotes/{id}": { "get": { "responses": {
            "404": { "description": "", "content": { "application/json": { "example": { "no": 1 } } } },
            "201": { "description": "", "content": { "application/json": { "example": { "later": 1 } } } },
            "200": { "description": "", "content": {
                "application/json": { "example": { "id": 7 } },
                "text/plain": { "example": "seven" }
            } }
        } } },
        "/caf\u00e9": { "get": { "responses": { "204": { "description": "" } } } }
    }
}"#;

fn mock(method: Method, path: &str) -> Option<Mock> {
    let document = Document::parse_json(DOCUMENT).unwrap();
    Mock::new(&document, method, &PathTemplate::parse(path).unwrap())
}

#[test]
fn the_first_answer_of_the_lowest_success_is_given() {
    let response = mock(Method::Get, "/quotes/{id}").unwrap().answer(None);
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.body(), r#"{"id":7}"#);
}

#[test]
fn accept_chooses_among_types() {
    let mock = mock(Method::Get, "/quotes/{id}").unwrap();
    let chosen = |accept: &str| mock.answer(Some(accept.as_bytes())).headers()[CONTENT_TYPE].clone();
    assert_eq!(chosen("text/plain"), "text/plain");
    assert_eq!(chosen("image/png, TEXT/*;q=0.5"), "text/plain");
    assert_eq!(chosen("application/json;q=0, */*"), "application/json");
    assert_eq!(chosen("application/json;q=0, text/plain"), "text/plain");
    assert_eq!(chosen("*/*"), "application/json");
    assert_eq!(chosen("image/png"), "application/json");
}

#[test]
fn an_operation_is_found_however_its_path_is_written() {
    assert_eq!(mock(Method::Get, "/caf%C3%A9").unwrap().answer(None).status(), 204);
}

#[test]
fn what_the_document_lacks_has_no_answer() {
    assert!(mock(Method::Post, "/quotes/{id}").is_none());
    assert!(mock(Method::Get, "/quotes").is_none());
}
