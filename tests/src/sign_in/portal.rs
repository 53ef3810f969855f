//! How developers come into portals.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Api, Browser, Certificate, Database, IdentityProvider, PATIENCE, Seen, Server};

const COOKIE: &str = "portico_portal";

/// A server with two portals, `idea` and `other`, and Ada in both.
struct Site {
    server: Server,
    api: Api,
    portal: i64,
}

impl Site {
    async fn new(variables: &[(&str, &str)]) -> Self {
        let server = Server::start_with(&Database::sqlite(), &["serve"], variables).await;
        let api = server.administrator().await;
        let mut portals = Vec::new();
        for subdomain in ["idea", "other"] {
            let portal = json!({ "name": subdomain, "subdomain": subdomain });
            let made = done(api.post("/api/portico/v1/api_portals", portal).await);
            portals.push(made["data"]["id"].as_i64().unwrap());
        }
        Self { server, api, portal: portals[0] }
    }

    /// An address in a portal.
    fn at(&self, subdomain: &str, path: &str) -> String {
        let (_, port) = self.server.portal.rsplit_once(':').unwrap();
        format!("http://{subdomain}.localhost:{port}{path}")
    }

    async fn set(&self, settings: Value) {
        let path = format!("/api/portico/v1/api_portals/{}/settings", self.portal);
        done(self.api.put(&path, settings).await);
    }

    /// Invites a developer and gives the link of the mail.
    async fn invite(&mut self, email: &str) -> String {
        let user = json!({ "api_portal_id": self.portal, "email": email });
        done(self.api.post("/api/portico/v1/portal_users", user).await);
        self.link().await
    }

    /// The link of the next mail that is shown on the terminal.
    async fn link(&mut self) -> String {
        loop {
            let line = tokio::time::timeout(PATIENCE, self.server.lines.recv()).await;
            let line = line.expect("no mail is shown").expect("the server has ended");
            if let Some(rest) = line.strip_prefix("mail to ") {
                return rest.rsplit_once(": ").unwrap().1.to_owned();
            }
        }
    }
}

fn done((status, answer): (StatusCode, Value)) -> Value {
    assert!(status.is_success(), "{status} {answer}");
    answer
}

