//! The portals of a workspace, and making one.

use actions::{Error, PortalDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PortalId;
use model::page::Page as ListPage;
use site::request::Query;
use site::{Choice, Field, Fields, Flash, Frame, Oops, Page, Pager, Posted, When};
use store::portal_users::Filter;

use super::{PATH, address};
use crate::Console;
use crate::choices::collections;
use crate::failed::beside;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Portals on a page.
const SIZE: i64 = 25;

#[derive(Template)]
#[template(path = "admin/portals.html")]
struct Portals {
    frame: Frame,
    side: Side,
    rows: Vec<Row>,
    may_manage: bool,
    pager: Option<Pager>,
}

struct Row {
    id: PortalId,
    name: String,
    url: String,
    apis: usize,
    people: i64,
    created: When,
}

/// `GET /console/portals`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListPortals)?;
    let page = wanted.page(SIZE);
    let found = store::portals::list(&console.db, me.workspace(), page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for portal in found.rows {
        let filter = Filter { portal: Some(portal.id), ..Filter::default() };
        let people =
            store::portal_users::list(&console.db, me.workspace(), filter, ListPage::new(1, 1)).await?.total;
        rows.push(Row {
            id: portal.id,
            url: console.actions.addresses().portal(&portal),
            apis: portal.collections.len(),
            people,
            created: me.when(portal.created_at),
            name: portal.name,
        });
    }
    let (frame, side) = me.around(&console, PATH).await?;
    let pager = wanted.pager(PATH, page, found.total);
    let page = Portals { frame, side, rows, may_manage: me.may(Privilege::ManagePortals), pager };
    Ok(Page::new(page).into_response())
}

#[derive(Template)]
#[template(path = "admin/portal_new.html")]
struct New {
    frame: Frame,
    side: Side,
    name: Field,
    subdomain: Field,
    apis: Choice,
    /// Whether there are more APIs than are offered.
    has_more: bool,
    problem: Option<String>,
}

pub(super) fn name() -> Field {
    Field::new("name", "Name").max(255).help("What developers see in the bar, in titles and in mail.")
}

/// The field of the subdomain; its help says what becomes of it.
pub(super) fn subdomain(console: &Console) -> Field {
    let portals = console.actions.addresses().portals.replace("{subdomain}", "…");
    Field::new("subdomain", "Subdomain")
        .mono()
        .max(63)
        .help(format!("Lower-case letters, digits and hyphens. The portal is reached at `{portals}`."))
}

async fn new(console: &Console, me: &Me, fields: &Fields, fault: Option<&Error>) -> Result<Page<New>, Oops> {
    me.must(Privilege::ManagePortals)?;
    let (frame, side) = me.around(console, PATH).await?;
    let (mut name, mut subdomain) = (name().given(fields), subdomain(console).given(fields));
    let (apis, has_more) = collections(console, me, "APIs that everyone finds there").await?;
    let mut apis = apis.given(fields);
    let mut problem = None;
    match fault {
        Some(Error::Invalid(faults)) => {
            name = name.faulted(faults, "name");
            subdomain = subdomain.faulted(faults, "subdomain");
        }
        Some(Error::Unknown(faults)) => apis = apis.faulted(faults, "api_collection_ids"),
        Some(Error::Conflict { message, .. }) => subdomain = subdomain.error(site::sentence(message)),
        Some(fault) => problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    Ok(Page::new(New { frame, side, name, subdomain, apis, has_more, problem }))
}

/// `GET /console/portals/new`
pub(super) async fn blank(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    Ok(new(&console, &me, &Fields::default(), None).await?.into_response())
}

/// `POST /console/portals/new`
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let draft = PortalDraft {
        name: fields.text("name").to_owned(),
        subdomain: fields.text("subdomain").to_owned(),
        brand_color: None,
        collections: fields.all("api").filter_map(|id| id.parse().ok()).collect(),
    };
    match console.actions.create_portal(&me.actor(), draft).await {
        Ok(portal) => {
            let next = match portal.collections.is_empty() {
                true => "Give it its looks, publish APIs in it, and invite developers.",
                false => "Give it its looks, and invite developers.",
            };
            let flash = Flash::good(format!("{} is made. {next}", portal.name));
            Ok(flash.then(&address(portal.id, "branding"), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(new(&console, &me, &fields, Some(&fault)).await?.unprocessable().into_response())
        }
    }
}
