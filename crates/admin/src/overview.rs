//! `GET /console`: what waits for somebody, and what was done last.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::access_request::RequestState;
use model::page::Page as ListPage;
use site::{Frame, Oops, Page, When};
use store::access_requests::Filter;

use crate::Console;
use crate::me::{Me, Side};

/// How many deeds are shown.
const DEEDS: i64 = 10;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: Frame,
    side: Side,
    workspace: String,
    pending: i64,
    failed_mail: i64,
    deeds: Vec<(When, String, String, String)>,
}

/// `GET /console`
pub(crate) async fn show(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    let (frame, side) = me.around(&console, "/console").await?;
    let pending = Filter { state: Some(RequestState::Pending), ..Filter::default() };
    let failed_mail = match me.may(Privilege::ManageMail) {
        true => store::mails::failures(&console.db, me.workspace()).await?,
        false => 0,
    };
    let deeds = match me.may(Privilege::ReadAudit) {
        true => store::audit::list(&console.db, me.workspace(), ListPage::new(1, DEEDS)).await?,
        false => Vec::new(),
    };
    let page = Overview {
        frame,
        side,
        workspace: me.operator.workspace.name.clone(),
        pending: store::access_requests::count(&console.db, me.workspace(), pending).await?,
        failed_mail,
        deeds: deeds
            .into_iter()
            .map(|line| (me.when(line.at), line.actor_name, line.deed, line.subject_name))
            .collect(),
    };
    Ok(Page::new(page).into_response())
}
