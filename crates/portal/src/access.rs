//! **Request access**, and what became of what was asked for.

mod ask;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access_request::RequestState;
use model::page::Page as ListPage;
use serde::Deserialize;
use site::request::Query;
use site::{Frame, Oops, Page, Pager, When};
use store::access_requests::{self, Filter};

use crate::Portals;
use crate::me::Me;

pub(crate) use ask::{ask, send};

/// How many requests stand on a page.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "portal/requests.html")]
struct MyRequests {
    frame: Frame,
    rows: Vec<Row>,
    pager: Option<Pager>,
}

struct Row {
    collection: String,
    version: String,
    client: String,
    reason: String,
    tone: &'static str,
    state: &'static str,
    note: String,
    asked: When,
    decided: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageQuery {
    pub(crate) page: Option<i64>,
}

/// `GET /requests`
pub(crate) async fn my_requests(
    State(portals): State<Portals>,
    me: Me,
    Query(query): Query<PageQuery>,
) -> Result<Response, Oops> {
    let page = ListPage::new(query.page.unwrap_or(1), ROWS);
    let user = me.developer.user.id;
    let filter = Filter { portal: Some(me.here.portal.id), user: Some(user), ..Filter::default() };
    let found = access_requests::list(&portals.db, me.here.workspace.id, filter, page).await?;
    let rows = found.rows.into_iter().map(|listed| {
        let request = listed.request;
        let (tone, state) = match request.state {
            RequestState::Pending => ("warn", "Pending"),
            RequestState::Approved => ("good", "Approved"),
            RequestState::Rejected => ("bad", "Rejected"),
        };
        Row {
            collection: listed.collection,
            version: listed.version,
            client: listed.client,
            tone,
            state,
            note: request.note.unwrap_or_default(),
            asked: me.when(request.created_at),
            decided: request.decided_at.map(|at| me.when(at)),
            reason: request.reason,
        }
    });
    let page = MyRequests {
        frame: me.frame("/requests"),
        rows: rows.collect(),
        pager: Pager::new(page, found.total, "/requests"),
    };
    Ok(Page::new(page).into_response())
}