#[tokio::test]
async fn an_invited_developer_comes_in_and_only_into_their_own_portal() {
    let mut site = Site::new(&[]).await;
    let link = site.invite("ada@example.test").await;
    assert!(link.starts_with(&site.at("idea", "/sign-in/link/")), "{link}");
    // Scanners of mail follow links; that burns nothing.
    for _ in 0..3 {
        assert_eq!(Browser::new().get(&link).await.status, StatusCode::OK);
    }
    let elsewhere = link.replace("idea.", "other.");
    let seen = Browser::new().get(&elsewhere).await;
    assert_eq!(seen.status, StatusCode::GONE, "{}", seen.text);
    assert!(seen.text.contains("Enter your email to request a new link"));

    let mut browser = Browser::new();
    browser.get(&link).await;
    let seen = browser.post(&link, &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/"), "{}", seen.text);
    let home = site.at("idea", "/");
    assert_eq!(browser.get(&home).await.status, StatusCode::OK);
    let token = browser.cookie(&home, COOKIE).unwrap().to_owned();
    let mut stranger = Browser::new();
    stranger.plant(&site.at("other", "/"), COOKIE, &token);
    let seen = stranger.get(&site.at("other", "/")).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "a session of one portal is none of another");
    assert_eq!(browser.get(&link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_answer_to_a_request_for_a_link_is_the_same_for_everybody() {
    let mut site = Site::new(&[]).await;
    drop(site.invite("ada@example.test").await);
    let page = site.at("idea", "/sign-in");
    let mut answers = Vec::new();
    for email in ["nobody@example.test", "ada@example.test"] {
        let mut browser = Browser::new();
        browser.get(&page).await;
        let seen = browser.post(&page, &[("email", email)]).await;
        answers.push((seen.status, seen.text.replace(email, "…")));
    }
    assert_eq!(answers[0], answers[1]);
    let link = site.link().await;
    let mut browser = Browser::new();
    browser.get(&link).await;
    assert_eq!(browser.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_that_was_asked_for_on_the_way_somewhere_leads_there() {
    let mut site = Site::new(&[]).await;
    drop(site.invite("ada@example.test").await);
    let mut browser = Browser::new();
    let away = browser.get(&site.at("idea", "/keys?page=2")).await;
    assert_eq!(away.location.as_deref(), Some("/sign-in?next=%2Fkeys%3Fpage%3D2"));
    for (next, leads) in
        [("/keys?page=2", "/keys?page=2"), ("//evil.example/", "/"), ("https://evil.example", "/")]
    {
        let page = site.at("idea", "/sign-in");
        let mut browser = Browser::new();
        browser.get(&page).await;
        browser.post(&page, &[("email", "ada@example.test"), ("next", next)]).await;
        let link = site.link().await;
        assert!(!link.contains("next") && !link.contains("evil"), "{link}");
        browser.get(&link).await;
        let seen = browser.post(&link, &[]).await;
        assert_eq!(seen.location.as_deref(), Some(leads), "{next}: {}", seen.text);
    }
}

#[tokio::test]
async fn whoever_is_deactivated_is_out_at_once() {
    let mut site = Site::new(&[]).await;
    let link = site.invite("ada@example.test").await;
    let mut browser = Browser::new();
    browser.get(&link).await;
    browser.post(&link, &[]).await;
    let home = site.at("idea", "/");
    assert_eq!(browser.get(&home).await.status, StatusCode::OK);
    done(site.api.put("/api/portico/v1/portal_users/1", json!({ "active": false })).await);
    assert_eq!(browser.get(&home).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_is_chosen_with_the_invitation_where_links_are_off() {
    let mut site = Site::new(&[]).await;
    site.set(json!({ "magic_link": false, "password": true })).await;
    let link = site.invite("ada@example.test").await;
    let mut browser = Browser::new();
    browser.get(&link).await;
    let seen = browser.post(&link, &[("password", "too short")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("at least 12 characters"), "{}", seen.text);
    let password = "correct horse battery";
    let seen = browser.post(&link, &[("password", password)]).await;
    assert_eq!(seen.location.as_deref(), Some("/"), "{}", seen.text);

    let page = site.at("idea", "/sign-in/password");
    let mut browser = Browser::new();
    browser.get(&page).await;
    let seen = browser.post(&page, &[("email", "ada@example.test"), ("password", password)]).await;
    assert_eq!(seen.location.as_deref(), Some("/"), "{}", seen.text);
    let asked = browser.get(&site.at("idea", "/sign-in")).await;
    assert!(!asked.text.contains("Send me a link"), "{}", asked.text);
}

async fn with_provider() -> (Site, IdentityProvider, Certificate) {
    let certificate = Certificate::new();
    let provider = IdentityProvider::start(&certificate).await;
    let file = certificate.file("cert.pem");
    let variables = [("SSL_CERT_FILE", file.as_str()), ("PORTICO__OUTBOUND__ALLOW", "[\"localhost\"]")];
    let site = Site::new(&variables).await;
    provider.sends_back_to(&site.at("idea", "/sign-in/sso/callback")).await;
    let oidc = json!({
        "issuer": provider.issuer, "client_id": "portico", "client_secret": "secret-of-the-door",
    });
    site.set(json!({ "sso": true, "oidc": oidc })).await;
    (site, provider, certificate)
}

/// To the provider and back.
async fn come(site: &Site, provider: &IdentityProvider, browser: &mut Browser) -> Seen {
    let mut next = browser.get(&site.at("idea", "/sign-in/sso?next=%2Fdiscover")).await.location.unwrap();
    while !next.starts_with(&site.at("idea", "")) {
        let seen = browser.get(&provider.seen_from_browser(&next)).await;
        next = seen.location.unwrap_or_else(|| panic!("{} {}", seen.status, seen.text));
    }
    browser.get(&next).await
}

#[tokio::test]
async fn whoever_comes_just_in_time_gets_a_client_of_their_own_and_may_call_nothing() {
    let (site, provider, _certificate) = with_provider().await;
    provider.shows("eve", "eve@example.test", "yes").await;
    let seen = come(&site, &provider, &mut Browser::new()).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "nobody has saved what becomes of them: {}", seen.text);

    site.set(json!({ "jit": { "enabled": true, "auth_type": "token" } })).await;
    provider.shows("mallory", "mallory@example.test", "no").await;
    let seen = come(&site, &provider, &mut Browser::new()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "the address is not verified: {}", seen.text);

    provider.shows("eve", "eve@example.test", "yes").await;
    let mut browser = Browser::new();
    let seen = come(&site, &provider, &mut browser).await;
    assert_eq!(seen.location.as_deref(), Some("/discover"), "{}", seen.text);
    assert_eq!(browser.get(&site.at("idea", "/discover")).await.status, StatusCode::OK);
    let users = done(site.api.get("/api/portico/v1/portal_users?email=eve@example.test").await);
    let user = &users["data"][0];
    assert_eq!(
        (user["came_by"].as_str(), user["name"].as_str()),
        (Some("jit"), Some("Ada Lovelace")),
        "{users}"
    );
    assert_eq!(user["api_client_ids"].as_array().map(Vec::len), Some(1), "{users}");
    // A second time they are known.
    let seen = come(&site, &provider, &mut Browser::new()).await;
    assert_eq!(seen.location.as_deref(), Some("/discover"), "{}", seen.text);
    let users = done(site.api.get("/api/portico/v1/portal_users").await);
    assert_eq!(users["count"], 1, "{users}");
}
