//! Pages that the portal's admins wrote.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use site::request::Path;
use site::{Frame, Oops, Page, When, markdown};

use crate::Portals;
use crate::me::Me;

#[derive(Template)]
#[template(path = "portal/page.html")]
struct Written {
    frame: Frame,
    title: String,
    content: markdown::Html,
    updated: When,
}

/// `GET /pages/{slug}`
pub(crate) async fn show(
    State(portals): State<Portals>,
    me: Me,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let page = store::portal_pages::by_slug(&portals.db, me.here.portal.id, &slug).await?;
    let page = page.ok_or_else(Oops::no_page)?;
    let shown = Written {
        frame: me.frame(""),
        title: page.title,
        content: markdown::html(&page.content),
        updated: me.when(page.updated_at),
    };
    Ok(Page::new(shown).into_response())
}
