//! What a portal publishes: all collections of the workspace, each with who finds it there.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{CollectionId, PortalId};
use model::portal::{Publication, Visibility};
use site::request::{Path, Query};
use site::{Flash, Frame, Link, Oops, Page, Pager, Posted, text};
use store::assignments::{self, Filter};

use super::{Head, PATH, address, find};
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Collections on a page.
const SIZE: i64 = 50;

/// Which of them are shown, as the tabs and as addresses call it.
const STATES: [(&str, &str); 2] = [("All APIs", ""), ("Published", "published")];

#[derive(Template)]
#[template(path = "admin/portal_apis.html")]
struct Apis {
    frame: Frame,
    side: Side,
    head: Head,
    action: String,
    finder: Finder,
    states: Vec<Link>,
    rows: Vec<Row>,
    may_manage: bool,
    pager: Option<Pager>,
}

struct Row {
    id: CollectionId,
    name: String,
    version: String,
    handle: String,
    /// Who finds it: `everyone`, `assigned`, or empty for nobody.
    visibility: &'static str,
    auto_approve: bool,
}

/// `GET /console/portals/{id}/apis`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let path = address(id, "apis");
    let page = wanted.page(SIZE);
    let filter = Filter { text: wanted.text(), only_chosen: wanted.state == "published" };
    let found = assignments::to_portal(&console.db, me.workspace(), id, filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|row| Row {
        id: row.id,
        name: row.name,
        version: row.version,
        handle: row.handle,
        visibility: row.publication.map_or("", |publication| publication.visibility.as_str()),
        auto_approve: row.publication.is_some_and(|publication| publication.auto_approve),
    });
    let page = Apis {
        frame,
        side,
        head: Head::of(&console, &me, &portal, "apis"),
        finder: wanted.finder(&path, "Search APIs by name"),
        states: wanted.tabs(&path, &STATES),
        rows: rows.collect(),
        may_manage: me.may(Privilege::ManagePortals),
        pager: wanted.pager(&path, page, found.total),
        action: path,
    };
    Ok(Page::new(page).into_response())
}

/// `POST /console/portals/{id}/apis`: what was on the page is published as it says there.
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let approved: Vec<CollectionId> = fields.all("auto").filter_map(|id| id.parse().ok()).collect();
    let mut wanted = Vec::new();
    for shown in fields.all("shown") {
        let Ok(collection) = shown.parse::<CollectionId>() else { continue };
        let visibility = match fields.text(&format!("visibility-{collection}")) {
            "everyone" => Some(Visibility::Everyone),
            "assigned" => Some(Visibility::Assigned),
            _ => None,
        };
        let auto_approve = approved.contains(&collection);
        let publication = visibility.map(|visibility| Publication { collection, visibility, auto_approve });
        wanted.push((collection, publication));
    }
    let changed = console.actions.arrange_publications(&me.actor(), id, &wanted).await?;
    let said = match changed {
        0 => "Nothing was to be changed.".to_owned(),
        changed => format!("{} changed.", text::count(text::length(changed), "API is", "APIs are")),
    };
    Ok(Flash::good(said).then(&address(id, "apis"), me.visit.secure))
}
