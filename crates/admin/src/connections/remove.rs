//! `/console/connections/{id}/delete`

use actions::Error;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::endpoint::Connection;
use model::id::ConnectionId;
use site::request::Path;
use site::{Field, Flash, Oops, Page, Posted};

use super::PATH;
use super::form::find;
use crate::Console;
use crate::ask::{Ask, typed};
use crate::me::Me;

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Oops> {
    let connection = find(&console, &me, id).await?;
    Ok(page(&console, &me, &connection, typed(&connection.name)).await?.into_response())
}

async fn page(console: &Console, me: &Me, connection: &Connection, typed: Field) -> Result<Page<Ask>, Oops> {
    me.must(Privilege::ManageConnections)?;
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Ask {
        frame,
        side,
        title: format!("Delete {}?", connection.name),
        about: "This cannot be undone. It is refused as long as something forwards to it.".to_owned(),
        action: format!("{PATH}/{}/delete", connection.id),
        typed: Some(typed),
        button: "Delete connection",
        back: format!("{PATH}/{}", connection.id),
    }))
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let connection = find(&console, &me, id).await?;
    let refused = |error: String| typed(&connection.name).given(&fields).error(error);
    let field = if fields.text("typed").trim() == connection.name {
        match console.actions.delete_connection(&me.actor(), id).await {
            Ok(()) => {
                let flash = Flash::good(format!("{} is deleted.", connection.name));
                return Ok(flash.then(PATH, me.visit.secure));
            }
            Err(Error::Refused(message)) => refused(site::sentence(&message)),
            Err(error) => return Err(error.into()),
        }
    } else {
        refused(format!("Type `{}` to delete it.", connection.name))
    };
    Ok(page(&console, &me, &connection, field).await?.unprocessable().into_response())
}
