//! `/api/portico/v1/portal_users`: the developers of portals.

use actions::{Error, Faults, PortalUserDraft, PortalUserPatch};
use axum::extract::State;
use model::id::{ClientId, PortalId, PortalUserId};
use model::people::{CameBy, PortalUser};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::portal_users::Filter;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Flag, Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// A developer who signs in to a portal and acts there for clients.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortalUser)]
pub(crate) struct ShownPortalUser {
    /// Their id.
    #[schema(value_type = i64, example = 204)]
    id: PortalUserId,
    /// As they want to be called; empty until it is known.
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Their e-mail address; unique in the portal whatever the case of its letters.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The portal that they sign in to.
    #[schema(value_type = i64, example = 37)]
    api_portal_id: PortalId,
    /// The clients that they act for.
    #[schema(value_type = Vec<i64>, example = json!([42116]))]
    api_client_ids: Vec<ClientId>,
    /// How they came: by `invitation`, or just in time by single sign-on, `jit`.
    #[schema(value_type = String, example = "invitation")]
    came_by: CameBy,
    /// Whether they may come in.
    #[schema(example = true)]
    active: bool,
    /// When they were last invited.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    invited_at: Option<String>,
    /// When they last signed in.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    last_sign_in_at: Option<String>,
    /// When they were made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When they were last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl ShownPortalUser {
    fn new(zone: &Zone, user: PortalUser) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            api_portal_id: user.portal,
            api_client_ids: user.clients,
            came_by: user.came_by,
            active: user.active,
            invited_at: user.invited_at.map(|at| zone.time(at)),
            last_sign_in_at: user.last_sign_in_at.map(|at| zone.time(at)),
            created_at: zone.time(user.created_at),
            updated_at: zone.time(user.updated_at),
        }
    }
}

/// Which portal users are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PortalUserFilter {
    /// Only those of this portal.
    #[param(value_type = Option<i64>, example = 37)]
    api_portal_id: Given<PortalId>,
    /// Only those who act for this client.
    #[param(value_type = Option<i64>, example = 42116)]
    api_client_id: Given<ClientId>,
    /// Only those who may come in, or only those who may not.
    #[param(value_type = Option<bool>, example = true)]
    active: Given<Flag>,
    /// Only those with this e-mail address, however its letters are written.
    #[param(value_type = Option<String>, example = "ada@example.com")]
    email: Given<String>,
}

/// Lists portal users, oldest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/portal_users",
    tag = "Portal users",
    params(PortalUserFilter, PageQuery),
    responses((status = OK, description = "One page of portal users", body = Listed<ShownPortalUser>)),
)]
pub(crate) async fn list_portal_users(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<PortalUserFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownPortalUser>>, Problem> {
    let mut faults = Faults::default();
    let portal = filter.api_portal_id.optional("api_portal_id", &mut faults);
    let client = filter.api_client_id.optional("api_client_id", &mut faults);
    let active = filter.active.optional("active", &mut faults).map(|flag| flag.0);
    let email = filter.email.optional("email", &mut faults);
    faults.check()?;
    let page = page.page()?;
    let filter = Filter { portal, client, active, email: email.as_deref(), text: None };
    let users = store::portal_users::list(&management.db, caller.workspace(), filter, page).await?;
    Ok(Answer(Listed::new(users, page, |user| ShownPortalUser::new(caller.zone(), user))))
}

/// A developer to be invited to a portal.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPortalUser {
    /// The portal.
    #[schema(value_type = i64, example = 37)]
    api_portal_id: Given<PortalId>,
    /// Where the invitation goes.
    #[schema(value_type = String, example = "ada@example.com", min_length = 3, max_length = 254)]
    email: Given<String>,
    /// As they want to be called.
    #[schema(value_type = Option<String>, example = "Ada Lovelace", max_length = 255)]
    name: Given<String>,
    /// The clients that they are to act for.
    #[schema(value_type = Option<Vec<i64>>, example = json!([42116]), max_items = 1000)]
    api_client_ids: Given<Vec<ClientId>>,
}

