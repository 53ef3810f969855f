//! What the tokens of a client must be like, ready to be checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::client::JwtRules;

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
    /// Nothing: no token is taken.
    None,
}

impl Rules {
    /// The rules for these settings. If they are as they were, so are the rules, and tokens that were
    /// taken stay so.
    pub(crate) fn new(set: &Arc<JwtRules>, before: Option<&Arc<Self>>) -> Arc<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        if let Some(before) = before.filter(|before| *before.set == **set) {
            return Arc::clone(before);
        }
        let keys = set.key.as_ref().and_then(VerifyingKey::of).map_or(Keys::None, Keys::Own);
        Arc::new(Self { set: Arc::clone(set), keys, number: NUMBERS.fetch_add(1, Ordering::Relaxed) })
    }
}
