//! The developers of a portal.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, PortalId, PortalUserId};
use model::people::{CameBy, PortalUser};
use site::request::{Path, Query};
use site::{Choice, Frame, Link, Oops, Page, Pager, When};
use store::portal_users::Filter;

use super::{Head, PATH, address, find};
use crate::Console;
use crate::choices::pages;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// People on a page.
const SIZE: i64 = 50;

/// Which of them are shown, as the tabs and as addresses call it.
const STATES: [(&str, &str); 3] = [("All", ""), ("Active", "active"), ("Deactivated", "deactivated")];

#[derive(Template)]
#[template(path = "admin/portal_people.html")]
struct People {
    frame: Frame,
    side: Side,
    head: Head,
    finder: Finder,
    states: Vec<Link>,
    rows: Vec<Row>,
    is_all: bool,
    may_manage: bool,
    pager: Option<Pager>,
}

struct Row {
    id: PortalUserId,
    email: String,
    name: String,
    came: &'static str,
    tone: &'static str,
    state: &'static str,
    clients: usize,
    seen: Option<When>,
}

/// What a portal user is at the moment: a tone and a word.
pub(super) fn state(user: &PortalUser) -> (&'static str, &'static str) {
    match (user.active, user.last_sign_in_at) {
        (false, _) => ("bad", "deactivated"),
        (true, None) => ("info", "invited"),
        (true, Some(_)) => ("good", "active"),
    }
}

/// How they came, for people.
pub(super) const fn came(by: CameBy) -> &'static str {
    match by {
        CameBy::Invitation => "Invited",
        CameBy::Jit => "Just in time",
    }
}

/// `GET /console/portals/{id}/people`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListPortalUsers)?;
    let portal = find(&console, &me, id).await?;
    let path = address(id, "people");
    let active = match wanted.state.as_str() {
        "active" => Some(true),
        "deactivated" => Some(false),
        _ => None,
    };
    let page = wanted.page(SIZE);
    let filter = Filter { portal: Some(id), active, text: wanted.text(), ..Filter::default() };
    let found = store::portal_users::list(&console.db, me.workspace(), filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|user| {
        let (tone, state) = state(&user);
        Row {
            id: user.id,
            came: came(user.came_by),
            tone,
            state,
            clients: user.clients.len(),
            seen: user.last_sign_in_at.map(|at| me.when(at)),
            email: user.email,
            name: user.name,
        }
    });
    let page = People {
        frame,
        side,
        head: Head::of(&console, &me, &portal, "people"),
        finder: wanted.finder(&path, "Search by name or email"),
        states: wanted.tabs(&path, &STATES),
        rows: rows.collect(),
        is_all: active.is_none() && wanted.text().is_none(),
        may_manage: me.may(Privilege::ManagePortalUsers),
        pager: wanted.pager(&path, page, found.total),
    };
    Ok(Page::new(page).into_response())
}

/// A choice among the clients of the workspace, or the first of them where there are very many; those
/// that are chosen are always there.
pub(super) async fn clients(
    console: &Console,
    me: &Me,
    mut choice: Choice,
    chosen: &[ClientId],
) -> Result<Choice, Oops> {
    let mut missing = chosen.to_vec();
    for page in pages() {
        let found = store::clients::list(&console.db, me.workspace(), None, page).await?;
        let is_last = page.offset() + page.size >= found.total;
        for listed in found.rows {
            missing.retain(|id| *id != listed.client.id);
            choice = choice.pick(&listed.client.id, listed.client.name);
        }
        if is_last {
            break;
        }
    }
    for id in missing {
        if let Some(listed) = store::clients::find(&console.db, me.workspace(), id).await? {
            choice = choice.pick(&id, listed.client.name);
        }
    }
    Ok(choice.chosen(chosen))
}
