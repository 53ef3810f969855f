use super::*;

fn issuer() -> (Issuers, Arc<Issuer>) {
    let issuers = Issuers::default();
    let issuer = issuers.of(&Provider::Jwks("https://id.test/keys".to_owned()));
    (issuers, issuer)
}

fn keys(kid: &str) -> KeySet {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let json = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#);
    KeySet::parse(None, json.as_bytes()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a moment to count from")]
fn start() -> Instant {
    Instant::now()
}

#[test]
fn a_new_provider_is_fetched_at_once_and_then_now_and_then() {
    let (issuers, issuer) = issuer();
    let start = start();
    assert!(issuer.begins(start) && !issuer.begins(start));
    issuer.end(Some(keys("a")), start);
    assert!(!issuer.begins(start + REFRESH - Duration::from_secs(1)));
    assert!(issuer.begins(start + REFRESH));
    assert_eq!(issuers.health().fresh, 1);
    assert!(Arc::ptr_eq(&issuer, &issuers.of(&issuer.source)));
    drop(issuer);
    assert_eq!(issuers.health(), Health::default());
}

#[test]
fn failures_are_tried_again_less_and_less_often_and_the_last_keys_stay() {
    let (issuers, issuer) = issuer();
    let mut now = start();
    assert!(issuer.begins(now));
    issuer.end(Some(keys("a")), now);
    let number = issuer.number();
    now += REFRESH;
    for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
        assert!(issuer.begins(now));
        issuer.end(None, now);
        assert!(!issuer.begins(now + Duration::from_secs(pause - 1)), "{pause}");
        now += Duration::from_secs(pause);
        assert_eq!((issuer.number(), issuers.health().stale), (number, 1));
    }
    assert!(issuer.begins(now));
    issuer.end(Some(keys("a")), now);
    assert_eq!((issuer.number(), issuers.health().fresh), (number, 1));
    issuer.end(Some(keys("b")), now);
    assert_ne!(issuer.number(), number);
}

#[test]
fn calls_share_a_fetch_and_cannot_ask_for_them_endlessly() {
    let (_issuers, issuer) = issuer();
    let start = start();
    let ask_and_end = |now| {
        let asked = issuer.ask(now).is_some();
        // Whoever comes meanwhile waits for the same one.
        assert_eq!(issuer.ask(now).is_some(), asked);
        if asked {
            assert!(issuer.begins(now));
            issuer.end(Some(keys("a")), now);
        }
        asked
    };
    let asked = (0..20).filter(|_| ask_and_end(start)).count();
    assert_eq!(asked, 5);
    assert!(!ask_and_end(start + ASKING_AGAIN - Duration::from_secs(1)));
    assert!(ask_and_end(start + ASKING_AGAIN) && !ask_and_end(start + ASKING_AGAIN));
    let asked = (0..20).filter(|_| ask_and_end(start + 100 * ASKING_AGAIN)).count();
    assert_eq!(asked, 5);
}

#[test]
fn a_set_without_a_key_that_can_check_anything_is_none() {
    for json in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[]}"#,
        // A secret must not be there, and nothing is checked with it.
        r#"{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}]}"#,
        r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
        r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAB"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"RS256"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"none"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","key_ops":["sign"]}]}"#,
        r#"{"keys":[7,null,"x",{"kty":5}]}"#,
    ] {
        assert!(KeySet::parse(None, json.as_bytes()).is_err(), "{json}");
    }
}
