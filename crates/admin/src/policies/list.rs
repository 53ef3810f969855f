//! `GET /console/policies`

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PolicyId;
use site::request::Query;
use site::text::count;
use site::{Frame, Oops, Page, Pager};

use super::PATH;
use super::limits::in_words;
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Policies on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/policies/list.html")]
struct Policies {
    frame: Frame,
    side: Side,
    finder: Finder,
    rows: Vec<Row>,
    is_none: bool,
    may_manage: bool,
    pager: Option<Pager>,
}

struct Row {
    id: PolicyId,
    name: String,
    limits: String,
    clients: String,
    /// The portals whose newcomers get it; empty if there are none.
    portals: String,
}

pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListPolicies)?;
    let page = wanted.page(SIZE);
    let found = store::listings::policies::list(&console.db, me.workspace(), wanted.text(), page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|row| Row {
        id: row.policy.id,
        limits: in_words(&row.policy),
        name: row.policy.name,
        clients: if row.clients == 0 { String::new() } else { count(row.clients, "client", "clients") },
        portals: if row.portals == 0 { String::new() } else { count(row.portals, "portal", "portals") },
    });
    let page = Policies {
        frame,
        side,
        finder: wanted.finder(PATH, "Search by name"),
        is_none: found.total == 0 && wanted.text().is_none(),
        rows: rows.collect(),
        may_manage: me.may(Privilege::ManagePolicies),
        pager: wanted.pager(PATH, page, found.total),
    };
    Ok(Page::new(page).into_response())
}
