//! Everything that is done with what a caller presents or says of itself, on any bytes. Run by the fuzzer, and on its
//! seeds by an ordinary test.

use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey};
use model::access_token::TokenSigner;
use model::client::{JwtMethod, JwtRules, SigningKey};
use model::net::IpRange;
use model::secret::KeyMaterial;
use serde_json::Value;

use crate::address::{ForwardedHeader, Trust, address, greeting};
use crate::credential::{self, API_TOKEN, Credential};
use crate::issuers::{self, KeySet};
use crate::jwt::{Token, Verdict, VerifyingKey};
use crate::oauth::request::{Form, Presented};

/// Reads the bytes as a credential in every place and form. Nothing of it may pass: nobody who
/// makes them up knows a secret.
pub fn credentials(bytes: &[u8]) {
    headers(bytes);
    token(bytes);
    let part = URL_SAFE_NO_PAD.encode(bytes);
    for (header, claims) in [(&*part, "eyJzdWIiOiJ4In0"), ("eyJhbGciOiJIUzI1NiJ9", &*part)] {
        token(format!("{header}.{claims}.AAAA").as_bytes());
    }
    assert!(TokenSigner::new(&[7; 32]).read(bytes).is_none());
    for content_type in ["application/json", "application/x-www-form-urlencoded"] {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Ok(form) = Form::read(&headers, bytes) {
            drop(Presented::of(&headers, &form));
        }
    }
    if let Ok(keys) = KeySet::parse(None, bytes)
        && let Ok(token) = Token::parse(b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA")
    {
        assert_ne!(keys.check(&token), issuers::Verdict::Signed);
    }
}

fn headers(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    for name in [AUTHORIZATION, HeaderName::from_static(API_TOKEN)] {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.clone());
        let form = Form::default();
        drop(Presented::of(&headers, &form));
        match credential::read(&headers) {
            Ok(Credential::Token { .. }) => assert_eq!(credential::unknown(&headers).bytes().len(), 64),
            Ok(Credential::Bearer(presented)) => token(presented),
            Err(_) => drop(credential::unknown(&headers).bytes().len()),
        }
    }
}

fn token(bytes: &[u8]) {
    let Ok(token) = Token::parse(bytes) else { return };
    let key =
        SigningKey { method: JwtMethod::Hmac, material: KeyMaterial::new("nobody knows this".to_owned()) };
    let verdict = VerifyingKey::of(&key).map(|key| key.check(&token));
    assert!(verdict.is_some_and(|verdict| verdict != Verdict::Signed));
    let rules = JwtRules {
        required_claims: vec!["exp".to_owned()],
        allowed_issuers: vec!["a".to_owned()],
        allowed_audiences: vec!["b".to_owned()],
        ..JwtRules::default()
    };
    for rules in [JwtRules::default(), rules] {
        _ = token.claims.check(&rules, None, Timestamp::UNIX_EPOCH, SignedDuration::from_secs(30));
    }
    _ = token.claims.documented(token.header.kid.as_deref());
    token.claims.chosen().for_each(drop);
}

/// Signs the bytes as claims, and as header and claims, by somebody who has the secret: what is refused
/// then is refused for what it says. A signature is of what was signed, and of nothing else.
pub fn tokens(bytes: &[u8]) {
    const SECRET: &str = "only the one who signs knows this";
    token(bytes);
    let material = KeyMaterial::new(SECRET.to_owned());
    let key = VerifyingKey::of(&SigningKey { method: JwtMethod::Hmac, material }).expect("it is a key");
    let signed = |header: &str, claims: &[u8]| {
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let secret = EncodingKey::from_secret(SECRET.as_bytes());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256);
        format!("{message}.{}", signature.expect("whoever has the secret can sign"))
    };
    let (header, claims) = match bytes.iter().position(|&byte| byte == b'\n') {
        Some(end) => (URL_SAFE_NO_PAD.encode(&bytes[..end]), &bytes[end + 1..]),
        None => ("eyJhbGciOiJIUzI1NiJ9".to_owned(), bytes),
    };
    let whole = signed(&header, claims);
    let Ok(token) = Token::parse(whole.as_bytes()) else { return };
    let is_ours = token.header.alg == "HS256";
    assert_eq!(key.check(&token) == Verdict::Signed, is_ours, "{whole}");
    let now = Timestamp::from_second(1_700_000_000).expect("a time of our era");
    let leeway = SignedDuration::from_secs(30);
    let rules = JwtRules { allowed_issuers: vec!["https://issuer.test".to_owned()], ..JwtRules::default() };
    let said: Value = serde_json::from_slice(claims).expect("what was read can be read");
    if token.claims.check(&JwtRules::default(), None, now, leeway).is_ok() {
        let time = |claim: &str| said.get(claim).map(|value| value.as_f64().expect("a time is a number"));
        assert!(time("exp").is_none_or(|end| end + 30.0 > 1_700_000_000.0), "{said}");
        assert!(time("nbf").is_none_or(|begin| begin - 30.0 <= 1_700_000_000.0), "{said}");
        assert!(time("iat").is_none_or(|issued| issued - 30.0 <= 1_700_000_000.0), "{said}");
    }
    if token.claims.check(&rules, None, now, leeway).is_ok() {
        assert_eq!(said["iss"], "https://issuer.test");
    }
    // With one bit changed anywhere, it is not what was signed.
    let place = bytes.len() % whole.len();
    let mut forged = whole.clone().into_bytes();
    forged[place] ^= 1;
    if let Ok(token) = Token::parse(&forged) {
        assert_ne!(key.check(&token), Verdict::Signed, "{whole} {place}");
    }
}

