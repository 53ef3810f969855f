//! `/api/api_access_profiles`: the keys of legacy clients, each with its own way to authenticate and
//! its own collections.

use std::collections::HashMap;

use actions::{Faults, ProfileDraft, ProfilePatch};
use axum::extract::State;
use model::client::{ApiKey, AuthType, JwtMethod};
use model::id::{ClientId, CollectionId, KeyId, PolicyId};
use model::secret::Secret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::authentication::JwtFields;
use crate::caller::Caller;
use crate::given::{Given, IpRanges, once};
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// An access profile, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedAccessProfile {
    /// Its id; stays when its token is refreshed.
    #[schema(value_type = i64, example = 942738)]
    id: KeyId,
    /// For people.
    #[schema(example = "Sales API Profile")]
    name: String,
    /// The client it belongs to.
    #[schema(value_type = i64, example = 933804)]
    api_client_id: ClientId,
    /// What it may call.
    #[schema(value_type = Vec<i64>, example = json!([1391, 1388]))]
    api_collection_ids: Vec<CollectionId>,
    /// Whether it can be used.
    #[schema(example = true)]
    active: bool,
    /// How callers authenticate with it: `token`, `jwt`, `oauth2` or `oidc`.
    #[schema(value_type = String, example = "token")]
    auth_type: AuthType,
    /// When it was made.
    #[schema(example = "2023-11-07T19:39:04.294-05:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2023-11-07T19:39:04.294-05:00", format = DateTime)]
    updated_at: String,
}

impl ListedAccessProfile {
    fn new(zone: &Zone, key: ApiKey, of_clients: &HashMap<ClientId, Vec<CollectionId>>) -> Self {
        // A key without a profile follows its client.
        let api_collection_ids = match key.profile {
            Some(profile) => profile.collections,
            None => of_clients.get(&key.client).cloned().unwrap_or_default(),
        };
        Self {
            id: key.id,
            name: key.name,
            api_client_id: key.client,
            api_collection_ids,
            active: key.active,
            auth_type: key.auth_type,
            created_at: zone.time(key.created_at),
            updated_at: zone.time(key.updated_at),
        }
    }
}

/// An access profile with its credential.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessProfile {
    /// Its id; stays when its token is refreshed.
    #[schema(value_type = i64, example = 26985)]
    id: KeyId,
    /// For people.
    #[schema(example = "Sales team")]
    name: String,
    /// The client it belongs to.
    #[schema(value_type = i64, example = 1255)]
    api_client_id: ClientId,
    /// What it may call.
    #[schema(value_type = Vec<i64>, example = json!([1391, 1388]))]
    api_collection_ids: Vec<CollectionId>,
    /// Whether it can be used.
    #[schema(example = true)]
    active: bool,
    /// How callers authenticate with it: `token`, `jwt`, `oauth2` or `oidc`.
    #[schema(value_type = String, example = "token")]
    auth_type: AuthType,
    /// How its tokens are signed, if its `auth_type` is `jwt`.
    #[schema(value_type = Option<String>)]
    jwt_method: Option<JwtMethod>,
    /// The public key, unless `jwt_method` is `hmac`. A shared secret is never shown.
    jwt_secret: Option<String>,
    /// The client id of the OAuth 2.0 credential, if its `auth_type` is `oauth2`.
    oauth_client_id: Option<String>,
    /// Its secret in the answer that makes or refreshes it; later its last four characters.
    oauth_client_secret: Option<String>,
    /// The token in the answer that makes or refreshes it; later its last four characters. Of a profile
    /// with signed tokens it is what the claim has to say that names the key.
    #[schema(example = "e3a1ce1d46c4cf8c2cb54a0126781c6ed3073312451ee0990035bf8a4bc90c2a")]
    secret: Option<String>,
    /// When it was made.
    #[schema(example = "2020-08-12T08:03:05.492-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-08-12T08:03:05.492-07:00", format = DateTime)]
    updated_at: String,
}

impl AccessProfile {
    /// With its token, if it is a new one.
    fn new(zone: &Zone, key: ApiKey, collections: Vec<CollectionId>, token: Option<&Secret>) -> Self {
        let secret = token.map_or(key.last_four, |token| token.expose().to_owned());
        let is_oauth = key.auth_type == AuthType::Oauth2;
        let signing = key.profile.and_then(|profile| profile.jwt).and_then(|rules| rules.key);
        Self {
            id: key.id,
            name: key.name,
            api_client_id: key.client,
            api_collection_ids: collections,
            active: key.active,
            auth_type: key.auth_type,
            jwt_method: signing.as_ref().map(|signing| signing.method),
            jwt_secret: signing
                .filter(|signing| signing.method.has_public_key())
                .map(|signing| signing.material.expose().to_owned()),
            oauth_client_id: key.oauth_client_id,
            oauth_client_secret: is_oauth.then(|| secret.clone()),
            secret: (!is_oauth).then_some(secret),
            created_at: zone.time(key.created_at),
            updated_at: zone.time(key.updated_at),
        }
    }

