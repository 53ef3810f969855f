//! One developer of a portal: whom they act for, and whether they may come in.

use actions::{Error, PortalUserPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{PortalId, PortalUserId};
use model::people::PortalUser;
use site::request::Path;
use site::{Fields, Flash, Frame, Oops, Page, Posted, When};

use super::people::{came, state};
use super::typed::{self, Typed};
use super::{PATH, address, find};
use crate::Console;
use crate::failed::beside;
use crate::me::{Me, Side};
use crate::question::Question;

#[derive(Template)]
#[template(path = "admin/portal_person.html")]
struct Person {
    frame: Frame,
    side: Side,
    portal: PortalId,
    portal_name: String,
    id: PortalUserId,
    title: String,
    tone: &'static str,
    state: &'static str,
    is_active: bool,
    came: &'static str,
    invited: Option<When>,
    seen: Option<When>,
    typed: Typed,
    may_manage: bool,
}

/// The developer with this id in this portal.
async fn user_of(console: &Console, me: &Me, portal: PortalId, id: PortalUserId) -> Result<PortalUser, Oops> {
    me.must(Privilege::ListPortalUsers)?;
    let user = store::portal_users::find(&console.db, me.workspace(), id).await?;
    let user = user.filter(|user| user.portal == portal);
    user.ok_or_else(|| {
        Oops::missing("developer in this portal").link("Its people", &address(portal, "people"))
    })
}

async fn page(
    console: &Console,
    me: &Me,
    user: &PortalUser,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Person>, Oops> {
    let portal = find(console, me, user.portal).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let (tone, state) = state(user);
    let help =
        "Another address is another person: they are invited, and whoever has the present one is signed out.";
    let mut typed = Typed::new(console, me, help, Some(user)).await?;
    if let Some((fields, error)) = failed {
        typed.refill(fields, error);
    }
    let page = Person {
        frame,
        side,
        portal: portal.id,
        portal_name: portal.name,
        id: user.id,
        title: if user.name.is_empty() { user.email.clone() } else { user.name.clone() },
        tone,
        state,
        is_active: user.active,
        came: came(user.came_by),
        invited: user.invited_at.map(|at| me.when(at)),
        seen: user.last_sign_in_at.map(|at| me.when(at)),
        typed,
        may_manage: me.may(Privilege::ManagePortalUsers),
    };
    Ok(Page::new(page).unprocessable_if(failed.is_some()))
}

/// `GET /console/portals/{id}/people/{user}`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path((portal, user)): Path<(PortalId, PortalUserId)>,
) -> Result<Response, Oops> {
    let user = user_of(&console, &me, portal, user).await?;
    Ok(page(&console, &me, &user, None).await?.into_response())
}

/// `POST /console/portals/{id}/people/{user}`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path((portal, user)): Path<(PortalId, PortalUserId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let user = user_of(&console, &me, portal, user).await?;
    let patch = PortalUserPatch {
        email: Some(fields.text("email").to_owned()),
        name: Some(fields.text("name").to_owned()),
        clients: Some(typed::clients(&fields)),
        active: None,
    };
    match console.actions.update_portal_user(&me.actor(), user.id, patch).await {
        Ok(after) => {
            let flash = Flash::good(format!("{} is changed.", after.email));
            Ok(flash.then(&address(portal, &format!("people/{}", user.id)), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(page(&console, &me, &user, Some((&fields, &fault))).await?.into_response())
        }
    }
}

/// What is asked before it is done, as it stands in the address.
fn question(deed: &str, user: &PortalUser) -> Option<Question> {
    let email = &user.email;
    let (title, about, button) = match deed {
        "deactivate" => (
            format!("Deactivate {email}?"),
            "They are signed out everywhere and cannot come in any more. The clients that they act for and their keys go on working. You can activate them again.",
            "Deactivate developer",
        ),
        "sign-out" => (
            format!("Sign {email} out everywhere?"),
            "Every browser in which they are signed in to this portal asks them to sign in again. They may.",
            "Sign out everywhere",
        ),
        "remove" => (
            format!("Remove {email}?"),
            "They are signed out and cannot come in any more; what they asked for goes with them. The clients that they act for and their keys stay.",
            "Remove developer",
        ),
        _ => return None,
    };
    let back = address(user.portal, &format!("people/{}", user.id));
    Some(Question {
        title,
        about: about.to_owned(),
        action: format!("{back}/{deed}"),
        back,
        button,
        typed: (deed == "remove").then(|| email.clone()),
        grace: &[],
    })
}

/// `GET /console/portals/{id}/people/{user}/{deed}`
pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path((portal, user, deed)): Path<(PortalId, PortalUserId, String)>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let user = user_of(&console, &me, portal, user).await?;
    let question = question(&deed, &user).ok_or_else(Oops::no_page)?;
    question.ask(&console, &me, PATH).await
}

/// `POST /console/portals/{id}/people/{user}/{deed}`
pub(super) async fn act(
    State(console): State<Console>,
    me: Me,
    Path((portal, user, deed)): Path<(PortalId, PortalUserId, String)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let user = user_of(&console, &me, portal, user).await?;
    if let Some(question) = question(&deed, &user)
        && let Err(again) = question.confirmed(&console, &me, PATH, &fields).await?
    {
        return Ok(again);
    }
    let (actions, actor, email) = (&console.actions, me.actor(), &user.email);
    let patch = |active| PortalUserPatch { active: Some(active), ..PortalUserPatch::default() };
    let said = match deed.as_str() {
        "invite" => {
            actions.invite_portal_user_again(&actor, user.id).await?;
            format!("Another invitation is on its way to {email}.")
        }
        "deactivate" => {
            actions.update_portal_user(&actor, user.id, patch(false)).await?;
            format!("{email} may not come in any more.")
        }
        "activate" => {
            actions.update_portal_user(&actor, user.id, patch(true)).await?;
            format!("{email} may come in again.")
        }
        "sign-out" => match actions.sign_out_portal_user(&actor, user.id).await? {
            0 => format!("{email} was not signed in anywhere."),
            _ => format!("{email} is signed out everywhere."),
        },
        "remove" => {
            actions.delete_portal_user(&actor, user.id).await?;
            let flash = Flash::good(format!("{email} is removed."));
            return Ok(flash.then(&address(portal, "people"), me.visit.secure));
        }
        _ => return Err(Oops::no_page()),
    };
    Ok(Flash::good(said).then(&address(portal, &format!("people/{}", user.id)), me.visit.secure))
}
