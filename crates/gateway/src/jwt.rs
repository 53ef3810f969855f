//! Tokens that somebody else signed (RFC 7519), read and checked. Whatever a token says of itself
//! decides nothing: the client's rules say how it has to be signed and what it has to claim.

mod claims;
mod key;
mod rules;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use claims::{Claims, Purport};
pub(crate) use key::{Jwk, Verdict, VerifyingKey};
pub(crate) use rules::{Keys, Rules};

use crate::refusal::TokenFault;

/// The largest token that is looked at. One header may not be much larger anyway.
pub(crate) const TOKEN_BYTES: usize = 12 << 10;

/// A token taken apart. Nothing in it is to be believed before its signature is checked.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub(crate) header: Header,
    pub(crate) claims: Claims,
    /// What is signed.
    pub(crate) message: &'t str,
    /// The signature in Base64.
    pub(crate) signature: &'t str,
}

/// What of the header is looked at (RFC 7515, section 4.1). Keys and addresses of keys in it are not.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
    #[serde(default, deserialize_with = "present")]
    zip: bool,
    #[serde(default, deserialize_with = "present")]
    enc: bool,
    #[serde(default, deserialize_with = "present")]
    cty: bool,
}

/// Whether a header is there at all, whatever it says.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Value::deserialize(deserializer).map(|_| true)
}

/// Whether something presented as a bearer token has the parts of a signed or encrypted one.
pub(crate) fn has_parts(token: &[u8]) -> bool {
    token.contains(&b'.')
}

impl<'t> Token<'t> {
    /// Takes a token apart (RFC 7515, section 3.1).
    pub(crate) fn parse(token: &'t [u8]) -> Result<Self, TokenFault> {
        if token.len() > TOKEN_BYTES {
            return Err(TokenFault::Size);
        }
        let token = std::str::from_utf8(token).map_err(|_| TokenFault::Form)?;
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Form)?;
        let (header, claims) = match message.split_once('.') {
            Some((header, claims)) if !claims.contains('.') => (header, claims),
            Some(_) if token.split('.').count() == 5 => return Err(TokenFault::Encrypted),
            _ => return Err(TokenFault::Form),
        };
        if header.is_empty() || claims.is_empty() {
            return Err(TokenFault::Form);
        }
        let header: Header = json(header)?;
        if header.enc {
            return Err(TokenFault::Encrypted);
        }
        if header.crit || header.b64 || header.zip || header.cty {
            return Err(TokenFault::Critical);
        }
        if !header.typ.as_deref().is_none_or(is_for_calls) {
            return Err(TokenFault::Purpose);
        }
        Ok(Self { header, claims: json(claims)?, message, signature })
    }
}

/// Whether a token of this type is one that calls are made with: a plain one, or an access token
/// (RFC 9068).
fn is_for_calls(typ: &str) -> bool {
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("at+jwt")
}

fn json<T: serde::de::DeserializeOwned>(encoded: &str) -> Result<T, TokenFault> {
    let decoded = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenFault::Form)?;
    // A list would be read as an object whose names are left out.
    if decoded.trim_ascii_start().first() != Some(&b'{') {
        return Err(TokenFault::Form);
    }
    serde_json::from_slice(&decoded).map_err(|_| TokenFault::Form)
}
