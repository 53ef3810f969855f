//! `/console/collections/{id}/access`: which portals publish it, and which clients may call it.

use actions::PublicationPatch;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{CollectionId, PortalId};
use model::page::Page as ListPage;
use model::portal::Visibility;
use site::request::{Path, Query};
use site::{Flash, Frame, Oops, Page, Pager, Posted};
use store::listings::collections::{ClientOfCollection, clients, portals};

use super::PATH;
use super::head::{Head, Tab, find, head};
use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Clients on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/collections/access.html")]
struct Access {
    frame: Frame,
    side: Side,
    head: Head,
    portals: Vec<PortalRow>,
    more_portals: i64,
    may_publish: bool,
    clients: Vec<ClientOfCollection>,
    total: i64,
    pager: Option<Pager>,
}

struct PortalRow {
    id: PortalId,
    name: String,
    url: String,
    /// Who finds it there; empty if nobody does.
    visibility: &'static str,
    auto_approve: bool,
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    let published = portals(&console.db, me.workspace(), id, ListPage::default()).await?;
    let page = wanted.page(SIZE);
    let may_see_clients = me.may(Privilege::ListClients);
    let callers = match may_see_clients {
        true => clients(&console.db, me.workspace(), id, page).await?,
        false => model::page::Paged { rows: Vec::new(), total: 0 },
    };
    let (frame, side) = me.around(&console, PATH).await?;
    let at = |subdomain: &str| console.actions.addresses().portals.replace("{subdomain}", subdomain);
    let shown = site::text::length(published.rows.len());
    let page = Access {
        frame,
        side,
        head: head(&console, &me, &collection, Tab::Access).await?,
        more_portals: published.total - shown,
        portals: published
            .rows
            .into_iter()
            .map(|portal| PortalRow {
                id: portal.id,
                url: at(&portal.subdomain),
                name: portal.name,
                visibility: portal.visibility.map_or("", Visibility::as_str),
                auto_approve: portal.auto_approve,
            })
            .collect(),
        may_publish: me.may(Privilege::ManagePortals),
        clients: callers.rows,
        total: callers.total,
        pager: wanted.pager(&format!("{PATH}/{id}/access"), page, callers.total),
    };
    Ok(Page::new(page).into_response())
}

/// `POST /console/collections/{id}/access`: how one portal publishes it.
pub(super) async fn change(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal: PortalId = fields.text("portal").parse().map_err(|_| Oops::missing("API portal"))?;
    let (actions, actor) = (&console.actions, me.actor());
    let found = store::portals::find(&console.db, me.workspace(), portal).await?;
    let name = found.ok_or_else(|| Oops::missing("API portal"))?.name;
    let visibility = match fields.text("visibility") {
        "everyone" => Some(Visibility::Everyone),
        "assigned" => Some(Visibility::Assigned),
        "" => None,
        _ => return Err(Oops::bad_request("Choose one of the three.")),
    };
    let text = match visibility {
        Some(visibility) => {
            let auto_approve = Some(fields.has("auto_approve"));
            let patch = PublicationPatch { visibility: Some(visibility), auto_approve };
            actions.publish_collection(&actor, portal, id, patch).await?;
            match visibility {
                Visibility::Everyone => format!("Everyone who signs in to {name} finds it."),
                Visibility::Assigned => format!("In {name} it is shown to those whose clients may call it."),
            }
        }
        None => {
            match actions.withdraw_collection(&actor, portal, id).await {
                // It was not published there to begin with.
                Ok(()) | Err(actions::Error::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
            format!("{name} does not show it any more. Whoever may call it still may.")
        }
    };
    Ok(Flash::good(text).then(&format!("{PATH}/{id}/access"), me.visit.secure))
}
