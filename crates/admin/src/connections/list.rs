//! `GET /console/connections`

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use site::request::Query;
use site::{Frame, Oops, Page, Pager};
use store::listings::connections::ListedConnection;

use super::PATH;
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Connections on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/connections/list.html")]
struct Connections {
    frame: Frame,
    side: Side,
    finder: Finder,
    rows: Vec<ListedConnection>,
    is_none: bool,
    may_manage: bool,
    pager: Option<Pager>,
}

pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListConnections)?;
    let page = wanted.page(SIZE);
    let found = store::listings::connections::list(&console.db, me.workspace(), wanted.text(), page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let page = Connections {
        frame,
        side,
        finder: wanted.finder(PATH, "Search by name or address"),
        is_none: found.total == 0 && wanted.text().is_none(),
        rows: found.rows,
        may_manage: me.may(Privilege::ManageConnections),
        pager: wanted.pager(PATH, page, found.total),
    };
    Ok(Page::new(page).into_response())
}
