//! `/api/v2/api_clients`: the consumers of published APIs.

use actions::{ClientDraft, ClientPatch, Error, Faults};
use axum::extract::State;
use model::client::{AuthType, CollectionName};
use model::id::{ClientId, CollectionId, PolicyId, PortalId, ProjectId};
use model::page::Page;
use serde::{Deserialize, Serialize};
use store::clients::{ListedClient, PolicyName};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::authentication::JwtFields;
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MayMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::v2::api_keys::ShownApiKey;
use crate::zone::Zone;

/// A consumer of published APIs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiClient {
    /// Its id.
    #[schema(value_type = i64, example = 42116)]
    id: ClientId,
    /// For people.
    #[schema(example = "Automation Inc.")]
    name: String,
    /// For people.
    #[schema(example = "API client for Product Catalog")]
    description: String,
    /// How many of its keys are active.
    #[schema(example = 2)]
    active_api_keys_count: i64,
    /// How many keys it has; 20 at most.
    #[schema(example = 2)]
    total_api_keys_count: i64,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
    /// Its logo, for screens with one dot per pixel.
    #[schema(example = "https://control.example.com/api/logos/3b1f…")]
    logo: Option<String>,
    /// Its logo, for screens with two dots per pixel.
    #[schema(example = "https://control.example.com/api/logos/9c07…")]
    logo_2x: Option<String>,
    /// Whether it was made through the first version of the API.
    #[schema(example = false)]
    is_legacy: bool,
    /// Whom to write to about it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// How it authenticates: `token`, `jwt`, `oauth2` or `oidc`.
    #[schema(value_type = String, example = "token")]
    auth_type: AuthType,
    /// The project it lies in, if any.
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Option<ProjectId>,
    /// The developer portal in which it is managed.
    #[schema(value_type = Option<i64>, example = 37)]
    api_portal_id: Option<PortalId>,
    /// Always null: tokens belong to the keys of a client.
    api_token: Option<String>,
    /// Always false in this version.
    #[schema(example = false)]
    mtls_enabled: bool,
    /// Always null in this version.
    validation_formula: Option<String>,
    /// Always empty in this version.
    #[schema(value_type = Vec<i64>)]
    cert_bundle_ids: [i64; 0],
    /// How often its keys may call: its policy, and those of its access profiles.
    api_policies: Vec<Named>,
    /// The collections that it or one of its access profiles may call.
    api_collections: Vec<Named>,
}

/// The id and name of a thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    /// Its id.
    #[schema(example = 6883)]
    id: i64,
    /// Its name.
    #[schema(example = "Product Catalog")]
    name: String,
}

impl From<CollectionName> for Named {
    fn from(collection: CollectionName) -> Self {
        Self { id: collection.id.0, name: collection.name }
    }
}

impl From<PolicyName> for Named {
    fn from(policy: PolicyName) -> Self {
        Self { id: policy.id.0, name: policy.name }
    }
}

impl ApiClient {
    fn new(management: &Management, zone: &Zone, listed: ListedClient) -> Self {
        let client = listed.client;
        let (logo, logo_2x) = management.logo_urls(client.logo);
        Self {
            id: client.id,
            name: client.name,
            description: client.description,
            active_api_keys_count: listed.active_keys,
            total_api_keys_count: listed.total_keys,
            created_at: zone.time(client.created_at),
            updated_at: zone.time(client.updated_at),
            logo,
            logo_2x,
            is_legacy: client.is_legacy,
            email: client.email,
            auth_type: client.auth_type,
            project_id: client.project,
            api_portal_id: client.portal,
            api_token: None,
            mtls_enabled: false,
            validation_formula: None,
            cert_bundle_ids: [],
            api_policies: listed.policies.into_iter().map(Named::from).collect(),
            api_collections: listed.collections.into_iter().map(Named::from).collect(),
        }
    }
}

/// Which clients are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientFilter {
    /// Only those in this project.
    #[param(value_type = Option<i64>, example = 523144)]
    project_id: Given<ProjectId>,
}

