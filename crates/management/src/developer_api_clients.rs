//! `/api/developer_api_clients`: tokens of this API, and their roles.

use actions::{Error, Faults, IssuedToken, TokenDraft, TokenPatch};
use axum::extract::State;
use jiff::Timestamp;
use model::access::{DeveloperClient, Role};
use model::id::{DeveloperClientId, FolderId, ProjectId};
use model::net::{IpRange, IpRules};
use model::page::Paged;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Given, IpRanges, Read};
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// One thing, as these routes wrap it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Wrapped<T> {
    /// The thing.
    result: T,
}

/// One page of a list, as these routes wrap it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<T> {
    /// The number of rows in the whole list.
    #[schema(example = 3)]
    count: i64,
    /// The rows of the page.
    items: Vec<T>,
}

/// Whoever holds a token of this API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeveloperApiClient {
    /// Its id.
    #[schema(value_type = i64, example = 40947)]
    id: DeveloperClientId,
    /// For people; unique in the workspace.
    #[schema(example = "Build pipeline")]
    name: String,
    /// Its role.
    #[schema(example = 2)]
    api_privilege_group_id: i64,
    /// When it was made.
    #[schema(example = "2023-02-22T01:55:36.427-08:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2023-02-22T01:55:36.427-08:00", format = DateTime)]
    updated_at: String,
    /// Whether it reaches the whole workspace; if not, what lies in the projects that `folder_ids` names.
    #[schema(example = false)]
    all_folders: bool,
    /// The root folders of the projects that it is restricted to; empty if it is not.
    #[schema(value_type = Vec<i64>, example = json!([1563029]))]
    folder_ids: Vec<FolderId>,
    /// Always null: a workspace has one environment.
    environment_name: Option<String>,
    /// Always null: a workspace has one environment.
    environment_id: Option<i64>,
    /// If not empty, only these addresses and ranges may call with its token; with commas between.
    #[schema(example = "192.0.2.10,198.51.100.5")]
    ip_allow_list: String,
    /// When its token stops working, if ever.
    #[schema(example = "2026-02-22T01:55:36.427-08:00", format = DateTime)]
    expires_at: Option<String>,
    /// Its token.
    token: ShownToken,
}

/// A token of this API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct ShownToken {
    /// When it was issued.
    #[schema(example = "2023-02-22T01:55:36.427-08:00", format = DateTime)]
    updated_at: String,
    /// Its last four characters.
    #[schema(example = "db5f")]
    last_four: String,
    /// The token, in the answer that makes it and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "portico_72b378def0c1d83e6a015e654a744c380655565a68c591cf9f3598d0d14bdb5f")]
    value: Option<String>,
}

impl DeveloperApiClient {
    fn new(zone: &Zone, client: DeveloperClient) -> Self {
        let allowed: Vec<_> = client.rules.allow.iter().map(ToString::to_string).collect();
        let updated_at = zone.time(client.issued_at);
        Self {
            id: client.id,
            name: client.name,
            api_privilege_group_id: group(client.role),
            created_at: zone.time(client.created_at),
            updated_at: zone.time(client.updated_at),
            all_folders: client.projects.is_none(),
            folder_ids: client.projects.into_iter().flatten().map(|one| one.folder).collect(),
            environment_name: None,
            environment_id: None,
            ip_allow_list: allowed.join(","),
            expires_at: client.expires_at.map(|expiry| zone.time(expiry)),
            token: ShownToken { updated_at, last_four: client.last_four, value: None },
        }
    }

    /// With its token, which is shown this once.
    fn issued(zone: &Zone, issued: IssuedToken) -> Self {
        let mut shown = Self::new(zone, issued.client);
        shown.token.value = Some(issued.token.expose().to_owned());
        shown
    }
}

/// The id of a role: its place among all of them, which never changes.
fn group(role: Role) -> i64 {
    let place = Role::ALL.iter().position(|one| *one == role).unwrap_or_default();
    i64::try_from(place).map_or(0, |place| place + 1)
}

