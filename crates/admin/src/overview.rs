//! `GET /console`: what to do first, what waits for somebody, and what was done last.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::access_request::RequestState;
use model::page::Page as ListPage;
use site::text::{count, number};
use site::{Frame, Oops, Page, When};
use store::access_requests::Filter;
use store::listings::standing::{Standing, of};

use crate::Console;
use crate::me::{Me, Side};

/// How many deeds are shown.
const DEEDS: i64 = 10;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: Frame,
    side: Side,
    workspace: String,
    /// What is to be done until the first call; empty when all of it was.
    steps: Vec<Step>,
    /// What needs attention: how bad it is, what it is, and where it is seen to.
    notes: Vec<(&'static str, String, &'static str)>,
    /// What there is: how many, of what, and where it is.
    figures: Vec<(String, &'static str, &'static str)>,
    deeds: Vec<(When, String, String, String)>,
}

/// Something to do on the way to the first call.
struct Step {
    title: &'static str,
    about: &'static str,
    href: &'static str,
    button: &'static str,
    is_done: bool,
    /// Whether it is the first that is not done, and theirs to do.
    is_next: bool,
}

/// `GET /console`
pub(crate) async fn show(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    let (frame, side) = me.around(&console, "/console").await?;
    let standing = of(&console.db, me.workspace()).await?;
    let pending = Filter { state: Some(RequestState::Pending), ..Filter::default() };
    let pending = match me.may(Privilege::ListPortalUsers) {
        true => store::access_requests::count(&console.db, me.workspace(), pending).await?,
        false => 0,
    };
    let failed_mail = match me.may(Privilege::ManageMail) {
        true => store::mails::failures(&console.db, me.workspace()).await?,
        false => 0,
    };
    let deeds = match me.may(Privilege::ReadAudit) {
        true => store::audit::list(&console.db, me.workspace(), ListPage::new(1, DEEDS)).await?,
        false => Vec::new(),
    };
    let page = Overview {
        frame,
        side,
        workspace: me.operator.workspace.name.clone(),
        steps: steps(&me, standing),
        notes: notes(standing, pending, failed_mail),
        figures: figures(standing),
        deeds: deeds
            .into_iter()
            .map(|line| (me.when(line.at), line.actor_name, line.deed, line.subject_name))
            .collect(),
    };
    Ok(Page::new(page).into_response())
}

/// The way from nothing to the first call; nothing once somebody can call.
fn steps(me: &Me, standing: Standing) -> Vec<Step> {
    let Standing { collections, portals, published, developers, clients, callers, keys, .. } = standing;
    if collections > 0 && callers > 0 && keys > 0 {
        return Vec::new();
    }
    let to_portal = match portals {
        0 => ("/console/portals/new", "Create portal"),
        _ => ("/console/portals", "Go to the portals"),
    };
    let to_client = match clients {
        0 => ("/console/clients/new?auth=token", "Create client"),
        _ => ("/console/clients", "Go to the clients"),
    };
    let steps = [
        (
            "Import an API",
            "Its OpenAPI document is all that it takes. Without a backend it answers from its examples.",
            ("/console/collections/new", "Import an API"),
            collections > 0,
            Privilege::CreateCollection,
        ),
        (
            "Open a portal and show the API there",
            "Developers read about it there, try it, and manage their keys.",
            to_portal,
            published > 0,
            Privilege::ManagePortals,
        ),
        (
            "Create a client for whoever calls",
            "Say which APIs it may call. With a developer's email, they are invited to the portal at once.",
            to_client,
            callers > 0,
            Privilege::ManageClients,
        ),
        (
            "Invite a developer",
            "They get a mail with a link, and manage the keys of their client in the portal.",
            ("/console/portals", "Choose the portal"),
            developers > 0,
            Privilege::ManagePortalUsers,
        ),
        (
            "Wait for the first call",
            "It takes a key, which developers make in the portal and you make with their client.",
            ("/console/clients", "Go to the clients"),
            keys > 0,
            Privilege::ManageKeys,
        ),
    ];
    let first = steps.iter().position(|(.., is_done, _)| !is_done);
    let steps = steps.into_iter().enumerate();
    let shown = steps.map(|(index, (title, about, (href, button), is_done, privilege))| Step {
        title,
        about,
        href,
        button,
        is_done,
        is_next: first == Some(index) && me.may(privilege),
    });
    shown.collect()
}

fn notes(standing: Standing, pending: i64, failed_mail: i64) -> Vec<(&'static str, String, &'static str)> {
    let all = [
        (
            pending,
            "info",
            count(
                pending,
                "request for access waits for a decision",
                "requests for access wait for a decision",
            ),
            "/console/requests",
        ),
        (
            standing.stopped,
            "bad",
            count(
                standing.stopped,
                "active endpoint answers 404, since what stands behind is stopped",
                "active endpoints answer 404, since what stands behind them is stopped",
            ),
            "/console/collections?state=active",
        ),
        (
            failed_mail,
            "bad",
            count(failed_mail, "mail could not be sent", "mails could not be sent"),
            "/console/mail",
        ),
    ];
    all.into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(_, tone, text, href)| (tone, text, href))
        .collect()
}

fn figures(standing: Standing) -> Vec<(String, &'static str, &'static str)> {
    let all = [
        (standing.collections, "Collections", "/console/collections"),
        (standing.endpoints, "Active endpoints", "/console/collections?state=active"),
        (standing.portals, "Portals", "/console/portals"),
        (standing.developers, "Developers", "/console/portals"),
        (standing.clients, "Clients", "/console/clients"),
        (standing.keys, "Active keys", "/console/clients"),
    ];
    if all.iter().all(|(value, ..)| *value == 0) {
        return Vec::new();
    }
    all.into_iter().map(|(value, label, href)| (number(value), label, href)).collect()
}
