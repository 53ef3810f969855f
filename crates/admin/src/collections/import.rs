//! `/console/collections/new`: a document is given, to be looked at first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use site::{Frame, Oops, Page, Uploaded, see};

use super::PATH;
use super::source::{Fields, beside, read};
use crate::Console;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/collections/new.html")]
struct Import {
    frame: Frame,
    side: Side,
    source: Fields,
}

pub(super) async fn form(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    Ok(page(&console, &me, Fields::new()).await?.into_response())
}

async fn page(console: &Console, me: &Me, source: Fields) -> Result<Page<Import>, Oops> {
    me.must(Privilege::CreateCollection)?;
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Import { frame, side, source }))
}

pub(super) async fn give(
    State(console): State<Console>,
    me: Me,
    mut form: Uploaded,
) -> Result<Response, Oops> {
    me.must(Privilege::CreateCollection)?;
    let (source, given) = match read(&console, &me, &mut form).await {
        Ok(read) => read,
        Err(failed) => {
            let (fields, error) = *failed;
            beside(error)?;
            return Ok(page(&console, &me, fields).await?.unprocessable().into_response());
        }
    };
    match console.actions.draft_document(&me.actor(), None, source).await {
        Ok(draft) => Ok(see(&format!("{PATH}/new/{draft}"))),
        Err(error) => {
            let fields = given.faulted(&form, &error);
            beside(error)?;
            Ok(page(&console, &me, fields).await?.unprocessable().into_response())
        }
    }
}