impl Read for Role {
    fn read(value: Value) -> Result<Self, String> {
        let id = i64::read(value)?;
        let role = Self::ALL.iter().copied().find(|role| group(*role) == id);
        role.ok_or_else(|| {
            format!("is {id}, which is no role; `GET /api/developer_api_client_roles` lists them")
        })
    }
}

impl Read for Timestamp {
    fn read(value: Value) -> Result<Self, String> {
        let time = value.as_str().and_then(|text| text.parse().ok());
        time.ok_or_else(|| "must be a time such as `2026-02-22T01:55:36Z`".to_owned())
    }
}

/// Lists developer API clients, oldest first.
#[utoipa::path(
    get,
    path = "/api/developer_api_clients",
    tag = "Tokens",
    params(PageQuery),
    responses((status = OK, description = "One page", body = Wrapped<Items<DeveloperApiClient>>)),
)]
pub(crate) async fn list_developer_api_clients(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Wrapped<Items<DeveloperApiClient>>>, Problem> {
    let Paged { rows, total } =
        store::developer_clients::list(&management.db, caller.workspace(), page.page()?).await?;
    let items = rows.into_iter().map(|client| DeveloperApiClient::new(caller.zone(), client)).collect();
    Ok(Answer(Wrapped { result: Items { count: total, items } }))
}

/// A developer API client to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewDeveloperApiClient {
    /// For people; unique in the workspace.
    #[schema(value_type = String, example = "Build pipeline")]
    name: Given<String>,
    /// Its role, as `GET /api/developer_api_client_roles` lists them.
    #[schema(value_type = i64, example = 2)]
    api_privilege_group_id: Given<Role>,
    #[serde(flatten)]
    limits: DeveloperApiClientLimits,
}

/// What is to change about a developer API client. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DeveloperApiClientChanges {
    /// For people; unique in the workspace.
    #[schema(value_type = Option<String>, example = "Build pipeline")]
    name: Given<String>,
    /// Its role, as `GET /api/developer_api_client_roles` lists them.
    #[schema(value_type = Option<i64>, example = 2)]
    api_privilege_group_id: Given<Role>,
    #[serde(flatten)]
    limits: DeveloperApiClientLimits,
}

/// Within which limits a developer API client acts.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DeveloperApiClientLimits {
    /// Whether it reaches the whole workspace. If not, it reaches what lies in the projects that
    /// `folder_ids` names.
    #[schema(value_type = Option<bool>, example = false)]
    all_folders: Given<bool>,
    /// The root folders of the projects that it is to be restricted to, as `GET /api/projects` lists them in
    /// `folder_id`. Not with `all_folders: true`.
    #[schema(value_type = Option<Vec<i64>>, example = json!([1563029]))]
    folder_ids: Given<Vec<FolderId>>,
    /// If not empty, only these addresses and ranges may call with its token: one string with commas,
    /// or a list.
    #[schema(value_type = Option<String>, example = "192.0.2.10,198.51.100.5")]
    ip_allow_list: Given<AllowList>,
    /// When its token is to stop working.
    #[schema(value_type = Option<String>, example = "2036-02-22T01:55:36Z", format = DateTime)]
    expires_at: Given<Timestamp>,
}

/// Addresses and ranges; here an empty string is an empty list, since that is how answers write it.
pub(crate) struct AllowList(IpRanges);

impl Read for AllowList {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("") => Ok(Self(IpRanges(Vec::new()))),
            _ => IpRanges::read(value).map(Self),
        }
    }
}

impl NewDeveloperApiClient {
    async fn patch(self, management: &Management, caller: &Caller) -> Result<TokenPatch, Problem> {
        let mut faults = Faults::default();
        let name = self.name.required("name", &mut faults);
        let role = self.api_privilege_group_id.required("api_privilege_group_id", &mut faults);
        let limits = self.limits.read(&mut faults);
        faults.check()?;
        limits.patch(management, caller, name, role).await
    }
}

