//! A key as a call meets it.

use std::sync::Arc;

use jiff::Timestamp;
use model::access_token::{AccessToken, short};
use model::{AuthType, CollectionId, Digest, KeyId, PackedIpRules};
use store::serving::ServedKey;

use super::client::{Client, ClientState, in_order};
use crate::issuers::Issuers;
use crate::jwt::Rules;
use crate::limits::{Meter, PolicyCell};

/// A key as a call meets it.
///
/// A changed key is a new one, made by [`Key::new`], which is handed the one before it: what has
/// to outlive a change, such as the window of a limit, moves over there.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) digest: Digest,
    pub(crate) id: KeyId,
    pub(crate) client: Arc<Client>,
    pub(crate) active: bool,
    /// How its callers authenticate.
    pub(crate) auth_type: AuthType,
    /// What its signed tokens must be like, in place of what its client says; of access profiles.
    jwt: Option<Arc<Rules>>,
    oauth_client_id: Option<Box<str>>,
    former: Option<Box<Former>>,
    /// Access tokens of other generations are over.
    pub(crate) generation: u32,
    /// In order; what it may call in place of what its client may.
    collections: Option<Box<[CollectionId]>>,
    /// Microseconds since 1970; the greatest there is for a key without an end.
    pub(crate) expires_at_us: i64,
    pub(crate) rules: PackedIpRules,
    /// How often it may call, in place of what its client says.
    pub(crate) policy: Option<Arc<PolicyCell>>,
    /// What is counted of it; there if it or its client has a policy.
    pub(crate) meter: Option<Arc<Meter>>,
}

impl Key {
    pub(super) fn new(
        row: &ServedKey,
        client: Arc<Client>,
        policy: Option<Arc<PolicyCell>>,
        before: Option<&Self>,
        issuers: &Issuers,
    ) -> Self {
        let has_policy = policy.is_some() || client.state().policy.is_some();
        let meter = before.and_then(|before| before.meter.clone());
        Self {
            meter: meter.or_else(|| has_policy.then(Arc::default)),
            policy,
            digest: row.digest,
            id: row.id,
            client,
            active: row.active,
            auth_type: row.auth_type,
            jwt: row
                .jwt
                .as_ref()
                .map(|set| Rules::new(set, before.and_then(|before| before.jwt.as_ref()), issuers)),
            oauth_client_id: row.oauth_client_id.as_deref().map(Box::from),
            former: row
                .former
                .map(|(digest, until)| Box::new(Former { digest, until_us: until.as_microsecond() })),
            generation: short(row.generation),
            collections: row.collections.as_ref().map(|collections| in_order(collections.clone())),
            expires_at_us: row.expires_at.map_or(i64::MAX, Timestamp::as_microsecond),
            rules: row.rules.clone(),
        }
    }

    /// Whether it may call a collection, as far as that is for the key or its client to say.
    pub(crate) fn may_call(&self, client: &ClientState, collection: CollectionId) -> bool {
        let collections = self.collections.as_ref().unwrap_or(&client.collections);
        collections.binary_search(&collection).is_ok()
    }

    /// The public half of its OAuth 2.0 credential.
    pub(crate) fn oauth_client_id(&self) -> Option<&str> {
        self.oauth_client_id.as_deref()
    }

    /// Whether an access token that was made with it still stands.
    pub(crate) fn takes(&self, token: &AccessToken, now: Timestamp) -> bool {
        self.stands_until(token.generation, now).is_some()
    }

    /// Until when that stands which was permitted when it was of this generation: microseconds since
    /// 1970, the greatest there is if it has no end. `None` if it does not stand any more.
    pub(crate) fn stands_until(&self, generation: u32, now: Timestamp) -> Option<i64> {
        if generation == self.generation {
            return Some(self.expires_at_us);
        }
        let is_former = generation.checked_add(1) == Some(self.generation);
        let former =
            self.former.as_ref().filter(|former| is_former && now.as_microsecond() < former.until_us)?;
        Some(self.expires_at_us.min(former.until_us))
    }

    /// The key as its former token finds it: as it was before it was refreshed, with an end.
    pub(super) fn as_former(&self) -> Option<Self> {
        let former = self.former.as_deref()?;
        let expires_at_us = self.expires_at_us.min(former.until_us);
        let generation = self.generation.saturating_sub(1);
        Some(Self { digest: former.digest, expires_at_us, generation, former: None, ..self.clone() })
    }

    /// The same key with something to count with.
    pub(super) fn with_meter(&self) -> Self {
        Self { meter: Some(Arc::default()), ..self.clone() }
    }

    /// What it is found by.
    pub(super) fn digests(&self) -> impl Iterator<Item = Digest> {
        std::iter::once(self.digest).chain(self.former.as_ref().map(|former| former.digest))
    }

    /// Calls `with` with what its signed tokens must be like, if its callers present such.
    pub(crate) fn with_token_rules<R>(&self, with: impl FnOnce(&Arc<Rules>) -> R) -> Option<R> {
        match &self.jwt {
            _ if !self.auth_type.is_signed() => None,
            Some(own) => Some(with(own)),
            None => self.client.state().jwt.as_ref().map(with),
        }
    }

    /// Whether it has expired, if it ever does. Asks for the time only then.
    pub(crate) fn is_expired(&self, now: impl FnOnce() -> Timestamp) -> bool {
        self.expires_at_us < i64::MAX && self.expires_at_us <= now().as_microsecond()
    }
}

/// The token before the last refresh, which may work beside the present one for a while.
#[derive(Debug, Clone)]
struct Former {
    digest: Digest,
    /// Microseconds since 1970.
    until_us: i64,
}
