//! Calls with `Authorization: Bearer`: which key stands behind the token.
//!
//! A token that was taken once is taken again without another look at its signature, as long as
//! nothing has changed that it was taken for. Every thread remembers for itself, so that no call waits
//! for another, and remembers only tokens that were taken, so that nobody can fill its memory with
//! others.

use std::cell::RefCell;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::access_token::{AccessKind, AccessToken};
use model::{AuthType, Clock, Digest, SecretKind};
use quick_cache::unsync::Cache;

use crate::issuers::{self, Issuer, KeySet, Wait};
use crate::jwt::{self, Keys, Purport, Rules, Token};
use crate::keys::{Key, KeyRing};
use crate::refusal::{Refusal, TokenFault};

/// How many tokens a thread remembers: 200 bytes each. A caller gets a new token every few minutes
/// to hours, so this is as many callers as make calls in that time.
const REMEMBERED: usize = 8_192;

/// What a thread knows about bearer tokens.
pub(crate) struct Desk {
    taken: RefCell<Cache<Digest, Taken>>,
    leeway: SignedDuration,
}

/// What a token was taken for.
#[derive(Debug, Clone, Copy)]
struct Taken {
    /// The digest of the key's own token.
    key: Digest,
    basis: Basis,
    end: Timestamp,
}

/// Why a token is not taken, or not yet.
pub(crate) enum Stop {
    /// It is refused.
    Refused(Refusal),
    /// It may be signed with a key that is being fetched.
    Wait(Wait),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<TokenFault> for Stop {
    fn from(fault: TokenFault) -> Self {
        Self::Refused(fault.into())
    }
}

/// What must not have changed since.
#[derive(Debug, Clone, Copy)]
enum Basis {
    /// The rules that a signed token satisfied, and the keys of the provider that has signed it, by
    /// their numbers.
    Signed { rules: u64, keys: u64 },
    /// The key that an access token of ours was made with.
    Access(AccessToken),
}

impl Desk {
    /// With nothing remembered. Clocks may differ by `leeway`.
    pub(crate) fn new(leeway: SignedDuration) -> Self {
        Self { taken: RefCell::new(Cache::new(REMEMBERED)), leeway }
    }

    /// Calls `with` with the key behind a bearer token: one that somebody signed, or an access token of
    /// ours.
    pub(crate) fn find<R>(
        &self,
        keys: &KeyRing,
        token: &[u8],
        clock: &dyn Clock,
        may_wait: bool,
        with: impl FnOnce(&Key) -> Result<R, Refusal>,
    ) -> Result<R, Stop> {
        let now = clock.now();
        if token.len() > jwt::TOKEN_BYTES {
            return Err(TokenFault::Size.into());
        }
        let take = || match jwt::has_parts(token) {
            true => self.take_signed(keys, &Token::parse(token)?, clock, may_wait),
            false => Ok(take_access(keys, token, AccessKind::Oauth2, now)?),
        };
        self.remembered(keys, token, now, take, with)
    }

    /// Calls `with` with the key behind a token that came in the place of a key's own: one that was
    /// made for trying the key out.
    #[cold]
    pub(crate) fn try_out<R>(
        &self,
        keys: &KeyRing,
        token: &[u8],
        now: Timestamp,
        with: impl FnOnce(&Key) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let taken = take_access(keys, token, AccessKind::TryIt, now)?;
        keys.find(&taken.key, |key| with(key.ok_or(TokenFault::Withdrawn)?))
    }

    /// Calls `with` with the key that a token was taken for before, or else is taken for now.
    fn remembered<R>(
        &self,
        keys: &KeyRing,
        token: &[u8],
        now: Timestamp,
        take: impl FnOnce() -> Result<Taken, Stop>,
        with: impl FnOnce(&Key) -> Result<R, Refusal>,
    ) -> Result<R, Stop> {
        let digest = Digest::of_token(token);
        let known = self.taken.borrow().get(&digest).copied();
        let with = match known {
            Some(taken) if now < taken.end && !keys.access().is_revoked(&digest) => {
                let found = keys.find(&taken.key, |key| match key {
                    Some(key) if taken.holds_for(key, now) => Ok(with(key)),
                    _ => Err(with),
                });
                match found {
                    Ok(done) => return Ok(done?),
                    Err(with) => with,
                }
            }
            _ => with,
        };
        let taken = take()?;
        self.taken.borrow_mut().insert(digest, taken);
        Ok(keys.find(&taken.key, |key| with(key.ok_or(TokenFault::UnknownKey)?))?)
    }

