//! `/api/portico/v1/api_portals/{api_portal_id}/settings`: how people come into a portal.

use actions::{Faults, JitDraft, OidcDraft, PortalSettingsPatch};
use axum::extract::State;
use model::client::AuthType;
use model::id::PolicyId;
use model::portal::PortalSettings;
use model::secret::KeyMaterial;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::api_portals::{PortalPath, find};
use crate::Management;
use crate::answer::{Data, Tagged};
use crate::caller::Caller;
use crate::given::{Change, Given, Read};
use crate::matching::MustMatch;
use crate::problem::{Missing, Problem, Refused};
use crate::request::{Body, Path};

/// How people come into a portal, and what becomes of those whom nobody invited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPortalSettings {
    /// Whether a link by e-mail signs in.
    #[schema(example = true)]
    magic_link: bool,
    /// Whether a password signs in.
    #[schema(example = false)]
    password: bool,
    /// Whether the identity provider signs in.
    #[schema(example = true)]
    sso: bool,
    /// The identity provider of single sign-on, if there is one.
    oidc: Option<ApiPortalOidc>,
    /// What becomes of those who come by single sign-on and were not invited. While it is null they
    /// may not come in.
    jit: Option<ApiPortalJit>,
}

/// An identity provider. Its client secret is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPortalOidc {
    /// The issuer.
    #[schema(example = "https://id.example.com")]
    issuer: String,
    /// As what the portal is registered there.
    #[schema(example = "developer-portal")]
    client_id: String,
}

/// What becomes of those who come by single sign-on and were not invited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPortalJit {
    /// Whether they may come in.
    #[schema(example = true)]
    enabled: bool,
    /// How the client authenticates that is made for each: `token` or `oauth2`.
    #[schema(value_type = String, example = "token")]
    auth_type: AuthType,
    /// The policy of that client, if any.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Option<PolicyId>,
}

impl From<PortalSettings> for ApiPortalSettings {
    fn from(settings: PortalSettings) -> Self {
        let oidc = settings.oidc.map(|oidc| ApiPortalOidc { issuer: oidc.issuer, client_id: oidc.client_id });
        let jit = settings.jit.map(|jit| ApiPortalJit {
            enabled: jit.enabled,
            auth_type: jit.auth_type,
            api_policy_id: jit.policy,
        });
        let methods = settings.sign_in;
        Self { magic_link: methods.magic_link, password: methods.password, sso: methods.sso, oidc, jit }
    }
}

/// Shows how people come into a portal.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_portals/{api_portal_id}/settings",
    tag = "Portals",
    params(PortalPath),
    responses((status = OK, description = "The settings", body = Data<ApiPortalSettings>), Missing),
)]
pub(crate) async fn get_api_portal_settings(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
) -> Result<Tagged<Data<ApiPortalSettings>>, Problem> {
    let portal = find(&management, &caller, path.api_portal_id).await?;
    let settings = store::portal_settings::find(&management.db, portal.id).await?;
    let settings = settings.ok_or_else(|| Problem::missing("API portal"))?;
    Ok(Tagged(portal.updated_at, Data { data: settings.into() }))
}

/// What is to change about how people come into a portal. What is absent stays. One way to sign in at
/// least remains.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiPortalSettingsChanges {
    /// Whether a link by e-mail signs in.
    #[schema(value_type = Option<bool>, example = true)]
    magic_link: Given<bool>,
    /// Whether a password signs in.
    #[schema(value_type = Option<bool>, example = false)]
    password: Given<bool>,
    /// Whether the identity provider signs in; needs `oidc`.
    #[schema(value_type = Option<bool>, example = true)]
    sso: Given<bool>,
    /// The identity provider; null forgets it.
    #[serde(default)]
    #[schema(value_type = Option<GivenOidc>)]
    oidc: Change<GivenOidc>,
    /// What becomes of those whom nobody invited; needs `sso`.
    #[schema(value_type = Option<GivenJit>)]
    jit: Given<GivenJit>,
}

/// An identity provider, found by OpenID Connect Discovery. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct GivenOidc {
    /// The issuer, an `https` URL. Another issuer needs another secret.
    #[schema(value_type = Option<String>, example = "https://id.example.com", pattern = "^https://", max_length = 2048)]
    issuer: Given<String>,
    /// As what the portal is registered there.
    #[schema(value_type = Option<String>, example = "developer-portal", min_length = 1, max_length = 255)]
    client_id: Given<String>,
    /// What the portal proves itself with. It is kept sealed and never shown.
    #[schema(value_type = Option<String>, example = "aibiethohb2aeTh5", min_length = 1, max_length = 4096)]
    client_secret: Given<String>,
}

impl Read for GivenOidc {
    fn read(value: Value) -> Result<Self, String> {
        let misfit = || "must be an object with `issuer`, `client_id` and `client_secret`".to_owned();
        if value.is_object() { Self::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
    }
}

impl GivenOidc {
    fn draft(self, faults: &mut Faults) -> OidcDraft {
        OidcDraft {
            issuer: self.issuer.optional("oidc.issuer", faults),
            client_id: self.client_id.optional("oidc.client_id", faults),
            client_secret: self.client_secret.optional("oidc.client_secret", faults).map(KeyMaterial::new),
        }
    }
}

/// What becomes of those who come by single sign-on and were not invited. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct GivenJit {
    /// Whether they may come in; true unless said otherwise when it is first saved.
    #[schema(value_type = Option<bool>, example = true)]
    enabled: Given<bool>,
    /// How the client authenticates that is made for each: `token` or `oauth2`. It is required when it
    /// is first saved and cannot change later.
    #[schema(value_type = Option<String>, example = "token")]
    auth_type: Given<AuthType>,
    /// The policy of that client; null is none.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Change<PolicyId>,
}

impl Read for GivenJit {
    fn read(value: Value) -> Result<Self, String> {
        let misfit = || "must be an object with `enabled`, `auth_type` and `api_policy_id`".to_owned();
        if value.is_object() { Self::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
    }
}

impl GivenJit {
    fn draft(self, faults: &mut Faults) -> JitDraft {
        JitDraft {
            enabled: self.enabled.optional("jit.enabled", faults),
            auth_type: self.auth_type.optional("jit.auth_type", faults),
            policy: self.api_policy_id.wanted("jit.api_policy_id", faults),
        }
    }
}

/// Changes how people come into a portal.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_portals/{api_portal_id}/settings",
    tag = "Portals",
    params(PortalPath, MustMatch),
    request_body = ApiPortalSettingsChanges,
    responses((status = OK, description = "The settings", body = Data<ApiPortalSettings>), Missing, Refused),
)]
pub(crate) async fn update_api_portal_settings(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Body(body): Body<ApiPortalSettingsChanges>,
) -> Result<Tagged<Data<ApiPortalSettings>>, Problem> {
    let id = find(&management, &caller, path.api_portal_id).await?.id;
    let mut faults = Faults::default();
    let oidc = body.oidc.wanted("oidc", &mut faults);
    let jit = body.jit.optional("jit", &mut faults);
    let patch = PortalSettingsPatch {
        magic_link: body.magic_link.optional("magic_link", &mut faults),
        password: body.password.optional("password", &mut faults),
        sso: body.sso.optional("sso", &mut faults),
        oidc: oidc.map(|oidc| oidc.map(|oidc| oidc.draft(&mut faults))),
        jit: jit.map(|jit| jit.draft(&mut faults)),
    };
    faults.check()?;
    let (settings, updated_at) = management.actions.update_portal_settings(caller.actor(), id, patch).await?;
    Ok(Tagged(updated_at, Data { data: settings.into() }))
}