/// Invites a developer to a portal.
#[utoipa::path(
    post,
    path = "/api/portico/v1/portal_users",
    tag = "Portal users",
    request_body = NewPortalUser,
    responses(
        (status = OK, description = "The portal user", body = Data<ShownPortalUser>),
        Missing,
        Conflict,
    ),
)]
pub(crate) async fn create_portal_user(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewPortalUser>,
) -> Result<Tagged<Data<ShownPortalUser>>, Problem> {
    let mut faults = Faults::default();
    let portal = body.api_portal_id.required("api_portal_id", &mut faults);
    let invitation = Invitation { email: body.email, name: body.name, api_client_ids: body.api_client_ids };
    let draft = invitation.draft(&mut faults);
    let Some(portal) = portal else { return Err(faults.into()) };
    faults.check()?;
    let portal = known(&management, &caller, portal).await?;
    let users = management.actions.invite_portal_users(caller.actor(), portal, vec![draft]).await?;
    let user = users.into_iter().next().ok_or_else(|| Problem::internal("nobody was invited"))?;
    Ok(Tagged(user.updated_at, Data { data: ShownPortalUser::new(caller.zone(), user) }))
}

/// The portal that a body names; a fault if it is none.
async fn known(management: &Management, caller: &Caller, id: PortalId) -> Result<PortalId, Problem> {
    match store::portals::find(&management.db, caller.workspace(), id).await? {
        Some(portal) => Ok(portal.id),
        None => {
            let message = format!("is {id}, which is no portal here; `GET /api/v2/api_portals` lists them");
            Err(Error::Unknown(Faults::of("api_portal_id", message)).into())
        }
    }
}

/// Developers to be invited to a portal.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPortalUsers {
    /// The portal.
    #[schema(value_type = i64, example = 37)]
    api_portal_id: Given<PortalId>,
    /// Who is invited: 100 at most.
    #[schema(
        value_type = Vec<Invitation>, example = json!([{ "email": "ada@example.com" }]), min_items = 1, max_items = 100
    )]
    invitations: Given<Vec<Invitation>>,
}

/// A developer to be invited.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Invitation {
    /// Where the invitation goes.
    #[schema(value_type = String, example = "ada@example.com", min_length = 3, max_length = 254)]
    email: Given<String>,
    /// As they want to be called.
    #[schema(value_type = Option<String>, example = "Ada Lovelace", max_length = 255)]
    name: Given<String>,
    /// The clients that they are to act for.
    #[schema(value_type = Option<Vec<i64>>, example = json!([42116]), max_items = 1000)]
    api_client_ids: Given<Vec<ClientId>>,
}

impl Read for Invitation {
    fn read(value: Value) -> Result<Self, String> {
        let misfit = || "must be an object with `email`".to_owned();
        if value.is_object() { Self::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
    }
}

impl Invitation {
    fn draft(self, faults: &mut Faults) -> PortalUserDraft {
        PortalUserDraft {
            email: self.email.required("email", faults).unwrap_or_default(),
            name: self.name.optional("name", faults).unwrap_or_default(),
            clients: self.api_client_ids.optional("api_client_ids", faults).unwrap_or_default(),
        }
    }
}

/// Those who were invited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitedPortalUsers {
    /// The portal users, in the order of the invitations.
    data: Vec<ShownPortalUser>,
}

/// Invites developers to a portal: all of them, or none if one cannot be.
#[utoipa::path(
    post,
    path = "/api/portico/v1/portal_users/invitations",
    tag = "Portal users",
    request_body = NewPortalUsers,
    responses(
        (status = OK, description = "The portal users", body = InvitedPortalUsers),
        Missing,
        Conflict,
    ),
)]
pub(crate) async fn create_portal_users(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewPortalUsers>,
) -> Result<Answer<InvitedPortalUsers>, Problem> {
    let mut faults = Faults::default();
    let portal = body.api_portal_id.required("api_portal_id", &mut faults);
    let invitations = body.invitations.required("invitations", &mut faults).unwrap_or_default();
    let drafts = invitations.into_iter().map(|invitation| invitation.draft(&mut faults)).collect();
    let Some(portal) = portal else { return Err(faults.into()) };
    faults.check()?;
    let portal = known(&management, &caller, portal).await?;
    let users = management.actions.invite_portal_users(caller.actor(), portal, drafts).await?;
    let data = users.into_iter().map(|user| ShownPortalUser::new(caller.zone(), user)).collect();
    Ok(Answer(InvitedPortalUsers { data }))
}

