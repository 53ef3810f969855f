//! Proof that a form was filled in on our own page.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What every form carries as `csrf`: derived from a cookie that other sites cannot read, the
/// session's where there is one. So a token is worth nothing in another session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csrf(String);

impl Csrf {
    /// The token that belongs to this cookie's value.
    pub fn of(secret: &str) -> Self {
        let digest = Sha256::new().chain_update(b"portico form\0").chain_update(secret).finalize();
        Self(hex::encode(digest.get(..16).unwrap_or_default()))
    }

    /// Whether a form carried it. Takes as long for a token that is nearly right.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Display for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_session() {
        let token = Csrf::of("one").to_string();
        assert!(Csrf::of("one").is(&token));
        assert!(!Csrf::of("two").is(&token));
        assert!(!Csrf::of("one").is(""));
        assert!(!Csrf::of("one").is(&token[..31]));
    }
}
