//! `GET /console/collections`

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::CollectionId;
use site::request::Query;
use site::{Frame, Link, Oops, Page, Pager, When};
use store::listings::collections::{Filter, State as Listed};

use super::PATH;
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Collections on a page.
const SIZE: i64 = 50;

/// The states, as the tabs and as addresses call them.
const STATES: [(&str, &str); 4] =
    [("All", ""), ("Active", "active"), ("Inactive", "inactive"), ("In no portal", "unpublished")];

#[derive(Template)]
#[template(path = "admin/collections/list.html")]
struct Collections {
    frame: Frame,
    side: Side,
    finder: Finder,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    /// Whether there is none at all, whatever is searched for.
    is_none: bool,
    may_create: bool,
    pager: Option<Pager>,
}

struct Row {
    id: CollectionId,
    name: String,
    version: String,
    path: String,
    tone: &'static str,
    state: String,
    backend: String,
    portals: String,
    changed: When,
}

pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListCollections)?;
    let state = match &*wanted.state {
        "active" => Listed::Active,
        "inactive" => Listed::Inactive,
        "unpublished" => Listed::Unpublished,
        _ => Listed::Any,
    };
    let page = wanted.page(SIZE);
    let filter = Filter { text: wanted.text(), state };
    let found = store::listings::collections::list(&console.db, me.workspace(), filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let handle = &me.operator.workspace.handle;
    let rows = found.rows.into_iter().map(|row| {
        let (tone, state) = state_of(row.active, row.endpoints);
        Row {
            id: row.id,
            name: row.name,
            version: row.version,
            path: format!("/{handle}/{}", row.handle),
            tone,
            state,
            backend: row.connection.unwrap_or_else(|| "Mock".to_owned()),
            portals: row.portals.join(", "),
            changed: me.when(row.updated_at),
        }
    });
    let page = Collections {
        frame,
        side,
        finder: wanted.finder(PATH, "Search by name or path"),
        tabs: wanted.tabs(PATH, &STATES),
        rows: rows.collect(),
        is_none: found.total == 0 && filter.text.is_none() && state == Listed::Any,
        may_create: me.may(Privilege::CreateCollection),
        pager: wanted.pager(PATH, page, found.total),
    };
    Ok(Page::new(page).into_response())
}

/// How many endpoints can be called, as a badge shows it.
pub(super) fn state_of(active: i64, total: i64) -> (&'static str, String) {
    match (active, total) {
        (_, 0) => ("", "No endpoints".to_owned()),
        (0, total) => ("", format!("{} inactive", site::text::number(total))),
        (active, total) if active == total => ("good", format!("{} active", site::text::number(total))),
        (active, total) => {
            ("info", format!("{} of {} active", site::text::number(active), site::text::number(total)))
        }
    }
}
