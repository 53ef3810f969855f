use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway::Delta;
use model::access_token::{AccessKind, AccessToken, TokenSigner};
use model::client::JwtMethod;
use model::{AuthType, Digest, IpRange, IpRules, KeyId, PackedIpRules, SecretKind};
use serde_json::{Value, json};
use store::access_tokens::Revocation;
use store::serving::ServedKey;

use crate::signer::{RSA, call, from_now, rules, sign_in};
use crate::world::{Answer, Peer, SIGNING_SECRET, TOKEN, World, environment, key};

const ID: &str = "8f14e45fceea167a5a36dedd4bea2543";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn oauth_key() -> ServedKey {
    ServedKey { auth_type: AuthType::Oauth2, oauth_client_id: Some(ID.to_owned()), ..key() }
}

fn put(world: &World, row: ServedKey) {
    world.gateway.gate().apply(vec![Delta::Key(KeyId(1), Some(Box::new(row)))], 2);
}

async fn oauth_world() -> World {
    let world = World::new().await;
    put(&world, oauth_key());
    world
}

async fn post(caller: &mut Peer, path: &str, content_type: &str, more: &str, body: &str) -> Answer {
    let kind =
        if content_type.is_empty() { String::new() } else { format!("content-type: {content_type}\r\n") };
    let length = body.len();
    caller
        .write(format!(
            "POST {path} HTTP/1.1\r\nhost: evil.test\r\n{kind}{more}content-length: {length}\r\n\r\n{body}"
        ))
        .await;
    caller.answer().await
}