    async fn load(
        management: &Management,
        caller: &Caller,
        key: ApiKey,
        token: Option<&Secret>,
    ) -> Result<Self, Problem> {
        let collections = match &key.profile {
            Some(profile) => profile.collections.clone(),
            None => {
                let client = store::clients::find(&management.db, caller.scope(), key.client).await?;
                let collections = client.map(|client| client.collections).unwrap_or_default();
                collections.into_iter().map(|collection| collection.id).collect()
            }
        };
        Ok(Self::new(caller.zone(), key, collections, token))
    }
}

/// Which access profiles are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProfileFilter {
    /// Only those of this client.
    #[param(value_type = Option<i64>, example = 933_804)]
    api_client_id: Given<ClientId>,
}

/// Lists the access profiles of all clients, or of one, oldest first.
#[utoipa::path(
    get,
    path = "/api/api_access_profiles",
    tag = "Keys",
    params(ProfileFilter, PageQuery),
    responses((status = OK, description = "One page of access profiles", body = Vec<ListedAccessProfile>)),
)]
pub(crate) async fn list_api_access_profiles(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<ProfileFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<ListedAccessProfile>>, Problem> {
    let mut faults = Faults::default();
    let client = filter.api_client_id.optional("api_client_id", &mut faults);
    faults.check()?;
    let (db, scope) = (&management.db, caller.scope());
    let keys = store::api_keys::list(db, scope, client, page.page()?).await?.rows;
    let clients: Vec<_> = keys.iter().filter(|key| key.profile.is_none()).map(|key| key.client).collect();
    let of_clients = store::clients::collections(db, scope, &clients).await?;
    let show = |key| ListedAccessProfile::new(caller.zone(), key, &of_clients);
    Ok(Answer(keys.into_iter().map(show).collect()))
}

/// Whose a new access profile is to be.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewProfileQuery {
    /// The client that it is to belong to, if the body does not name it.
    #[param(value_type = Option<i64>, example = 1255)]
    api_client_id: Given<ClientId>,
}

/// An access profile to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAccessProfile {
    /// For people.
    #[schema(value_type = String, example = "Sales team")]
    name: Given<String>,
    /// The client that it is to belong to; the query can name it in place of the body.
    #[schema(value_type = i64, example = 1255)]
    api_client_id: Given<ClientId>,
    /// What it may call; at least one.
    #[schema(value_type = Vec<i64>, example = json!([1391, 1388]))]
    api_collection_ids: Given<Vec<CollectionId>>,
    /// Whether it can be used at once; absent, it cannot until it is enabled.
    #[schema(value_type = Option<bool>, example = true)]
    active: Given<bool>,
    /// How callers authenticate with it: `token`, `jwt`, `oauth2` or `oidc`.
    #[schema(value_type = String, example = "token")]
    auth_type: Given<AuthType>,
    /// If not empty, only these addresses and ranges may call with it. One string with commas
    /// is read as well.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.10", "203.0.113.0/24"]))]
    ip_allow_list: Given<IpRanges>,
    /// How often it may call, if otherwise than its client.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Given<PolicyId>,
    #[serde(flatten)]
    jwt: JwtFields,
}

/// Makes an access profile for a client that was made with `POST /api/api_clients`. The answer is
/// the only one that has its whole token.
#[utoipa::path(
    post,
    path = "/api/api_access_profiles",
    tag = "Keys",
    params(NewProfileQuery),
    request_body = NewAccessProfile,
    responses(
        (status = OK, description = "The access profile with its token", body = AccessProfile),
        Missing,
        Conflict,
        Refused
    ),
)]
pub(crate) async fn create_api_access_profile(
    caller: Caller,
    State(management): State<Management>,
    Query(query): Query<NewProfileQuery>,
    Body(body): Body<NewAccessProfile>,
) -> Result<Tagged<AccessProfile>, Problem> {
    let mut faults = Faults::default();
    let client = once("api_client_id", query.api_client_id, body.api_client_id, &mut faults)?;
    if client.is_none() && faults.iter().next().is_none() {
        faults.add("api_client_id", "can't be blank");
    }
    let name = body.name.required("name", &mut faults);
    let collections = body.api_collection_ids.required("api_collection_ids", &mut faults);
    let active = body.active.optional("active", &mut faults).unwrap_or(false);
    let auth_type = body.auth_type.required("auth_type", &mut faults);
    let allow = body.ip_allow_list.optional("ip_allow_list", &mut faults);
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let jwt = body.jwt.draft(&mut faults);
    let (Some(client), Some(name), Some(collections), Some(auth_type)) =
        (client, name, collections, auth_type)
    else {
        return Err(faults.into());
    };
    faults.check()?;
    let allow = allow.map(|ranges| ranges.0).unwrap_or_default();
    let draft = ProfileDraft { name, collections, active, auth_type, jwt, policy, allow };
    let issued = management.actions.create_profile(caller.actor(), client, draft).await?;
    let updated_at = issued.key.updated_at;
    Ok(Tagged(updated_at, AccessProfile::load(&management, &caller, issued.key, Some(&issued.token)).await?))
}

