//! Credentials for trying a key out.

use jiff::Timestamp;
use model::access::Privilege;
use model::access_token::{AccessKind, AccessToken, TRY_IT_SECONDS, TokenSigner};
use model::id::KeyId;
use model::secret::Secret;

use crate::{Actions, Actor, Error, Result};

/// The header that carries the token of a [`TryIt`].
pub const TRY_IT_HEADER: &str = "api-token";

/// A token with which a page can call as a key does, without anybody giving the page the key's own
/// token. Lists, limits and state of the key hold for it, and whatever ends the key ends it, too.
#[derive(Debug)]
pub struct TryIt {
    /// Shown to the page alone; goes into [`TRY_IT_HEADER`], also for keys whose callers authenticate
    /// otherwise.
    pub token: Secret,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Actions {
    /// Makes a token for trying a key out: ten minutes long. It is written nowhere, so that it leaves
    /// no line in the audit trail; calls with it show the key in the call log.
    pub async fn try_it_token(&self, actor: &Actor, key: KeyId) -> Result<TryIt> {
        let mut tx = self.db.begin().await?;
        let found = store::api_keys::find_any(&mut tx, actor.scope(), key).await?;
        let found = found.ok_or(Error::Missing("API key"))?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, found.client).await?;
        drop(tx);
        let now = self.environment.now();
        if !found.active || found.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::Refused(
                "this API key is disabled or has expired, so that nothing can be tried with it".to_owned(),
            ));
        }
        let secret = store::access_tokens::signing_secret(&self.db).await?;
        let said = AccessToken::lasting(AccessKind::TryIt, key, found.generation, now, TRY_IT_SECONDS);
        let expires_at = Timestamp::from_second(said.expires_at.into()).unwrap_or(now);
        Ok(TryIt { token: TokenSigner::new(&secret).sign(said, &self.environment), expires_at })
    }
}
