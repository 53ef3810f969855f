//! What a client may call: all collections of the workspace, those that it may call ticked.

use actions::ClientPatch;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, CollectionId};
use site::request::{Path, Query};
use site::{Flash, Frame, Link, Oops, Page, Pager, Posted};
use store::assignments::{self, Assignable, Filter};

use super::{Head, PATH, find};
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Collections on a page.
const SIZE: i64 = 50;

/// Which of them are shown, as the tabs and as addresses call it.
const STATES: [(&str, &str); 2] = [("All APIs", ""), ("Assigned", "assigned")];

#[derive(Template)]
#[template(path = "admin/client_apis.html")]
struct Apis {
    frame: Frame,
    side: Side,
    head: Head,
    action: String,
    finder: Finder,
    states: Vec<Link>,
    rows: Vec<Assignable>,
    may_manage: bool,
    pager: Option<Pager>,
}

/// `GET /console/clients/{id}/apis`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let path = format!("{PATH}/{id}/apis");
    let page = wanted.page(SIZE);
    let filter = Filter { text: wanted.text(), only_chosen: wanted.state == "assigned" };
    let found = assignments::to_client(&console.db, me.workspace(), id, filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let page = Apis {
        frame,
        side,
        head: Head::of(&me, &listed, "apis"),
        finder: wanted.finder(&path, "Search APIs by name"),
        states: wanted.tabs(&path, &STATES),
        rows: found.rows,
        may_manage: me.may(Privilege::ManageClients),
        pager: wanted.pager(&path, page, found.total),
        action: path,
    };
    Ok(Page::new(page).into_response())
}

/// `POST /console/clients/{id}/apis`: of the collections that were on the page, the ticked ones may be
/// called from now on and the others may not. What was on other pages stays.
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let ids =
        |name: &str| -> Vec<CollectionId> { fields.all(name).filter_map(|id| id.parse().ok()).collect() };
    let (shown, ticked) = (ids("shown"), ids("api"));
    let before = listed.collections.iter().map(|collection| collection.id);
    let kept = before.filter(|id| !shown.contains(id));
    let collections = kept.chain(ticked).collect();
    let patch = ClientPatch { collections: Some(collections), ..ClientPatch::default() };
    let after = console.actions.update_client(&me.actor(), id, patch).await?;
    let apis = match after.collections.len() {
        1 => "1 API".to_owned(),
        count => format!("{count} APIs"),
    };
    let flash = Flash::good(format!("{} may call {apis}.", after.client.name));
    Ok(flash.then(&format!("{PATH}/{id}/apis"), me.visit.secure))
}
