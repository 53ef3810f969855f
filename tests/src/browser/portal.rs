//! A developer's way through a portal: from the mail that invites them to a call that works.

use reqwest::StatusCode;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{Browser, Scheme, click, execute, fill, follow, link_to, text};
use crate::world::{Api, Server};

/// A portal that publishes what is given, and somebody who is invited to it with a client of their own.
/// Gives the link in the mail.
async fn invited(server: &mut Server, api: &Api, published: &[i64], assigned: &[i64]) -> String {
    let body = json!({ "name": "IDEA Lifestyle", "subdomain": "idea", "api_collection_ids": published });
    let (status, portal) = api.post("/api/portico/v1/api_portals", body).await;
    assert!(status.is_success(), "{portal}");
    let portal = portal["data"]["id"].as_i64().unwrap();
    let body = json!({
        "name": "Acme", "auth_type": "token", "api_collection_ids": assigned,
        "api_portal_id": portal, "email": "ada@example.com",
    });
    let (status, client) = api.post("/api/v2/api_clients", body).await;
    assert_eq!(status, StatusCode::OK, "{client}");
    link_to(server, "ada@example.com").await
}

/// Looks at the page in two widths, and keeps pictures.
async fn look(browser: &Browser, name: &str) {
    for width in [360, 1440] {
        browser.resize(width, 900).await;
        browser.picture(&format!("portal-{name}-{width}")).await;
        assert!(!browser.is_too_wide().await, "{name} at {width}");
        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name} at {width}");
    }
}

#[tokio::test]
async fn from_the_invitation_to_a_call_with_a_key_of_ones_own() {
    let mut server = Server::start().await;
    let api = server.administrator().await;
    let shop = api.mock_collection("Shop").await;
    let link = invited(&mut server, &api, &[shop], &[shop]).await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    driver.goto(&link).await.unwrap();
    look(&browser, "invitation").await;
    click(driver, "main form .button.main").await;
    driver.query(By::LinkText("Shop")).first().await.unwrap();
    look(&browser, "my-apis").await;

    // The profile menu leads to the keys.
    click(driver, "details.menu summary").await;
    follow(driver, "Manage API keys").await;
    click(driver, "a[href='/keys/new']").await;
    fill(driver, "#name", "Production").await;
    fill(driver, "#allow", "127.0.0.1, 106.226.100.3/20").await;
    look(&browser, "new-key").await;
    driver.query(By::Css(".form .button.main")).and_displayed().first().await.unwrap().click().await.unwrap();
    let token = text(driver, "#token").await;
    assert_eq!(token.len(), 64);
    look(&browser, "token").await;
    let answer = reqwest::Client::new()
        .get(format!("{}/main/shop-v1/echo", server.gateway))
        .header("api-token", &token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);

    follow(driver, "Manage API keys").await;
    driver.query(By::LinkText("Production")).first().await.unwrap();
    look(&browser, "keys").await;
    // A deed that stops something asks in a dialog.
    click(driver, "a[href$='/deactivate']").await;
    let dialog = By::XPath("//dialog[@open and contains(., 'Deactivate Production?')]");
    driver.query(dialog).first().await.unwrap();
    click(driver, "dialog[open] .button.main").await;
    driver.query(By::Css("[role=status] .note")).first().await.unwrap();

    let site = link.split("/sign-in/").next().unwrap();
    driver.goto(format!("{site}/apis/shop-v1")).await.unwrap();
    look(&browser, "overview").await;
    follow(driver, "Item").await;
    look(&browser, "operation").await;
    browser.quit().await;
}

#[tokio::test]
async fn from_a_request_over_its_approval_to_a_call_from_the_page() {
    let mut server = Server::start().await;
    let api = server.administrator().await;
    let shop = api.mock_collection("Shop").await;
    let link = invited(&mut server, &api, &[shop], &[]).await;
    let browser = Browser::start(Scheme::Dark).await;
    let driver = &browser.driver;
    driver.goto(&link).await.unwrap();
    click(driver, "main form .button.main").await;
    follow(driver, "Discover new APIs").await;
    driver.query(By::LinkText("Request access")).first().await.unwrap();
    look(&browser, "discover").await;
    follow(driver, "Request access").await;
    fill(driver, "dialog[open] #reason", "Prices in our shop").await;
    look(&browser, "request").await;
    driver
        .query(By::XPath("//dialog//button[text()='Send request']"))
        .first()
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    driver.query(By::Css(".badge.warn")).with_text("Pending").first().await.unwrap();

    let (status, requests) = api.get("/api/portico/v1/access_requests").await;
    assert_eq!(status, StatusCode::OK, "{requests}");
    let rows = requests["data"].as_array().unwrap();
    assert_eq!(rows[0]["reason"], "Prices in our shop");
    let path = format!("/api/portico/v1/access_requests/{}/approve", rows[0]["id"]);
    let (status, answer) = api.put(&path, json!({})).await;
    assert!(status.is_success(), "{answer}");
    follow(driver, "My APIs").await;
    driver.query(By::LinkText("Shop")).first().await.unwrap();

    // What may be called needs a key before it can be tried.
    let site = link.split("/sign-in/").next().unwrap();
    let operation = echo(driver, site).await;
    follow(driver, "Create API key").await;
    fill(driver, "#name", "My computer").await;
    driver.query(By::Css(".form .button.main")).and_displayed().first().await.unwrap().click().await.unwrap();
    let token = text(driver, "#token").await;
    assert_eq!(token.len(), 64);
    click(driver, "main a[href='/keys']").await;
    driver.query(By::LinkText("My computer")).first().await.unwrap();
    assert!(!driver.source().await.unwrap().contains(&token), "a token is shown once");

    // The call goes from the page to the gateway, which is another origin.
    driver.goto(&operation).await.unwrap();
    click(driver, "details.try summary").await;
    let (status, body) = execute(driver).await;
    assert!(status.starts_with("200") && body.contains("\"mock\": \"echo\""), "{status} {body}");
    look(&browser, "executed").await;
    browser.quit().await;
}

/// Goes to an operation by way of the API's page, and gives its address.
async fn echo(driver: &WebDriver, site: &str) -> String {
    driver.goto(format!("{site}/apis/shop-v1")).await.unwrap();
    follow(driver, "Echo").await;
    driver.query(By::XPath("//h1[contains(., 'Echo')]")).first().await.unwrap();
    driver.current_url().await.unwrap().to_string()
}
