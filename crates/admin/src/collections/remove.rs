//! `/console/collections/{id}/delete`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::collection::Collection;
use model::id::CollectionId;
use model::page::Page as ListPage;
use site::request::Path;
use site::text::count;
use site::{Field, Flash, Oops, Page, Posted};

use super::PATH;
use super::head::find;
use crate::Console;
use crate::ask::{Ask, typed};
use crate::me::Me;

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    Ok(page(&console, &me, &collection, typed(&collection.name)).await?.into_response())
}

async fn page(console: &Console, me: &Me, collection: &Collection, typed: Field) -> Result<Page<Ask>, Oops> {
    me.must(Privilege::ManageCollections)?;
    let id = collection.id;
    let one = ListPage::new(1, 1);
    let clients = store::listings::collections::clients(&console.db, me.workspace(), id, one).await?.total;
    let endpoints = store::listings::endpoints::count(&console.db, me.workspace(), Some(id)).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let callers = match clients {
        0 => "No client may call it at present.".to_owned(),
        clients => format!("{} may call it at present.", count(clients, "client", "clients")),
    };
    Ok(Page::new(Ask {
        frame,
        side,
        title: format!("Delete {} {}?", collection.name, collection.version),
        about: format!(
            "Its {} stop working with the next call, and its documents are gone. {callers} This cannot be undone.",
            count(endpoints.total, "endpoint", "endpoints")
        ),
        action: format!("{PATH}/{id}/delete"),
        typed: Some(typed),
        button: "Delete collection",
        back: format!("{PATH}/{id}/settings"),
    }))
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    if fields.text("typed").trim() != collection.name {
        let typed =
            typed(&collection.name).given(&fields).error(format!("Type `{}` to delete it.", collection.name));
        return Ok(page(&console, &me, &collection, typed).await?.unprocessable().into_response());
    }
    console.actions.delete_collection(&me.actor(), id).await?;
    let flash = Flash::good(format!("{} {} is deleted.", collection.name, collection.version));
    Ok(flash.then(PATH, me.visit.secure))
}
