//! An owner's way through the console: from the link of the first start to an API that answers.

use reqwest::StatusCode;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{Browser, Scheme, click, fill, first_link, heading};
use crate::world::Server;

/// The document that is pasted: one operation cannot be served, one reference leads nowhere.
const SHOP: &str = r#"{
  "openapi": "3.1.0",
  "info": {"title": "Shop", "version": "1.4.2"},
  "servers": [{"url": "https://backend.example.com/v1"}],
  "paths": {
    "/items": {
      "get": {"summary": "List items", "responses": {"200": {"description": "Items",
        "content": {"application/json": {"example": [{"id": 1, "name": "Lamp"}]}}}}},
      "post": {"summary": "Add an item", "responses": {"201": {"description": "Added"}}}
    },
    "/items/{id}": {
      "get": {"summary": "Read an item", "responses": {"200": {"description": "An item"}}},
      "delete": {"summary": "Remove an item", "responses": {"204": {"description": "Removed"}}}
    },
    "/items?sort": {"get": {"responses": {"200": {"description": "Sorted"}}}}
  }
}"#;

async fn click_text(driver: &WebDriver, tag: &str, text: &str) {
    let path = format!("//main//{tag}[contains(normalize-space(.), '{text}')]");
    driver.query(By::XPath(path)).and_displayed().first().await.unwrap().click().await.unwrap();
}

/// Looks at the page in two widths, and keeps pictures.
async fn look(browser: &Browser, scheme: &str, name: &str) {
    for (device, width) in [("phone", 360), ("desktop", 1440)] {
        browser.resize(width, 900).await;
        browser.picture(&format!("console-{name}-{scheme}-{device}")).await;
        assert!(!browser.is_too_wide().await, "{name} at {width}");
        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name} at {width}");
    }
}

#[tokio::test]
async fn from_an_empty_folder_to_an_api_that_answers() {
    let mut server = Server::start().await;
    let link = first_link(&mut server).await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    driver.goto(&link).await.unwrap();
    click(driver, "main form .button.main").await;
    driver.query(By::LinkText("Import an API")).first().await.unwrap();
    look(&browser, "light", "overview-empty").await;

    click_text(driver, "a", "Import an API").await;
    // What is wrong is said with its place, and what was pasted is still there.
    fill(driver, "#document", &SHOP.replace("\"info\"", "info")).await;
    click_text(driver, "button", "Show preview").await;
    let error = driver.query(By::Css("#document-error")).first().await.unwrap().text().await.unwrap();
    assert!(error.contains("line 3, column"), "{error}");
    look(&browser, "light", "import-fault").await;
    fill(driver, "#document", SHOP).await;
    click_text(driver, "button", "Show preview").await;
    heading(driver, "Shop").await;
    look(&browser, "light", "preview").await;
    click_text(driver, "button[not(@tabindex)]", "Publish collection").await;
    driver.query(By::LinkText("Documents")).first().await.unwrap();
    look(&browser, "light", "endpoints").await;

    // It answers a client with a key; the management API makes one.
    let api = server.administrator().await;
    let (_, collections) = api.get("/api/api_collections").await;
    let id = collections[0]["id"].as_i64().unwrap();
    let body = json!({ "name": "Acme", "auth_type": "token", "api_collection_ids": [id] });
    let (_, client) = api.post("/api/v2/api_clients", body).await;
    let client = client["data"]["id"].as_i64().unwrap();
    let (_, key) = api
        .post(&format!("/api/v2/api_clients/{client}/api_keys"), json!({ "name": "k", "active": true }))
        .await;
    let token = key["data"]["auth_token"].as_str().unwrap();
    let url = format!("{}/main/shop-v1/items", server.gateway);
    let call = async || reqwest::Client::new().get(&url).header("api-token", token).send().await.unwrap();
    let answer = call().await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("Lamp"));

    // One press, and it does not any more.
    click_text(driver, "button", "Deactivate all").await;
    driver.query(By::Css("[role=status] .note")).first().await.unwrap();
    assert_eq!(call().await.status(), StatusCode::NOT_FOUND);
    click_text(driver, "button", "Activate all").await;
    driver
        .query(By::XPath("//*[@role='status']//*[contains(., 'can be called now')]"))
        .first()
        .await
        .unwrap();
    assert_eq!(call().await.status(), StatusCode::OK);
    browser.quit().await;
}

