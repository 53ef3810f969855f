//! A portal's own pages: texts in Markdown, in an order, at the foot of each of its pages.

use actions::{Error, PortalPageDraft, PortalPagePatch, Towards};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{PortalId, PortalPageId};
use model::page::Page as ListPage;
use model::portal::{PAGES_PER_PORTAL, Portal, PortalPage};
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted, When, markdown};

use super::{Head, PATH, address, find};
use crate::Console;
use crate::failed::beside;
use crate::me::{Me, Side};
use crate::question::Question;

/// All pages that a portal can have.
const ALL: ListPage = ListPage { number: 1, size: PAGES_PER_PORTAL };

#[derive(Template)]
#[template(path = "admin/portal_pages.html")]
struct Pages {
    frame: Frame,
    side: Side,
    head: Head,
    rows: Vec<Row>,
    may_manage: bool,
    has_room: bool,
}

struct Row {
    id: PortalPageId,
    title: String,
    url: String,
    changed: When,
}

/// `GET /console/portals/{id}/pages`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let found = store::portal_pages::list(&console.db, id, ALL).await?;
    let base = console.actions.addresses().portal(&portal);
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|page| Row {
        id: page.id,
        url: format!("{base}/pages/{}", page.slug),
        title: page.title,
        changed: me.when(page.updated_at),
    });
    let page = Pages {
        frame,
        side,
        head: Head::of(&console, &me, &portal, "pages"),
        rows: rows.collect(),
        may_manage: me.may(Privilege::ManagePortals),
        has_room: found.total < PAGES_PER_PORTAL,
    };
    Ok(Page::new(page).into_response())
}

#[derive(Template)]
#[template(path = "admin/portal_page.html")]
struct Editor {
    frame: Frame,
    side: Side,
    portal: PortalId,
    portal_name: String,
    /// The page, unless it is a new one.
    id: Option<PortalPageId>,
    action: String,
    title: Field,
    slug: Field,
    content: Field,
    shown_title: String,
    shown: markdown::Html,
    problem: Option<String>,
    may_manage: bool,
}

/// The editor, with what was sent or with what is there.
async fn editor(
    console: &Console,
    me: &Me,
    portal: &Portal,
    page: Option<&PortalPage>,
    fields: Option<&Fields>,
    fault: Option<&Error>,
) -> Result<Page<Editor>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let base = console.actions.addresses().portal(portal);
    let filled = |field: Field, own: Option<&String>| match fields {
        Some(fields) => field.given(fields),
        None => field.value(own.cloned().unwrap_or_default()),
    };
    let title =
        Field::new("title", "Title").max(255).help("It stands at the foot of every page of the portal.");
    let slug =
        Field::new("slug", "Address").mono().max(63).help(format!("The last part of `{base}/pages/…`."));
    let content = Field::new("content", "Text")
        .kind(Kind::Area(14))
        .max(actions::PAGE_CHARACTERS)
        .help("In Markdown. HTML in it is not shown as such, and pictures become links.");
    let mut title = filled(title, page.map(|page| &page.title));
    let mut slug = filled(slug, page.map(|page| &page.slug));
    let mut content = filled(content, page.map(|page| &page.content));
    let mut problem = None;
    match fault {
        Some(Error::Invalid(faults)) => {
            title = title.faulted(faults, "title");
            slug = slug.faulted(faults, "slug");
            content = content.faulted(faults, "content");
        }
        Some(Error::Conflict { message, .. }) => slug = slug.error(site::sentence(message)),
        Some(fault) => problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    let id = page.map(|page| page.id);
    let editor = Page::new(Editor {
        frame,
        side,
        portal: portal.id,
        portal_name: portal.name.clone(),
        id,
        action: match id {
            Some(page) => address(portal.id, &format!("pages/{page}")),
            None => address(portal.id, "pages/new"),
        },
        shown_title: title.value.clone(),
        shown: markdown::html(&content.value),
        title,
        slug,
        content,
        problem,
        may_manage: me.may(Privilege::ManagePortals),
    });
    Ok(if fault.is_some() { editor.unprocessable() } else { editor })
}

