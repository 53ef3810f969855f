//! How people come into a portal, and what it publishes to whom.

use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::client::AuthType;
use model::id::{CollectionId, PolicyId, PortalId};
use model::portal::{JitRules, PortalOidc, PortalSettings, Publication, SignInMethods, Visibility};
use model::secret::KeyMaterial;
use serde_json::{Value, json};
use store::Tx;

use crate::clients::{check_collections, check_policy};
use crate::identity::SeenProvider;
use crate::{Actions, Actor, Error, Faults, Result, portals, text};

/// What is to change about how people come into a portal; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PortalSettingsPatch {
    /// Whether a link by e-mail signs in.
    pub magic_link: Option<bool>,
    /// Whether a password signs in.
    pub password: Option<bool>,
    /// Whether the identity provider signs in.
    pub sso: Option<bool>,
    /// The identity provider; `Some(None)` forgets it.
    pub oidc: Option<Option<OidcDraft>>,
    /// What becomes of those whom nobody invited.
    pub jit: Option<JitDraft>,
}

/// What was given about an identity provider; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct OidcDraft {
    /// The issuer.
    pub issuer: Option<String>,
    /// As what the portal is registered there.
    pub client_id: Option<String>,
    /// What the portal proves itself with.
    pub client_secret: Option<KeyMaterial>,
}

/// What was given about those whom nobody invited; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct JitDraft {
    /// Whether they may come in.
    pub enabled: Option<bool>,
    /// How their clients authenticate; cannot change once saved.
    pub auth_type: Option<AuthType>,
    /// The policy of their clients; `Some(None)` is none.
    pub policy: Option<Option<PolicyId>>,
}

/// What is to change about a collection in a portal; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicationPatch {
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Whether a wish for it is granted without anybody deciding.
    pub auto_approve: Option<bool>,
}

impl Actions {
    /// Changes how people come into a portal. Gives with it when the portal was last changed.
    pub async fn update_portal_settings(
        &self,
        actor: &Actor,
        id: PortalId,
        patch: PortalSettingsPatch,
    ) -> Result<(PortalSettings, Timestamp)> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, id).await?;
        actor.saw(portal.updated_at)?;
        let before = load(&mut tx, id).await?;
        let mut faults = Faults::default();
        let sign_in = SignInMethods {
            magic_link: patch.magic_link.unwrap_or(before.sign_in.magic_link),
            password: patch.password.unwrap_or(before.sign_in.password),
            sso: patch.sso.unwrap_or(before.sign_in.sso),
        };
        let oidc = match patch.oidc {
            None => before.oidc.clone(),
            Some(None) => None,
            Some(Some(draft)) => provider(draft, before.oidc.clone(), &mut faults),
        };
        // Then the faults of its fields say more.
        let is_unsound = oidc.is_none() && faults.iter().next().is_some();
        let policy = patch.jit.as_ref().and_then(|jit| jit.policy).flatten();
        let jit = match patch.jit {
            None => before.jit,
            Some(draft) => rules(&draft, before.jit, &mut faults)?,
        };
        if !(sign_in.magic_link || sign_in.password || sign_in.sso) {
            faults.add("magic_link", "or password or sso must be true, or nobody could sign in");
        }
        if sign_in.sso && oidc.is_none() && !is_unsound {
            faults.add("sso", "needs an identity provider; give oidc");
        }
        if jit.is_some_and(|jit| jit.enabled) && !sign_in.sso {
            faults.add("jit.enabled", "needs single sign-on; set sso to true, or this to false");
        }
        faults.check()?;
        check_policy(&mut tx, actor, policy).await?;
        let settings = PortalSettings { sign_in, oidc, jit };
        store::portal_settings::update(&mut tx, id, &settings, self.environment.now()).await?;
        let details = json!({ "before": shown(&before), "after": shown(&settings) });
        self.record(&mut tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
        let updated_at = portals::load(&mut tx, actor, id).await?.updated_at;
        actor.commit(tx).await?;
        Ok((settings, updated_at))
    }

    /// Lets a portal publish a collection, or changes to whom it does. Gives with it when the portal was
    /// last changed.
    pub async fn publish_collection(
        &self,
        actor: &Actor,
        id: PortalId,
        collection: CollectionId,
        patch: PublicationPatch,
    ) -> Result<(Publication, Timestamp)> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, id).await?;
        actor.saw(portal.updated_at)?;
        check_collections(&mut tx, actor, &[collection]).await.map_err(|error| match error {
            Error::Unknown(_) => Error::Missing("API collection"),
            other => other,
        })?;
        let before = store::publications::find(&mut tx, id, collection).await?;
        let publication = Publication {
            collection,
            visibility: patch
                .visibility
                .or(before.map(|before| before.visibility))
                .unwrap_or(Visibility::Everyone),
            auto_approve: patch.auto_approve.unwrap_or(before.is_some_and(|before| before.auto_approve)),
        };
        store::publications::put(&mut tx, id, publication).await?;
        store::portals::touch(&mut tx, id, self.environment.now()).await?;
        let details = json!({
            "before": { "published": before.as_ref().map(published) },
            "after": { "published": published(&publication) },
        });
        self.record(&mut tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
        let updated_at = portals::load(&mut tx, actor, id).await?.updated_at;
        actor.commit(tx).await?;
        Ok((publication, updated_at))
    }

    /// Says of several collections at once how a portal publishes them; `None` withdraws one. What is said
    /// already is left alone. Gives how many changed.
    pub async fn arrange_publications(
        &self,
        actor: &Actor,
        id: PortalId,
        wanted: &[(CollectionId, Option<Publication>)],
    ) -> Result<usize> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, id).await?;
        actor.saw(portal.updated_at)?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (collection, publication) in wanted {
            let former = store::publications::find(&mut tx, id, *collection).await?;
            if former == *publication {
                continue;
            }
            check_collections(&mut tx, actor, &[*collection]).await?;
            match publication {
                Some(publication) => store::publications::put(&mut tx, id, *publication).await?,
                None => store::publications::withdraw(&mut tx, id, *collection).await?,
            }
            before.push(json!({ "id": collection, "published": former.as_ref().map(published) }));
            after.push(json!({ "id": collection, "published": publication.as_ref().map(published) }));
        }
        let changed = after.len();
        if changed > 0 {
            store::portals::touch(&mut tx, id, self.environment.now()).await?;
            let details = json!({ "before": { "collections": before }, "after": { "collections": after } });
            self.record(&mut tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
        }
        actor.commit(tx).await?;
        Ok(changed)
    }

    /// Asks an identity provider what it says about itself, as a sign-in with it would begin. Nothing is
    /// changed.
    pub async fn try_provider(&self, actor: &Actor, issuer: &str) -> Result<SeenProvider> {
        actor.must(Privilege::ManagePortals)?;
        let mut faults = Faults::default();
        let issuer = text::https_url("oidc.issuer", issuer, &mut faults);
        faults.check()?;
        self.look_at_provider(&issuer).await.map_err(|why| Faults::of("oidc.issuer", why).into())
    }

    /// Lets a portal publish a collection no more. Whoever may call it still may.
    pub async fn withdraw_collection(
        &self,
        actor: &Actor,
        id: PortalId,
        collection: CollectionId,
    ) -> Result<()> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, id).await?;
        actor.saw(portal.updated_at)?;
        let before = store::publications::find(&mut tx, id, collection).await?;
        let before = before.ok_or(Error::Missing("API collection in this portal"))?;
        store::publications::withdraw(&mut tx, id, collection).await?;
        store::portals::touch(&mut tx, id, self.environment.now()).await?;
        let details =
            json!({ "before": { "published": published(&before) }, "after": { "published": null } });
        self.record(&mut tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
        actor.commit(tx).await
    }
}