#[tokio::test]
async fn every_page_can_be_read_in_both_schemes_and_widths() {
    let mut server = Server::start().await;
    let link = first_link(&mut server).await;
    let api = server.administrator().await;
    let portal = json!({ "name": "IDEA Lifestyle", "subdomain": "idea", "api_collection_ids": [] });
    api.post("/api/portico/v1/api_portals", portal).await;
    let shop = api.mock_collection("Shop").await;
    for number in 1..=60 {
        let body = json!({ "name": format!("An API with quite a long name that nobody shortened, number {number}"), "version": "2.1" });
        api.post("/api/api_collections", body).await;
    }
    let client = json!({ "name": "Acme", "auth_type": "token", "api_collection_ids": [shop] });
    api.post("/api/v2/api_clients", client).await;
    for number in 1..=3 {
        let policy = json!({ "name": format!("Partners {number}"), "rate_limit": { "requests": 100 * number, "per": "minute" }, "quota": { "requests": 100_000, "per": "30 days" } });
        api.post("/api/portico/v1/api_policies", policy).await;
        let connection = json!({ "name": format!("Backend {number}"), "base_url": format!("https://backend-{number}.internal.example.com/v1") });
        api.post("/api/portico/v1/connections", connection).await;
    }
    let console = format!("{}/console", server.control);
    for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        let browser = Browser::start(scheme).await;
        let driver = &browser.driver;
        if scheme == Scheme::Light {
            driver.goto(&link).await.unwrap();
        } else {
            let again =
                crate::world::portico_in(&server.database, &["admin", "invite", "ada@example.test"]).await;
            driver.goto(String::from_utf8(again.stdout).unwrap().trim()).await.unwrap();
        }
        click(driver, "main form .button.main").await;
        driver.query(By::Css("nav.side")).first().await.unwrap();
        let collection = format!("/collections/{shop}");
        for (path, page) in [
            ("", "overview"),
            ("/collections", "collections"),
            ("/collections?q=nothing", "collections-none"),
            ("/collections/new", "import"),
            (&*collection, "collection"),
            (&format!("{collection}/endpoints/1"), "endpoint"),
            (&format!("{collection}/access"), "access"),
            (&format!("{collection}/documents"), "documents"),
            (&format!("{collection}/settings"), "settings"),
            (&format!("{collection}/delete"), "delete"),
            ("/connections", "connections"),
            ("/connections/1", "connection"),
            ("/policies", "policies"),
            ("/policies/1", "policy"),
            ("/tokens", "tokens"),
            ("/tokens/1", "token"),
        ] {
            driver.goto(format!("{console}{path}")).await.unwrap();
            driver.query(By::Css("h1")).first().await.unwrap();
            look(&browser, name, page).await;
        }
        browser.quit().await;
    }
}

#[tokio::test]
async fn another_document_is_compared_before_it_counts() {
    let mut server = Server::start().await;
    let link = first_link(&mut server).await;
    let api = server.administrator().await;
    let shop = api.mock_collection("Shop").await;
    let browser = Browser::start(Scheme::Dark).await;
    let driver = &browser.driver;
    driver.goto(&link).await.unwrap();
    click(driver, "main form .button.main").await;
    driver.query(By::Css("nav.side")).first().await.unwrap();
    driver.goto(format!("{}/console/collections/{shop}/documents", server.control)).await.unwrap();
    fill(driver, "#document", SHOP).await;
    click_text(driver, "button", "Compare").await;
    heading(driver, "Replace the document").await;
    look(&browser, "dark", "difference").await;
    click_text(driver, "button", "Put in force").await;
    driver
        .query(By::XPath("//*[@role='status']//*[contains(., 'The document is in force')]"))
        .first()
        .await
        .unwrap();
    click_text(driver, "a", "Compare and restore").await;
    heading(driver, "Restore an earlier document").await;
    look(&browser, "dark", "restore").await;
    browser.quit().await;
}