fn basic(user: &str, password: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

fn form(id: &str, secret: &str) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// An access token as the gateway makes it, but as wished.
fn forge(said: AccessToken) -> String {
    TokenSigner::new(&SIGNING_SECRET).sign(said, &environment()).expose().to_owned()
}

fn said(kind: AccessKind) -> AccessToken {
    let expires_at = u32::try_from(from_now(600)).unwrap();
    AccessToken { kind, key: KeyId(1), generation: 0, expires_at }
}

async fn token(caller: &mut Peer) -> String {
    let answer = post(caller, "/oauth2/token", FORM, "", &form(ID, TOKEN)).await;
    json_of(&answer)["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_gets_a_token_in_each_of_the_documented_ways_and_calls_with_it() {
    let world = oauth_world().await;
    let mut caller = world.caller().await;
    let in_json = json!({ "grant_type": "client_credentials", "client_id": ID, "client_secret": TOKEN });
    for (kind, more, body) in [
        (FORM, String::new(), form(ID, TOKEN)),
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", String::new(), form(ID, TOKEN)),
        (FORM, basic(ID, TOKEN), "grant_type=client_credentials".to_owned()),
        (FORM, basic(ID, TOKEN), format!("grant_type=client_credentials&client_id={ID}&scope=&x=1")),
        (JSON, String::new(), in_json.to_string()),
        (JSON, basic(ID, TOKEN), r#"{"grant_type":"client_credentials"}"#.to_owned()),
    ] {
        let answer = post(&mut caller, "/oauth2/token", kind, &more, &body).await;
        assert_eq!(answer.status, 200, "{kind} {body} {}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        assert!(answer.has_id());
        let json = json_of(&answer);
        assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("bearer"), &json!(3599)));
        assert_eq!(json.as_object().unwrap().len(), 3);
        let token = json["access_token"].as_str().unwrap();
        assert!(SecretKind::Key.has_shape(token.as_bytes()));
        for _ in 0..2 {
            assert_eq!(call(&mut caller, token).await.status, 200);
        }
        // One digit more, one less, another one, and another place for it.
        let last = if token.ends_with('0') { "1" } else { "0" };
        for changed in [
            format!("{token}1"),
            token[1..].to_owned(),
            format!("{}{last}", &token[..63]),
            token.to_uppercase(),
        ] {
            assert_eq!(call(&mut caller, &changed).await.status, 401, "{changed}");
        }
        caller
            .write(format!("GET /acme/api-v1/mock HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n"))
            .await;
        assert_eq!(caller.answer().await.status, 401);
    }
}

#[tokio::test]
async fn a_request_that_is_wrong_is_told_why() {
    let world = oauth_world().await;
    let mut caller = world.caller().await;
    let good = form(ID, TOKEN);
    let in_json =
        json!({ "grant_type": "client_credentials", "client_id": ID, "client_secret": TOKEN }).to_string();
    let other = TOKEN.replace("ff", "fe");
    for (kind, more, body, status, error) in [
        ("", String::new(), good.clone(), 400, "invalid_request"),
        ("text/plain", String::new(), good.clone(), 400, "invalid_request"),
        ("multipart/form-data; boundary=x", String::new(), good.clone(), 400, "invalid_request"),
        (JSON, String::new(), good.clone(), 400, "invalid_request"),
        (
            JSON,
            String::new(),
            format!("[\"client_credentials\",\"{ID}\",\"{TOKEN}\"]"),
            400,
            "invalid_request",
        ),
        (JSON, String::new(), r#"{"grant_type":1}"#.to_owned(), 400, "invalid_request"),
        (FORM, basic(ID, TOKEN), String::new(), 400, "invalid_request"),
        (FORM, basic(ID, TOKEN), good.clone(), 400, "invalid_request"),
        (
            FORM,
            basic(ID, TOKEN),
            "grant_type=client_credentials&client_id=other".to_owned(),
            400,
            "invalid_request",
        ),
        (FORM, String::new(), format!("{good}&grant_type=client_credentials"), 400, "invalid_request"),
        (FORM, String::new(), format!("{good}&client_secret={TOKEN}"), 400, "invalid_request"),
        (FORM, basic(ID, TOKEN), "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (FORM, basic(ID, TOKEN), "grant_type=refresh_token".to_owned(), 400, "unsupported_grant_type"),
        // JSON under the name of a form is a form without parameters that anybody knows.
        (FORM, String::new(), in_json, 401, "invalid_client"),
        (FORM, String::new(), "grant_type=client_credentials".to_owned(), 401, "invalid_client"),
        (FORM, String::new(), form(ID, &other), 401, "invalid_client"),
        (FORM, String::new(), form(ID, &format!("{TOKEN}1")), 401, "invalid_client"),
        (FORM, String::new(), form("other", TOKEN), 401, "invalid_client"),
        (FORM, String::new(), form("", TOKEN), 401, "invalid_client"),
        (
            FORM,
            format!("authorization: Bearer {TOKEN}\r\n"),
            "grant_type=client_credentials".to_owned(),
            401,
            "invalid_client",
        ),
        (
            FORM,
            "authorization: Basic !\r\n".to_owned(),
            "grant_type=client_credentials".to_owned(),
            401,
            "invalid_client",
        ),
    ] {
        let answer = post(&mut caller, "/oauth2/token", kind, &more, &body).await;
        assert_eq!(
            (answer.status, json_of(&answer)["error"].as_str()),
            (status, Some(error)),
            "{kind} {more} {body}"
        );
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!answer.body.contains(TOKEN));
    }
    let large = format!("{good}&x={}", "y".repeat(9 << 10));
    assert_eq!(post(&mut caller, "/oauth2/token", FORM, "", &large).await.status, 413);
    let mut caller = world.caller().await;
    caller.write("GET /oauth2/token HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    // Nothing else is there, and other spellings of it are not either.
    for path in [
        "/oauth2",
        "/oauth2/",
        "/oauth2/token/",
        "/oauth2/Token",
        "//oauth2/token",
        "/oauth2/%74oken",
        "/.well-known/x",
    ] {
        assert_eq!(post(&mut caller, path, FORM, "", &good).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_key_that_may_not_be_used_gets_no_token() {
    let world = oauth_world().await;
    let mut caller = world.caller().await;
    let deny = IpRules { deny: vec![IpRange::parse("127.0.0.0/8").unwrap()], ..IpRules::default() };
    let past = environment().clock.now() - jiff::SignedDuration::from_secs(1);
    for (row, status) in [
        (ServedKey { active: false, ..oauth_key() }, 401),
        (ServedKey { expires_at: Some(past), ..oauth_key() }, 401),
        (ServedKey { auth_type: AuthType::Token, ..oauth_key() }, 401),
        (ServedKey { auth_type: AuthType::Jwt, ..oauth_key() }, 401),
        (ServedKey { oauth_client_id: None, ..oauth_key() }, 401),
        (ServedKey { rules: PackedIpRules::from(&deny), ..oauth_key() }, 403),
        (oauth_key(), 200),
    ] {
        put(&world, row);
        assert_eq!(post(&mut caller, "/oauth2/token", FORM, "", &form(ID, TOKEN)).await.status, status);
    }
}

#[tokio::test]
async fn tokens_end_with_what_they_were_made_for() {
    let world = oauth_world().await;
    let mut caller = world.caller().await;
    let token = token(&mut caller).await;
    assert_eq!(call(&mut caller, &token).await.status, 200);
    for (row, status) in [
        (ServedKey { generation: 1, ..oauth_key() }, 401),
        (oauth_key(), 200),
        (ServedKey { active: false, ..oauth_key() }, 401),
        (ServedKey { auth_type: AuthType::Token, ..oauth_key() }, 401),
        (oauth_key(), 200),
        // Refreshed with grace: another token, the next generation, and a while for the former ones.
        (refreshed(600), 200),
        (refreshed(-1), 401),
        (ServedKey { generation: 2, ..refreshed(600) }, 401),
    ] {
        put(&world, row);
        assert_eq!(call(&mut caller, &token).await.status, status);
    }
    world.gateway.gate().apply(vec![Delta::Key(KeyId(1), None)], 3);
    assert_eq!(call(&mut caller, &token).await.status, 401);
    put(&world, oauth_key());
    // Made by us, but over, for another key, for something else, or revoked.
    for (forged, status) in [
        (said(AccessKind::Oauth2), 200),
        (AccessToken { expires_at: u32::try_from(from_now(-1)).unwrap(), ..said(AccessKind::Oauth2) }, 401),
        (AccessToken { key: KeyId(2), ..said(AccessKind::Oauth2) }, 401),
        (AccessToken { generation: 1, ..said(AccessKind::Oauth2) }, 401),
        (said(AccessKind::TryIt), 401),
    ] {
        assert_eq!(call(&mut caller, &forge(forged)).await.status, status, "{forged:?}");
    }
    let one = forge(said(AccessKind::Oauth2));
    assert_eq!(call(&mut caller, &one).await.status, 200);
    let expires_at = environment().clock.now() + jiff::SignedDuration::from_secs(600);
    let revoked = Revocation { digest: Digest::of_token(one.as_bytes()), expires_at };
    world.gateway.gate().apply(vec![Delta::Revocations(vec![revoked])], 4);
    assert_eq!(call(&mut caller, &one).await.status, 401);
    assert_eq!(call(&mut caller, &token).await.status, 200);
}

fn refreshed(seconds: i64) -> ServedKey {
    let digest = |text: &str| Digest::presented(SecretKind::Key, text.as_bytes()).unwrap();
    let until = environment().clock.now() + jiff::SignedDuration::from_secs(seconds);
    let former = Some((digest(TOKEN), until));
    ServedKey { digest: digest(&TOKEN.replace("ff", "fe")), generation: 1, former, ..oauth_key() }
}

#[tokio::test]
async fn a_refreshed_key_has_two_tokens_for_a_while() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut status = async |token: &str| {
        caller
            .write(format!("GET /acme/api-v1/mock HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n"))
            .await;
        caller.answer().await.status
    };
    let by_token = |row: ServedKey| ServedKey { auth_type: AuthType::Token, ..row };
    let new = TOKEN.replace("ff", "fe");
    assert_eq!([status(TOKEN).await, status(&new).await], [200, 401]);
    put(&world, by_token(refreshed(600)));
    assert_eq!([status(TOKEN).await, status(&new).await], [200, 200]);
    put(&world, by_token(refreshed(-1)));
    assert_eq!([status(TOKEN).await, status(&new).await], [401, 200]);
    put(&world, by_token(ServedKey { active: false, ..refreshed(600) }));
    assert_eq!([status(TOKEN).await, status(&new).await], [401, 401]);
    put(&world, by_token(refreshed(600)));
    put(&world, by_token(ServedKey { former: None, ..refreshed(600) }));
    assert_eq!([status(TOKEN).await, status(&new).await], [401, 200]);
    put(&world, by_token(refreshed(600)));
    world.gateway.gate().apply(vec![Delta::Key(KeyId(1), None)], 3);
    assert_eq!([status(TOKEN).await, status(&new).await], [401, 401]);
}

#[tokio::test]
async fn clients_ask_about_their_own_tokens() {
    let world = oauth_world().await;
    let mut caller = world.caller().await;
    let good = forge(said(AccessKind::Oauth2));
    let ask = |token: &str| format!("client_id={ID}&client_secret={TOKEN}&token={token}");
    let answer = post(&mut caller, "/oauth2/introspect", FORM, "", &ask(&good)).await;
    let json = json_of(&answer);
    assert_eq!((answer.status, &json["active"], &json["client_id"]), (200, &json!(true), &json!(ID)));
    assert_eq!(json["exp"].as_i64().unwrap() - json["iat"].as_i64().unwrap(), 3599);
    let other_generation = forge(AccessToken { generation: 5, ..said(AccessKind::Oauth2) });
    for token in ["x", TOKEN, &forge(said(AccessKind::TryIt)), &other_generation] {
        let answer = post(&mut caller, "/oauth2/introspect", FORM, "", &ask(token)).await;
        assert_eq!((answer.status, &*answer.body), (200, r#"{"active":false}"#));
    }
    let nobody = format!("token={good}");
    assert_eq!(post(&mut caller, "/oauth2/introspect", FORM, "", &nobody).await.status, 401);
    let nothing = format!("client_id={ID}&client_secret={TOKEN}");
    assert_eq!(post(&mut caller, "/oauth2/introspect", FORM, "", &nothing).await.status, 400);
    // What is no token needs no revocation.
    let answer = post(&mut caller, "/oauth2/revoke", FORM, "", &ask("x")).await;
    assert_eq!((answer.status, &*answer.body), (200, ""));
}

#[tokio::test]
async fn the_endpoints_are_described_under_the_configured_address() {
    let world = World::with(|config| config.public_url = Some("https://api.example.test/".to_owned())).await;
    let mut caller = world.caller().await;
    caller.write("GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: evil.test\r\n\r\n").await;
    let answer = caller.answer().await;
    let json = json_of(&answer);
    assert_eq!((answer.status, &json["issuer"]), (200, &json!("https://api.example.test")));
    assert_eq!(json["token_endpoint"], "https://api.example.test/oauth2/token");
    assert!(!answer.body.contains("evil"));
}

#[tokio::test]
async fn a_key_is_tried_out_whatever_way_its_callers_authenticate() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let mut status = async |token: &str| {
        caller
            .write(format!("GET /acme/api-v1/mock HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n"))
            .await;
        caller.answer().await.status
    };
    let token = forge(said(AccessKind::TryIt));
    for auth_type in [AuthType::Token, AuthType::Jwt, AuthType::Oauth2, AuthType::Oidc] {
        put(&world, ServedKey { auth_type, ..key() });
        assert_eq!(status(&token).await, 200, "{auth_type:?}");
        put(&world, ServedKey { auth_type, active: false, ..key() });
        assert_eq!(status(&token).await, 401);
        put(&world, ServedKey { auth_type, generation: 1, ..key() });
        assert_eq!(status(&token).await, 401);
    }
    put(&world, key());
    let deny = IpRules { deny: vec![IpRange::parse("127.0.0.0/8").unwrap()], ..IpRules::default() };
    put(&world, ServedKey { rules: PackedIpRules::from(&deny), ..key() });
    assert_eq!(status(&token).await, 403);
    put(&world, key());
    assert_eq!(status(&forge(AccessToken { expires_at: 1, ..said(AccessKind::TryIt) })).await, 401);
    assert_eq!(status(&forge(said(AccessKind::Oauth2))).await, 401);
    assert_eq!(status(&token).await, 200);
    sign_in(&world, rules(JwtMethod::Rsa, RSA));
    assert_eq!(call(&mut world.caller().await, &token).await.status, 401);
}
