//! Texts of portals' own, such as terms and guides.

use model::access::Privilege;
use model::audit::Deed;
use model::id::{PortalId, PortalPageId};
use model::page::Page;
use model::portal::{PAGES_PER_PORTAL, PortalPage, is_slug};
use serde_json::{Value, json};
use store::Tx;
use store::portal_pages::NewPortalPage;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, portals, text};

/// The most characters of a page: twenty times what people read at one go, and quickly rendered.
pub const PAGE_CHARACTERS: usize = 100_000;

/// A page to be made.
#[derive(Debug, Clone)]
pub struct PortalPageDraft {
    /// The last part of its address; unique in the portal.
    pub slug: String,
    /// Its heading.
    pub title: String,
    /// Its text, in Markdown.
    pub content: String,
    /// Its place among the pages; the last one unless given.
    pub position: Option<i64>,
}

/// What is to change about a page; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PortalPagePatch {
    /// The last part of its address; unique in the portal.
    pub slug: Option<String>,
    /// Its heading.
    pub title: Option<String>,
    /// Its text, in Markdown.
    pub content: Option<String>,
    /// Its place among the pages.
    pub position: Option<i64>,
}

/// To which end of the list a page moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// To the beginning, by one place.
    First,
    /// To the end, by one place.
    Last,
}

impl Actions {
    /// Gives a portal a page.
    pub async fn create_portal_page(
        &self,
        actor: &Actor,
        portal: PortalId,
        draft: PortalPageDraft,
    ) -> Result<PortalPage> {
        actor.must(Privilege::ManagePortals)?;
        let mut faults = Faults::default();
        let slug = slug(&draft.slug, &mut faults);
        let title = text::name("title", &draft.title, &mut faults);
        let content = text::words("content", &draft.content, PAGE_CHARACTERS, &mut faults);
        check_position(draft.position, &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        portals::load(&mut tx, actor, portal).await?;
        let count = store::portal_pages::count(&mut tx, portal).await?;
        if count >= PAGES_PER_PORTAL {
            return Err(Error::Refused(format!(
                "this portal has {PAGES_PER_PORTAL} pages, which is the most it can have; delete one first"
            )));
        }
        let position = draft.position.unwrap_or(count + 1);
        let new = NewPortalPage { portal, slug: &slug, title: &title, content: &content, position };
        let id = store::portal_pages::insert(&mut tx, new, self.environment.now()).await;
        let page = load(&mut tx, portal, unless_taken(id, &slug)?).await?;
        let details = json!({ "after": shown(&page) });
        self.record(&mut tx, actor, Deed::PageCreated, subject(&page), details).await?;
        actor.commit(tx).await?;
        Ok(page)
    }

    /// Changes a page of a portal.
    pub async fn update_portal_page(
        &self,
        actor: &Actor,
        portal: PortalId,
        id: PortalPageId,
        patch: PortalPagePatch,
    ) -> Result<PortalPage> {
        actor.must(Privilege::ManagePortals)?;
        let mut faults = Faults::default();
        let slug = patch.slug.map(|text| slug(&text, &mut faults));
        let title = patch.title.map(|title| text::name("title", &title, &mut faults));
        let content = patch.content.map(|text| text::words("content", &text, PAGE_CHARACTERS, &mut faults));
        check_position(patch.position, &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        portals::load(&mut tx, actor, portal).await?;
        let before = load(&mut tx, portal, id).await?;
        actor.saw(before.updated_at)?;
        let former = before.clone();
        let page = PortalPage {
            slug: slug.unwrap_or(former.slug),
            title: title.unwrap_or(former.title),
            content: content.unwrap_or(former.content),
            position: patch.position.unwrap_or(former.position),
            ..before.clone()
        };
        let updated = store::portal_pages::update(&mut tx, &page, self.environment.now()).await;
        unless_taken(updated, &page.slug)?;
        let after = load(&mut tx, portal, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::PageUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Puts a page before the one that it follows, or after the one that follows it. The first one cannot
    /// go further up, nor the last one down; they are left alone.
    pub async fn move_portal_page(
        &self,
        actor: &Actor,
        portal: PortalId,
        id: PortalPageId,
        towards: Towards,
    ) -> Result<()> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        portals::load(&mut tx, actor, portal).await?;
        let all = Page { number: 1, size: PAGES_PER_PORTAL };
        let mut pages = store::portal_pages::list(&mut tx, portal, all).await?.rows;
        let from = pages.iter().position(|page| page.id == id);
        let from = from.ok_or(Error::Missing("page of this portal"))?;
        let to = match towards {
            Towards::First => from.checked_sub(1),
            Towards::Last => Some(from + 1).filter(|to| *to < pages.len()),
        };
        let Some(to) = to else { return Ok(()) };
        pages.swap(from, to);
        let now = self.environment.now();
        for (page, position) in pages.iter().zip(1..) {
            if page.position != position {
                let moved = PortalPage { position, ..page.clone() };
                store::portal_pages::update(&mut tx, &moved, now).await?;
            }
        }
        let moved = load(&mut tx, portal, id).await?;
        let details = json!({ "after": { "position": moved.position } });
        self.record(&mut tx, actor, Deed::PageUpdated, subject(&moved), details).await?;
        actor.commit(tx).await
    }

    /// Takes a page from a portal.
    pub async fn delete_portal_page(&self, actor: &Actor, portal: PortalId, id: PortalPageId) -> Result<()> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        portals::load(&mut tx, actor, portal).await?;
        let page = load(&mut tx, portal, id).await?;
        actor.saw(page.updated_at)?;
        store::portal_pages::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&page) });
        self.record(&mut tx, actor, Deed::PageDeleted, subject(&page), details).await?;
        actor.commit(tx).await
    }
}

async fn load(tx: &mut Tx, portal: PortalId, id: PortalPageId) -> Result<PortalPage> {
    store::portal_pages::find(tx, portal, id).await?.ok_or(Error::Missing("page of this portal"))
}

fn slug(text: &str, faults: &mut Faults) -> String {
    let text = text.trim().to_ascii_lowercase();
    if !is_slug(&text) {
        faults.add(
            "slug",
            "must be 1 to 63 letters, digits and hyphens, and neither begin nor end with a hyphen",
        );
    }
    text
}

fn check_position(position: Option<i64>, faults: &mut Faults) {
    if position.is_some_and(|position| !(0..=1_000_000).contains(&position)) {
        faults.add("position", "must be 0 to 1000000");
    }
}

fn unless_taken<T>(result: store::Result<T>, slug: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{slug}` is taken by another page of this portal; choose another one");
            Error::Conflict { field: "slug", message }
        }
        other => other.into(),
    })
}

fn subject(page: &PortalPage) -> Subject<'_> {
    Subject { id: page.id.0, name: &page.title }
}

/// What the audit trail shows of a page: how long its text is, not the text.
fn shown(page: &PortalPage) -> Value {
    json!({
        "api_portal_id": page.portal,
        "slug": page.slug,
        "title": page.title,
        "characters": page.content.chars().count(),
        "position": page.position,
    })
}
