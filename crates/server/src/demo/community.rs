//! The sample portal: who comes to it, and what they ask for.

use actions::{AccessRequestDraft, Actor, PortalDraft, PortalPageDraft, PortalUserDraft, Whence};
use anyhow::Result;
use model::id::{ClientId, CollectionId, PortalId};
use model::page::Page;
use model::people::PortalUser;
use model::portal::Portal;
use store::access_requests::Filter;

use crate::house::House;

const PORTAL: &str = "Sample shop for developers";
const SUBDOMAIN: &str = "shop";
const BRAND_COLOR: &str = "#0f766e";
const EMAIL: &str = "developer@example.com";
const DEVELOPER: &str = "Sample developer";
const REASON: &str = "Our shop's app shows the nearest store to each customer.";
const PAGE_SLUG: &str = "getting-started";
const PAGE: &str = include_str!("getting-started.md");

/// What the demo tells of the portal.
pub(super) struct Community {
    /// Where it is reached.
    pub(super) url: String,
    /// Signs the developer in, once.
    pub(super) link: String,
    /// The developer's e-mail address.
    pub(super) email: String,
}

/// Who comes to the portal, and for what.
pub(super) struct Wishes<'a> {
    /// For whom the developer acts.
    pub(super) client: ClientId,
    /// What the portal publishes.
    pub(super) published: &'a [CollectionId],
    /// What the developer has asked for.
    pub(super) wanted: CollectionId,
}

/// Makes what is not there yet, and a link for the developer, since nobody can tell the old one again.
pub(super) async fn prepare(house: &House, actor: &Actor, wishes: Wishes<'_>) -> Result<Community> {
    let portal = portal(house, actor, wishes.published).await?;
    let draft =
        PortalUserDraft { email: EMAIL.to_owned(), name: DEVELOPER.to_owned(), clients: vec![wishes.client] };
    let (user, link) = house.actions.admit_portal_user(actor, portal.id, draft).await?;
    ask(house, actor, portal.id, &user, &wishes).await?;
    Ok(Community { url: house.actions.addresses().portal(&portal), link, email: user.email })
}

async fn portal(house: &House, actor: &Actor, published: &[CollectionId]) -> Result<Portal> {
    let listed = store::portals::list(&house.db, actor.workspace.id, Page::default()).await?.rows;
    // Either may have been changed by whoever tries things out.
    let is_ours = |portal: &Portal| portal.subdomain == SUBDOMAIN || portal.name == PORTAL;
    if let Some(portal) = listed.into_iter().find(is_ours) {
        return Ok(portal);
    }
    let draft = PortalDraft {
        name: PORTAL.to_owned(),
        subdomain: SUBDOMAIN.to_owned(),
        brand_color: Some(BRAND_COLOR.to_owned()),
        collections: published.to_vec(),
    };
    let portal = house.actions.create_portal(actor, draft).await?;
    let page = PortalPageDraft {
        slug: PAGE_SLUG.to_owned(),
        title: "Getting started".to_owned(),
        content: PAGE.to_owned(),
        position: None,
    };
    house.actions.create_portal_page(actor, portal.id, page).await?;
    Ok(portal)
}

/// Asks once: what became of it is for whoever tries things out to say.
async fn ask(
    house: &House,
    actor: &Actor,
    portal: PortalId,
    user: &PortalUser,
    wishes: &Wishes<'_>,
) -> Result<()> {
    let workspace = actor.workspace.id;
    let filter = Filter {
        portal: Some(portal),
        client: Some(wishes.client),
        collection: Some(wishes.wanted),
        ..Filter::default()
    };
    let asked = store::access_requests::count(&house.db, workspace, filter).await? > 0;
    let published = store::publications::find(&house.db, portal, wishes.wanted).await?.is_some();
    let client = store::clients::find(&house.db, workspace, wishes.client).await?;
    let may_call =
        client.is_some_and(|client| client.collections.iter().any(|given| given.id == wishes.wanted));
    if asked || !published || may_call || !user.clients.contains(&wishes.client) {
        return Ok(());
    }
    let developer = Actor::portal_user(actor.workspace.clone(), user, Whence::default());
    let draft =
        AccessRequestDraft { client: wishes.client, collection: wishes.wanted, reason: REASON.to_owned() };
    house.actions.request_access(&developer, draft).await?;
    Ok(())
}
