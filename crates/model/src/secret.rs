//! Secrets and what we keep of them.
//!
//! A secret is in clear twice: when it is issued and when it is presented. In between there is
//! a [`Digest`], worthless to whoever steals the table. 256 random bits need no slow hash.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::environment::Environment;

/// What a secret is for, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// An API key's token: 64 lowercase hex digits, as the compatible clients expect it.
    Key,
    /// A management token: `portico_` and 64 lowercase hex digits, so that scanners of source
    /// code recognise a leaked one.
    Management,
    /// The token in a collection's `api_spec_url`: 32 lowercase hex digits.
    Specification,
    /// What a link in a mail, a cookie or a sign-in under way is told by: 64 lowercase hex digits.
    Session,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Management => "portico_",
            Self::Key | Self::Specification | Self::Session => "",
        }
    }

    const fn random_bytes(self) -> usize {
        match self {
            Self::Key | Self::Management | Self::Session => 32,
            Self::Specification => 16,
        }
    }

    /// Whether `presented` has the form of such a secret, so that garbage costs no look-up.
    pub fn has_shape(self, presented: &[u8]) -> bool {
        presented
            .strip_prefix(self.prefix().as_bytes())
            .is_some_and(|digits| digits.len() == 2 * self.random_bytes() && are_hex_digits(digits))
    }
}

/// Whether these are lowercase hex digits. Looks at all of them, without a branch, so that it becomes
/// a few vector instructions; every call of the gateway comes by here.
fn are_hex_digits(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, byte| all & (byte.is_ascii_digit() | matches!(byte, b'a'..=b'f')))
}

/// What the holder keeps. Shown once, stored nowhere in clear, never printed by accident.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new secret of this kind.
    pub fn issue(kind: SecretKind, environment: &Environment) -> Self {
        let mut bytes = Zeroizing::new(vec![0; kind.random_bytes()]);
        environment.random.fill(&mut bytes);
        let digits = Zeroizing::new(hex::encode(&*bytes));
        Self(Zeroizing::new([kind.prefix(), &digits].concat()))
    }

    /// A secret that was read back from a sealed column.
    pub fn from_sealed(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret in clear, to show it to its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The last four characters, kept for display.
    pub fn last_four(&self) -> String {
        self.0.chars().skip(self.0.chars().count().saturating_sub(4)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret that somebody else issued and that must be read back, such as the key that a client
/// signs with. Kept sealed, never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyMaterial(Zeroizing<String>);

impl KeyMaterial {
    /// Takes it from whoever gave it, or from a sealed column.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text in clear, to check signatures with it or to seal it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaterial(…)")
    }
}

/// SHA-256 of a secret: enough to recognise it, worthless to whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// The digest of some content, by which it is found again.
    pub fn of_bytes(content: &[u8]) -> Self {
        Self::of(content)
    }

    /// The digest of what a caller presented as a secret of `kind`; `None` for text that never
    /// was one.
    pub fn presented(kind: SecretKind, secret: &[u8]) -> Option<Self> {
        kind.has_shape(secret).then(|| Self::of(secret))
    }

    /// The digest of a token whose form is checked elsewhere, such as one that somebody signed.
    pub fn of_token(token: &[u8]) -> Self {
        Self::of(token)
    }

    /// 64 lowercase hex digits, the form in which the store keeps it.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The inverse of [`Self::to_hex`]; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}
