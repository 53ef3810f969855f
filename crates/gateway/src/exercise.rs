//! Everything that is done with what a caller presents, on any bytes. Run by the fuzzer, and on its
//! seeds by an ordinary test.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use model::access_token::TokenSigner;
use model::client::{JwtMethod, JwtRules, SigningKey};
use model::secret::KeyMaterial;

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

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_seed_is_exercised() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/credentials");
        let mut seeds = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            super::credentials(&std::fs::read(file.unwrap().path()).unwrap());
            seeds += 1;
        }
        assert!(seeds > 10);
    }
}
