use jsonwebtoken::{Algorithm, EncodingKey};
use model::client::JwtMethod;
use model::{AuthType, ClientId, JwtRules, KeyId};
use serde_json::{Value, json};

use gateway::{CallLog, Delta, TokenFault};
use store::serving::ServedKey;

use crate::signer::{
    OTHER_RSA_PRIVATE, RSA, SECRET, call, claims, client, from_now, hmac, part, rsa, rsa_with, rules, sign,
    sign_in, text_part,
};
use crate::world::{TOKEN, World, key, within};

#[tokio::test]
async fn a_signed_token_is_taken_in_every_algorithm_of_its_kind() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let rsa_key = EncodingKey::from_rsa_pem(include_bytes!("samples/rsa.key")).unwrap();
    let p256 = EncodingKey::from_ec_pem(include_bytes!("samples/p256.key")).unwrap();
    let p384 = EncodingKey::from_ec_pem(include_bytes!("samples/p384.key")).unwrap();
    let ed = EncodingKey::from_ed_pem(include_bytes!("samples/ed25519.key")).unwrap();
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let mut all = Vec::new();
    for text in [RSA, include_str!("samples/rsa-certificate.pem"), include_str!("samples/rsa.pub")] {
        for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
            all.push((JwtMethod::Rsa, text, &rsa_key, algorithm));
        }
    }
    for algorithm in [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
        all.push((JwtMethod::Rsa, RSA, &rsa_key, algorithm));
    }
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        all.push((JwtMethod::Hmac, SECRET, &secret, algorithm));
    }
    all.push((JwtMethod::Ec, include_str!("samples/p256.pem"), &p256, Algorithm::ES256));
    all.push((JwtMethod::Ec, include_str!("samples/p384.pem"), &p384, Algorithm::ES384));
    all.push((JwtMethod::Eddsa, include_str!("samples/ed25519.pem"), &ed, Algorithm::EdDSA));
    for (method, text, key, algorithm) in all {
        sign_in(&world, rules(method, text));
        let header = part(&json!({ "alg": algorithm, "typ": "JWT" }));
        let token = sign(&header, &part(&claims(json!({ "exp": from_now(60) }))), key, algorithm);
        assert_eq!(call(&mut caller, &token).await.status, 200, "{method:?} {algorithm:?}");
        // Once more, remembered; and once with another end.
        assert_eq!(call(&mut caller, &token).await.status, 200, "{method:?} {algorithm:?}");
        let (begin, last) = token.split_at(token.len() - 6);
        let changed = format!("{begin}{}", if last.starts_with('A') { "BAAAAA" } else { "AAAAAA" });
        assert_eq!(call(&mut caller, &changed).await.status, 401, "{method:?} {algorithm:?}");
    }
}

#[tokio::test]
async fn the_upstream_gets_the_call_without_the_token() {
    let world = World::new().await;
    sign_in(&world, rules(JwtMethod::Rsa, RSA));
    let mut caller = world.caller().await;
    let token = rsa(&claims(json!({})));
    caller
        .write(format!(
            "GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\nauthorization: bearer {token}\r\nx-own: 1\r\n\r\n"
        ))
        .await;
    let mut upstream = world.upstream.accept().await;
    let head = upstream.head().await.to_ascii_lowercase();
    assert!(head.starts_with("get /base/things/7 ") && head.contains("x-own: 1\r\n"), "{head}");
    assert!(!head.contains("authorization") && !head.contains(&token[..20].to_ascii_lowercase()), "{head}");
    upstream.ok("fine").await;
    assert_eq!(caller.answer().await.body, "fine");
}

