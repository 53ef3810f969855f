//! The console in a browser: an owner's way to a developer's first call, and its pages as people see them.

use reqwest::StatusCode;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{Browser, Scheme, click, execute, fill, follow, heading, link_to, press, tick};
use crate::world::{Api, Server, portico_in};

/// The owner's link to the console.
async fn owner(server: &Server) -> String {
    let invited =
        portico_in(&server.database, &["admin", "invite", "owner@example.com", "--role", "owner"]).await;
    assert!(invited.status.success(), "{}", String::from_utf8_lossy(&invited.stderr));
    String::from_utf8(invited.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn from_an_empty_console_to_a_developers_first_call() {
    let mut server = Server::start().await;
    let api = server.administrator().await;
    api.mock_collection("Shop").await;
    let link = owner(&server).await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    browser.resize(1440, 900).await;
    driver.goto(&link).await.unwrap();
    click(driver, "main form .button.main").await;

    // A client that may call the API.
    follow(driver, "Clients").await;
    press(driver, "Create client").await;
    press(driver, "Continue").await;
    fill(driver, "#name", "Acme").await;
    tick(driver, "Shop").await;
    press(driver, "Create client").await;
    heading(driver, "Acme").await;

    // A portal in a colour of its own, which is seen as it is chosen, before anything is saved.
    follow(driver, "Portals").await;
    press(driver, "Create portal").await;
    fill(driver, "#name", "IDEA Lifestyle").await;
    fill(driver, "#subdomain", "idea").await;
    press(driver, "Create portal").await;
    heading(driver, "IDEA Lifestyle").await;
    let choose = "const field = document.getElementById('color'); field.value = '#00aa55'; \
         field.dispatchEvent(new Event('input', { bubbles: true }));";
    driver.execute(choose, Vec::new()).await.unwrap();
    driver.query(By::XPath("//*[@id='preview'][contains(., 'not saved yet')]")).first().await.unwrap();
    press(driver, "Save colour").await;
    driver
        .query(By::XPath("//*[@role='status'][contains(., 'The colour is saved.')]"))
        .first()
        .await
        .unwrap();
    follow(driver, "APIs").await;
    let everyone = By::XPath("//select/option[normalize-space()='Everyone']");
    driver.query(everyone).first().await.unwrap().click().await.unwrap();
    press(driver, "Save APIs").await;

    // Developers from a list, looked at before they are invited.
    follow(driver, "People").await;
    press(driver, "Invite from a list").await;
    fill(driver, "#list", "email,name,client\nada@example.com,Ada,Acme\nbob@example.com,Bob,Nobody\n").await;
    press(driver, "Check list").await;
    let seen = By::XPath("//h2[contains(., '1 to invite, 1 with errors')]");
    driver.query(seen).first().await.unwrap();
    browser.picture("console-list-1440").await;
    press(driver, "Invite 1 developer").await;
    driver.query(By::LinkText("ada@example.com")).first().await.unwrap();

    // The developer comes in by the mail, makes a key, and executes.
    let link = link_to(&mut server, "ada@example.com").await;
    driver.goto(&link).await.unwrap();
    click(driver, "main form .button.main").await;
    driver.query(By::LinkText("Shop")).first().await.unwrap();
    let site = link.split("/sign-in/").next().unwrap();
    driver.goto(format!("{site}/keys/new")).await.unwrap();
    fill(driver, "#name", "Laptop").await;
    press(driver, "Generate").await;
    driver.query(By::Css("#token")).first().await.unwrap();
    driver.goto(format!("{site}/apis/shop-v1")).await.unwrap();
    follow(driver, "Echo").await;
    click(driver, "details.try summary").await;
    assert!(execute(driver).await.0.starts_with("200"));
    browser.quit().await;
}

/// Three APIs, a portal that publishes them, clients with keys, people, and pages.
async fn furnished(api: &Api) {
    let made = async |path: &str, body| {
        let (status, answer) = api.post(path, body).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer["data"]["id"].as_i64().unwrap()
    };
    let mut apis = Vec::new();
    for name in ["Product catalog", "Quote to cash", "Store locator"] {
        apis.push(api.mock_collection(name).await);
    }
    let portal = json!({ "name": "IDEA Lifestyle", "subdomain": "idea", "brand_color": "#0a7d4f", "api_collection_ids": apis });
    made("/api/portico/v1/api_portals", portal).await;
    let acme = json!({
        "name": "Acme Trading", "description": "Prices and stock in the shop of Acme.", "auth_type": "token",
        "api_collection_ids": [apis[0], apis[1]], "api_portal_id": 1, "email": "ada@example.com",
    });
    let acme = made("/api/v2/api_clients", acme).await;
    for name in ["Production", "Staging"] {
        api.key(acme, json!({ "name": name, "ip_allow_list": ["106.226.100.3/20"] })).await;
    }
    made("/api/v2/api_clients", json!({ "name": "Zeta Logistics", "auth_type": "oauth2" })).await;
    // Made through the first version of the management API: its keys are access profiles.
    let (status, legacy) = api.post("/api/api_clients", json!({ "name": "Old shop" })).await;
    assert!(status.is_success(), "{legacy}");
    let profile = json!({
        "name": "Till", "api_client_id": legacy["id"], "api_collection_ids": [apis[0]], "auth_type": "oidc",
        "oidc_issuer": "https://id.example.com", "ip_allow_list": ["106.226.100.3/20"], "active": true,
    });
    let (status, profile) = api.post("/api/api_access_profiles", profile).await;
    assert!(status.is_success(), "{profile}");
    for email in ["bob@example.com", "eve.with.a.very.long.name@subsidiary.example.com"] {
        made("/api/portico/v1/portal_users", json!({ "api_portal_id": 1, "email": email, "name": "Bob" }))
            .await;
    }
    let terms = json!({ "title": "Terms of use", "slug": "terms", "content": "# Terms\n\nBe **kind** to each other." });
    made("/api/portico/v1/api_portals/1/pages", terms).await;
}

#[tokio::test]
async fn pages_for_clients_and_portals_can_be_read_in_both_schemes_and_all_widths() {
    let mut server = Server::start().await;
    let api = server.administrator().await;
    furnished(&api).await;
    let developer = link_to(&mut server, "ada@example.com").await;
    let site = developer.split("/sign-in/").next().unwrap().to_owned();
    let console = [
        ("clients", "/clients"),
        ("client-ways", "/clients/new"),
        ("client-new-jwt", "/clients/new?auth=jwt"),
        ("client", "/clients/1"),
        ("client-apis", "/clients/1/apis"),
        ("client-people", "/clients/1/people"),
        ("client-settings", "/clients/1/settings"),
        ("client-delete", "/clients/1/delete"),
        ("key-new", "/clients/1/keys/new"),
        ("key", "/clients/1/keys/1"),
        ("client-legacy", "/clients/3"),
        ("profile-ways", "/clients/3/keys/new"),
        ("profile-new", "/clients/3/keys/new?auth=jwt"),
        ("profile", "/clients/3/keys/3"),
        ("portals", "/portals"),
        ("portal", "/portals/1"),
        ("portal-branding", "/portals/1/branding"),
        ("portal-apis", "/portals/1/apis"),
        ("portal-sign-in", "/portals/1/sign-in"),
        ("portal-pages", "/portals/1/pages"),
        ("portal-page", "/portals/1/pages/1"),
        ("portal-people", "/portals/1/people"),
        ("portal-person", "/portals/1/people/1"),
        ("portal-invite", "/portals/1/people/invite"),
        ("portal-list", "/portals/1/people/list"),
    ];
    let portal = [
        ("my-apis", "/"),
        ("discover", "/discover"),
        ("keys", "/keys"),
        ("api", "/apis/product-catalog-v1"),
        ("account", "/account"),
        ("page", "/pages/terms"),
    ];
    let mut barriers = Vec::new();
    for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        let browser = Browser::start(scheme).await;
        let driver = &browser.driver;
        let console_link = owner(&server).await;
        let (status, answer) = api.post("/api/portico/v1/portal_users/1/invitation", json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let developer_link = link_to(&mut server, "ada@example.com").await;
        for link in [&console_link, &developer_link] {
            driver.goto(link).await.unwrap();
            click(driver, "main form .button.main").await;
            driver.query(By::Css("details.menu")).first().await.unwrap();
        }
        let at_home = console
            .iter()
            .map(|(page, path)| (format!("console-{page}"), format!("{}/console{path}", server.control)));
        let abroad = portal.iter().map(|(page, path)| (format!("portal-3-{page}"), format!("{site}{path}")));
        for (page, url) in at_home.chain(abroad) {
            driver.goto(&url).await.unwrap();
            driver.query(By::Css("main h1, main h2")).first().await.unwrap();
            for width in [360, 1440] {
                browser.resize(width, 1000).await;
                browser.picture(&format!("{page}-{name}-{width}")).await;
                if browser.is_too_wide().await {
                    barriers.push(format!("{page}, {name}, {width}: too wide"));
                }
                let found = browser.barriers().await;
                barriers.extend(found.iter().map(|barrier| format!("{page}, {name}, {width}: {barrier}")));
            }
        }
        browser.quit().await;
    }
    assert_eq!(barriers, Vec::<String>::new());
}