/// `GET /console/portals/{id}/pages/new`
pub(super) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortals)?;
    let portal = find(&console, &me, id).await?;
    Ok(editor(&console, &me, &portal, None, None, None).await?.into_response())
}

/// `POST /console/portals/{id}/pages/new`: makes the page, or only shows it.
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    if fields.has("preview") {
        return Ok(editor(&console, &me, &portal, None, Some(&fields), None).await?.into_response());
    }
    let text = |name: &str| fields.text(name).to_owned();
    let draft = PortalPageDraft {
        slug: text("slug"),
        title: text("title"),
        content: text("content"),
        position: None,
    };
    match console.actions.create_portal_page(&me.actor(), id, draft).await {
        Ok(page) => {
            let flash = Flash::good(format!("The page {} is there.", page.title));
            Ok(flash.then(&address(id, "pages"), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(editor(&console, &me, &portal, None, Some(&fields), Some(&fault)).await?.into_response())
        }
    }
}

async fn page_of(console: &Console, portal: PortalId, id: PortalPageId) -> Result<PortalPage, Oops> {
    let page = store::portal_pages::find(&console.db, portal, id).await?;
    page.ok_or_else(|| Oops::missing("page of this portal").link("Its pages", &address(portal, "pages")))
}

/// `GET /console/portals/{id}/pages/{page}`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path((id, page)): Path<(PortalId, PortalPageId)>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let page = page_of(&console, id, page).await?;
    Ok(editor(&console, &me, &portal, Some(&page), None, None).await?.into_response())
}

/// `POST /console/portals/{id}/pages/{page}`: saves the page, or only shows it.
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path((id, page)): Path<(PortalId, PortalPageId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let before = page_of(&console, id, page).await?;
    if fields.has("preview") {
        let seen = editor(&console, &me, &portal, Some(&before), Some(&fields), None).await?;
        return Ok(seen.into_response());
    }
    let text = |name: &str| Some(fields.text(name).to_owned());
    let patch = PortalPagePatch {
        slug: text("slug"),
        title: text("title"),
        content: text("content"),
        position: None,
    };
    match console.actions.update_portal_page(&me.actor(), id, page, patch).await {
        Ok(page) => {
            let flash = Flash::good(format!("The page {} is saved.", page.title));
            Ok(flash.then(&address(id, "pages"), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            let again = editor(&console, &me, &portal, Some(&before), Some(&fields), Some(&fault)).await?;
            Ok(again.into_response())
        }
    }
}

/// `POST /console/portals/{id}/pages/{page}/move`
pub(super) async fn shift(
    State(console): State<Console>,
    me: Me,
    Path((id, page)): Path<(PortalId, PortalPageId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let towards = if fields.text("towards") == "first" { Towards::First } else { Towards::Last };
    console.actions.move_portal_page(&me.actor(), id, page, towards).await?;
    Ok(Flash::good("The order is changed.").then(&address(id, "pages"), me.visit.secure))
}

fn question(portal: PortalId, page: &PortalPage) -> Question {
    Question {
        title: format!("Delete {}?", page.title),
        about: "Links to it lead nowhere then. This cannot be undone.".to_owned(),
        action: address(portal, &format!("pages/{}/delete", page.id)),
        back: address(portal, "pages"),
        button: "Delete page",
        typed: None,
        grace: &[],
    }
}

/// `GET /console/portals/{id}/pages/{page}/delete`
pub(super) async fn ask_delete(
    State(console): State<Console>,
    me: Me,
    Path((id, page)): Path<(PortalId, PortalPageId)>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortals)?;
    find(&console, &me, id).await?;
    let page = page_of(&console, id, page).await?;
    question(id, &page).ask(&console, &me, PATH).await
}

/// `POST /console/portals/{id}/pages/{page}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    me: Me,
    Path((id, page)): Path<(PortalId, PortalPageId)>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.delete_portal_page(&me.actor(), id, page).await?;
    Ok(Flash::good("The page is deleted.").then(&address(id, "pages"), me.visit.secure))
}
