//! Keys that signatures are checked with, and what each may check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use model::client::{JwtMethod, SigningKey};
use model::elliptic::EllipticKey;
use model::rsa::RsaPublicKey;
use serde::Deserialize;

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

/// What of a key of a set is looked at.
#[derive(Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    pub(crate) kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

fn decoded(text: &Option<String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.as_ref()?).ok()
}

/// A number without leading zeros.
fn number(text: &Option<String>) -> Option<Vec<u8>> {
    let bytes = decoded(text)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes.get(start..)?.to_vec())
}

/// An uncompressed point (SEC 1, section 2.3.3).
fn point(jwk: &Jwk, coordinate: usize) -> Option<DecodingKey> {
    let (x, y) = (decoded(&jwk.x)?, decoded(&jwk.y)?);
    let is_sound = x.len() == coordinate && y.len() == coordinate;
    is_sound.then(|| DecodingKey::from_ec_der(&[&[4], &x[..], &y[..]].concat()))
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

    /// A key of a provider's set (RFC 7517, RFC 7518, RFC 8037); none if it is not for checking
    /// signatures, of a kind that is not checked, or a secret, which a set must not hold.
    pub(crate) fn of_jwk(jwk: &Jwk) -> Option<Self> {
        let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let may_verify = jwk.key_ops.as_ref().is_none_or(|all| all.iter().any(|one| one == "verify"));
        if !is_for_signatures || !may_verify {
            return None;
        }
        let (key, algorithms) = match (&*jwk.kty, jwk.crv.as_deref()) {
            ("RSA", _) => {
                let (modulus, exponent) = (number(&jwk.n)?, number(&jwk.e)?);
                // RFC 7518, section 3.3, asks for 2048 bits; more than 8192 take too long.
                if !(256..=1024).contains(&modulus.len()) {
                    return None;
                }
                (DecodingKey::from_rsa_raw_components(&modulus, &exponent), RSA)
            }
            ("EC", Some("P-256")) => (point(jwk, 32)?, P256),
            ("EC", Some("P-384")) => (point(jwk, 48)?, P384),
            ("OKP", Some("Ed25519")) => {
                let key = decoded(&jwk.x)?;
                ((key.len() == 32).then(|| DecodingKey::from_ed_der(&key))?, ED25519)
            }
            _ => return None,
        };
        let only: Option<Algorithm> = match jwk.alg.as_deref() {
            Some(alg) => Some(alg.parse().ok()?),
            None => None,
        };
        let is_sound = only.is_none_or(|only| algorithms.contains(&only));
        is_sound.then_some(Self { key, algorithms, only })
    }

    /// Whether it is for what a token says that it is signed with.
    pub(crate) fn is_for(&self, alg: &str) -> bool {
        self.algorithm(alg).is_some()
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
