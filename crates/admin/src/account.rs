//! One's own account: where one is signed in, and the password.

use actions::Place;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::id::SessionId;
use model::page::Page as ListPage;
use site::request::Path;
use site::{Flash, Frame, Oops, Page, Posted, When};

use crate::Console;
use crate::me::{Me, Side};

/// Where it is.
const PATH: &str = "/console/account";

#[derive(Template)]
#[template(path = "admin/account.html")]
struct Account {
    frame: Frame,
    side: Side,
    email: String,
    sessions: Vec<Row>,
}

struct Row {
    id: SessionId,
    browser: String,
    address: String,
    method: &'static str,
    begun: When,
    seen: When,
    is_this: bool,
}

/// `GET /console/account`
pub(crate) async fn show(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    let found = console.actions.sessions(&me.operator.session, ListPage::default()).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let sessions = found.rows.into_iter().map(|session| Row {
        id: session.id,
        browser: session.user_agent.unwrap_or_else(|| "A program".to_owned()),
        address: session.address.map(|address| address.to_string()).unwrap_or_default(),
        method: session.method.as_str(),
        begun: me.when(session.created_at),
        seen: me.when(session.last_seen_at),
        is_this: session.id == me.operator.session.id,
    });
    let email = me.operator.member.person.email.clone();
    Ok(Page::new(Account { frame, side, email, sessions: sessions.collect() }).into_response())
}

/// `POST /console/account/sessions/{id}/end`
pub(crate) async fn end_session(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<SessionId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.end_session(Place::Console, &me.operator.session, id, me.whence()).await?;
    Ok(Flash::good("That browser is signed out.").then(PATH, me.visit.secure))
}

/// `POST /console/account/sessions/end`: all but this one.
pub(crate) async fn end_others(
    State(console): State<Console>,
    me: Me,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.end_other_sessions(Place::Console, &me.operator.session, me.whence()).await?;
    Ok(Flash::good("All other browsers are signed out.").then(PATH, me.visit.secure))
}