/// A portal user in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PortalUserPath {
    /// Id of the portal user.
    #[param(value_type = i64, example = 204)]
    portal_user_id: PortalUserId,
}

async fn find(management: &Management, caller: &Caller, id: PortalUserId) -> Result<PortalUser, Problem> {
    let user = store::portal_users::find(&management.db, caller.workspace(), id).await?;
    user.ok_or_else(|| Problem::missing("portal user"))
}

/// Shows a portal user.
#[utoipa::path(
    get,
    path = "/api/portico/v1/portal_users/{portal_user_id}",
    tag = "Portal users",
    params(PortalUserPath),
    responses((status = OK, description = "The portal user", body = Data<ShownPortalUser>), Missing),
)]
pub(crate) async fn get_portal_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalUserPath>,
) -> Result<Tagged<Data<ShownPortalUser>>, Problem> {
    let user = find(&management, &caller, path.portal_user_id).await?;
    Ok(Tagged(user.updated_at, Data { data: ShownPortalUser::new(caller.zone(), user) }))
}

/// What is to change about a portal user. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PortalUserChanges {
    /// Where they are written to. Another address is another person, and invited anew.
    #[schema(value_type = Option<String>, example = "ada@example.com", min_length = 3, max_length = 254)]
    email: Given<String>,
    /// As they want to be called.
    #[schema(value_type = Option<String>, example = "Ada Lovelace", max_length = 255)]
    name: Given<String>,
    /// The clients that they act for, and no others.
    #[schema(value_type = Option<Vec<i64>>, example = json!([42116]), max_items = 1000)]
    api_client_ids: Given<Vec<ClientId>>,
    /// Whether they may come in.
    #[schema(value_type = Option<bool>, example = true)]
    active: Given<bool>,
}

/// Changes a portal user, or deactivates them.
#[utoipa::path(
    put,
    path = "/api/portico/v1/portal_users/{portal_user_id}",
    tag = "Portal users",
    params(PortalUserPath, MustMatch),
    request_body = PortalUserChanges,
    responses((status = OK, description = "The portal user", body = Data<ShownPortalUser>), Missing, Conflict),
)]
pub(crate) async fn update_portal_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalUserPath>,
    Body(body): Body<PortalUserChanges>,
) -> Result<Tagged<Data<ShownPortalUser>>, Problem> {
    let id = find(&management, &caller, path.portal_user_id).await?.id;
    let mut faults = Faults::default();
    let patch = PortalUserPatch {
        email: body.email.optional("email", &mut faults),
        name: body.name.optional("name", &mut faults),
        clients: body.api_client_ids.optional("api_client_ids", &mut faults),
        active: body.active.optional("active", &mut faults),
    };
    faults.check()?;
    let user = management.actions.update_portal_user(caller.actor(), id, patch).await?;
    Ok(Tagged(user.updated_at, Data { data: ShownPortalUser::new(caller.zone(), user) }))
}

/// Invites a portal user once more.
#[utoipa::path(
    post,
    path = "/api/portico/v1/portal_users/{portal_user_id}/invitation",
    tag = "Portal users",
    params(PortalUserPath),
    responses((status = OK, description = "The portal user", body = Data<ShownPortalUser>), Missing, Refused),
)]
pub(crate) async fn invite_portal_user_again(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalUserPath>,
) -> Result<Tagged<Data<ShownPortalUser>>, Problem> {
    let user = management.actions.invite_portal_user_again(caller.actor(), path.portal_user_id).await?;
    Ok(Tagged(user.updated_at, Data { data: ShownPortalUser::new(caller.zone(), user) }))
}

/// Removes a portal user with what they asked for. The clients and their keys stay.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/portal_users/{portal_user_id}",
    tag = "Portal users",
    params(PortalUserPath, MustMatch),
    responses((status = OK, description = "They are gone", body = Success), Missing),
)]
pub(crate) async fn delete_portal_user(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalUserPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_portal_user(caller.actor(), path.portal_user_id).await?;
    Ok(SUCCESS)
}
