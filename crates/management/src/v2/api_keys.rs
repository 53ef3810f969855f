//! `/api/v2/api_clients/:id/api_keys`, and the keys of all clients: credentials with their own
//! address rules.

use actions::{Faults, IssuedKey, KeyDraft, KeyPatch};
use axum::extract::State;
use jiff::Timestamp;
use model::client::{ApiKey, AuthType};
use model::id::{ClientId, KeyId, PolicyId};
use model::net::{IpRange, IpRules};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Change, Count, Given, IpRanges};
use crate::matching::MayMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::v2::api_clients::{ClientPath, find};
use crate::zone::Zone;

/// A credential of a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ShownApiKey {
    /// Its id; stays when the token is refreshed.
    #[schema(value_type = i64, example = 37326)]
    id: KeyId,
    /// For people.
    #[schema(example = "Automation Inc.")]
    name: String,
    /// How the client authenticates with it.
    #[schema(value_type = String, example = "token")]
    auth_type: AuthType,
    /// If not empty, only these addresses and ranges may call with it.
    #[schema(value_type = Vec<String>, example = json!(["192.0.2.10", "203.0.113.0/24"]))]
    ip_allow_list: Vec<IpRange>,
    /// These addresses and ranges may never call with it.
    #[schema(value_type = Vec<String>, example = json!(["198.51.100.0/24"]))]
    ip_deny_list: Vec<IpRange>,
    /// Whether it can be used.
    #[schema(example = true)]
    active: bool,
    /// When it was last made usable or refreshed; there also for a key that is not active.
    #[schema(example = "2025-02-12T08:41:44+05:30", format = DateTime)]
    active_since: String,
    /// The token in the answer that makes or refreshes it; later its last four characters.
    #[schema(example = "db5f")]
    auth_token: String,
    /// The client it belongs to.
    #[schema(value_type = i64, example = 42116)]
    api_client_id: ClientId,
    /// When it stops working; there only if it ever does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2027-02-12T08:41:44.000+05:30", format = DateTime)]
    expires_at: Option<String>,
    /// How often it may call; there only if otherwise than its client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Option<PolicyId>,
    /// The client id of its OAuth 2.0 credential; there only if `auth_type` is `oauth2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "8f14e45fceea167a5a36dedd4bea2543")]
    oauth_client_id: Option<String>,
    /// The client secret of its OAuth 2.0 credential, the same as `auth_token`; there only if
    /// `auth_type` is `oauth2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "db5f")]
    oauth_client_secret: Option<String>,
}

impl ShownApiKey {
    /// With the last four characters of its token.
    pub(crate) fn new(zone: &Zone, key: ApiKey) -> Self {
        let last_four = key.last_four.clone();
        Self::with(zone, key, last_four)
    }

    /// With its token, which is shown this once.
    fn issued(zone: &Zone, issued: IssuedKey) -> Self {
        let token = issued.token.expose().to_owned();
        Self::with(zone, issued.key, token)
    }

    fn with(zone: &Zone, key: ApiKey, auth_token: String) -> Self {
        let is_oauth = key.auth_type == AuthType::Oauth2;
        Self {
            id: key.id,
            name: key.name,
            auth_type: key.auth_type,
            ip_allow_list: key.rules.allow,
            ip_deny_list: key.rules.deny,
            active: key.active,
            active_since: zone.second(key.active_since),
            expires_at: key.expires_at.map(|end| zone.time(end)),
            api_policy_id: key.policy,
            oauth_client_id: key.oauth_client_id,
            oauth_client_secret: is_oauth.then(|| auth_token.clone()),
            auth_token,
            api_client_id: key.client,
        }
    }
}

/// Which keys are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyFilter {
    /// Only those of this client.
    #[param(value_type = Option<i64>, example = 42116)]
    api_client_id: Given<ClientId>,
}