/// Reads the bytes as what proxies and callers say of a call's origin. Whatever a caller writes, a trusted
/// proxy that adds the caller's address behind it has the last word.
pub fn callers(bytes: &[u8]) {
    let caller: IpAddr = [203, 0, 113, 7].into();
    let (proxy, stranger): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [198, 51, 100, 1].into());
    let ranges = [IpRange::parse("10.0.0.0/8"), IpRange::parse("2001:db8:1::/48")];
    let ranges = ranges.map(|range| range.expect("it is a range"));
    if let Some(address) = address(bytes) {
        assert_eq!(self::address(address.to_string().as_bytes()), Some(address));
        assert!(!bytes.contains(&b'%'), "zones are no addresses");
    }
    for (header, name, own) in [
        (ForwardedHeader::XForwardedFor, HeaderName::from_static("x-forwarded-for"), "203.0.113.7"),
        (ForwardedHeader::Forwarded, FORWARDED, "for=203.0.113.7"),
    ] {
        let trust = Trust::new(&ranges, header);
        let Ok(written) = HeaderValue::from_bytes(bytes) else { continue };
        let mut headers = HeaderMap::new();
        headers.append(&name, written);
        assert_eq!(trust.caller(stranger, &headers), Ok(stranger));
        _ = trust.caller(proxy, &headers);
        headers.append(&name, HeaderValue::from_static(own));
        let found = trust.caller(proxy, &headers);
        assert!(found == Ok(caller) || found.is_err() && header == ForwardedHeader::Forwarded, "{found:?}");
        let line = [bytes, b", ", own.as_bytes()].concat();
        let Ok(line) = HeaderValue::from_bytes(&line) else { continue };
        let headers: HeaderMap = [(name, line)].into_iter().collect();
        let found = trust.caller(proxy, &headers);
        assert!(found == Ok(caller) || found.is_err() && header == ForwardedHeader::Forwarded, "{found:?}");
    }
    greeted(bytes);
}

/// Reads a greeting of the PROXY protocol, with what the caller sends behind it.
fn greeted(bytes: &[u8]) {
    let mut stream = bytes;
    let said = {
        let reading = pin!(greeting::read(&mut stream));
        match reading.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(said) => said,
            Poll::Pending => panic!("bytes in memory are there"),
        }
    };
    let taken = &bytes[..bytes.len() - stream.len()];
    if said.is_ok() {
        assert!(taken.starts_with(b"PROXY ") || taken.starts_with(b"\r\n\r\n\0\r\nQUIT\n"));
        assert!(taken.len() <= 4096);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    fn each(folder: &str, exercise: impl Fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(folder);
        let mut seeds = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            exercise(&std::fs::read(file.unwrap().path()).unwrap());
            seeds += 1;
        }
        assert!(seeds >= 5, "{seeds}");
    }

    #[test]
    fn every_seed_is_exercised() {
        each("credentials", super::credentials);
        each("tokens", super::tokens);
        each("callers", super::callers);
    }

    proptest! {
        #[test]
        fn whatever_is_said_of_callers_the_promises_are_kept(
            text in "(for=|by=|PROXY TCP4 |[0-9a-f.:,;=\"\\[\\] %_-]){0,30}", bytes: Vec<u8>,
        ) {
            super::callers(text.as_bytes());
            super::callers(&bytes);
        }

        #[test]
        fn whatever_a_token_claims_the_promises_are_kept(
            claim in "(exp|nbf|iat|iss|aud|sub|typ|crit)", value in "(-?[0-9]{1,12}(\\.5|e[0-9]{1,3})?|\"[ -!#-Z]{0,20}\"|null|\\[\\])",
            alg in "(HS256|HS512|RS256|none)", bytes: Vec<u8>,
        ) {
            super::tokens(format!("{{\"alg\":\"{alg}\"}}\n{{\"{claim}\":{value}}}").as_bytes());
            super::tokens(&bytes);
            super::credentials(&bytes);
        }
    }
}
