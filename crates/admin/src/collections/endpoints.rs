//! `/console/collections/{id}`: the endpoints, and which of them can be called.

use actions::{Toggled, Which};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::endpoint::RecipeKind;
use model::id::{CollectionId, EndpointId};
use site::request::{Path, Query};
use site::text::{count, length};
use site::{Fields, Flash, Frame, Link, Oops, Page, Pager, Posted};
use store::listings::endpoints::Filter;

use super::PATH;
use super::head::{Head, Tab, curl, find, head};
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Endpoints on a page.
const SIZE: i64 = 100;

/// The states, as the tabs and as addresses call them.
const STATES: [(&str, &str); 3] = [("All", ""), ("Active", "active"), ("Inactive", "inactive")];

#[derive(Template)]
#[template(path = "admin/collections/endpoints.html")]
struct Endpoints {
    frame: Frame,
    side: Side,
    head: Head,
    finder: Finder,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    may_toggle: bool,
    curl: Option<String>,
    pager: Option<Pager>,
}

struct Row {
    id: EndpointId,
    method: &'static str,
    path: String,
    name: String,
    is_active: bool,
    is_running: bool,
    backend: &'static str,
    time: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    let active = match &*wanted.state {
        "active" => Some(true),
        "inactive" => Some(false),
        _ => None,
    };
    let page = wanted.page(SIZE);
    let filter = Filter { text: wanted.text(), active };
    let found = store::listings::endpoints::list(&console.db, id, filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let head = head(&console, &me, &collection, Tab::Endpoints).await?;
    // The simplest call that works, else the simplest that would.
    let plain = found
        .rows
        .iter()
        .min_by_key(|row| (!row.active, row.method != model::endpoint::Method::Get, row.path.contains('{')));
    let curl = plain.map(|row| curl(&head.url, row.method.as_str(), &row.path));
    let rows = found.rows.into_iter().map(|row| Row {
        id: row.id,
        method: row.method.as_str(),
        path: format!("/{}", row.path),
        name: row.name,
        is_active: row.active,
        is_running: row.is_running,
        backend: match row.kind {
            RecipeKind::Proxy => "Forwards",
            RecipeKind::Mock => "Mock",
        },
        time: row.forwarding.timeout_seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default(),
    });
    let own = format!("{PATH}/{id}");
    let page = Endpoints {
        frame,
        side,
        head,
        finder: wanted.finder(&own, "Search by name or path"),
        tabs: wanted.tabs(&own, &STATES),
        rows: rows.collect(),
        may_toggle: me.may(Privilege::ToggleEndpoints),
        curl,
        pager: wanted.pager(&own, page, found.total),
    };
    Ok(Page::new(page).into_response())
}

/// `POST /console/collections/{id}`
pub(super) async fn toggle(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let (which, active) = wish(&fields)?;
    let back = format!("{PATH}/{id}");
    let nothing = matches!(&which, Which::These(ids) if ids.is_empty());
    if nothing {
        return Ok(Flash::warn("Tick the endpoints first.").then(&back, me.visit.secure));
    }
    let toggled = console.actions.toggle_endpoints(&me.actor(), id, which, active).await?;
    Ok(told(toggled, active).then(&back, me.visit.secure))
}

/// Which endpoints shall be otherwise, and how. The button says it; one of a single endpoint carries its id.
fn wish(fields: &Fields) -> Result<(Which, bool), Oops> {
    let one = |name: &str| fields.get(name).and_then(|id| id.parse().ok()).map(EndpointId);
    if let Some(id) = one("activate") {
        return Ok((Which::These(vec![id]), true));
    }
    if let Some(id) = one("deactivate") {
        return Ok((Which::These(vec![id]), false));
    }
    let ticked = || fields.all("endpoint").filter_map(|id| id.parse().ok()).map(EndpointId).collect();
    match fields.text("deed") {
        "activate" => Ok((Which::These(ticked()), true)),
        "deactivate" => Ok((Which::These(ticked()), false)),
        "activate_all" => Ok((Which::All, true)),
        "deactivate_all" => Ok((Which::All, false)),
        _ => Err(Oops::bad_request("Press one of the buttons.")),
    }
}

fn told(toggled: Toggled, active: bool) -> Flash {
    let Toggled { changed, stopped } = toggled;
    let can = if active { "can be called now" } else { "cannot be called any more" };
    let text = match changed {
        0 => "Nothing changed".to_owned(),
        changed => format!("{} {can}", count(length(changed), "endpoint", "endpoints")),
    };
    match stopped {
        0 => Flash::good(format!("{text}.")),
        stopped => Flash::warn(format!(
            "{text}; {} left inactive, since what stands behind is stopped.",
            count(length(stopped), "endpoint is", "endpoints are")
        )),
    }
}