/// Lists API clients, oldest first.
#[utoipa::path(
    get,
    path = "/api/v2/api_clients",
    tag = "Clients",
    params(ClientFilter, PageQuery),
    responses((status = OK, description = "One page of clients", body = Listed<ApiClient>)),
)]
pub(crate) async fn list_api_clients(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<ClientFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ApiClient>>, Problem> {
    let mut faults = Faults::default();
    let project = filter.project_id.optional("project_id", &mut faults);
    faults.check()?;
    let page = page.page()?;
    let clients = store::clients::list(&management.db, caller.scope(), project, page).await?;
    Ok(Answer(Listed::new(clients, page, |client| ApiClient::new(&management, caller.zone(), client))))
}

/// A client to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiClient {
    /// For people.
    #[schema(value_type = String, example = "Automation Inc.")]
    name: Given<String>,
    /// For people.
    #[schema(value_type = Option<String>, example = "API client for Product Catalog")]
    description: Given<String>,
    /// The project it is to lie in.
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Given<ProjectId>,
    /// How it authenticates: `token`, `jwt`, `oauth2` or `oidc`; cannot change later.
    #[schema(value_type = String, example = "token")]
    auth_type: Given<AuthType>,
    /// The collections that it may call. Without any it may call nothing.
    #[schema(value_type = Option<Vec<i64>>, example = json!([6883]))]
    api_collection_ids: Given<Vec<CollectionId>>,
    /// How often its keys may call.
    #[schema(value_type = Option<i64>, example = 1)]
    api_policy_id: Given<PolicyId>,
    /// The developer portal in which it is to be managed. Required when `email` is given.
    #[schema(value_type = Option<i64>, example = 37)]
    api_portal_id: Given<PortalId>,
    /// Whom to invite to the portal. Required when `api_portal_id` is given.
    #[schema(value_type = Option<String>, example = "ada@example.com")]
    email: Given<String>,
    /// Whether a client certificate is needed. True is not supported in this version.
    #[schema(value_type = Option<bool>, example = false)]
    mtls_enabled: Given<bool>,
    /// What a client certificate must say. Not supported in this version.
    #[schema(value_type = Option<String>, example = "")]
    validation_formula: Given<String>,
    /// Who must have signed a client certificate. Not supported in this version.
    #[schema(value_type = Option<Vec<i64>>, example = json!([]))]
    cert_bundle_ids: Given<Vec<i64>>,
    #[serde(flatten)]
    jwt: JwtFields,
}

/// Of the fields about client certificates the first that asks for something: it would not be
/// enforced.
fn unsupported(
    enabled: Given<bool>,
    formula: Given<String>,
    bundles: Given<Vec<i64>>,
    faults: &mut Faults,
) -> Option<&'static str> {
    let enabled = enabled.optional("mtls_enabled", faults).unwrap_or(false);
    let formula = formula.optional("validation_formula", faults).is_some_and(|formula| !formula.is_empty());
    let bundles = bundles.optional("cert_bundle_ids", faults).unwrap_or_default();
    [(enabled, "mtls_enabled"), (formula, "validation_formula"), (!bundles.is_empty(), "cert_bundle_ids")]
        .into_iter()
        .find_map(|(asks, field)| asks.then_some(field))
}

/// Refuses what would have to be stored and could not be enforced.
fn refuse(unsupported: Option<&str>) -> Result<(), Error> {
    let Some(field) = unsupported else { return Ok(()) };
    Err(Error::Refused(format!(
        "{field} asks for client certificates, which this version does not check; leave it out"
    )))
}

/// Makes an API client.
#[utoipa::path(
    post,
    path = "/api/v2/api_clients",
    tag = "Clients",
    request_body = NewApiClient,
    responses((status = OK, description = "The client", body = Data<ApiClient>), Missing, Refused),
)]
pub(crate) async fn create_api_client(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewApiClient>,
) -> Result<Tagged<Data<ApiClient>>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let description = body.description.optional("description", &mut faults);
    let project = body.project_id.optional("project_id", &mut faults);
    let auth_type = body.auth_type.required("auth_type", &mut faults);
    let collections = body.api_collection_ids.optional("api_collection_ids", &mut faults);
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let portal = body.api_portal_id.optional("api_portal_id", &mut faults);
    let email = body.email.optional("email", &mut faults);
    let jwt = body.jwt.draft(&mut faults);
    let unsupported =
        unsupported(body.mtls_enabled, body.validation_formula, body.cert_bundle_ids, &mut faults);
    let (Some(name), Some(auth_type)) = (name, auth_type) else { return Err(faults.into()) };
    faults.check()?;
    refuse(unsupported)?;
    let draft = ClientDraft {
        name,
        description: description.unwrap_or_default(),
        project,
        auth_type,
        jwt,
        policy,
        portal,
        email,
        collections: collections.unwrap_or_default(),
    };
    let client = management.actions.create_client(caller.actor(), draft).await?;
    Ok(Tagged(client.client.updated_at, Data { data: ApiClient::new(&management, caller.zone(), client) }))
}

/// A client in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ClientPath {
    /// Id of the API client.
    #[param(value_type = i64, example = 42116)]
    pub(crate) api_client_id: ClientId,
}

/// A client with its keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiClientWithKeys {
    #[serde(flatten)]
    client: ApiClient,
    /// Its keys, with the last four characters of their tokens.
    api_keys: Vec<ShownApiKey>,
}

