//! API keys. A portal user makes and manages those of the own clients.

use jiff::{SignedDuration, Timestamp};
use model::access::Privilege;
use model::audit::Deed;
use model::client::{ApiKey, AuthType, Client, GRACE_SECONDS, KEYS_PER_CLIENT, oauth_client_id};
use model::id::{ClientId, KeyId, PolicyId};
use model::net::{IpRange, IpRules};
use model::secret::{Secret, SecretKind};
use serde_json::{Value, json};
use store::Tx;
use store::api_keys::NewKey;

use crate::actor::Subject;
use crate::authentication;
use crate::clients::check_policy;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct KeyDraft {
    /// For people.
    pub name: String,
    /// Whether it can be used at once.
    pub active: bool,
    /// Who may call with it, by address.
    pub rules: IpRules,
    /// When it is to stop working, if ever.
    pub expires_at: Option<Timestamp>,
    /// How often it may call, if otherwise than its client. Developers do not choose that themselves.
    pub policy: Option<PolicyId>,
}

/// What is to change about a key; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct KeyPatch {
    /// For people.
    pub name: Option<String>,
    /// Who alone may call with it.
    pub allow: Option<Vec<IpRange>>,
    /// Who may not call with it.
    pub deny: Option<Vec<IpRange>>,
    /// When it is to stop working; `Some(None)` lets it work without an end.
    pub expires_at: Option<Option<Timestamp>>,
    /// How often it may call; `Some(None)` lets it call as often as its client says.
    pub policy: Option<Option<PolicyId>>,
}

/// A key and its token, which is shown this once.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: ApiKey,
    /// Its token.
    pub token: Secret,
}

impl Actions {
    /// Makes a key for a client.
    pub async fn create_key(&self, actor: &Actor, client: ClientId, draft: KeyDraft) -> Result<IssuedKey> {
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        self.check_end(draft.expires_at, &mut faults);
        faults.check()?;
        let token = Secret::issue(SecretKind::Key, &self.environment);
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        if draft.policy.is_some() {
            may_choose(&mut tx, actor, draft.policy).await?;
        }
        let owner = with_room(&mut tx, actor, client).await?;
        if owner.is_legacy {
            return Err(Error::Refused(
                "this API client is a legacy one, whose keys are access profiles; make one with `POST /api/api_access_profiles`"
                    .to_owned(),
            ));
        }
        let oauth_client_id = self.oauth_client_id(owner.auth_type);
        let new = NewKey {
            workspace: actor.workspace.id,
            client,
            name: &name,
            rules: &draft.rules,
            active: draft.active,
            expires_at: draft.expires_at,
            policy: draft.policy,
            token: &token,
            oauth_client_id: oauth_client_id.as_deref(),
            profile: None,
        };
        let id = store::api_keys::insert(&mut tx, new, self.environment.now()).await?;
        let key = load(&mut tx, actor, client, id).await?;
        self.record(&mut tx, actor, Deed::KeyCreated, subject(&key), json!({ "after": shown(&key) })).await?;
        actor.commit(tx).await?;
        Ok(IssuedKey { key, token })
    }

