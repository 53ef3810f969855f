//! Inviting one developer.

use actions::{Error, PortalUserDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PortalId;
use site::request::Path;
use site::{Fields, Flash, Frame, Oops, Page, Posted};

use super::typed::{self, Typed};
use super::{PATH, address, find};
use crate::Console;
use crate::failed::beside;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/portal_invite.html")]
struct Invite {
    frame: Frame,
    side: Side,
    portal: PortalId,
    portal_name: String,
    typed: Typed,
}

async fn page(
    console: &Console,
    me: &Me,
    id: PortalId,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Invite>, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let portal = find(console, me, id).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let mut typed =
        Typed::new(console, me, "The invitation goes there. It works once, for 7 days.", None).await?;
    if let Some((fields, error)) = failed {
        typed.refill(fields, error);
    }
    let page = Invite { frame, side, portal: id, portal_name: portal.name, typed };
    Ok(Page::new(page).unprocessable_if(failed.is_some()))
}

/// `GET /console/portals/{id}/people/invite`
pub(super) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    Ok(page(&console, &me, id, None).await?.into_response())
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
        clients: typed::clients(&fields),
    };
    let email = draft.email.trim().to_owned();
    match console.actions.invite_portal_users(&me.actor(), id, vec![draft]).await {
        Ok(_) => {
            let flash = Flash::good(format!("An invitation is on its way to {email}."));
            Ok(flash.then(&address(id, "people"), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(page(&console, &me, id, Some((&fields, &fault))).await?.into_response())
        }
    }
}
