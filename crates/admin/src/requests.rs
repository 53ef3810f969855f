//! What developers ask for, to be approved or rejected.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::access_request::{REASON_CHARACTERS, RequestState};
use model::id::AccessRequestId;
use site::request::{Path, Query};
use site::{Flash, Frame, Link, Oops, Page, Pager, Posted, When};
use store::access_requests::Filter;

use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Where they are listed.
const PATH: &str = "/console/requests";

/// Requests on a page.
const SIZE: i64 = 25;

/// The states, as the tabs and as addresses call them.
const STATES: [(&str, &str); 3] =
    [("Pending", "pending"), ("Approved", "approved"), ("Rejected", "rejected")];

#[derive(Template)]
#[template(path = "admin/requests.html")]
struct Requests {
    frame: Frame,
    side: Side,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    may_decide: bool,
    note_characters: usize,
    pager: Option<Pager>,
}

struct Row {
    id: AccessRequestId,
    email: String,
    client: String,
    collection: String,
    version: String,
    reason: String,
    state: RequestState,
    tone: &'static str,
    note: String,
    decided_by: String,
    asked: When,
}

/// `GET /console/requests`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(mut wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListPortalUsers)?;
    let state = RequestState::ALL.iter().copied().find(|state| state.as_str() == wanted.state);
    let state = state.unwrap_or(RequestState::Pending);
    state.as_str().clone_into(&mut wanted.state);
    let page = wanted.page(SIZE);
    let filter = Filter { state: Some(state), ..Filter::default() };
    let found = store::access_requests::list(&console.db, me.workspace(), filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|listed| Row {
        id: listed.request.id,
        email: listed.email,
        client: listed.client,
        collection: listed.collection,
        version: listed.version,
        reason: listed.request.reason,
        state: listed.request.state,
        tone: match listed.request.state {
            RequestState::Pending => "info",
            RequestState::Approved => "good",
            RequestState::Rejected => "bad",
        },
        note: listed.request.note.unwrap_or_default(),
        decided_by: listed.request.decided_by.unwrap_or_default(),
        asked: me.when(listed.request.created_at),
    });
    let page = Requests {
        frame,
        side,
        tabs: wanted.tabs(PATH, &STATES),
        rows: rows.collect(),
        may_decide: me.may(Privilege::DecideRequests),
        note_characters: REASON_CHARACTERS,
        pager: wanted.pager(PATH, page, found.total),
    };
    Ok(Page::new(page).into_response())
}

/// `POST /console/requests/{id}`
pub(crate) async fn decide(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<AccessRequestId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let note = Some(fields.text("note").trim()).filter(|note| !note.is_empty());
    let flash = match fields.text("decision") {
        "approve" => {
            let decided = console.actions.approve_access(&me.actor(), id, note).await?;
            Flash::good(format!("{} may call {}.", decided.client, decided.collection))
        }
        "reject" => {
            let decided = console.actions.reject_access(&me.actor(), id, note).await?;
            Flash::good(format!("The request of {} is rejected.", decided.email))
        }
        _ => return Err(Oops::bad_request("Press one of the buttons, Approve or Reject.")),
    };
    Ok(flash.then(PATH, me.visit.secure))
}