    /// Looks at a signed token from its form to its claims.
    fn take_signed(
        &self,
        keys: &KeyRing,
        token: &Token<'_>,
        clock: &dyn Clock,
        may_wait: bool,
    ) -> Result<Taken, Stop> {
        let (key, rules) = named(keys, token)?;
        let signed = |verdict| match verdict {
            jwt::Verdict::Signed => Ok(()),
            jwt::Verdict::Forged => Err(TokenFault::Signature),
            jwt::Verdict::OtherAlgorithm => Err(TokenFault::Algorithm),
        };
        let signers = match &rules.keys {
            Keys::Own(own) => {
                signed(own.check(token))?;
                None
            }
            Keys::Provider(issuer) => Some(signers(issuer, token, clock, may_wait)?),
            Keys::None => return Err(TokenFault::NoSigningKeys.into()),
        };
        let issuer = signers.as_ref().and_then(|signers| signers.issuer.as_deref());
        let times = token.claims.check(&rules.set, issuer, clock.now(), self.leeway)?;
        let signers = signers.as_ref().map_or(0, |signers| signers.number);
        Ok(Taken { key, basis: Basis::Signed { rules: rules.number, keys: signers }, end: times.end })
    }
}

/// The keys of a provider, one of which has signed the token.
fn signers(
    issuer: &Issuer,
    token: &Token<'_>,
    clock: &dyn Clock,
    may_wait: bool,
) -> Result<Arc<KeySet>, Stop> {
    let fault = match issuer.check(token) {
        (issuers::Verdict::Signed, Some(keys)) => return Ok(keys),
        (issuers::Verdict::Forged, _) => return Err(TokenFault::Signature.into()),
        (issuers::Verdict::OtherAlgorithm, _) => return Err(TokenFault::Algorithm.into()),
        (_, Some(_)) => TokenFault::SigningKey,
        (_, None) => TokenFault::NoSigningKeys,
    };
    match may_wait.then(|| issuer.ask(clock.instant())).flatten() {
        Some(wait) => Err(Stop::Wait(wait)),
        None => Err(fault.into()),
    }
}

/// Looks at an access token of ours.
fn take_access(keys: &KeyRing, token: &[u8], kind: AccessKind, now: Timestamp) -> Result<Taken, Refusal> {
    let said = keys.access().read(token).filter(|said| said.kind == kind);
    let said = said.ok_or(Refusal::UnknownCredential)?;
    let key = keys.by_id(said.key).ok_or(Refusal::UnknownCredential)?;
    if said.is_over(now) {
        return Err(Refusal::Expired("the access token has expired"));
    }
    if kind == AccessKind::Oauth2 && key.auth_type != AuthType::Oauth2 {
        return Err(TokenFault::NoAccess.into());
    }
    if !key.takes(&said, now) || keys.access().is_revoked(&Digest::of_token(token)) {
        return Err(TokenFault::Withdrawn.into());
    }
    let end = Timestamp::from_second(said.expires_at.into()).unwrap_or(Timestamp::MIN);
    Ok(Taken { key: key.digest, basis: Basis::Access(said), end })
}

impl Taken {
    /// Whether nothing has changed that the token was taken for. Whether key and client may be used
    /// is asked for each call.
    fn holds_for(&self, key: &Key, now: Timestamp) -> bool {
        match &self.basis {
            Basis::Signed { rules, keys } => {
                let is_same = |own: &Arc<Rules>| own.number == *rules && own.keys.number() == *keys;
                key.with_token_rules(is_same).unwrap_or(false)
            }
            Basis::Access(said) => {
                key.id == said.key && key.auth_type == AuthType::Oauth2 && key.takes(said, now)
            }
        }
    }
}

/// The key that a token names, and what its tokens must be like. Nothing of the token is believed
/// yet, but whoever names a key knows the key's own token.
fn named(keys: &KeyRing, token: &Token<'_>) -> Result<(Digest, Arc<Rules>), TokenFault> {
    let documented = token.claims.documented(token.header.kid.as_deref());
    let mut found = None;
    let mut fault = if documented.is_some() { TokenFault::UnknownKey } else { TokenFault::NoKey };
    for purport in documented.into_iter().chain(token.claims.chosen()) {
        let Some(digest) = Digest::presented(SecretKind::Key, purport.value.as_bytes()) else { continue };
        match keys.find(&digest, |key| key.map(|key| rules_for(key, purport))) {
            Some(Ok(Some(rules))) if found.is_none() => found = Some((digest, rules)),
            Some(Ok(Some(_))) => return Err(TokenFault::TwoKeys),
            Some(Err(because)) => fault = because,
            Some(Ok(None)) | None => {}
        }
    }
    found.ok_or(fault)
}

/// The rules of a key, if its client lets keys be named in this way.
fn rules_for(key: &Key, purport: Purport<'_>) -> Result<Option<Arc<Rules>>, TokenFault> {
    if !key.auth_type.is_signed() {
        return Err(TokenFault::NotSigned);
    }
    let is_named_so = |rules: &Arc<Rules>| rules.set.access_profile_claim.as_deref() == purport.claim;
    Ok(key.with_token_rules(|rules| is_named_so(rules).then(|| Arc::clone(rules))).flatten())
}