/// Lists the API keys of all clients, or of one, oldest first.
#[utoipa::path(
    get,
    path = "/api/v2/api_keys",
    tag = "Keys",
    params(KeyFilter, PageQuery),
    responses((status = OK, description = "One page of keys", body = Listed<ShownApiKey>)),
)]
pub(crate) async fn list_api_keys(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<KeyFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownApiKey>>, Problem> {
    let mut faults = Faults::default();
    let client = filter.api_client_id.optional("api_client_id", &mut faults);
    faults.check()?;
    let page = page.page()?;
    let (db, scope) = (&management.db, caller.scope());
    let keys = store::api_keys::list(db, scope, client, page).await?;
    Ok(Answer(Listed::new(keys, page, |key| ShownApiKey::new(caller.zone(), key))))
}

/// Lists the API keys of a client, oldest first.
#[utoipa::path(
    get,
    path = "/api/v2/api_clients/{api_client_id}/api_keys",
    tag = "Keys",
    params(ClientPath, PageQuery),
    responses((status = OK, description = "One page of keys", body = Listed<ShownApiKey>), Missing),
)]
pub(crate) async fn list_client_api_keys(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownApiKey>>, Problem> {
    let page = page.page()?;
    let (db, scope, client) = (&management.db, caller.scope(), path.api_client_id);
    let keys = store::api_keys::list(db, scope, Some(client), page).await?;
    // Whoever has keys is there.
    if keys.total == 0 && !store::clients::is_in(db, scope, client).await? {
        return Err(Problem::missing("API client"));
    }
    Ok(Answer(Listed::new(keys, page, |key| ShownApiKey::new(caller.zone(), key))))
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiKey {
    /// For people.
    #[schema(value_type = String, example = "Automation Inc.")]
    name: Given<String>,
    /// Whether it can be used at once.
    #[schema(value_type = bool, example = true)]
    active: Given<bool>,
    /// If not empty, only these addresses and ranges may call with it. One string with commas
    /// is read as well.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.10", "203.0.113.0/24"]))]
    ip_allow_list: Given<IpRanges>,
    /// These addresses and ranges may never call with it, even if they are allowed.
    #[schema(value_type = Option<Vec<String>>, example = json!(["198.51.100.0/24"]))]
    ip_deny_list: Given<IpRanges>,
    /// When it is to stop working. Without one it works until it is disabled or deleted.
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-02-12T08:41:44+05:30")]
    expires_at: Given<Timestamp>,
    /// How often it may call, if otherwise than its client.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Given<PolicyId>,
}

/// Makes an API key. The answer is the only one that has its whole token.
#[utoipa::path(
    post,
    path = "/api/v2/api_clients/{api_client_id}/api_keys",
    tag = "Keys",
    params(ClientPath),
    request_body = NewApiKey,
    responses(
        (status = OK, description = "The key with its token", body = Data<ShownApiKey>),
        Missing,
        Conflict,
        Refused
    ),
)]
pub(crate) async fn create_api_key(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
    Body(body): Body<NewApiKey>,
) -> Result<Tagged<Data<ShownApiKey>>, Problem> {
    let client = find(&management, &caller, path.api_client_id).await?.client;
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let active = body.active.required("active", &mut faults);
    let allow = ranges(body.ip_allow_list, "ip_allow_list", &mut faults);
    let deny = ranges(body.ip_deny_list, "ip_deny_list", &mut faults);
    let expires_at = body.expires_at.optional("expires_at", &mut faults);
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let (Some(name), Some(active)) = (name, active) else { return Err(faults.into()) };
    faults.check()?;
    let rules = IpRules { allow: allow.unwrap_or_default(), deny: deny.unwrap_or_default() };
    let draft = KeyDraft { name, active, rules, expires_at, policy };
    let issued = management.actions.create_key(caller.actor(), client.id, draft).await?;
    Ok(Tagged(issued.key.updated_at, Data { data: ShownApiKey::issued(caller.zone(), issued) }))
}

fn ranges(given: Given<IpRanges>, field: &'static str, faults: &mut Faults) -> Option<Vec<IpRange>> {
    given.optional(field, faults).map(|ranges| ranges.0)
}

/// A key in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct KeyPath {
    /// Id of the API client that the key belongs to.
    #[param(value_type = i64, example = 42116)]
    api_client_id: ClientId,
    /// Id of the API key.
    #[param(value_type = i64, example = 37326)]
    api_key_id: KeyId,
}

