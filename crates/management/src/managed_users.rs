//! `/api/managed_users`: the workspaces that the token's workspace manages, and the routes by which its
//! tokens act in them.

use actions::{Faults, ManagedDraft, ManagedPatch};
use axum::extract::{RawPathParams, State};
use model::id::WorkspaceId;
use model::page::{Page, Paged};
use model::workspace::ManagedWorkspace;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// There are no plans; clients need a word.
const PLAN: &str = "portico";

/// The parameter of a path that names a managed workspace.
const PARAMETER: &str = "managed_user_id";

/// Routes outside of the second version that exist for managed workspaces too, by their first segment.
const EMBEDDED: [&str; 11] = [
    "api_collections",
    "api_endpoints",
    "api_clients",
    "api_access_profiles",
    "projects",
    "folders",
    "recipes",
    "export_manifests",
    "activity_logs",
    "developer_api_clients",
    "developer_api_client_roles",
];

/// The paths under which a route exists for managed workspaces: behind the version, where there is one.
pub(crate) fn embedded(path: &str) -> Vec<String> {
    for version in ["/api/portico/v1/", "/api/v2/"] {
        if let Some(rest) = path.strip_prefix(version) {
            return vec![format!("{version}managed_users/{{{PARAMETER}}}/{rest}")];
        }
    }
    let Some(rest) = path.strip_prefix("/api/") else { return Vec::new() };
    let first = rest.split('/').next().unwrap_or_default();
    if !EMBEDDED.contains(&first) {
        return Vec::new();
    }
    let mut paths = vec![format!("/api/managed_users/{{{PARAMETER}}}/{rest}")];
    // Where the operator's clients look for these.
    if first.starts_with("developer_") {
        paths.push(format!("/api/v2/managed_users/{{{PARAMETER}}}/{rest}"));
    }
    paths
}

/// The workspace that a path of [`embedded`] names, if the operator manages it.
pub(crate) async fn named(
    management: &Management,
    operator: WorkspaceId,
    params: &RawPathParams,
) -> Result<ManagedWorkspace, Problem> {
    let named = params.iter().find(|(name, _)| *name == PARAMETER).map(|(_, value)| value);
    find(management, operator, named.unwrap_or_default()).await
}

/// The managed workspace with this id, or with this external id after an `E`.
async fn find(
    management: &Management,
    operator: WorkspaceId,
    name: &str,
) -> Result<ManagedWorkspace, Problem> {
    let missing = || Problem::missing("managed user");
    let found = match name.strip_prefix('E') {
        Some(external) => store::managed::by_external_id(&management.db, operator, external).await?,
        None => {
            let id = name.parse().map_err(|_| missing())?;
            store::managed::find(&management.db, operator, id).await?
        }
    };
    found.ok_or_else(missing)
}

/// A workspace that the token's workspace manages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ManagedUser {
    /// Id of the workspace.
    #[schema(value_type = i64, example = 3498583)]
    id: WorkspaceId,
    /// Its name.
    #[schema(example = "Acme Corporation")]
    name: String,
    /// What the operator calls it.
    #[schema(example = "A2300")]
    external_id: Option<String>,
    /// Whom to write to about it.
    #[schema(example = "kevin@example.com")]
    notification_email: String,
    /// The first path segment of its public URLs.
    #[schema(example = "acme-corporation")]
    handle: String,
    /// IANA name of the zone in which its answers show times.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Always `portico`.
    #[schema(example = "portico")]
    plan_id: &'static str,
    /// Always false.
    #[schema(example = false)]
    trial: bool,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
}

impl ManagedUser {
    fn new(zone: &Zone, managed: ManagedWorkspace) -> Self {
        let workspace = managed.workspace;
        Self {
            id: workspace.id,
            name: workspace.name,
            external_id: managed.external_id,
            notification_email: workspace.contact_email,
            handle: workspace.handle,
            time_zone: workspace.time_zone,
            plan_id: PLAN,
            trial: false,
            created_at: zone.time(workspace.created_at),
        }
    }
}

/// One page of managed workspaces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ManagedUsers {
    /// The workspaces of the page.
    result: Vec<ManagedUser>,
    /// The number of all.
    #[schema(example = 1)]
    count: i64,
    /// Number of the page.
    #[schema(example = 1)]
    page: i64,
    /// The most rows on a page.
    #[schema(example = 100)]
    per_page: i64,
}

impl ManagedUsers {
    fn new(zone: &Zone, paged: Paged<ManagedWorkspace>, page: Page) -> Self {
        let result = paged.rows.into_iter().map(|managed| ManagedUser::new(zone, managed)).collect();
        Self { result, count: paged.total, page: page.number, per_page: page.size }
    }
}

/// Lists the workspaces that the token's workspace manages, oldest first.
#[utoipa::path(
    get,
    path = "/api/managed_users",
    tag = "Managed workspaces",
    params(PageQuery),
    responses((status = OK, description = "One page of managed workspaces", body = ManagedUsers)),
)]
pub(crate) async fn list_managed_users(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<ManagedUsers>, Problem> {
    let page = page.page()?;
    let managed = store::managed::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(ManagedUsers::new(caller.zone(), managed, page)))
}

