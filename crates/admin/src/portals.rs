//! Developer portals: how they look, what they publish, how people come in, who they are.

mod apis;
mod branding;
mod general;
mod import;
mod invite;
mod list;
mod pages;
mod people;
mod person;
mod sign_in;
mod typed;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use model::access::Privilege;
use model::id::PortalId;
use model::portal::Portal;
use site::{Link, Oops};

use crate::Console;
use crate::clients::PICTURE_FORM_BYTES;
use crate::me::Me;

/// Where they are listed.
pub(crate) const PATH: &str = "/console/portals";

/// The most bytes of a form with a list of people, or with a long text.
const TEXT_FORM_BYTES: usize = 1 << 20;

/// The pages of portals.
pub(crate) fn routes() -> Router<Console> {
    let pictures = Router::new()
        .route("/console/portals/{id}/logo", post(branding::put_logo))
        .route("/console/portals/{id}/favicon", post(branding::put_favicon))
        .layer(DefaultBodyLimit::max(PICTURE_FORM_BYTES));
    let texts = Router::new()
        .route("/console/portals/{id}/pages/new", get(pages::blank).post(pages::create))
        .route("/console/portals/{id}/pages/{page}", get(pages::show).post(pages::save))
        .route("/console/portals/{id}/people/list", get(import::blank).post(import::look))
        .route("/console/portals/{id}/people/list/send", post(import::send))
        .layer(DefaultBodyLimit::max(TEXT_FORM_BYTES));
    Router::new()
        .route("/console/portals", get(list::show))
        .route("/console/portals/new", get(list::blank).post(list::create))
        .route("/console/portals/{id}", get(general::show).post(general::save))
        .route("/console/portals/{id}/delete", get(general::ask_delete).post(general::delete))
        .route("/console/portals/{id}/branding", get(branding::show).post(branding::save))
        .route("/console/portals/{id}/apis", get(apis::list).post(apis::save))
        .route("/console/portals/{id}/sign-in", get(sign_in::show).post(sign_in::save))
        .route("/console/portals/{id}/sign-in/newcomers", post(sign_in::save_newcomers))
        .route("/console/portals/{id}/pages", get(pages::list))
        .route("/console/portals/{id}/pages/{page}/move", post(pages::shift))
        .route("/console/portals/{id}/pages/{page}/delete", get(pages::ask_delete).post(pages::delete))
        .route("/console/portals/{id}/people", get(people::list))
        .route("/console/portals/{id}/people/invite", get(invite::blank).post(invite::send))
        .route("/console/portals/{id}/people/{user}", get(person::show).post(person::save))
        .route("/console/portals/{id}/people/{user}/{deed}", get(person::ask).post(person::act))
        .merge(pictures)
        .merge(texts)
}

/// What stands above every page of a portal.
pub(super) struct Head {
    pub(super) id: PortalId,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) logo: Option<String>,
    pub(super) tabs: Vec<Link>,
}

impl Head {
    /// Of this portal; `tab` is the last part of the address of the page, empty for the general ones.
    fn of(console: &Console, me: &Me, portal: &Portal, tab: &str) -> Self {
        let to = |label: &str, part: &str| Link::new(label, address(portal.id, part)).marked(part == tab);
        let mut tabs = vec![
            to("General", ""),
            to("Branding", "branding"),
            to("APIs", "apis"),
            to("Sign-in", "sign-in"),
            to("Pages", "pages"),
        ];
        if me.may(Privilege::ListPortalUsers) {
            tabs.push(to("People", "people"));
        }
        Self {
            id: portal.id,
            name: portal.name.clone(),
            url: console.actions.addresses().portal(portal),
            logo: portal.logo.map(|logo| crate::clients::picture(&logo.small)),
            tabs,
        }
    }
}

/// The address of a page of a portal.
fn address(id: PortalId, part: &str) -> String {
    match part {
        "" => format!("{PATH}/{id}"),
        part => format!("{PATH}/{id}/{part}"),
    }
}

/// The portal with this id in their workspace.
async fn find(console: &Console, me: &Me, id: PortalId) -> Result<Portal, Oops> {
    me.must(Privilege::ListPortals)?;
    let portal = store::portals::find(&console.db, me.workspace(), id).await?;
    portal.ok_or_else(|| Oops::missing("developer portal").link("Portals", PATH))
}