/// An access profile in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProfilePath {
    /// Id of the access profile.
    #[param(value_type = i64, example = 27894)]
    api_access_profile_id: KeyId,
}

/// What is to change about an access profile. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AccessProfileChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "Sales team")]
    name: Given<String>,
    /// What it may call; at least one.
    #[schema(value_type = Option<Vec<i64>>, example = json!([1391, 1388]))]
    api_collection_ids: Given<Vec<CollectionId>>,
    /// Whether it can be used.
    #[schema(value_type = Option<bool>, example = true)]
    active: Given<bool>,
    /// How callers authenticate with it. Another way than before comes with a new token, which is in
    /// the answer.
    #[schema(value_type = Option<String>, example = "token")]
    auth_type: Given<AuthType>,
    /// If not empty, only these addresses and ranges may call with it.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.10", "203.0.113.0/24"]))]
    ip_allow_list: Given<IpRanges>,
    /// How often it may call, if otherwise than its client; 0 takes its own policy away.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Given<PolicyId>,
    #[serde(flatten)]
    jwt: JwtFields,
}

/// Changes an access profile.
#[utoipa::path(
    put,
    path = "/api/api_access_profiles/{api_access_profile_id}",
    tag = "Keys",
    params(ProfilePath, MayMatch),
    request_body = AccessProfileChanges,
    responses((status = OK, description = "The access profile", body = AccessProfile), Missing, Refused),
)]
pub(crate) async fn update_api_access_profile(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProfilePath>,
    Body(body): Body<AccessProfileChanges>,
) -> Result<Tagged<AccessProfile>, Problem> {
    let mut faults = Faults::default();
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let patch = ProfilePatch {
        name: body.name.optional("name", &mut faults),
        collections: body.api_collection_ids.optional("api_collection_ids", &mut faults),
        active: body.active.optional("active", &mut faults),
        auth_type: body.auth_type.optional("auth_type", &mut faults),
        allow: body.ip_allow_list.optional("ip_allow_list", &mut faults).map(|ranges| ranges.0),
        policy: policy.map(|id| (id.0 != 0).then_some(id)),
        jwt: body.jwt.draft(&mut faults),
    };
    // Whether it is there is asked first, so that nothing else is said about what is not.
    let found = store::api_keys::find_any(&management.db, caller.scope(), path.api_access_profile_id);
    found.await?.ok_or_else(|| Problem::missing("access profile"))?;
    faults.check()?;
    let id = path.api_access_profile_id;
    let changed = management.actions.update_profile(caller.actor(), id, patch).await?;
    let updated_at = changed.key.updated_at;
    let shown = AccessProfile::load(&management, &caller, changed.key, changed.token.as_ref()).await?;
    Ok(Tagged(updated_at, shown))
}

/// Enables an access profile.
#[utoipa::path(
    put,
    path = "/api/api_access_profiles/{api_access_profile_id}/enable",
    tag = "Keys",
    params(ProfilePath),
    responses((status = OK, description = "It can be used", body = Success), Missing),
)]
pub(crate) async fn enable_api_access_profile(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProfilePath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.enable_profile(caller.actor(), path.api_access_profile_id).await?;
    Ok(SUCCESS)
}

/// Disables an access profile. The next call with it is refused.
#[utoipa::path(
    put,
    path = "/api/api_access_profiles/{api_access_profile_id}/disable",
    tag = "Keys",
    params(ProfilePath),
    responses((status = OK, description = "It can no longer be used", body = Success), Missing),
)]
pub(crate) async fn disable_api_access_profile(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProfilePath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.disable_profile(caller.actor(), path.api_access_profile_id).await?;
    Ok(SUCCESS)
}

/// Gives an access profile another token, or another OAuth 2.0 client id and secret. The former
/// ones stop working at once. Fails where tokens are signed elsewhere.
#[utoipa::path(
    put,
    path = "/api/api_access_profiles/{api_access_profile_id}/refresh_secret",
    tag = "Keys",
    params(ProfilePath),
    responses(
        (status = OK, description = "The access profile with its new token", body = AccessProfile),
        Missing,
        Refused
    ),
)]
pub(crate) async fn refresh_api_access_profile_secret(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ProfilePath>,
) -> Result<Answer<AccessProfile>, Problem> {
    let id = path.api_access_profile_id;
    let issued = management.actions.refresh_profile(caller.actor(), id).await?;
    Ok(Answer(AccessProfile::load(&management, &caller, issued.key, Some(&issued.token)).await?))
}
