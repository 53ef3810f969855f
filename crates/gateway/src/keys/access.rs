//! What access tokens are checked with.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use foldhash::fast::RandomState;
use jiff::Timestamp;
use model::Digest;
use model::access_token::{AccessToken, SIGNING_SECRET_BYTES, TokenSigner};
use store::access_tokens::Revocation;

/// The secret that access tokens are signed with, and those that were revoked.
#[derive(Debug, Default)]
pub(crate) struct Access {
    signer: ArcSwapOption<TokenSigner>,
    revoked: ArcSwap<HashMap<Digest, Timestamp, RandomState>>,
}

impl Access {
    /// Takes the secret, once it is known.
    pub(crate) fn put_secret(&self, secret: &[u8; SIGNING_SECRET_BYTES]) {
        self.signer.store(Some(Arc::new(TokenSigner::new(secret))));
    }

    /// Puts these in the place of all revoked tokens.
    pub(crate) fn put_revocations(&self, revocations: Vec<Revocation>) {
        let revoked = revocations.into_iter().map(|one| (one.digest, one.expires_at)).collect();
        self.revoked.store(Arc::new(revoked));
    }

    /// What an access token says, if we made it.
    pub(crate) fn read(&self, token: &[u8]) -> Option<AccessToken> {
        self.signer.load().as_ref()?.read(token)
    }

    /// What makes access tokens; none before the secret is known.
    pub(crate) fn signer(&self) -> Option<Arc<TokenSigner>> {
        self.signer.load_full()
    }

    /// Whether the token with this digest was revoked.
    pub(crate) fn is_revoked(&self, token: &Digest) -> bool {
        let revoked = self.revoked.load();
        !revoked.is_empty() && revoked.contains_key(token)
    }
}
