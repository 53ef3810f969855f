//! What others put into pages, and forms that others send.

use axum::http::StatusCode;

use crate::world::World;

const ATTACK: &str = "</script><img src=x onerror=alert(1)>\\\"'`${x}";

fn hostile_document() -> String {
    serde_json::json!({
        "openapi": "3.0.3",
        "info": { "title": ATTACK, "version": "1", "description": ATTACK,
                  "contact": { "name": ATTACK, "url": "javascript:alert(1)" }, "license": { "name": ATTACK } },
        "tags": [{ "name": ATTACK }],
        "paths": { "/a/{id}": { "get": {
            "summary": ATTACK, "description": format!("[x](javascript:alert(1)) {ATTACK}"), "tags": [ATTACK],
            "externalDocs": { "url": "javascript:alert(1)", "description": ATTACK },
            "parameters": [
                { "name": "id", "in": "path", "required": true, "description": ATTACK, "example": ATTACK, "schema": { "type": "string" } },
                { "name": ATTACK, "in": "query", "required": true, "schema": { "type": "string", "enum": [ATTACK] } }
            ],
            "responses": { "200": { "description": ATTACK, "content": { "application/json": {
                "schema": { "type": "object", "title": ATTACK, "properties": { ATTACK: { "type": "string", "pattern": ATTACK, "example": ATTACK } } } } } } }
        } } },
        "components": { "schemas": { "Thing": { "type": "string", "description": ATTACK, "default": ATTACK } } }
    })
    .to_string()
}

#[tokio::test]
async fn nothing_in_a_document_or_a_name_becomes_markup() {
    let world = World::new().await;
    let api = world.api(&format!("Api {ATTACK}"), &hostile_document()).await;
    let client = world.client(ATTACK, &[api]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    assert_eq!(browser.post("/keys/new", &[("name", ATTACK)]).await.status, StatusCode::OK);
    let wrong = browser.post("/keys/new", &[("name", ATTACK), ("allow", ATTACK)]).await;
    let home = browser.page("/").await;
    let handle = home.split("href=\"/apis/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut pages = vec![("home".to_owned(), home), ("form".to_owned(), wrong.body)];
    let attack =
        percent_encoding::utf8_percent_encode(ATTACK, percent_encoding::NON_ALPHANUMERIC).to_string();
    for path in [
        "/discover".to_owned(),
        format!("/apis/{handle}"),
        format!("/apis/{handle}/get-a-id"),
        format!("/apis/{handle}/schemas/Thing"),
        "/keys".to_owned(),
        "/keys/1".to_owned(),
        "/keys/1/delete".to_owned(),
        "/account".to_owned(),
        format!("/search?q={attack}"),
        "/search?q=api".to_owned(),
        format!("/?q={attack}"),
    ] {
        let page = browser.page(&path).await;
        pages.push((path, page));
    }
    for (path, page) in pages {
        assert!(!page.contains("<img src=x") && !page.contains("<img src=\"x"), "{path}");
        assert!(!page.to_lowercase().contains("href=\"javascript"), "{path}");
        assert_eq!(page.matches("<script").count(), 1, "{path}");
        assert_eq!(page.matches("</script>").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_form_without_its_token_or_from_elsewhere_changes_nothing() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let ada = world.developer("ada@example.com", &[client]).await;
    let eve = world.developer("eve@example.com", &[]).await;
    let own = ada.get("/account").await.csrf().to_owned();
    let foreign = eve.get("/account").await.csrf().to_owned();
    let here = ("origin", "http://idea.localhost:8070");
    let evil = ("origin", "https://evil.example");
    for (csrf, headers) in [
        ("", vec![here]),
        (foreign.as_str(), vec![here]),
        (own.as_str(), vec![evil]),
        (own.as_str(), vec![("origin", "null")]),
        (own.as_str(), vec![here, ("sec-fetch-site", "cross-site")]),
    ] {
        let answer = ada.post_raw("/keys/new", &[("csrf", csrf), ("name", "x")], &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{csrf} {headers:?}");
        assert!(answer.body.contains("Nothing was changed."));
    }
    assert!(ada.page("/keys").await.contains("No keys yet"));
    let answer = ada.post_raw("/keys/new", &[("csrf", &own), ("name", "x")], &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "a browser that sends no origin is judged by the token");
}

#[tokio::test]
async fn nothing_is_changed_by_following_a_link() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    browser.post("/keys/new", &[("name", "Production")]).await;
    for path in ["/keys/1/activate", "/account/client", "/account/sessions/1/end", "/-/theme", "/sign-out"] {
        let status = browser.get(path).await.status;
        assert!(matches!(status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND), "{path}: {status}");
    }
    for path in ["/keys/1/refresh", "/keys/1/deactivate", "/keys/1/delete"] {
        browser.page(path).await;
    }
    assert!(browser.page("/keys").await.contains(">Active<"));
}
