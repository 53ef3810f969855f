//! `/console/collections/{id}/delete`

use axum::extract::State;
use axum::response::Response;
use model::access::Privilege;
use model::collection::Collection;
use model::id::CollectionId;
use model::page::Page as ListPage;
use site::request::Path;
use site::text::count;
use site::{Flash, Oops, Posted};

use super::PATH;
use super::head::find;
use crate::Console;
use crate::me::Me;
use crate::question::Question;

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    question(&console, &me, &collection).await?.ask(&console, &me, PATH).await
}

async fn question(console: &Console, me: &Me, collection: &Collection) -> Result<Question, Oops> {
    me.must(Privilege::ManageCollections)?;
    let id = collection.id;
    let one = ListPage::new(1, 1);
    let clients = store::listings::collections::clients(&console.db, me.workspace(), id, one).await?.total;
    let endpoints = store::listings::endpoints::count(&console.db, me.workspace(), Some(id)).await?;
    let callers = match clients {
        0 => "No client may call it at present.".to_owned(),
        clients => format!("{} may call it at present.", count(clients, "client", "clients")),
    };
    Ok(Question {
        title: format!("Delete {} {}?", collection.name, collection.version),
        about: format!(
            "Its {} stop working with the next call, and its documents are gone. {callers} This cannot be undone.",
            count(endpoints.total, "endpoint", "endpoints")
        ),
        action: format!("{PATH}/{id}/delete"),
        back: format!("{PATH}/{id}/settings"),
        button: "Delete collection",
        typed: Some(collection.name.clone()),
        grace: &[],
    })
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    let question = question(&console, &me, &collection).await?;
    if let Err(again) = question.confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    console.actions.delete_collection(&me.actor(), id).await?;
    let flash = Flash::good(format!("{} {} is deleted.", collection.name, collection.version));
    Ok(flash.then(PATH, me.visit.secure))
}