impl DeveloperApiClientChanges {
    async fn patch(self, management: &Management, caller: &Caller) -> Result<TokenPatch, Problem> {
        let mut faults = Faults::default();
        let name = self.name.optional("name", &mut faults);
        let role = self.api_privilege_group_id.optional("api_privilege_group_id", &mut faults);
        let limits = self.limits.read(&mut faults);
        faults.check()?;
        limits.patch(management, caller, name, role).await
    }
}

impl DeveloperApiClientLimits {
    fn read(self, faults: &mut Faults) -> Limits {
        let all = self.all_folders.optional("all_folders", faults);
        let folders = self.folder_ids.optional("folder_ids", faults).unwrap_or_default();
        let allow = self.ip_allow_list.optional("ip_allow_list", faults).map(|list| list.0.0);
        let expires_at = self.expires_at.optional("expires_at", faults);
        if all == Some(true) && !folders.is_empty() {
            faults.add("folder_ids", "is given beside all_folders; give one of them");
        }
        let folders = match all {
            Some(true) => Some(None),
            Some(false) => Some(Some(folders)),
            None => (!folders.is_empty()).then_some(Some(folders)),
        };
        Limits { folders, allow, expires_at }
    }
}

/// [`DeveloperApiClientLimits`] that are sound.
struct Limits {
    /// As [`TokenPatch::projects`], by their root folders.
    folders: Option<Option<Vec<FolderId>>>,
    allow: Option<Vec<IpRange>>,
    expires_at: Option<Timestamp>,
}

impl Limits {
    async fn patch(
        self,
        management: &Management,
        caller: &Caller,
        name: Option<String>,
        role: Option<Role>,
    ) -> Result<TokenPatch, Problem> {
        let projects = match self.folders {
            Some(Some(folders)) => Some(Some(projects_of(management, caller, folders).await?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(TokenPatch { name, role, projects, allow: self.allow, expires_at: self.expires_at })
    }
}

/// The projects whose root folders these are.
async fn projects_of(
    management: &Management,
    caller: &Caller,
    folders: Vec<FolderId>,
) -> Result<Vec<ProjectId>, Problem> {
    let mut projects = Vec::with_capacity(folders.len());
    for id in folders {
        let found = store::projects::find_folder(&management.db, caller.scope(), id).await?;
        let Some(project) = found.filter(|folder| folder.is_project).and_then(|folder| folder.project) else {
            let message = format!(
                "has {id}, which is no project's folder here; `GET /api/projects` lists them in `folder_id`"
            );
            return Err(Error::Unknown(Faults::of("folder_ids", message)).into());
        };
        projects.push(project);
    }
    Ok(projects)
}

/// Makes a developer API client. The answer is the only one that has its token.
#[utoipa::path(
    post,
    path = "/api/developer_api_clients",
    tag = "Tokens",
    request_body = NewDeveloperApiClient,
    responses(
        (status = OK, description = "It, with its token", body = Wrapped<DeveloperApiClient>),
        Missing,
        Conflict,
        Refused
    ),
)]
pub(crate) async fn create_developer_api_client(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewDeveloperApiClient>,
) -> Result<Tagged<Wrapped<DeveloperApiClient>>, Problem> {
    let TokenPatch { name, role, projects, allow, expires_at } = body.patch(&management, &caller).await?;
    let draft = TokenDraft {
        name: name.unwrap_or_default(),
        role: role.unwrap_or(Role::Viewer),
        projects: projects.flatten(),
        rules: IpRules { allow: allow.unwrap_or_default(), deny: Vec::new() },
        expires_at,
    };
    let issued = management.actions.create_token(caller.actor(), draft).await?;
    Ok(Tagged(
        issued.client.updated_at,
        Wrapped { result: DeveloperApiClient::issued(caller.zone(), issued) },
    ))
}

/// A developer API client in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DeveloperClientPath {
    /// Id of the developer API client.
    #[param(value_type = i64, example = 40947)]
    developer_api_client_id: DeveloperClientId,
}

async fn find(
    management: &Management,
    caller: &Caller,
    id: DeveloperClientId,
) -> Result<DeveloperClient, Problem> {
    let client = store::developer_clients::find(&management.db, caller.workspace(), id).await?;
    client.ok_or_else(|| Problem::missing("developer API client"))
}

