//! Secrets of every kind are planted and used, with everything logged; then they are looked for wherever
//! something is written or told.

use std::path::Path;
use std::process::Stdio;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

use super::hunt::{Hunt, Place};
use super::raw::said;
use crate::gateway::{bearer, consumer, signer, status};
use crate::world::{
    Api, Browser, Certificate, Database, MailServer, Server, Upstream, portico_in, sample_document,
};

const ECHO: &str = "main/mock-v1/echo";
/// What the mail server of the tests wants.
const POST_PASSWORD: &str = "secret of the post";
/// A name that may be seen, by which is known that looking works.
const OPEN: &str = "marker-that-may-be-seen";

/// A server to which everything that can be a secret was given.
struct Vault {
    server: Server,
    hunt: Hunt,
    _post: MailServer,
    _certificate: Certificate,
    /// What people and callers were shown where it was none of their business.
    shown: String,
}

async fn vault(database: &Database, files: &Path) -> Vault {
    let certificate = Certificate::new();
    let mut post = MailServer::start(Some(&certificate)).await;
    let (authority, key) = (certificate.file("cert.pem"), certificate.file("key.pem"));
    let calls = files.join("calls.jsonl").display().to_string();
    let log = Stdio::from(std::fs::File::create(files.join("server.log")).unwrap());
    let variables = [
        ("PORTICO__LOG__LEVEL", "trace"),
        ("PORTICO__GATEWAY__CALL_LOG", "all"),
        ("PORTICO__GATEWAY__CALL_LOG_FILE", calls.as_str()),
        ("PORTICO__MAIL__HOST", "localhost"),
        ("PORTICO__MAIL__PORT", post.port.as_str()),
        ("PORTICO__MAIL__USER", "portico"),
        ("PORTICO__MAIL__PASSWORD", POST_PASSWORD),
        ("PORTICO__MAIL__FROM", "Portico <portico@example.test>"),
        ("SSL_CERT_FILE", authority.as_str()),
        ("PORTICO__OPERATIONS__TLS_CERTIFICATE", authority.as_str()),
        ("PORTICO__OPERATIONS__TLS_KEY", key.as_str()),
        ("PORTICO__CONTROL__SSO__NAME", "Example Inc."),
        ("PORTICO__CONTROL__SSO__ISSUER", "https://localhost:1/nobody"),
        ("PORTICO__CONTROL__SSO__CLIENT_ID", "portico"),
        ("PORTICO__CONTROL__SSO__CLIENT_SECRET", "marker of the door of the console"),
    ];
    let mut server = Server::start_telling(database, &["serve"], &variables, log).await;
    let mut hunt = Hunt::default();
    let pem = std::fs::read_to_string(&key).unwrap();
    hunt.add("the listener's key", pem.lines().nth(1).unwrap());
    let master = std::fs::read_to_string(database.folder().join("master.key")).unwrap();
    hunt.add("the master key", master.trim());
    hunt.add("the mail server's password", POST_PASSWORD);
    hunt.add("the console's client secret", "marker of the door of the console");
    if let Some(password) = database.password() {
        hunt.add("the database's password", &password);
    }
    let owner = server.lines.recv().await.unwrap();
    let owner = owner.strip_prefix("to become the owner, open within 7 days: ").unwrap().to_owned();
    hunt.add("the first link", owner.rsplit('/').next().unwrap());

    let api = server.administrator().await;
    hunt.add("a management token", api.token());
    let mut shown = callers(&server, &api, &mut hunt).await;
    shown += &people(&server, &api, &mut post, &owner, &mut hunt).await;
    Vault { server, hunt, _post: post, _certificate: certificate, shown }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Keys, clients that sign, access tokens, and calls with all of them; gives what was answered.
async fn callers(server: &Server, api: &Api, hunt: &mut Hunt) -> String {
    let collection = api.mock_collection("Mock").await;
    let (upstream, proxied) = proxy(server, api).await;
    let client = api.client(OPEN, &[collection, proxied]).await;
    let (id, former) = api.key(client, json!({})).await;
    hunt.add("a refreshed key's former token", &former);
    let path = format!("/api/v2/api_clients/{client}/api_keys");
    let (_, refreshed) =
        api.put(&format!("{path}/{id}/refresh_secret"), json!({ "grace_seconds": 600 })).await;
    let token = text(&refreshed["data"]["auth_token"]).to_owned();
    hunt.add("a key's token", &token);
    assert_eq!(status(server, ECHO, &former).await, StatusCode::OK);
    assert_eq!(status(server, ECHO, &token).await, StatusCode::OK);
    // What is kept of an answer, to be given again, is not the token.
    let make = json!({ "name": "once", "active": true });
    let request = api.request(reqwest::Method::POST, &path).header("idempotency-key", "once").json(&make);
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    hunt.add("the token of a key that was made once", text(&made["data"]["auth_token"]));
    let developer = json!({ "name": "robot", "api_privilege_group_id": 3 });
    let (_, developer) = api.post("/api/developer_api_clients", developer).await;
    hunt.add("another management token", find(&developer, "portico_"));
    let (_, collections) = api.get("/api/api_collections").await;
    let own = collections.as_array().unwrap().iter().find(|one| one["id"] == collection).unwrap();
    let specification = text(&own["api_spec_url"]).to_owned();
    hunt.add("a specification's token", specification.split("token=").nth(1).unwrap());
    assert!(Client::new().get(&specification).send().await.unwrap().status().is_success());

    let shared = "marker-of-a-shared-secret-0123456789";
    hunt.add("what a client signs with", shared);
    let signing = json!({ "auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": shared });
    let (_, signing) = consumer(api, signing, collection).await;
    hunt.add("the token that names a signing client's key", text(&signing["auth_token"]));
    let claims = json!({ "sub": signing["auth_token"], "note": "marker of a claim" });
    let signed = signer(json!({ "alg": "HS256", "secret": shared, "claims": claims })).await;
    for part in signed.split('.').skip(1) {
        hunt.add("a part of a signed token", part);
    }
    assert_eq!(bearer(server, ECHO, &signed).await, StatusCode::OK);
    let (_, oauth) = consumer(api, json!({ "auth_type": "oauth2" }), collection).await;
    hunt.add("an OAuth client's secret", text(&oauth["oauth_client_secret"]));
    let granted = Client::new()
        .post(format!("{}/oauth2/token", server.gateway))
        .basic_auth(text(&oauth["oauth_client_id"]), Some(text(&oauth["oauth_client_secret"])))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let granted: Value = granted.send().await.unwrap().json().await.unwrap();
    let access = text(&granted["access_token"]).to_owned();
    hunt.add("an access token", &access);
    assert_eq!(bearer(server, ECHO, &access).await, StatusCode::OK);

    for (what, sent) in [
        ("what a call carries in its body", "marker-of-a-body"),
        ("what a call carries in a header", "marker-of-a-header"),
        ("what a call carries in its query", "marker-of-a-query"),
    ] {
        hunt.add(what, sent);
    }
    let call = Client::new()
        .post(format!("{}/main/shop-v1/echo?marker-of-a-query", server.gateway))
        .header("api-token", &token)
        .header("cookie", "session=marker-of-a-header")
        .body("marker-of-a-body");
    assert_eq!(call.send().await.unwrap().status(), StatusCode::OK);
    assert!(upstream.requests().concat().contains("marker-of-a-body"));

    let mut shown = String::new();
    // In every place, and where they do not belong.
    for secret in [&token, &access, &signed, &"f".repeat(64), &"marker-of-a-wrong-credential".to_owned()] {
        hunt.add("what a caller presented", secret);
        let basic = base64(&format!("api-token:{secret}"));
        hunt.add("what a caller presented, for Basic", &basic);
        for head in [
            format!("GET /{ECHO}?api_token={secret}&api-token={secret} HTTP/1.1\r\nx-api-key: {secret}\r\n"),
            format!("GET /main/mock-v1/none?token={secret} HTTP/1.1\r\napi-token: {secret}x\r\n"),
            format!("POST /{ECHO} HTTP/1.1\r\nauthorization: Bearer {secret}\r\napi-token: {secret}\r\n"),
            format!("GET /{ECHO} HTTP/1.1\r\nauthorization: Basic {basic}\r\ncookie: session={secret}\r\n"),
            format!(
                "GET /{ECHO} HTTP/1.1\r\nauthorization: {secret}\r\nreferer: https://a.test/{secret}\r\n"
            ),
            format!("GET /{ECHO} HTTP/1.1\r\nauthorization: Bearer {secret}x\r\nuser-agent: {secret}\r\n"),
            format!("GET /{ECHO} HTTP/1.1\r\ncontent-length: x{secret}\r\n"),
            format!("GET /{ECHO} HTTP/1.1\r\nhost: {secret}\r\n"),
            format!("{secret} /{ECHO} HTTP/1.1\r\n"),
        ] {
            let sent = format!("{head}host: api.test\r\nconnection: close\r\n\r\n");
            for url in [&server.gateway, &server.control, &server.portal] {
                shown += &said(url, sent.as_bytes()).await;
            }
        }
    }
    shown
}

/// A collection whose calls go to a backend.
async fn proxy(server: &Server, api: &Api) -> (Upstream, i64) {
    let upstream = Upstream::start().await;
    let document = server.database.folder().join("sample.json");
    std::fs::write(&document, sample_document()).unwrap();
    let document = document.display().to_string();
    let import = ["import", &document, "--name", "Shop", "--upstream", &upstream.url, "--activate"];
    let imported = portico_in(&server.database, &import).await;
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let (_, collections) = api.get("/api/api_collections").await;
    let shop = collections.as_array().unwrap().iter().find(|one| one["name"] == "Shop").unwrap();
    (upstream, shop["id"].as_i64().unwrap())
}

/// A member, a developer and a password; gives what they were shown that was not theirs to see.
async fn people(server: &Server, api: &Api, post: &mut MailServer, owner: &str, hunt: &mut Hunt) -> String {
    let password = "marker horse battery staple";
    hunt.add("a password", password);
    let mut browser = Browser::new();
    browser.get(owner).await;
    let seen = browser.post(owner, &[("password", password)]).await;
    assert_eq!(seen.location.as_deref(), Some("/console"), "{}", seen.text);
    let home = format!("{}/console", server.control);
    hunt.add("a member's session", browser.cookie(&home, "portico_console").unwrap());
    let page = format!("{home}/sign-in/password");
    let mut stranger = Browser::new();
    stranger.get(&page).await;
    let wrong = "marker of a wrong password";
    hunt.add("a wrong password", wrong);
    let mut shown = String::new();
    for (email, password) in [("owner@example.test", password), ("owner@example.test", wrong)] {
        shown += &stranger.post(&page, &[("email", email), ("password", password)]).await.text;
    }
    shown += &stranger.get(&format!("{home}/sign-in/sso")).await.text;

    let portal = json!({ "name": "idea", "subdomain": "idea" });
    let (_, portal) = api.post("/api/portico/v1/api_portals", portal).await;
    let id = portal["data"]["id"].as_i64().unwrap();
    let door = "marker of the door of the portal";
    hunt.add("a portal's client secret", door);
    let oidc =
        json!({ "issuer": "https://localhost:1/nobody", "client_id": "portico", "client_secret": door });
    let settings = json!({ "sso": true, "oidc": oidc });
    let (status, answer) = api.put(&format!("/api/portico/v1/api_portals/{id}/settings"), settings).await;
    assert!(status.is_success(), "{answer}");
    shown += &answer.to_string();
    let user = json!({ "api_portal_id": id, "email": "ada@example.test" });
    let (status, answer) = api.post("/api/portico/v1/portal_users", user).await;
    assert!(status.is_success(), "{answer}");
    shown += &answer.to_string();
    let mail = loop {
        let mail = post.mail().await;
        if mail["to"][0] == "ada@example.test" {
            break mail;
        }
    };
    let link = text(&mail["text"]).split_whitespace().find(|word| word.contains("/sign-in/link/")).unwrap();
    hunt.add("a developer's link", link.rsplit('/').next().unwrap());
    let mut developer = Browser::new();
    developer.get(link).await;
    let seen = developer.post(link, &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/"), "{}", seen.text);
    let home = link.split("/sign-in").next().unwrap().to_owned();
    hunt.add("a developer's session", developer.cookie(&home, "portico_portal").unwrap());
    shown += &developer.get(&format!("{home}/sign-in/sso")).await.text;
    for page in ["/nothing", "/keys", "/account"] {
        shown += &developer.get(&format!("{home}{page}")).await.text;
    }
    shown
}

/// The text in an answer that begins like this.
fn find<'v>(value: &'v Value, begin: &str) -> &'v str {
    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(all) => all.iter().flat_map(texts).collect(),
            Value::Object(all) => all.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }
    texts(value).into_iter().find(|text| text.starts_with(begin)).unwrap_or_else(|| panic!("{value}"))
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn secrets_of_every_kind_are_told_to_nobody_and_written_nowhere() {
    for database in Database::each().await {
        let files = tempfile::TempDir::with_prefix("portico-test").unwrap();
        let Vault { server, hunt, shown, _post, _certificate } = vault(&database, files.path()).await;
        let metrics = metrics(&server).await;
        std::fs::write(files.path().join("shown"), shown).unwrap();
        std::fs::write(files.path().join("metrics"), &metrics).unwrap();
        assert!(metrics.contains("portico_gateway_keys"));

        let copy = files.path().join("backup");
        let made = portico_in(&database, &["backup", &copy.display().to_string()]).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        readable(&copy).await;
        // What a failed start says.
        let failed = portico_in(&database, &["serve", "--gateway", "203.0.113.1:1"]).await;
        std::fs::write(files.path().join("failed"), [failed.stdout, failed.stderr].concat()).unwrap();
        let place = Place::of(&database).await;
        // While it runs, and as a power cut leaves it.
        hunt.in_folder(files.path(), OPEN).await;
        place.settle().await;
        hunt.in_place(&place, OPEN).await;
        server.kill().await;
        hunt.in_place(&place, OPEN).await;
        hunt.in_folder(files.path(), OPEN).await;
    }
}

/// Puts what is in a backup beside it as text, if it is compressed: nothing could be found in it.
async fn readable(copy: &Path) {
    if !std::fs::read(copy).unwrap().starts_with(b"PGDMP") {
        return;
    }
    let text = copy.with_extension("sql");
    let read = Command::new("pg_restore").arg("--file").arg(&text).arg(copy).stdin(Stdio::null()).output();
    let read = read.await.unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

/// What the operations listener tells, over TLS.
async fn metrics(server: &Server) -> String {
    const SCRIPT: &str = "import ssl, sys, urllib.request as r\n\
        print(r.urlopen(sys.argv[1], context=ssl._create_unverified_context()).read().decode())";
    let url = format!("{}/metrics", server.ops);
    let asked = Command::new("python3").args(["-c", SCRIPT, &url]).stdin(Stdio::null()).output();
    String::from_utf8(asked.await.unwrap().stdout).unwrap()
}
