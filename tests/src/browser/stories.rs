//! What newcomers live through, by nothing but what the pages lead to.

use serde_json::json;
use thirtyfour::prelude::*;

use super::{Browser, Scheme, click, execute, fill, first_link, follow, heading, link_to, press, tick};
use crate::world::{Server, Upstream, sample_document};

/// From the link of the invitation to an executed call. What they can call is called `api`.
async fn first_call(driver: &WebDriver, link: &str, api: &str) -> (String, String) {
    driver.goto(link).await.unwrap();
    press(driver, "Accept the invitation").await;
    follow(driver, api).await;
    heading(driver, api).await;
    follow(driver, "Create API key").await;
    fill(driver, "#name", "My computer").await;
    press(driver, "Generate").await;
    driver.query(By::Css("#token")).first().await.unwrap();
    press(driver, "Try it out").await;
    execute(driver).await
}

#[tokio::test]
async fn from_an_empty_folder_to_a_published_api_and_a_developer_who_calls_it() {
    let (mut server, backend) = (Server::start().await, Upstream::start().await);
    let link = first_link(&mut server).await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    driver.goto(&link).await.unwrap();
    fill(driver, "#password", "four words and more").await;
    press(driver, "Accept the invitation").await;

    press(driver, "Import an API").await;
    fill(driver, "#document", &sample_document()).await;
    press(driver, "Show preview").await;
    heading(driver, "Sample").await;
    fill(driver, "#upstream", &backend.url).await;
    press(driver, "Publish collection").await;
    driver.query(By::LinkText("Documents")).first().await.unwrap();

    follow(driver, "Overview").await;
    press(driver, "Create portal").await;
    fill(driver, "#name", "IDEA Lifestyle").await;
    fill(driver, "#subdomain", "idea").await;
    tick(driver, "Sample").await;
    press(driver, "Create portal").await;
    heading(driver, "IDEA Lifestyle").await;

    follow(driver, "Overview").await;
    press(driver, "Create client").await;
    fill(driver, "#name", "Acme").await;
    tick(driver, "Sample").await;
    fill(driver, "#email", "ada@example.com").await;
    press(driver, "Create client").await;
    heading(driver, "Acme").await;

    let link = link_to(&mut server, "ada@example.com").await;
    let (status, body) = first_call(driver, &link, "Sample").await;
    assert!(status.starts_with("200") && body.contains("\"upstream\": true"), "{status} {body}");
    assert_eq!(backend.requests().len(), 1);
    browser.quit().await;
}

#[tokio::test]
async fn whoever_has_no_key_is_led_over_one_to_the_operation_that_they_wanted() {
    let mut server = Server::start().await;
    let api = server.administrator().await;
    let shop = api.mock_collection("Shop").await;
    let portal = json!({ "name": "IDEA Lifestyle", "subdomain": "idea", "api_collection_ids": [shop] });
    api.post("/api/portico/v1/api_portals", portal).await;
    let client = json!({
        "name": "Acme", "auth_type": "token", "api_collection_ids": [shop],
        "api_portal_id": 1, "email": "ada@example.com",
    });
    api.post("/api/v2/api_clients", client).await;
    let link = link_to(&mut server, "ada@example.com").await;
    let browser = Browser::start(Scheme::Dark).await;
    let driver = &browser.driver;
    // On a phone: what is beside the text elsewhere is a press away.
    browser.resize(390, 844).await;
    driver.goto(&link).await.unwrap();
    press(driver, "Accept the invitation").await;
    follow(driver, "Shop").await;
    click(driver, ".list details summary").await;
    follow(driver, "Item").await;
    heading(driver, "Item").await;
    press(driver, "Try it out").await;
    follow(driver, "Create API key").await;
    fill(driver, "#name", "My phone").await;
    press(driver, "Generate").await;
    press(driver, "Try it out").await;
    heading(driver, "Item").await;
    fill(driver, "form[data-try] [data-in=path]", "7").await;
    let (status, body) = execute(driver).await;
    assert!(status.starts_with("200") && body.contains("item"), "{status} {body}");
    browser.quit().await;
}