/// Every token that must not be taken by a client with an RSA key, and what the log says of it.
fn malicious() -> Vec<(String, TokenFault)> {
    use TokenFault as F;
    let good = rsa(&claims(json!({})));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let plain = part(&claims(json!({})));
    let mut all = Vec::new();
    // The public key as a shared secret, in every spelling of it that somebody could know it by.
    for public in [RSA.to_owned(), format!("\n{RSA}"), format!(" {RSA}"), RSA.trim().to_owned()] {
        let secret = EncodingKey::from_secret(public.as_bytes());
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = part(&json!({ "alg": algorithm, "typ": "JWT" }));
            all.push((sign(&header, &plain, &secret, algorithm), F::Algorithm));
        }
    }
    for alg in ["none", "NONE", "None", "nOnE", "", "HS256", "ES256", "EdDSA", "RS1", "rs256", "HS256\u{0}"] {
        let header = part(&json!({ "alg": alg, "typ": "JWT" }));
        all.push((format!("{header}.{plain}."), F::Algorithm));
        all.push((format!("{header}.{plain}.{signature}"), F::Algorithm));
    }
    // Signatures that are none, or another's.
    all.push((format!("{message}."), F::Signature));
    all.push((format!("{message}.{}", &signature[..signature.len() - 4]), F::Signature));
    all.push((format!("{message}.{signature}A"), F::Signature));
    all.push((format!("{message}.{signature}=="), F::Signature));
    all.push((format!("{message}.{}", text_part(&"\u{0}".repeat(256))), F::Signature));
    let stranger = EncodingKey::from_rsa_pem(OTHER_RSA_PRIVATE.as_bytes()).unwrap();
    all.push((sign(header, payload, &stranger, Algorithm::RS256), F::Signature));
    // What was signed is not what is claimed.
    all.push((format!("{header}.{}.{signature}", part(&claims(json!({ "admin": true })))), F::Signature));
    all.push((
        format!("{}.{payload}.{signature}", part(&json!({ "alg": "RS256", "typ": "JWT", "x": 1 }))),
        F::Signature,
    ));
    // A key that the token brings along.
    let brought = json!({ "alg": "RS256", "jwk": { "kty": "RSA", "n": "AQAB", "e": "AQAB" }, "jku": "http://127.0.0.1/", "x5u": "http://127.0.0.1/" });
    all.push((sign(&part(&brought), &plain, &stranger, Algorithm::RS256), F::Signature));
    // No signed token at all, encrypted ones, and ones of other forms.
    for form in ["a.b.c", "..", ".", "a.b", "a.b.c.d", "e30.e30.", "AAAA.AAAA.AAAA", "bm90IGpzb24.e30.AAAA"] {
        all.push((form.to_owned(), F::Form));
    }
    all.push((format!("{header}.{payload}{signature}"), F::Form));
    all.push((format!("{message}.{signature}.x"), F::Form));
    all.push((format!("{}.{payload}.{signature}", part(&json!({ "typ": "JWT" }))), F::Form));
    all.push((format!("{}.{payload}.{signature}", part(&json!({ "alg": 5 }))), F::Form));
    all.push((format!("{}.{payload}.{signature}", part(&json!(["RS256"]))), F::Form));
    let jwe = part(&json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }));
    all.push((format!("{jwe}.{payload}.{signature}.{payload}.{signature}"), F::Encrypted));
    all.push((format!("{jwe}.{payload}.{signature}"), F::Encrypted));
    let twice = text_part(r#"{"alg":"none","alg":"RS256"}"#);
    all.push((format!("{twice}.{payload}.{signature}"), F::Form));
    for more in [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "b64": false }),
        json!({ "zip": "DEF" }),
        json!({ "cty": "JWT" }),
    ] {
        let mut header = json!({ "alg": "RS256" });
        header.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        all.push((rsa_with(&header, &claims(json!({}))), F::Critical));
    }
    // Tokens for something else than calls.
    for typ in ["refresh+jwt", "id_token", "logout+jwt", "dpop+jwt", "secevent+jwt", "Refresh", ""] {
        all.push((rsa_with(&json!({ "alg": "RS256", "typ": typ }), &claims(json!({}))), F::Purpose));
    }
    for (claim, value) in [
        ("typ", "Refresh"),
        ("typ", "ID"),
        ("typ", "Offline"),
        ("token_use", "id"),
        ("token_use", "refresh"),
        ("token_type", "refresh_token"),
    ] {
        all.push((rsa(&claims(json!({ claim: value }))), F::Purpose));
    }
    // Times that are no times, or not now.
    for (claim, text) in [
        ("nbf", "\"99999999999\""),
        ("nbf", "\"1\""),
        ("exp", "\"1\""),
        ("exp", "\"99999999999\""),
        ("exp", "null"),
        ("exp", "true"),
        ("exp", "[99999999999]"),
        ("iat", "\"1\""),
        ("iat", "{}"),
    ] {
        all.push((rsa_text(&format!(r#"{{"sub":"{TOKEN}","{claim}":{text}}}"#)), F::TimeForm));
    }
    all.push((rsa_text(&format!(r#"{{"sub":"{TOKEN}","exp":1e400}}"#)), F::Form));
    all.push((rsa_text(&format!(r#"{{"sub":"{TOKEN}","exp":NaN}}"#)), F::Form));
    all.push((rsa_text(&format!(r#"{{"sub":"{TOKEN}","sub":"{TOKEN}"}}"#)), F::Form));
    all.push((rsa_text(&format!(r#"{{"sub":"{TOKEN}"}}{{}}"#)), F::Form));
    all.push((
        rsa_text(&format!("{{\"a\":{}1{},\"sub\":\"{TOKEN}\"}}", "[".repeat(500), "]".repeat(500))),
        F::Form,
    ));
    all.push((rsa(&claims(json!({ "nbf": from_now(3600) }))), F::NotYet));
    all.push((rsa(&claims(json!({ "iat": from_now(3600) }))), F::IssuedLater));
    // Keys that are none.
    let other = TOKEN.replace("ff", "fe");
    for sub in [
        json!(other),
        json!(format!("{TOKEN}1")),
        json!(&TOKEN[1..]),
        json!(TOKEN.to_uppercase()),
        json!(1),
        json!([TOKEN]),
        json!("1"),
    ] {
        all.push((rsa(&json!({ "sub": sub })), F::UnknownKey));
    }
    all.push((rsa(&json!({})), F::NoKey));
    all.push((rsa(&json!({ "sub": "", "aud": TOKEN })), F::NoKey));
    // The documented claims come in an order, and the first that says something decides.
    all.push((rsa(&json!({ "workato_sub": other, "sub": TOKEN })), F::UnknownKey));
    all.push((rsa_with(&json!({ "alg": "RS256", "kid": TOKEN }), &json!({ "sub": other })), F::UnknownKey));
    let large = rsa(&claims(json!({ "x": "y".repeat(12 << 10) })));
    all.push((large, F::Size));
    all
}

fn rsa_text(claims: &str) -> String {
    let key = EncodingKey::from_rsa_pem(include_bytes!("samples/rsa.key")).unwrap();
    sign(&part(&json!({ "alg": "RS256" })), &text_part(claims), &key, Algorithm::RS256)
}

#[tokio::test]
async fn nothing_malicious_reaches_the_upstream_and_each_is_told_apart_in_the_log_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.jsonl");
    let path = file.clone();
    let world = World::with(|config| {
        config.call_log = CallLog::All;
        config.call_log_file = Some(path);
        config.max_header_bytes = 60 << 10;
    })
    .await;
    sign_in(&world, rules(JwtMethod::Rsa, RSA));
    let mut caller = world.caller().await;
    let all = malicious();
    for (token, fault) in &all {
        let head =
            format!("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
        caller.write(head).await;
        let answer = caller.answer().await;
        assert_eq!(answer.status, 401, "{fault:?} {token}");
        assert_eq!(answer.body, r#"{"error":"access to this API has been disallowed"}"#);
    }
    assert!(world.upstream.was_left_alone().await);
    drop(caller);
    within(world.gateway.drain(std::time::Duration::from_secs(5))).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(TOKEN) && !text.contains("eyJ"));
    let details: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(details.len(), all.len());
    for (line, (token, fault)) in details.iter().zip(&all) {
        assert_eq!((&line["code"], &line["detail"]), (&json!(4016), &json!(fault.detail())), "{token}");
    }
}

#[tokio::test]
async fn times_are_taken_with_a_little_patience() {
    let world = World::new().await;
    sign_in(&world, rules(JwtMethod::Hmac, SECRET));
    let mut caller = world.caller().await;
    let expired = world.refusals(4014);
    for (more, status) in [
        (json!({}), 200),
        (json!({ "exp": from_now(-10) }), 200),
        (json!({ "exp": from_now(-100) }), 401),
        (json!({ "exp": -1 }), 401),
        (json!({ "exp": 0 }), 401),
        (json!({ "exp": from_now(60), "nbf": from_now(10), "iat": from_now(10) }), 200),
        (json!({ "nbf": from_now(100) }), 401),
        (json!({ "exp": 99_999_999_999_999_i64 }), 200),
        (json!({ "exp": 1e300 }), 200),
        (json!({ "exp": 4_102_444_800.5 }), 200),
    ] {
        let answer = call(&mut caller, &hmac(&claims(more.clone()))).await;
        assert_eq!(answer.status, status, "{more}");
    }
    assert_eq!(world.refusals(4014), expired + 3);
}

#[tokio::test]
async fn a_client_says_what_its_tokens_must_claim() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    let base = || rules(JwtMethod::Hmac, SECRET);
    for (rules, claims_of, status) in [
        (JwtRules { required_claims: list(&["exp"]), ..base() }, json!({}), 401),
        (JwtRules { required_claims: list(&["exp"]), ..base() }, json!({ "exp": from_now(60) }), 200),
        (JwtRules { required_claims: list(&["iss"]), ..base() }, json!({ "iss": null }), 401),
        (JwtRules { required_claims: list(&["iss"]), ..base() }, json!({ "iss": "anyone" }), 200),
        (JwtRules { allowed_issuers: list(&["a", "b"]), ..base() }, json!({ "iss": "b" }), 200),
        (JwtRules { allowed_issuers: list(&["a", "b"]), ..base() }, json!({ "iss": "B" }), 401),
        (JwtRules { allowed_issuers: list(&["a"]), ..base() }, json!({ "iss": "a/" }), 401),
        (JwtRules { allowed_issuers: list(&["a"]), ..base() }, json!({ "iss": ["a"] }), 401),
        (JwtRules { allowed_issuers: list(&["a"]), ..base() }, json!({}), 401),
        (JwtRules { allowed_audiences: list(&["x"]), ..base() }, json!({}), 401),
        (JwtRules { allowed_audiences: list(&["x"]), ..base() }, json!({ "aud": "x" }), 200),
        (JwtRules { allowed_audiences: list(&["x"]), ..base() }, json!({ "aud": ["y", "x"] }), 200),
        (JwtRules { allowed_audiences: list(&["x"]), ..base() }, json!({ "aud": ["y"] }), 401),
        (JwtRules { allowed_audiences: list(&["x"]), ..base() }, json!({ "aud": { "x": 1 } }), 401),
        (base(), json!({ "aud": "anyone", "iss": "anyone" }), 200),
    ] {
        let shown = format!("{rules:?} {claims_of}");
        sign_in(&world, rules);
        assert_eq!(call(&mut caller, &hmac(&claims(claims_of))).await.status, status, "{shown}");
    }
}

#[tokio::test]
async fn a_key_is_named_in_the_documented_order_or_where_the_client_says() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    sign_in(&world, rules(JwtMethod::Hmac, SECRET));
    let other = TOKEN.replace("ff", "fe");
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let with_kid = |kid: &str, claims: Value| {
        sign(&part(&json!({ "alg": "HS256", "kid": kid })), &part(&claims), &secret, Algorithm::HS256)
    };
    let url = "https://www.workato.com/sub";
    for (token, status) in [
        (hmac(&json!({ url: TOKEN, "workato_sub": other, "sub": other })), 200),
        (hmac(&json!({ url: "", "workato_sub": TOKEN, "sub": other })), 200),
        (hmac(&json!({ url: null, "sub": TOKEN })), 200),
        (with_kid(&other, json!({ "sub": TOKEN })), 200),
        (with_kid(TOKEN, json!({ "iss": "x" })), 200),
        (with_kid(TOKEN, json!({ "sub": "" })), 200),
        (with_kid(TOKEN, json!({ "sub": "a person" })), 401),
        (hmac(&json!({ url: other, "sub": TOKEN })), 401),
        (hmac(&json!({ "client": TOKEN })), 401),
    ] {
        assert_eq!(call(&mut caller, &token).await.status, status, "{token}");
    }
    // A claim of the client's own takes the place of all of them.
    sign_in(
        &world,
        JwtRules { access_profile_claim: Some("client".to_owned()), ..rules(JwtMethod::Hmac, SECRET) },
    );
    for (token, status) in [
        (hmac(&json!({ "client": TOKEN, "sub": "a person" })), 200),
        (hmac(&json!({ "client": TOKEN, url: other })), 200),
        (hmac(&json!({ "client": TOKEN, "sub": TOKEN })), 200),
        (hmac(&json!({ "sub": TOKEN })), 401),
        (hmac(&json!({ "client": other, "sub": TOKEN })), 401),
        (with_kid(TOKEN, json!({})), 401),
    ] {
        assert_eq!(call(&mut caller, &token).await.status, status, "{token}");
    }
}

#[tokio::test]
async fn a_token_that_was_taken_is_refused_as_soon_as_something_changes() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let gate = world.gateway.gate();
    let token = rsa(&claims(json!({ "exp": from_now(3600) })));
    let jwt_key = || ServedKey { auth_type: AuthType::Jwt, ..key() };
    let put = |row: ServedKey| gate.apply(vec![Delta::Key(KeyId(1), Some(Box::new(row)))], 3);
    let again = || sign_in(&world, rules(JwtMethod::Rsa, RSA));

    again();
    assert_eq!(call(&mut caller, &token).await.status, 200);
    put(ServedKey { active: false, ..jwt_key() });
    assert_eq!(call(&mut caller, &token).await.status, 401);
    again();
    assert_eq!(call(&mut caller, &token).await.status, 200);
    // The key's own token is another one now.
    let other =
        model::Digest::presented(model::SecretKind::Key, TOKEN.replace("ff", "fe").as_bytes()).unwrap();
    put(ServedKey { digest: other, ..jwt_key() });
    assert_eq!(call(&mut caller, &token).await.status, 401);
    again();
    assert_eq!(call(&mut caller, &token).await.status, 200);
    // Its client wants something else: another key, an issuer, another way altogether.
    for changed in [
        rules(JwtMethod::Hmac, SECRET),
        JwtRules { allowed_issuers: vec!["x".to_owned()], ..rules(JwtMethod::Rsa, RSA) },
        JwtRules { access_profile_claim: Some("x".to_owned()), ..rules(JwtMethod::Rsa, RSA) },
    ] {
        gate.apply(vec![Delta::Client(ClientId(1), Some(client(changed)))], 4);
        assert_eq!(call(&mut caller, &token).await.status, 401);
        again();
        assert_eq!(call(&mut caller, &token).await.status, 200);
    }
    gate.apply(
        vec![Delta::Client(
            ClientId(1),
            Some(store::serving::ServedClient { active: false, ..client(rules(JwtMethod::Rsa, RSA)) }),
        )],
        5,
    );
    assert_eq!(call(&mut caller, &token).await.status, 401);
    again();
    put(key());
    assert_eq!(call(&mut caller, &token).await.status, 401);
    put(jwt_key());
    assert_eq!(call(&mut caller, &token).await.status, 200);
    gate.apply(vec![Delta::Key(KeyId(1), None)], 6);
    assert_eq!(call(&mut caller, &token).await.status, 401);
}

#[tokio::test]
async fn a_key_of_another_client_is_checked_by_that_clients_rules() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    sign_in(&world, rules(JwtMethod::Hmac, SECRET));
    // Client 2 has a key of its own and signs with the RSA key.
    let other = TOKEN.replace("ff", "fe");
    let digest = model::Digest::presented(model::SecretKind::Key, other.as_bytes()).unwrap();
    let theirs = store::serving::ServedClient { id: ClientId(2), ..client(rules(JwtMethod::Rsa, RSA)) };
    let row = ServedKey { id: KeyId(2), client: ClientId(2), digest, auth_type: AuthType::Jwt, ..key() };
    let deltas = vec![Delta::Client(ClientId(2), Some(theirs)), Delta::Key(KeyId(2), Some(Box::new(row)))];
    world.gateway.gate().apply(deltas, 3);
    assert_eq!(call(&mut caller, &rsa(&json!({ "sub": other }))).await.status, 200);
    // Whoever signs for one client names no key of another.
    assert_eq!(call(&mut caller, &rsa(&json!({ "sub": TOKEN }))).await.status, 401);
    assert_eq!(call(&mut caller, &hmac(&json!({ "sub": other }))).await.status, 401);
    assert_eq!(call(&mut caller, &hmac(&json!({ "sub": TOKEN }))).await.status, 200);
}

#[tokio::test]
async fn ways_to_authenticate_do_not_mix() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    // A token client takes no signed token, and its key's token is no bearer token.
    assert_eq!(call(&mut caller, &rsa(&claims(json!({})))).await.status, 401);
    assert_eq!(call(&mut caller, TOKEN).await.status, 401);
    sign_in(&world, rules(JwtMethod::Rsa, RSA));
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(caller.answer().await.status, 401);
    assert_eq!(call(&mut caller, TOKEN).await.status, 401);
    let token = rsa(&claims(json!({})));
    for more in [format!("api-token: {TOKEN}\r\n"), format!("authorization: Bearer {token}\r\n")] {
        let head = format!(
            "GET /acme/api-v1/mock HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n{more}\r\n"
        );
        caller.write(head).await;
        assert_eq!(caller.answer().await.status, 401);
    }
    assert_eq!([4012, 4016, 4017].map(|code| world.refusals(code)), [2, 2, 2]);
    assert_eq!(call(&mut caller, &token).await.status, 200);
}

#[tokio::test]
async fn an_access_profile_has_rules_of_its_own() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    // Its client has none, and another profile of it authenticates by its token.
    let profile = ServedKey {
        auth_type: AuthType::Jwt,
        collections: Some(vec![model::CollectionId(1)]),
        jwt: Some(std::sync::Arc::new(rules(JwtMethod::Rsa, RSA))),
        ..key()
    };
    let put = |row: ServedKey| {
        world.gateway.gate().apply(vec![Delta::Key(row.id, Some(Box::new(row)))], 2);
    };
    put(profile.clone());
    let token = rsa(&claims(json!({})));
    for _ in 0..2 {
        assert_eq!(call(&mut caller, &token).await.status, 200);
    }
    assert_eq!(call(&mut caller, &hmac(&claims(json!({})))).await.status, 401);
    let changed = rules(JwtMethod::Hmac, SECRET);
    put(ServedKey { jwt: Some(std::sync::Arc::new(changed)), ..profile.clone() });
    assert_eq!(call(&mut caller, &token).await.status, 401);
    assert_eq!(call(&mut caller, &hmac(&claims(json!({})))).await.status, 200);
    put(ServedKey { collections: Some(Vec::new()), ..profile });
    assert_eq!(call(&mut caller, &token).await.status, 404);
}
