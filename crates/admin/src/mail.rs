//! The outbox: what was written to whom, and how far it got.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::MailId;
use model::mail::MailState;
use site::request::{Path, Query};
use site::{Flash, Frame, Oops, Page, Pager, Posted, When};

use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Where it is listed.
const PATH: &str = "/console/mail";

/// Mails on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct Outbox {
    frame: Frame,
    side: Side,
    rows: Vec<Row>,
    pager: Option<Pager>,
}

struct Row {
    id: MailId,
    recipient: String,
    subject: String,
    kind: &'static str,
    state: &'static str,
    tone: &'static str,
    error: String,
    attempts: i64,
    written: When,
    may_retry: bool,
    /// Whether its link can be handed over in another way.
    has_link: bool,
}

#[derive(Template)]
#[template(path = "admin/mail_link.html")]
struct ShownLink {
    frame: Frame,
    side: Side,
    link: String,
}

/// `GET /console/mail`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageMail)?;
    let page = wanted.page(SIZE);
    let found = store::mails::list(&console.db, me.workspace(), page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let now = console.environment.now();
    let rows = found.rows.into_iter().map(|mail| Row {
        id: mail.id,
        kind: mail.kind.as_str(),
        state: mail.state.as_str(),
        tone: match mail.state {
            MailState::Waiting | MailState::Shown => "info",
            MailState::Sent => "good",
            MailState::Failed => "bad",
            MailState::Expired => "",
        },
        error: mail.error.unwrap_or_default(),
        attempts: mail.attempts,
        written: me.when(mail.created_at),
        may_retry: mail.state == MailState::Failed,
        has_link: mail.portal.is_some()
            && mail.state != MailState::Sent
            && mail.expires_at.is_some_and(|expiry| expiry > now),
        recipient: mail.recipient,
        subject: mail.subject,
    });
    let page = Outbox { frame, side, rows: rows.collect(), pager: wanted.pager(PATH, page, found.total) };
    Ok(Page::new(page).into_response())
}

/// `POST /console/mail/{id}/retry`
pub(crate) async fn retry(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<MailId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.retry_mail(&me.actor(), id).await?;
    Ok(Flash::good("The mail is tried again.").then(PATH, me.visit.secure))
}

/// `POST /console/mail/{id}/link`: shown this once; the audit log tells of it.
pub(crate) async fn show_link(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<MailId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    let link = console.actions.show_mail_link(&me.actor(), id).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    Ok(Page::new(ShownLink { frame, side, link }).secret().into_response())
}