/// A managed workspace to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewManagedUser {
    /// Its name.
    #[schema(value_type = String, example = "Acme Corporation", min_length = 1, max_length = 255)]
    name: Given<String>,
    /// Whom to write to about it.
    #[schema(value_type = String, example = "kevin@example.com", min_length = 3, max_length = 254)]
    notification_email: Given<String>,
    /// What the operator calls it; unique among the operator's.
    #[schema(value_type = Option<String>, example = "A2300", min_length = 1, max_length = 255)]
    external_id: Given<String>,
    /// IANA name of its time zone; the operator's unless given.
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Given<String>,
    /// The first path segment of its public URLs; made from the name unless given.
    #[schema(value_type = Option<String>, example = "acme-corporation", pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    handle: Given<String>,
}

/// Makes a workspace that the token's workspace manages.
#[utoipa::path(
    post,
    path = "/api/managed_users",
    tag = "Managed workspaces",
    request_body = NewManagedUser,
    responses((status = OK, description = "The managed workspace", body = ManagedUser), Conflict),
)]
pub(crate) async fn create_managed_user(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewManagedUser>,
) -> Result<Tagged<ManagedUser>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let contact_email = body.notification_email.required("notification_email", &mut faults);
    let external_id = body.external_id.optional("external_id", &mut faults);
    let time_zone = body.time_zone.optional("time_zone", &mut faults);
    let handle = body.handle.optional("handle", &mut faults);
    faults.check()?;
    let draft = ManagedDraft {
        name: name.unwrap_or_default(),
        contact_email: contact_email.unwrap_or_default(),
        external_id,
        time_zone,
        handle,
    };
    let managed = management.actions.create_managed(caller.actor(), draft).await?;
    Ok(Tagged(managed.workspace.updated_at, ManagedUser::new(caller.zone(), managed)))
}

/// A managed workspace in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ManagedUserPath {
    /// Id of the managed workspace, or its external id after an `E`.
    #[param(example = "EA2300")]
    managed_user_id: String,
}

/// Shows a workspace that the token's workspace manages.
#[utoipa::path(
    get,
    path = "/api/managed_users/{managed_user_id}",
    tag = "Managed workspaces",
    params(ManagedUserPath),
    responses((status = OK, description = "The managed workspace", body = ManagedUser), Missing),
)]
pub(crate) async fn get_managed_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ManagedUserPath>,
) -> Result<Tagged<ManagedUser>, Problem> {
    let managed = find(&management, caller.workspace(), &path.managed_user_id).await?;
    Ok(Tagged(managed.workspace.updated_at, ManagedUser::new(caller.zone(), managed)))
}

/// What is to change about a managed workspace. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ManagedUserChanges {
    /// Its name.
    #[schema(value_type = Option<String>, example = "Acme Corporation", min_length = 1, max_length = 255)]
    name: Given<String>,
    /// Whom to write to about it.
    #[schema(value_type = Option<String>, example = "kevin@example.com", min_length = 3, max_length = 254)]
    notification_email: Given<String>,
    /// What the operator calls it; unique among the operator's.
    #[schema(value_type = Option<String>, example = "A2300", min_length = 1, max_length = 255)]
    external_id: Given<String>,
    /// IANA name of its time zone.
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Given<String>,
}

/// Changes a workspace that the token's workspace manages.
#[utoipa::path(
    put,
    path = "/api/managed_users/{managed_user_id}",
    tag = "Managed workspaces",
    params(ManagedUserPath, MayMatch),
    request_body = ManagedUserChanges,
    responses((status = OK, description = "The managed workspace", body = ManagedUser), Missing, Conflict),
)]
pub(crate) async fn update_managed_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ManagedUserPath>,
    Body(body): Body<ManagedUserChanges>,
) -> Result<Tagged<ManagedUser>, Problem> {
    let id = find(&management, caller.workspace(), &path.managed_user_id).await?.workspace.id;
    let mut faults = Faults::default();
    let patch = ManagedPatch {
        name: body.name.optional("name", &mut faults),
        contact_email: body.notification_email.optional("notification_email", &mut faults),
        external_id: body.external_id.optional("external_id", &mut faults),
        time_zone: body.time_zone.optional("time_zone", &mut faults),
    };
    faults.check()?;
    let managed = management.actions.update_managed(caller.actor(), id, patch).await?;
    Ok(Tagged(managed.workspace.updated_at, ManagedUser::new(caller.zone(), managed)))
}

/// Deletes a managed workspace with all that is in it. Its keys stop working at once.
#[utoipa::path(
    delete,
    path = "/api/managed_users/{managed_user_id}",
    tag = "Managed workspaces",
    params(ManagedUserPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, Refused),
)]
pub(crate) async fn delete_managed_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ManagedUserPath>,
) -> Result<Answer<Success>, Problem> {
    let id = find(&management, caller.workspace(), &path.managed_user_id).await?.workspace.id;
    management.actions.delete_managed(caller.actor(), id).await?;
    Ok(SUCCESS)
}
