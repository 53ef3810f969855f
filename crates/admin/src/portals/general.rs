//! What a portal is called, where it is, who helps there; and deleting it.

use actions::{Error, PortalPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PortalId;
use model::portal::Portal;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted, When};

use super::list::{name, subdomain};
use super::{Head, PATH, address, find};
use crate::Console;
use crate::failed::beside;
use crate::me::{Me, Side};
use crate::question::Question;

#[derive(Template)]
#[template(path = "admin/portal.html")]
struct General {
    frame: Frame,
    side: Side,
    head: Head,
    name: Field,
    subdomain: Field,
    support: Field,
    created: When,
    changed: When,
    clients: i64,
    may_manage: bool,
    problem: Option<String>,
}

async fn page(
    console: &Console,
    me: &Me,
    portal: &Portal,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<General>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let support = Field::new("support", "Support contact")
        .optional()
        .max(2_048)
        .help("An e-mail address, or an address such as `https://help.example.com`. It stands at the foot of every page of the portal.")
        .value(portal.support.clone().unwrap_or_default());
    let mut page = General {
        frame,
        side,
        head: Head::of(console, me, portal, ""),
        name: name().value(portal.name.clone()),
        subdomain: subdomain(console).value(portal.subdomain.clone()),
        support,
        created: me.when(portal.created_at),
        changed: me.when(portal.updated_at),
        clients: store::portals::users(&console.db, portal.id).await?,
        may_manage: me.may(Privilege::ManagePortals),
        problem: None,
    };
    if let Some((fields, error)) = failed {
        page.name.refill(fields, error, "name");
        page.subdomain.refill(fields, error, "subdomain");
        page.support.refill(fields, error, "support");
        match error {
            Error::Invalid(_) => {}
            Error::Conflict { message, .. } => page.subdomain.error = Some(site::sentence(message)),
            error => page.problem = Some(site::sentence(&error.to_string())),
        }
    }
    Ok(Page::new(page).unprocessable_if(failed.is_some()))
}

/// `GET /console/portals/{id}`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    Ok(page(&console, &me, &portal, None).await?.into_response())
}

/// `POST /console/portals/{id}`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let given = |name: &str| Some(fields.text(name).to_owned());
    let patch = PortalPatch {
        name: given("name"),
        subdomain: given("subdomain"),
        support: given("support"),
        ..PortalPatch::default()
    };
    match console.actions.update_portal(&me.actor(), id, patch).await {
        Ok(after) => {
            let flash = match after.subdomain == portal.subdomain {
                true => Flash::good("The portal is changed."),
                false => Flash::warn(format!(
                    "The portal is reached at {} now. Links to the former address no longer work.",
                    console.actions.addresses().portal(&after)
                )),
            };
            Ok(flash.then(&address(id, ""), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(page(&console, &me, &portal, Some((&fields, &fault))).await?.into_response())
        }
    }
}

fn question(portal: &Portal) -> Question {
    Question {
        title: format!("Delete {}?", portal.name),
        about: "Nobody can sign in to it any more: its people, its pages and what they asked for go with it. Clients and keys stay, and go on working. This cannot be undone."
            .to_owned(),
        action: address(portal.id, "delete"),
        back: address(portal.id, ""),
        button: "Delete portal",
        typed: Some(portal.name.clone()),
        grace: &[],
    }
}

/// `GET /console/portals/{id}/delete`
pub(super) async fn ask_delete(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortals)?;
    let portal = find(&console, &me, id).await?;
    question(&portal).ask(&console, &me, PATH).await
}

/// `POST /console/portals/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    if let Err(again) = question(&portal).confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    console.actions.delete_portal(&me.actor(), id).await?;
    Ok(Flash::good(format!("The portal {} is deleted.", portal.name)).then(PATH, me.visit.secure))
}
