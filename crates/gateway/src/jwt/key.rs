//! Keys that signatures are checked with, and what each may check.

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use model::client::{JwtMethod, SigningKey};
use model::elliptic::EllipticKey;
use model::rsa::RsaPublicKey;

use crate::jwt::Token;

const HMAC: &[Algorithm] = &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
const P256: &[Algorithm] = &[Algorithm::ES256];
const P384: &[Algorithm] = &[Algorithm::ES384];
const ED25519: &[Algorithm] = &[Algorithm::EdDSA];

/// A key with the algorithms that it is for. They come from whoever set the client up, never from a
/// token: a public key must not become a shared secret because a token says so.
pub(crate) struct VerifyingKey {
    key: DecodingKey,
    algorithms: &'static [Algorithm],
    /// The only one of them, if the provider says so.
    only: Option<Algorithm>,
}

/// What a key says about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is signed with this key.
    Signed,
    /// It is not.
    Forged,
    /// It says that it is signed in a way that this key is not for.
    OtherAlgorithm,
}

impl VerifyingKey {
    /// The key of a client's settings; none if it is no such key, which the settings do not take.
    pub(crate) fn of(key: &SigningKey) -> Option<Self> {
        let text = key.material.expose();
        let (key, algorithms) = match key.method {
            JwtMethod::Hmac if text.is_empty() => return None,
            JwtMethod::Hmac => (DecodingKey::from_secret(text.as_bytes()), HMAC),
            JwtMethod::Rsa => {
                let key = RsaPublicKey::parse(text).ok()?;
                (DecodingKey::from_rsa_raw_components(&key.modulus, &key.exponent), RSA)
            }
            JwtMethod::Ec | JwtMethod::Eddsa => match (key.method, EllipticKey::parse(text).ok()?) {
                (JwtMethod::Ec, EllipticKey::P256(point)) => (DecodingKey::from_ec_der(&point), P256),
                (JwtMethod::Ec, EllipticKey::P384(point)) => (DecodingKey::from_ec_der(&point), P384),
                (JwtMethod::Eddsa, EllipticKey::Ed25519(key)) => (DecodingKey::from_ed_der(&key), ED25519),
                _ => return None,
            },
        };
        Some(Self { key, algorithms, only: None })
    }

    fn algorithm(&self, alg: &str) -> Option<Algorithm> {
        let algorithm = alg.parse().ok().filter(|algorithm| self.algorithms.contains(algorithm))?;
        self.only.is_none_or(|only| only == algorithm).then_some(algorithm)
    }

    /// Checks the signature of a token.
    pub(crate) fn check(&self, token: &Token<'_>) -> Verdict {
        let Some(algorithm) = self.algorithm(&token.header.alg) else { return Verdict::OtherAlgorithm };
        match crypto::verify(token.signature, token.message.as_bytes(), &self.key, algorithm) {
            Ok(true) => Verdict::Signed,
            Ok(false) | Err(_) => Verdict::Forged,
        }
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}
