//! What the tokens of a client must be like, ready to be checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::client::JwtRules;

use crate::issuers::{Issuer, Issuers};
use crate::jwt::VerifyingKey;

/// The rules of a client or an access profile.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What was set.
    pub(crate) set: Arc<JwtRules>,
    /// What signatures are checked with.
    pub(crate) keys: Keys,
    /// Differs from that of every other rules, those of the same client before a change included:
    /// a token that was taken under a number is not taken under another.
    pub(crate) number: u64,
}

/// What signatures are checked with.
#[derive(Debug)]
pub(crate) enum Keys {
    /// The key of the settings. Where there is one, a provider beside it decides nothing.
    Own(VerifyingKey),
    /// Those of a provider.
    Provider(Arc<Issuer>),
    /// Nothing: no token is taken.
    None,
}

impl Keys {
    /// Differs for each keys that there were.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Provider(issuer) => issuer.number(),
            Self::Own(_) | Self::None => 0,
        }
    }
}

impl Rules {
    /// The rules for these settings. If they are as they were, so are the rules, and tokens that were
    /// taken stay so.
    pub(crate) fn new(set: &Arc<JwtRules>, before: Option<&Arc<Self>>, issuers: &Issuers) -> Arc<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        if let Some(before) = before.filter(|before| *before.set == **set) {
            return Arc::clone(before);
        }
        let keys = match (&set.key, &set.provider) {
            (Some(key), _) => VerifyingKey::of(key).map_or(Keys::None, Keys::Own),
            (None, Some(provider)) => Keys::Provider(issuers.of(provider)),
            (None, None) => Keys::None,
        };
        Arc::new(Self { set: Arc::clone(set), keys, number: NUMBERS.fetch_add(1, Ordering::Relaxed) })
    }
}
