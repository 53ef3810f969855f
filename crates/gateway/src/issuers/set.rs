//! The keys of a provider.

use std::sync::atomic::{AtomicU64, Ordering};

use model::Digest;
use serde::Deserialize;
use serde_json::Value;

use crate::jwt::{self, Jwk, Token, VerifyingKey};

/// The most keys of a provider that are looked at. Those who change keys often have a handful.
const KEYS: usize = 64;

/// The most keys that are tried for a token that does not say which.
const TRIED: usize = 8;

/// The keys of a provider at a time.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Differs from that of all other sets.
    pub(crate) number: u64,
    /// What its tokens have to say in `iss`, if the provider describes itself.
    pub(crate) issuer: Option<String>,
    keys: Vec<(Option<String>, VerifyingKey)>,
    /// Of what it was made from.
    digest: Digest,
}

/// What the keys of a provider say about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is signed with one of them.
    Signed,
    /// It names one of them, and is not signed with it.
    Forged,
    /// It names one that is for other algorithms.
    OtherAlgorithm,
    /// It is signed with none of them, and names none. There may be newer ones.
    Unknown,
}

impl KeySet {
    /// Reads a key set (RFC 7517, section 5). Keys that are not for signatures, or of a kind that is
    /// not checked, are left out; the fault says what is wrong with the whole.
    pub(crate) fn parse(issuer: Option<String>, json: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let set: Set = serde_json::from_slice(json).map_err(|_| "is no JSON object with a list of keys")?;
        let keys = set.keys.into_iter().filter_map(|key| Jwk::deserialize(key).ok());
        let keys = keys.filter_map(|mut jwk| {
            let key = VerifyingKey::of_jwk(&jwk)?;
            Some((jwk.kid.take(), key))
        });
        let keys: Vec<_> = keys.take(KEYS).collect();
        if keys.is_empty() {
            return Err("has no key that signatures could be checked with");
        }
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Ok(Self { number, issuer, keys, digest: Digest::of_token(json) })
    }

    /// Whether it is the same set, read once more.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.digest == other.digest && self.issuer == other.issuer
    }

    /// Checks a token with the key that it names, or with those that have no name.
    pub(crate) fn check(&self, token: &Token<'_>) -> Verdict {
        let kid = token.header.kid.as_deref();
        let named = self.keys.iter().filter(|(own, _)| kid.is_some() && own.as_deref() == kid);
        let verdicts: Vec<_> = named.take(TRIED).map(|(_, key)| key.check(token)).collect();
        if !verdicts.is_empty() {
            return match () {
                () if verdicts.contains(&jwt::Verdict::Signed) => Verdict::Signed,
                () if verdicts.contains(&jwt::Verdict::Forged) => Verdict::Forged,
                () => Verdict::OtherAlgorithm,
            };
        }
        let nameless = self.keys.iter().filter(|(own, _)| kid.is_none() || own.is_none());
        let tried = nameless.filter(|(_, key)| key.is_for(&token.header.alg)).take(TRIED);
        if tried.map(|(_, key)| key.check(token)).any(|verdict| verdict == jwt::Verdict::Signed) {
            return Verdict::Signed;
        }
        Verdict::Unknown
    }
}
