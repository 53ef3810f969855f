//! Inviting one developer.

use actions::{Error, PortalUserDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, PortalId};
use site::form::Kind;
use site::request::Path;
use site::{Choice, Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::people::clients;
use super::{PATH, address, find};
use crate::Console;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/portal_invite.html")]
struct Invite {
    frame: Frame,
    side: Side,
    portal: PortalId,
    portal_name: String,
    email: Field,
    name: Field,
    clients: Choice,
    problem: Option<String>,
}

pub(super) fn email() -> Field {
    Field::new("email", "Email").kind(Kind::Email).max(254)
}

pub(super) fn name() -> Field {
    Field::new("name", "Name").optional().max(255)
}

pub(super) fn acts_for() -> Choice {
    Choice::new("client", "Clients that they act for")
        .optional()
        .help("They manage the keys of these clients and ask for APIs for them. Without one they can look around only.")
}

async fn page(
    console: &Console,
    me: &Me,
    id: PortalId,
    fields: &Fields,
    fault: Option<&Error>,
) -> Result<Page<Invite>, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let portal = find(console, me, id).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let mut page = Invite {
        frame,
        side,
        portal: id,
        portal_name: portal.name,
        email: email().given(fields).help("The invitation goes there. It works once, for 7 days."),
        name: name().given(fields),
        clients: clients(console, me, acts_for(), &[]).await?.given(fields),
        problem: None,
    };
    match fault {
        Some(Error::Invalid(faults) | Error::Unknown(faults)) => {
            page.email = page.email.faulted(faults, "email");
            page.name = page.name.faulted(faults, "name");
            page.clients = page.clients.faulted(faults, "api_client_ids");
        }
        Some(Error::Conflict { message, .. }) => page.email = page.email.error(site::sentence(message)),
        Some(fault) => page.problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    let page = Page::new(page);
    Ok(if fault.is_some() { page.unprocessable() } else { page })
}

/// `GET /console/portals/{id}/people/invite`
pub(super) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    Ok(page(&console, &me, id, &Fields::default(), None).await?.into_response())
}

/// `POST /console/portals/{id}/people/invite`
pub(super) async fn send(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let draft = PortalUserDraft {
        email: fields.text("email").to_owned(),
        name: fields.text("name").to_owned(),
        clients: fields.all("client").filter_map(|id| id.parse::<ClientId>().ok()).collect(),
    };
    let email = draft.email.trim().to_owned();
    match console.actions.invite_portal_users(&me.actor(), id, vec![draft]).await {
        Ok(_) => {
            let flash = Flash::good(format!("An invitation is on its way to {email}."));
            Ok(flash.then(&address(id, "people"), me.visit.secure))
        }
        Err(fault @ (Error::Invalid(_) | Error::Unknown(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            Ok(page(&console, &me, id, &fields, Some(&fault)).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}