async fn load(tx: &mut Tx, id: PortalId) -> Result<PortalSettings> {
    store::portal_settings::find(tx, id).await?.ok_or(Error::Missing("API portal"))
}

/// The identity provider that is in force with this draft. A secret is kept as long as the issuer is
/// the one that gave it.
fn provider(draft: OidcDraft, before: Option<PortalOidc>, faults: &mut Faults) -> Option<PortalOidc> {
    let issuer = draft.issuer.map(|url| text::https_url("oidc.issuer", &url, faults));
    let issuer = issuer.or(before.as_ref().map(|before| before.issuer.clone()));
    let client_id = draft.client_id.map(|text| text::name("oidc.client_id", &text, faults));
    let client_id = client_id.or(before.as_ref().map(|before| before.client_id.clone()));
    let kept = before.filter(|before| Some(&before.issuer) == issuer.as_ref());
    if let Some(secret) = &draft.client_secret
        && (secret.expose().trim().is_empty() || secret.expose().len() > SECRET_BYTES)
    {
        faults.add("oidc.client_secret", format!("must have 1 to {SECRET_BYTES} characters"));
    }
    let client_secret = draft.client_secret.or(kept.map(|before| before.client_secret));
    for (field, is_there) in [
        ("oidc.issuer", issuer.is_some()),
        ("oidc.client_id", client_id.is_some()),
        ("oidc.client_secret", client_secret.is_some()),
    ] {
        if !is_there {
            faults.add(field, "can't be blank");
        }
    }
    Some(PortalOidc { issuer: issuer?, client_id: client_id?, client_secret: client_secret? })
}

/// The most bytes of a client's secret at an identity provider; those that are signed tokens are long.
const SECRET_BYTES: usize = 4_096;

/// The rules for those whom nobody invited that are in force with this draft.
fn rules(draft: &JitDraft, before: Option<JitRules>, faults: &mut Faults) -> Result<Option<JitRules>> {
    if let (Some(before), Some(given)) = (before, draft.auth_type)
        && before.auth_type != given
    {
        let message = "jit.auth_type cannot change once it is saved, as clients were made with it";
        return Err(Error::Refused(message.to_owned()));
    }
    let Some(auth_type) = draft.auth_type.or(before.map(|before| before.auth_type)) else {
        faults.add("jit.auth_type", "can't be blank; it is `token` or `oauth2`");
        return Ok(None);
    };
    if auth_type.is_signed() {
        faults.add("jit.auth_type", "must be `token` or `oauth2`: nobody is there to give a client its keys");
    }
    Ok(Some(JitRules {
        enabled: draft.enabled.unwrap_or(before.is_none_or(|before| before.enabled)),
        auth_type,
        policy: draft.policy.unwrap_or(before.and_then(|before| before.policy)),
    }))
}

/// What the audit trail shows of settings: never the secret.
fn shown(settings: &PortalSettings) -> Value {
    json!({
        "magic_link": settings.sign_in.magic_link,
        "password": settings.sign_in.password,
        "sso": settings.sign_in.sso,
        "oidc": settings.oidc.as_ref().map(|oidc| json!({
            "issuer": oidc.issuer,
            "client_id": oidc.client_id,
        })),
        "jit": settings.jit.map(|jit| json!({
            "enabled": jit.enabled,
            "auth_type": jit.auth_type,
            "api_policy_id": jit.policy,
        })),
    })
}

fn published(publication: &Publication) -> Value {
    json!({
        "api_collection_id": publication.collection,
        "visibility": publication.visibility,
        "auto_approve": publication.auto_approve,
    })
}
