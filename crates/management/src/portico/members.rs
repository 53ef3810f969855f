//! `/api/portico/v1/members`: those who administer the workspace.

use actions::{Faults, MemberDraft, MemberPatch};
use axum::extract::State;
use model::id::MemberId;
use model::people::{Member, MemberRole, MemberState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// Somebody who administers the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct ShownMember {
    /// Its id.
    #[schema(value_type = i64, example = 3)]
    id: MemberId,
    /// As they want to be called; empty until it is known.
    #[schema(example = "Grace Hopper")]
    name: String,
    /// Their e-mail address.
    #[schema(example = "grace@example.com")]
    email: String,
    /// What they may do.
    #[schema(value_type = GivenRole, example = "publisher")]
    role: MemberRole,
    /// Whether they may come in: `invited` and not seen yet, `active`, or `suspended`.
    #[schema(value_type = String, example = "active")]
    state: MemberState,
    /// When they were last invited.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    invited_at: String,
    /// When they became a member.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When the membership was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl ShownMember {
    fn new(zone: &Zone, member: Member) -> Self {
        Self {
            id: member.id,
            name: member.person.name,
            email: member.person.email,
            role: member.role,
            state: member.state,
            invited_at: zone.time(member.invited_at),
            created_at: zone.time(member.created_at),
            updated_at: zone.time(member.updated_at),
        }
    }
}

/// What a member may do: everything; everything but to owners; everything but the workspace itself, its
/// members and tokens, and the audit trail; or see all that and change nothing.
#[derive(ToSchema)]
#[schema(as = MemberRole, rename_all = "lowercase")]
#[expect(dead_code, reason = "it stands for the values of `model::MemberRole` in the description")]
pub(crate) enum GivenRole {
    Owner,
    Admin,
    Publisher,
    Viewer,
}

impl Read for MemberRole {
    fn read(value: Value) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|role| Some(role.as_str()) == value.as_str());
        found.copied().ok_or_else(|| "must be one of `owner`, `admin`, `publisher`, `viewer`".to_owned())
    }
}

/// Lists members, oldest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/members",
    tag = "Members",
    params(PageQuery),
    responses((status = OK, description = "One page of members", body = Listed<ShownMember>)),
)]
pub(crate) async fn list_members(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownMember>>, Problem> {
    let page = page.page()?;
    let members = store::members::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(Listed::new(members, page, |member| ShownMember::new(caller.zone(), member))))
}

/// A member to be invited.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewMember {
    /// Where the invitation goes.
    #[schema(value_type = String, example = "grace@example.com", min_length = 3, max_length = 254)]
    email: Given<String>,
    /// As they want to be called; left alone where they are known already.
    #[schema(value_type = Option<String>, example = "Grace Hopper", max_length = 255)]
    name: Given<String>,
    /// What they may do.
    #[schema(value_type = GivenRole, example = "publisher")]
    role: Given<MemberRole>,
}

/// Invites somebody to administer the workspace.
#[utoipa::path(
    post,
    path = "/api/portico/v1/members",
    tag = "Members",
    request_body = NewMember,
    responses((status = OK, description = "The member", body = Data<ShownMember>), Conflict, Refused),
)]
pub(crate) async fn create_member(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewMember>,
) -> Result<Tagged<Data<ShownMember>>, Problem> {
    let mut faults = Faults::default();
    let email = body.email.required("email", &mut faults);
    let name = body.name.optional("name", &mut faults);
    let role = body.role.required("role", &mut faults);
    let Some(role) = role else { return Err(faults.into()) };
    faults.check()?;
    let draft = MemberDraft { email: email.unwrap_or_default(), name: name.unwrap_or_default(), role };
    let member = management.actions.invite_member(caller.actor(), draft).await?;
    Ok(Tagged(member.updated_at, Data { data: ShownMember::new(caller.zone(), member) }))
}

/// A member in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MemberPath {
    /// Id of the member.
    #[param(value_type = i64, example = 3)]
    member_id: MemberId,
}

async fn find(management: &Management, caller: &Caller, id: MemberId) -> Result<Member, Problem> {
    let member = store::members::find(&management.db, caller.workspace(), id).await?;
    member.ok_or_else(|| Problem::missing("member"))
}

/// Shows a member.
#[utoipa::path(
    get,
    path = "/api/portico/v1/members/{member_id}",
    tag = "Members",
    params(MemberPath),
    responses((status = OK, description = "The member", body = Data<ShownMember>), Missing),
)]
pub(crate) async fn get_member(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MemberPath>,
) -> Result<Tagged<Data<ShownMember>>, Problem> {
    let member = find(&management, &caller, path.member_id).await?;
    Ok(Tagged(member.updated_at, Data { data: ShownMember::new(caller.zone(), member) }))
}

/// What is to change about a member. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct MemberChanges {
    /// What they may do. Only owners make owners, and change them.
    #[schema(value_type = Option<GivenRole>, example = "admin")]
    role: Given<MemberRole>,
    /// Whether they may not come in for now.
    #[schema(value_type = Option<bool>, example = false)]
    suspended: Given<bool>,
}

/// Changes what a member may do. A workspace that has an owner keeps one.
#[utoipa::path(
    put,
    path = "/api/portico/v1/members/{member_id}",
    tag = "Members",
    params(MemberPath, MustMatch),
    request_body = MemberChanges,
    responses((status = OK, description = "The member", body = Data<ShownMember>), Missing, Refused),
)]
pub(crate) async fn update_member(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MemberPath>,
    Body(body): Body<MemberChanges>,
) -> Result<Tagged<Data<ShownMember>>, Problem> {
    let id = find(&management, &caller, path.member_id).await?.id;
    let mut faults = Faults::default();
    let patch = MemberPatch {
        role: body.role.optional("role", &mut faults),
        suspended: body.suspended.optional("suspended", &mut faults),
    };
    faults.check()?;
    let member = management.actions.update_member(caller.actor(), id, patch).await?;
    Ok(Tagged(member.updated_at, Data { data: ShownMember::new(caller.zone(), member) }))
}

/// Invites a member once more.
#[utoipa::path(
    post,
    path = "/api/portico/v1/members/{member_id}/invitation",
    tag = "Members",
    params(MemberPath),
    responses((status = OK, description = "The member", body = Data<ShownMember>), Missing, Refused),
)]
pub(crate) async fn invite_member_again(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MemberPath>,
) -> Result<Tagged<Data<ShownMember>>, Problem> {
    let member = management.actions.invite_member_again(caller.actor(), path.member_id).await?;
    Ok(Tagged(member.updated_at, Data { data: ShownMember::new(caller.zone(), member) }))
}

/// Takes a member out of the workspace, but never the last owner.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/members/{member_id}",
    tag = "Members",
    params(MemberPath, MustMatch),
    responses((status = OK, description = "They are gone", body = Success), Missing, Refused),
)]
pub(crate) async fn delete_member(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MemberPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.remove_member(caller.actor(), path.member_id).await?;
    Ok(SUCCESS)
}
