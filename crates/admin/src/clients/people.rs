//! Who acts for a client in a portal.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, PortalId, PortalUserId};
use site::request::{Path, Query};
use site::{Frame, Oops, Page, Pager, When};
use store::portal_users::Filter;

use super::{Head, PATH, find};
use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// People on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/client_people.html")]
struct People {
    frame: Frame,
    side: Side,
    head: Head,
    email: String,
    rows: Vec<Row>,
    pager: Option<Pager>,
}

struct Row {
    id: PortalUserId,
    portal: PortalId,
    email: String,
    name: String,
    portal_name: String,
    active: bool,
    seen: Option<When>,
}

/// `GET /console/clients/{id}/people`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListPortalUsers)?;
    let listed = find(&console, &me, id).await?;
    let page = wanted.page(SIZE);
    let filter = Filter { client: Some(id), ..Filter::default() };
    let found = store::portal_users::list(&console.db, me.workspace(), filter, page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for user in found.rows {
        let portal = store::portals::find(&console.db, me.workspace(), user.portal).await?;
        rows.push(Row {
            id: user.id,
            portal: user.portal,
            email: user.email,
            name: user.name,
            portal_name: portal.map(|portal| portal.name).unwrap_or_default(),
            active: user.active,
            seen: user.last_sign_in_at.map(|at| me.when(at)),
        });
    }
    let (frame, side) = me.around(&console, PATH).await?;
    let page = People {
        frame,
        side,
        head: Head::of(&me, &listed, "people"),
        email: listed.client.email.unwrap_or_default(),
        rows,
        pager: wanted.pager(&format!("{PATH}/{id}/people"), page, found.total),
    };
    Ok(Page::new(page).into_response())
}