/// What is to change about a key. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiKeyChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "Mustard Inc.")]
    name: Given<String>,
    /// If not empty, only these addresses and ranges may call with it. An empty list lets all
    /// call that are not denied.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.10", "203.0.113.0/24"]))]
    ip_allow_list: Given<IpRanges>,
    /// These addresses and ranges may never call with it, even if they are allowed.
    #[schema(value_type = Option<Vec<String>>, example = json!(["198.51.100.0/24"]))]
    ip_deny_list: Given<IpRanges>,
    /// When it is to stop working; null lets it work without an end.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-02-12T08:41:44+05:30")]
    expires_at: Change<Timestamp>,
    /// How often it may call, if otherwise than its client; 0 takes its own policy away.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Given<PolicyId>,
}

/// Changes the name, the address rules, the policy or the end of an API key.
#[utoipa::path(
    put,
    path = "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}",
    tag = "Keys",
    params(KeyPath, MayMatch),
    request_body = ApiKeyChanges,
    responses((status = OK, description = "The key", body = Data<ShownApiKey>), Missing),
)]
pub(crate) async fn update_api_key(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<KeyPath>,
    Body(body): Body<ApiKeyChanges>,
) -> Result<Tagged<Data<ShownApiKey>>, Problem> {
    let client = find(&management, &caller, path.api_client_id).await?.client;
    let mut faults = Faults::default();
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let patch = KeyPatch {
        name: body.name.optional("name", &mut faults),
        allow: ranges(body.ip_allow_list, "ip_allow_list", &mut faults),
        deny: ranges(body.ip_deny_list, "ip_deny_list", &mut faults),
        expires_at: body.expires_at.wanted("expires_at", &mut faults),
        policy: policy.map(|id| (id.0 != 0).then_some(id)),
    };
    faults.check()?;
    let key = management.actions.update_key(caller.actor(), client.id, path.api_key_id, patch).await?;
    Ok(Tagged(key.updated_at, Data { data: ShownApiKey::new(caller.zone(), key) }))
}

/// Enables an API key.
#[utoipa::path(
    put,
    path = "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/enable",
    tag = "Keys",
    params(KeyPath, MayMatch),
    responses((status = OK, description = "It can be used", body = Success), Missing),
)]
pub(crate) async fn enable_api_key(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<KeyPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.enable_key(caller.actor(), path.api_client_id, path.api_key_id).await?;
    Ok(SUCCESS)
}

/// Disables an API key. The next call with it is refused.
#[utoipa::path(
    put,
    path = "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/disable",
    tag = "Keys",
    params(KeyPath, MayMatch),
    responses((status = OK, description = "It can no longer be used", body = Success), Missing),
)]
pub(crate) async fn disable_api_key(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<KeyPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.disable_key(caller.actor(), path.api_client_id, path.api_key_id).await?;
    Ok(SUCCESS)
}

/// How a key is to be refreshed.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiKeyRefresh {
    /// For how many seconds the former token goes on working, so that callers can change over; at
    /// most a week. None by default.
    #[schema(value_type = Option<i64>, example = 3600)]
    grace_seconds: Given<Count>,
}

/// Gives an API key another token. The former one stops working at once, or after `grace_seconds`.
#[utoipa::path(
    put,
    path = "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/refresh_secret",
    tag = "Keys",
    params(KeyPath, MayMatch),
    request_body = ApiKeyRefresh,
    responses((status = OK, description = "The key with its new token", body = Data<ShownApiKey>), Missing),
)]
pub(crate) async fn refresh_api_key_secret(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<KeyPath>,
    Body(body): Body<ApiKeyRefresh>,
) -> Result<Tagged<Data<ShownApiKey>>, Problem> {
    let client = find(&management, &caller, path.api_client_id).await?.client;
    let mut faults = Faults::default();
    let grace = body.grace_seconds.optional("grace_seconds", &mut faults).map_or(0, |count| count.0);
    faults.check()?;
    let issued = management.actions.refresh_key(caller.actor(), client.id, path.api_key_id, grace).await?;
    Ok(Tagged(issued.key.updated_at, Data { data: ShownApiKey::issued(caller.zone(), issued) }))
}

/// Deletes an API key. The next call with it is refused.
#[utoipa::path(
    delete,
    path = "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}",
    tag = "Keys",
    params(KeyPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_key(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<KeyPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_key(caller.actor(), path.api_client_id, path.api_key_id).await?;
    Ok(SUCCESS)
}
