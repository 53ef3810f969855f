//! Access tokens that we issue: for the client id and secret of an OAuth 2.0 credential, and for
//! trying a key out.
//!
//! They are stateless. Whoever has the signing secret can tell what a token is for without looking
//! anywhere; whether the key behind it still has the generation that the token was made in is for the
//! key to say, which is how all tokens of a key end at once.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use jiff::Timestamp;

use crate::environment::Environment;
use crate::id::KeyId;
use crate::secret::{Secret, SecretKind};

/// How long an access token of OAuth 2.0 lasts, as compatible clients expect it.
pub const ACCESS_TOKEN_SECONDS: u32 = 3_599;

/// How long a token for trying a key out lasts.
pub const TRY_IT_SECONDS: u32 = 600;

/// The length of the signing secret in bytes.
pub const SIGNING_SECRET_BYTES: usize = 32;

/// What an access token is for. One kind is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// Calls of a client that authenticates by OAuth 2.0 (RFC 6749, section 1.4).
    Oauth2,
    /// Calls from a page on which somebody tries a key out.
    TryIt,
}

impl AccessKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Oauth2 => 1,
            Self::TryIt => 2,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Oauth2, Self::TryIt].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessToken {
    /// What it is for.
    pub kind: AccessKind,
    /// The key whose lists, limits and state hold for it.
    pub key: KeyId,
    /// The generation of the key in which it was made.
    pub generation: u32,
    /// When it ends, in seconds since 1970.
    pub expires_at: u32,
}

/// 20 bytes that say something, then 12 that prove it: as long as a key's own token.
const PROOF: usize = 20;

/// Makes and reads access tokens.
pub struct TokenSigner(hmac::Key);

impl TokenSigner {
    /// With this secret, which every node has to have.
    pub fn new(secret: &[u8; SIGNING_SECRET_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A new token: 64 lowercase hex digits, no two of them alike.
    pub fn sign(&self, token: AccessToken, environment: &Environment) -> Secret {
        let mut bytes = [0; 32];
        // Ids stay below 2^53, so that the first byte of eight is free.
        bytes[..8].copy_from_slice(&token.key.0.to_be_bytes());
        bytes[0] = token.kind.byte();
        bytes[8..12].copy_from_slice(&token.expires_at.to_be_bytes());
        bytes[12..16].copy_from_slice(&token.generation.to_be_bytes());
        bytes[16..PROOF].copy_from_slice(&environment.bytes::<4>());
        let proof = self.proof(&bytes[..PROOF]);
        bytes[PROOF..].copy_from_slice(&proof);
        Secret::from_sealed(hex::encode(bytes))
    }

    /// What a presented text says, if we made it.
    pub fn read(&self, presented: &[u8]) -> Option<AccessToken> {
        if !SecretKind::Key.has_shape(presented) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(presented, &mut bytes).ok()?;
        let (said, proof) = bytes.split_at(PROOF);
        verify_slices_are_equal(&self.proof(said), proof).ok()?;
        let four =
            |at: usize| said.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
        let mut key: [u8; 8] = said.first_chunk().copied()?;
        let kind = AccessKind::of(std::mem::take(&mut key[0]))?;
        let key = KeyId(i64::from_be_bytes(key));
        Some(AccessToken { kind, key, expires_at: four(8)?, generation: four(12)? })
    }

    /// HMAC-SHA256, cut to 96 bits: a guess can only be tried at the gateway.
    fn proof(&self, said: &[u8]) -> [u8; 32 - PROOF] {
        let tag = hmac::sign(&self.0, said);
        let mut proof = [0; 32 - PROOF];
        proof.iter_mut().zip(tag.as_ref()).for_each(|(byte, own)| *byte = *own);
        proof
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSigner(…)")
    }
}

impl AccessToken {
    /// A token that is made now and lasts so many seconds.
    pub fn lasting(kind: AccessKind, key: KeyId, generation: i64, now: Timestamp, seconds: u32) -> Self {
        let now = u32::try_from(now.as_second()).unwrap_or_default();
        Self { kind, key, generation: short(generation), expires_at: now.saturating_add(seconds) }
    }

    /// Whether it is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        i64::from(self.expires_at) <= now.as_second()
    }
}

/// A generation as tokens carry it. Nobody refreshes a key four thousand million times.
pub fn short(generation: i64) -> u32 {
    u32::try_from(generation).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