impl ApiClientWithKeys {
    async fn load(management: &Management, caller: &Caller, client: ListedClient) -> Result<Self, Problem> {
        let id = client.client.id;
        // A client cannot have more keys than fit on a page.
        let keys = store::api_keys::list(&management.db, caller.scope(), Some(id), Page::default()).await?;
        let show = |key| ShownApiKey::new(caller.zone(), key);
        let client = ApiClient::new(management, caller.zone(), client);
        Ok(Self { client, api_keys: keys.rows.into_iter().map(show).collect() })
    }
}

/// Shows an API client with its keys.
#[utoipa::path(
    get,
    path = "/api/v2/api_clients/{api_client_id}",
    tag = "Clients",
    params(ClientPath),
    responses((status = OK, description = "The client", body = Data<ApiClientWithKeys>), Missing),
)]
pub(crate) async fn get_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
) -> Result<Tagged<Data<ApiClientWithKeys>>, Problem> {
    let client = find(&management, &caller, path.api_client_id).await?;
    let updated_at = client.client.updated_at;
    Ok(Tagged(updated_at, Data { data: ApiClientWithKeys::load(&management, &caller, client).await? }))
}

/// The client with this id that exists for the caller.
pub(crate) async fn find(
    management: &Management,
    caller: &Caller,
    id: ClientId,
) -> Result<ListedClient, Problem> {
    let client = store::clients::find(&management.db, caller.scope(), id).await?;
    client.ok_or_else(|| Problem::missing("API client"))
}

/// What is to change about a client. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiClientChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "Mustard Inc.")]
    name: Given<String>,
    /// For people.
    #[schema(value_type = Option<String>, example = "API client for Automation workflows")]
    description: Given<String>,
    /// The project it is to lie in.
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Given<ProjectId>,
    /// Whom to write to about it. Where it is managed in a portal another address hands it over: whoever
    /// has it is invited, and who had it before acts for this client no more.
    #[schema(value_type = Option<String>, example = "ada@example.com")]
    email: Given<String>,
    /// The collections that it may call, and no others.
    #[schema(value_type = Option<Vec<i64>>, example = json!([6883]))]
    api_collection_ids: Given<Vec<CollectionId>>,
    /// How often its keys may call; 0 takes its policy away.
    #[schema(value_type = Option<i64>, example = 1)]
    api_policy_id: Given<PolicyId>,
    /// How it authenticates, which cannot change: only what it is already.
    #[schema(value_type = Option<String>, example = "token")]
    auth_type: Given<AuthType>,
    /// Whether a client certificate is needed. True is not supported in this version.
    #[schema(value_type = Option<bool>, example = false)]
    mtls_enabled: Given<bool>,
    /// What a client certificate must say. Not supported in this version.
    #[schema(value_type = Option<String>, example = "")]
    validation_formula: Given<String>,
    /// Who must have signed a client certificate. Not supported in this version.
    #[schema(value_type = Option<Vec<i64>>, example = json!([]))]
    cert_bundle_ids: Given<Vec<i64>>,
    #[serde(flatten)]
    jwt: JwtFields,
}

/// Changes an API client.
#[utoipa::path(
    put,
    path = "/api/v2/api_clients/{api_client_id}",
    tag = "Clients",
    params(ClientPath, MayMatch),
    request_body = ApiClientChanges,
    responses((status = OK, description = "The client", body = Data<ApiClientWithKeys>), Missing, Refused),
)]
pub(crate) async fn update_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
    Body(body): Body<ApiClientChanges>,
) -> Result<Tagged<Data<ApiClientWithKeys>>, Problem> {
    let id = find(&management, &caller, path.api_client_id).await?.client.id;
    let mut faults = Faults::default();
    let policy = body.api_policy_id.optional("api_policy_id", &mut faults);
    let patch = ClientPatch {
        name: body.name.optional("name", &mut faults),
        description: body.description.optional("description", &mut faults),
        project: body.project_id.optional("project_id", &mut faults),
        email: body.email.optional("email", &mut faults),
        auth_type: body.auth_type.optional("auth_type", &mut faults),
        jwt: body.jwt.draft(&mut faults),
        policy: policy.map(|id| (id.0 != 0).then_some(id)),
        collections: body.api_collection_ids.optional("api_collection_ids", &mut faults),
    };
    let unsupported =
        unsupported(body.mtls_enabled, body.validation_formula, body.cert_bundle_ids, &mut faults);
    faults.check()?;
    refuse(unsupported)?;
    let client = management.actions.update_client(caller.actor(), id, patch).await?;
    let updated_at = client.client.updated_at;
    Ok(Tagged(updated_at, Data { data: ApiClientWithKeys::load(&management, &caller, client).await? }))
}

/// Deletes an API client with its keys, which stop working at once.
#[utoipa::path(
    delete,
    path = "/api/v2/api_clients/{api_client_id}",
    tag = "Clients",
    params(ClientPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_client(caller.actor(), path.api_client_id).await?;
    Ok(SUCCESS)
}