    /// Changes the name, the address rules, the policy or the end of a key.
    pub async fn update_key(
        &self,
        actor: &Actor,
        client: ClientId,
        id: KeyId,
        patch: KeyPatch,
    ) -> Result<ApiKey> {
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        self.check_end(patch.expires_at.flatten(), &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        if let Some(policy) = patch.policy {
            may_choose(&mut tx, actor, policy).await?;
        }
        let before = load(&mut tx, actor, client, id).await?;
        actor.saw(before.updated_at)?;
        let former = before.clone();
        let key = ApiKey {
            name: name.unwrap_or(former.name),
            rules: IpRules {
                allow: patch.allow.unwrap_or(former.rules.allow),
                deny: patch.deny.unwrap_or(former.rules.deny),
            },
            expires_at: patch.expires_at.unwrap_or(former.expires_at),
            policy: patch.policy.unwrap_or(former.policy),
            ..before.clone()
        };
        store::api_keys::update(&mut tx, actor.scope(), &key, self.environment.now()).await?;
        let after = load(&mut tx, actor, client, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::KeyUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Enables a key. One that is enabled is left alone.
    pub async fn enable_key(&self, actor: &Actor, client: ClientId, id: KeyId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        let key = load(&mut tx, actor, client, id).await?;
        actor.saw(key.updated_at)?;
        if key.active {
            return Ok(());
        }
        store::api_keys::enable(&mut tx, id, self.environment.now()).await?;
        self.record(&mut tx, actor, Deed::KeyEnabled, subject(&key), json!({})).await?;
        actor.commit(tx).await
    }

    /// Disables a key: the next call with it is refused. One that is disabled is left alone.
    pub async fn disable_key(&self, actor: &Actor, client: ClientId, id: KeyId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        let key = load(&mut tx, actor, client, id).await?;
        actor.saw(key.updated_at)?;
        if !key.active {
            return Ok(());
        }
        store::api_keys::disable(&mut tx, id, self.environment.now()).await?;
        self.record(&mut tx, actor, Deed::KeyDisabled, subject(&key), json!({})).await?;
        actor.commit(tx).await
    }

    /// Gives a key another token. The former one stops working after so many seconds, at once if there
    /// are none.
    pub async fn refresh_key(
        &self,
        actor: &Actor,
        client: ClientId,
        id: KeyId,
        grace_seconds: i64,
    ) -> Result<IssuedKey> {
        if !(0..=GRACE_SECONDS).contains(&grace_seconds) {
            let message = format!("must be from 0 to {GRACE_SECONDS}, which is a week");
            return Err(Faults::of("grace_seconds", message).into());
        }
        let token = Secret::issue(SecretKind::Key, &self.environment);
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        let before = load(&mut tx, actor, client, id).await?;
        actor.saw(before.updated_at)?;
        let now = self.environment.now();
        match now.checked_add(SignedDuration::from_secs(grace_seconds)) {
            Ok(until) if grace_seconds > 0 => {
                store::api_keys::refresh_with_grace(&mut tx, id, &token, until, now).await?;
            }
            _ => store::api_keys::refresh(&mut tx, id, &token, None, now).await?,
        }
        let key = load(&mut tx, actor, client, id).await?;
        let details =
            json!({ "before": shown(&before), "after": shown(&key), "grace_seconds": grace_seconds });
        self.record(&mut tx, actor, Deed::KeyRefreshed, subject(&key), details).await?;
        actor.commit(tx).await?;
        Ok(IssuedKey { key, token })
    }

    /// Deletes a key: the next call with it is refused.
    pub async fn delete_key(&self, actor: &Actor, client: ClientId, id: KeyId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        self.must_for(&mut tx, actor, Privilege::ManageKeys, client).await?;
        let key = load(&mut tx, actor, client, id).await?;
        actor.saw(key.updated_at)?;
        store::api_keys::delete(&mut tx, id).await?;
        self.record(&mut tx, actor, Deed::KeyDeleted, subject(&key), json!({ "before": shown(&key) }))
            .await?;
        actor.commit(tx).await
    }
}

impl Actions {
    /// The public half of a new credential, if callers who authenticate like this have one.
    pub(crate) fn oauth_client_id(&self, auth_type: AuthType) -> Option<String> {
        (auth_type == AuthType::Oauth2).then(|| oauth_client_id(&self.environment))
    }

    /// A key that is over before it begins is more often a mistake than a wish.
    fn check_end(&self, end: Option<Timestamp>, faults: &mut Faults) {
        if end.is_some_and(|end| end <= self.environment.now()) {
            faults.add("expires_at", "is in the past; give a time to come, or disable the key");
        }
    }
}

/// Refuses a policy that is not there, and any choice, none included, of those who are limited by it.
async fn may_choose(tx: &mut Tx, actor: &Actor, policy: Option<PolicyId>) -> Result<()> {
    actor.must(Privilege::ManageKeys)?;
    check_policy(tx, actor, policy).await
}

/// The client, if it can have one more key.
pub(crate) async fn with_room(tx: &mut Tx, actor: &Actor, client: ClientId) -> Result<Client> {
    let found = store::clients::find(&mut *tx, actor.scope(), client).await?;
    let found = found.ok_or(Error::Missing("API client"))?;
    if store::api_keys::count(tx, client).await? >= KEYS_PER_CLIENT {
        let message =
            format!("has {KEYS_PER_CLIENT} keys, which is the most an API client can have; delete one first");
        return Err(Error::Conflict { field: "api_client_id", message });
    }
    Ok(found.client)
}

pub(crate) async fn load(tx: &mut Tx, actor: &Actor, client: ClientId, id: KeyId) -> Result<ApiKey> {
    store::api_keys::find(tx, actor.scope(), client, id).await?.ok_or(Error::Missing("API key"))
}

pub(crate) fn subject(key: &ApiKey) -> Subject<'_> {
    Subject { id: key.id.0, name: &key.name }
}

/// What the audit trail shows of a key: never its token.
pub(crate) fn shown(key: &ApiKey) -> Value {
    json!({
        "name": key.name,
        "api_client_id": key.client,
        "active": key.active,
        "expires_at": key.expires_at,
        "ip_allow_list": key.rules.allow,
        "ip_deny_list": key.rules.deny,
        "api_policy_id": key.policy,
        "last_four": key.last_four,
        "auth_type": key.auth_type,
        "oauth_client_id": key.oauth_client_id,
        "profile": key.profile.as_ref().map(|profile| json!({
            "jwt": authentication::shown(profile.jwt.as_ref()),
            "api_collection_ids": profile.collections,
        })),
    })
}
