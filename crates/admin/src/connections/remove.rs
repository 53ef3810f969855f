//! `/console/connections/{id}/delete`

use actions::Error;
use axum::extract::State;
use axum::response::Response;
use model::access::Privilege;
use model::endpoint::Connection;
use model::id::ConnectionId;
use site::request::Path;
use site::{Flash, Oops, Posted};

use super::PATH;
use super::form::find;
use crate::Console;
use crate::me::Me;
use crate::question::Question;

fn question(connection: &Connection) -> Question {
    Question {
        title: format!("Delete {}?", connection.name),
        about: "This cannot be undone. It is refused as long as something forwards to it.".to_owned(),
        action: format!("{PATH}/{}/delete", connection.id),
        back: format!("{PATH}/{}", connection.id),
        button: "Delete connection",
        typed: Some(connection.name.clone()),
        grace: &[],
    }
}

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageConnections)?;
    question(&find(&console, &me, id).await?).ask(&console, &me, PATH).await
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let connection = find(&console, &me, id).await?;
    if let Err(again) = question(&connection).confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    match console.actions.delete_connection(&me.actor(), id).await {
        Ok(()) => Ok(Flash::good(format!("{} is deleted.", connection.name)).then(PATH, me.visit.secure)),
        Err(Error::Refused(message)) => {
            question(&connection).ask_again(&console, &me, PATH, site::sentence(&message)).await
        }
        Err(error) => Err(error.into()),
    }
}
