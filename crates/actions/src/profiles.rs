//! Access profiles: the keys of legacy clients, each with its own way to authenticate and its own
//! collections.

use model::access::Privilege;
use model::audit::Deed;
use model::client::{ApiKey, AuthType, Profile};
use model::id::{ClientId, CollectionId, KeyId, PolicyId};
use model::net::{IpRange, IpRules};
use model::secret::{Secret, SecretKind};
use serde_json::json;
use store::Tx;
use store::api_keys::NewKey;

use crate::authentication::JwtDraft;
use crate::clients::{check_collections, check_policy};
use crate::keys::{load, shown, subject, with_room};
use crate::{Actions, Actor, Error, Faults, IssuedKey, Result, text};

/// An access profile to be made.
#[derive(Debug, Clone)]
pub struct ProfileDraft {
    /// For people.
    pub name: String,
    /// What it may call; at least one.
    pub collections: Vec<CollectionId>,
    /// Whether it can be used at once.
    pub active: bool,
    /// How callers authenticate with it.
    pub auth_type: AuthType,
    /// What their signed tokens must be like.
    pub jwt: JwtDraft,
    /// How often it may call, if otherwise than its client.
    pub policy: Option<PolicyId>,
    /// Who alone may call with it, by address.
    pub allow: Vec<IpRange>,
}

/// What is to change about an access profile; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProfilePatch {
    /// For people.
    pub name: Option<String>,
    /// What it may call; at least one.
    pub collections: Option<Vec<CollectionId>>,
    /// Whether it can be used.
    pub active: Option<bool>,
    /// How callers authenticate with it. Another way than before comes with another token.
    pub auth_type: Option<AuthType>,
    /// What their signed tokens must be like.
    pub jwt: JwtDraft,
    /// How often it may call; `Some(None)` takes its own policy away.
    pub policy: Option<Option<PolicyId>>,
    /// Who alone may call with it, by address.
    pub allow: Option<Vec<IpRange>>,
}

/// An access profile that was changed, and its token if it is another one now.
#[derive(Debug)]
pub struct ChangedProfile {
    /// The access profile.
    pub key: ApiKey,
    /// Its new token.
    pub token: Option<Secret>,
}

impl Actions {
    /// Makes an access profile for a legacy client.
    pub async fn create_profile(
        &self,
        actor: &Actor,
        client: ClientId,
        draft: ProfileDraft,
    ) -> Result<IssuedKey> {
        actor.must(Privilege::ManageKeys)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        some_collections(&draft.collections, &mut faults);
        let jwt = draft.jwt.rules(draft.auth_type, None, &mut faults);
        faults.check()?;
        let token = Secret::issue(SecretKind::Key, &self.environment);
        let oauth_client_id = self.oauth_client_id(draft.auth_type);
        let mut tx = self.db.begin().await?;
        let owner = with_room(&mut tx, actor, client).await.map_err(|error| match error {
            Error::Missing(_) => {
                let message =
                    format!("is {client}, which is no API client here; `GET /api/api_clients` lists them");
                Error::Unknown(Faults::of("api_client_id", message))
            }
            other => other,
        })?;
        if !owner.is_legacy {
            return Err(not_legacy());
        }
        check_collections(&mut tx, actor, &draft.collections).await?;
        check_policy(&mut tx, actor, draft.policy).await?;
        let profile = Profile { jwt, collections: draft.collections };
        let new = NewKey {
            workspace: actor.workspace.id,
            client,
            name: &name,
            rules: &IpRules { allow: draft.allow, deny: Vec::new() },
            active: draft.active,
            expires_at: None,
            policy: draft.policy,
            token: &token,
            oauth_client_id: oauth_client_id.as_deref(),
            profile: Some((draft.auth_type, &profile)),
        };
        let id = store::api_keys::insert(&mut tx, new, self.environment.now()).await?;
        let key = load(&mut tx, actor, client, id).await?;
        self.record(&mut tx, actor, Deed::KeyCreated, subject(&key), json!({ "after": shown(&key) })).await?;
        actor.commit(tx).await?;
        Ok(IssuedKey { key, token })
    }

