//! Who administers the workspace.

use actions::{Error, MemberDraft, MemberPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::MemberId;
use model::people::{MemberRole, MemberState};
use site::form::Kind;
use site::request::{Path, Query};
use site::{Field, Fields, Flash, Frame, Oops, Page, Pager, Posted, When};

use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Where they are listed.
const PATH: &str = "/console/members";

/// Members on a page.
const SIZE: i64 = 100;

#[derive(Template)]
#[template(path = "admin/members.html")]
struct Members {
    frame: Frame,
    side: Side,
    rows: Vec<Row>,
    may_manage: bool,
    email: Field,
    roles: Vec<(String, String)>,
    role: String,
    problem: Option<String>,
    pager: Option<Pager>,
}

struct Row {
    id: MemberId,
    email: String,
    name: String,
    role: MemberRole,
    state: MemberState,
    tone: &'static str,
    is_me: bool,
    invited: When,
}

/// `GET /console/members`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let page = members(&console, &me, &wanted, &Fields::default(), None).await?;
    Ok(page.into_response())
}

async fn members(
    console: &Console,
    me: &Me,
    wanted: &Wanted,
    fields: &Fields,
    fault: Option<&Error>,
) -> Result<Page<Members>, Oops> {
    me.must(Privilege::ListMembers)?;
    let page = wanted.page(SIZE);
    let found = store::members::list(&console.db, me.workspace(), page).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let rows = found.rows.into_iter().map(|member| Row {
        id: member.id,
        is_me: member.id == me.operator.member.id,
        email: member.person.email,
        name: member.person.name,
        role: member.role,
        state: member.state,
        tone: match member.state {
            MemberState::Invited => "info",
            MemberState::Active => "good",
            MemberState::Suspended => "bad",
        },
        invited: me.when(member.invited_at),
    });
    let mut email = Field::new("email", "Email").kind(Kind::Email).max(254).given(fields);
    let mut problem = None;
    match fault {
        Some(Error::Invalid(faults)) => email = email.faulted(faults, "email"),
        Some(Error::Conflict { message, .. }) => email = email.error(site::sentence(message)),
        Some(fault) => problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    let roles = MemberRole::ALL.iter().map(|role| (role.to_string(), role.to_string())).collect();
    let given = MemberRole::ALL.iter().find(|role| role.as_str() == fields.text("role"));
    Ok(Page::new(Members {
        frame,
        side,
        rows: rows.collect(),
        may_manage: me.may(Privilege::ManageMembers),
        email,
        roles,
        role: given.unwrap_or(&MemberRole::Publisher).to_string(),
        problem,
        pager: wanted.pager(PATH, page, found.total),
    }))
}

fn role(fields: &Fields) -> Result<MemberRole, Oops> {
    let role = fields.text("role").parse::<MemberRole>();
    role.map_err(|fault| Oops::bad_request(format!("The role {fault}.")))
}

/// `POST /console/members`
pub(crate) async fn invite(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let draft =
        MemberDraft { email: fields.text("email").to_owned(), name: String::new(), role: role(&fields)? };
    match console.actions.invite_member(&me.actor(), draft).await {
        Ok(member) => {
            let flash = Flash::good(format!("An invitation is on its way to {}.", member.person.email));
            Ok(flash.then(PATH, me.visit.secure))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            Ok(members(&console, &me, &Wanted::default(), &fields, Some(&error))
                .await?
                .unprocessable()
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/members/{id}`
pub(crate) async fn change(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<MemberId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let (actions, actor) = (&console.actions, me.actor());
    let patch = |role, suspended| MemberPatch { role, suspended };
    let text = match fields.text("deed") {
        "role" => {
            let member = actions.update_member(&actor, id, patch(Some(role(&fields)?), None)).await?;
            format!("{} is {} now.", member.person.email, member.role)
        }
        "suspend" => {
            let member = actions.update_member(&actor, id, patch(None, Some(true))).await?;
            format!("{} may not come in for now.", member.person.email)
        }
        "admit" => {
            let member = actions.update_member(&actor, id, patch(None, Some(false))).await?;
            format!("{} may come in again.", member.person.email)
        }
        "invite" => {
            let member = actions.invite_member_again(&actor, id).await?;
            format!("Another invitation is on its way to {}.", member.person.email)
        }
        "remove" => {
            actions.remove_member(&actor, id).await?;
            "The member was removed.".to_owned()
        }
        _ => return Err(Oops::bad_request("Press one of the buttons.")),
    };
    Ok(Flash::good(text).then(PATH, me.visit.secure))
}