/// Shows a developer API client.
#[utoipa::path(
    get,
    path = "/api/developer_api_clients/{developer_api_client_id}",
    tag = "Tokens",
    params(DeveloperClientPath),
    responses((status = OK, description = "It", body = Wrapped<DeveloperApiClient>), Missing),
)]
pub(crate) async fn get_developer_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DeveloperClientPath>,
) -> Result<Tagged<Wrapped<DeveloperApiClient>>, Problem> {
    let client = find(&management, &caller, path.developer_api_client_id).await?;
    Ok(Tagged(client.updated_at, Wrapped { result: DeveloperApiClient::new(caller.zone(), client) }))
}

/// Changes a developer API client; its token stays. What is absent stays.
#[utoipa::path(
    put,
    path = "/api/developer_api_clients/{developer_api_client_id}",
    tag = "Tokens",
    params(DeveloperClientPath, MayMatch),
    request_body = DeveloperApiClientChanges,
    responses(
        (status = OK, description = "It", body = Wrapped<DeveloperApiClient>),
        Missing,
        Conflict,
        Refused
    ),
)]
pub(crate) async fn update_developer_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DeveloperClientPath>,
    Body(body): Body<DeveloperApiClientChanges>,
) -> Result<Tagged<Wrapped<DeveloperApiClient>>, Problem> {
    let id = find(&management, &caller, path.developer_api_client_id).await?.id;
    let patch = body.patch(&management, &caller).await?;
    let client = management.actions.update_token(caller.actor(), id, patch).await?;
    Ok(Tagged(client.updated_at, Wrapped { result: DeveloperApiClient::new(caller.zone(), client) }))
}

/// Deletes a developer API client. The next call with its token is refused.
#[utoipa::path(
    delete,
    path = "/api/developer_api_clients/{developer_api_client_id}",
    tag = "Tokens",
    params(DeveloperClientPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Wrapped<Success>), Missing),
)]
pub(crate) async fn delete_developer_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DeveloperClientPath>,
) -> Result<Answer<Wrapped<Success>>, Problem> {
    management.actions.delete_token(caller.actor(), path.developer_api_client_id).await?;
    Ok(Answer(Wrapped { result: SUCCESS.0 }))
}

/// Gives a developer API client another token. The former one stops working at once.
#[utoipa::path(
    post,
    path = "/api/developer_api_clients/{developer_api_client_id}/regenerate",
    tag = "Tokens",
    params(DeveloperClientPath, MayMatch),
    responses((status = OK, description = "It, with its new token", body = Wrapped<DeveloperApiClient>), Missing),
)]
pub(crate) async fn regenerate_developer_api_client(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<DeveloperClientPath>,
) -> Result<Tagged<Wrapped<DeveloperApiClient>>, Problem> {
    let issued = management.actions.regenerate_token(caller.actor(), path.developer_api_client_id).await?;
    Ok(Tagged(
        issued.client.updated_at,
        Wrapped { result: DeveloperApiClient::issued(caller.zone(), issued) },
    ))
}

/// A role that tokens can have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeveloperApiClientRole {
    /// Its id.
    #[schema(example = 2)]
    id: i64,
    /// Its name: `admin`, `publisher` or `viewer`.
    #[schema(example = "publisher")]
    name: &'static str,
}

/// Lists the roles that tokens can have, the mightiest first.
#[utoipa::path(
    get,
    path = "/api/developer_api_client_roles",
    tag = "Tokens",
    responses((status = OK, description = "All roles", body = Wrapped<Items<DeveloperApiClientRole>>)),
)]
pub(crate) async fn list_developer_api_client_roles(
    _caller: Caller,
) -> Result<Answer<Wrapped<Items<DeveloperApiClientRole>>>, Problem> {
    let show = |role: &Role| DeveloperApiClientRole { id: group(*role), name: role.as_str() };
    let items: Vec<_> = Role::ALL.iter().map(show).collect();
    let count = i64::try_from(items.len()).unwrap_or_default();
    Ok(Answer(Wrapped { result: Items { count, items } }))
}