    /// Changes an access profile.
    pub async fn update_profile(
        &self,
        actor: &Actor,
        id: KeyId,
        patch: ProfilePatch,
    ) -> Result<ChangedProfile> {
        actor.must(Privilege::ManageKeys)?;
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let before = find(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let Some(profile) = before.profile.clone() else { return Err(not_legacy()) };
        let auth_type = patch.auth_type.unwrap_or(before.auth_type);
        let changes_type = auth_type != before.auth_type;

        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        if let Some(collections) = &patch.collections {
            some_collections(collections, &mut faults);
        }
        // A secret of another way to authenticate is no secret for this one.
        let jwt = patch.jwt.rules(auth_type, profile.jwt.as_ref().filter(|_| !changes_type), &mut faults);
        faults.check()?;
        check_collections(&mut tx, actor, patch.collections.as_deref().unwrap_or_default()).await?;
        check_policy(&mut tx, actor, patch.policy.flatten()).await?;

        let rules = before.rules.clone();
        let key = ApiKey {
            name: name.unwrap_or_else(|| before.name.clone()),
            auth_type,
            oauth_client_id: before.oauth_client_id.clone().filter(|_| !changes_type),
            profile: Some(Profile { jwt, collections: patch.collections.unwrap_or(profile.collections) }),
            policy: patch.policy.unwrap_or(before.policy),
            rules: IpRules { allow: patch.allow.unwrap_or(rules.allow), deny: rules.deny },
            ..before.clone()
        };
        store::api_keys::update(&mut tx, actor.scope(), &key, now).await?;
        match patch.active {
            Some(true) if !before.active => store::api_keys::enable(&mut tx, id, now).await?,
            Some(false) if before.active => store::api_keys::disable(&mut tx, id, now).await?,
            _ => {}
        }
        let token = changes_type.then(|| Secret::issue(SecretKind::Key, &self.environment));
        if let Some(token) = &token {
            let oauth_client_id = self.oauth_client_id(auth_type);
            store::api_keys::refresh(&mut tx, id, token, oauth_client_id.as_deref(), now).await?;
        }
        let key = load(&mut tx, actor, before.client, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&key) });
        self.record(&mut tx, actor, Deed::KeyUpdated, subject(&key), details).await?;
        actor.commit(tx).await?;
        Ok(ChangedProfile { key, token })
    }

    /// Enables an access profile. One that is enabled is left alone.
    pub async fn enable_profile(&self, actor: &Actor, id: KeyId) -> Result<()> {
        let client = self.client_of(actor, id).await?;
        self.enable_key(actor, client, id).await
    }

    /// Disables an access profile: the next call with it is refused.
    pub async fn disable_profile(&self, actor: &Actor, id: KeyId) -> Result<()> {
        let client = self.client_of(actor, id).await?;
        self.disable_key(actor, client, id).await
    }

    /// Gives an access profile another token, and one for OAuth 2.0 another client id. The former
    /// ones stop working at once.
    pub async fn refresh_profile(&self, actor: &Actor, id: KeyId) -> Result<IssuedKey> {
        actor.must(Privilege::ManageKeys)?;
        let token = Secret::issue(SecretKind::Key, &self.environment);
        let mut tx = self.db.begin().await?;
        let before = find(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        if before.auth_type.is_signed() {
            return Err(Error::Refused(
                "this access profile authenticates by signed tokens, which are not issued here; change `jwt_secret` where they are signed"
                    .to_owned(),
            ));
        }
        let oauth_client_id = self.oauth_client_id(before.auth_type);
        let now = self.environment.now();
        store::api_keys::refresh(&mut tx, id, &token, oauth_client_id.as_deref(), now).await?;
        let key = load(&mut tx, actor, before.client, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&key) });
        self.record(&mut tx, actor, Deed::KeyRefreshed, subject(&key), details).await?;
        actor.commit(tx).await?;
        Ok(IssuedKey { key, token })
    }

    /// The client of a key, which is for ever the same.
    async fn client_of(&self, actor: &Actor, id: KeyId) -> Result<ClientId> {
        let key = store::api_keys::find_any(&self.db, actor.scope(), id).await?;
        Ok(key.ok_or(MISSING)?.client)
    }
}

const MISSING: Error = Error::Missing("access profile");

async fn find(tx: &mut Tx, actor: &Actor, id: KeyId) -> Result<ApiKey> {
    store::api_keys::find_any(tx, actor.scope(), id).await?.ok_or(MISSING)
}

fn not_legacy() -> Error {
    Error::Refused(
        "this API client is no legacy one, and has API keys in place of access profiles; use `/api/v2/api_clients/:id/api_keys`"
            .to_owned(),
    )
}

fn some_collections(collections: &[CollectionId], faults: &mut Faults) {
    if collections.is_empty() {
        faults.add("api_collection_ids", "can't be blank");
    }
}
