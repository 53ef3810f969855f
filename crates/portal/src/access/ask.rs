//! The dialog in which a developer says what an API is for. Without script it is a page.

use actions::AccessRequestDraft;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access_request::{REASON_CHARACTERS, RequestState};
use site::form::Kind;
use site::request::Path;
use site::{Field, Flash, Frame, Oops, Page, Posted};
use store::catalog;

use crate::Portals;
use crate::me::Me;

#[derive(Template)]
#[template(path = "portal/request.html")]
struct Ask {
    frame: Frame,
    name: String,
    version: String,
    action: String,
    client: String,
    reason: Field,
}

fn reason() -> Field {
    Field::new("reason", "What will you use it for?")
        .help("Whoever decides reads this: the product, who uses it, and about how many calls.")
        .kind(Kind::Area(4))
        .max(REASON_CHARACTERS)
}

async fn page(portals: &Portals, me: &Me, handle: &str, reason: Field) -> Result<Ask, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let entry =
        catalog::visible(&portals.db, me.reader(), handle).await.map_err(|error| bar(error.into()))?;
    let entry = entry.ok_or_else(|| bar(Oops::missing("API").link("Discover new APIs", "/discover")))?;
    let client = me.client().map_err(bar)?;
    Ok(Ask {
        frame: me.frame("/discover"),
        action: format!("/apis/{}/request", entry.handle),
        name: entry.name,
        version: entry.version,
        client: client.name.clone(),
        reason,
    })
}

/// `GET /apis/{handle}/request`
pub(crate) async fn ask(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
) -> Result<Response, Response> {
    Ok(Page::new(page(&portals, &me, &handle, reason()).await?).into_response())
}

/// `POST /apis/{handle}/request`
pub(crate) async fn send(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let entry =
        catalog::visible(&portals.db, me.reader(), &handle).await.map_err(|error| bar(error.into()))?;
    let entry = entry.ok_or_else(|| bar(Oops::missing("API")))?;
    let client = me.client().map_err(bar)?.id;
    let draft = AccessRequestDraft { client, collection: entry.id, reason: fields.text("reason").to_owned() };
    match portals.actions.request_access(&me.actor(), draft).await {
        Ok(made) if made.request.state == RequestState::Approved => {
            let flash = Flash::good(format!("{} is now in My APIs.", entry.name));
            Ok(flash.then(&format!("/apis/{}", entry.handle), me.visit.secure))
        }
        Ok(_) => {
            let flash = Flash::good(format!(
                "Your request for {} was sent. An admin of {} decides, and you get an e-mail.",
                entry.name, me.here.portal.name
            ));
            Ok(flash.then("/discover", me.visit.secure))
        }
        Err(actions::Error::Invalid(faults)) => {
            let field = reason().given(&fields).faulted(&faults, "reason");
            Ok(Page::new(page(&portals, &me, &handle, field).await?).unprocessable().into_response())
        }
        Err(error) => Err(bar(Oops::from(error).link("Discover new APIs", "/discover"))),
    }
}
