//! Developer portals.

use model::access::Privilege;
use model::audit::Deed;
use model::id::{CollectionId, PortalId};
use model::logo::Logo;
use model::portal::{DEFAULT_BRAND_COLOR, Portal, is_color, is_subdomain};
use serde_json::{Value, json};
use store::Tx;
use store::portals::NewPortal;

use crate::actor::Subject;
use crate::clients::check_collections;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A portal to be made.
#[derive(Debug, Clone)]
pub struct PortalDraft {
    /// For people.
    pub name: String,
    /// The first label of its host name; unique among all portals.
    pub subdomain: String,
    /// The colour of headings and buttons.
    pub brand_color: Option<String>,
    /// What it publishes.
    pub collections: Vec<CollectionId>,
}

/// What is to change about a portal; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PortalPatch {
    /// For people.
    pub name: Option<String>,
    /// The first label of its host name; unique among all portals.
    pub subdomain: Option<String>,
    /// The colour of headings and buttons.
    pub brand_color: Option<String>,
    /// Whom developers turn to: an e-mail address or an `https` URL; an empty one takes it away.
    pub support: Option<String>,
    /// What it publishes.
    pub collections: Option<Vec<CollectionId>>,
}

impl Actions {
    /// Makes a portal.
    pub async fn create_portal(&self, actor: &Actor, draft: PortalDraft) -> Result<Portal> {
        actor.must(Privilege::ManagePortals)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let subdomain = subdomain(&draft.subdomain, &mut faults);
        let color = draft.brand_color.as_deref().unwrap_or(DEFAULT_BRAND_COLOR);
        let brand_color = color_of(color, &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        check_collections(&mut tx, actor, &draft.collections).await?;
        let new = NewPortal {
            workspace: actor.workspace.id,
            name: &name,
            subdomain: &subdomain,
            brand_color: &brand_color,
            collections: &draft.collections,
        };
        let id = store::portals::insert(&mut tx, new, self.environment.now()).await;
        let portal = load(&mut tx, actor, unless_taken(id, &subdomain)?).await?;
        let details = json!({ "after": shown(&portal) });
        self.record(&mut tx, actor, Deed::PortalCreated, subject(&portal), details).await?;
        actor.commit(tx).await?;
        Ok(portal)
    }

    /// Changes a portal.
    pub async fn update_portal(&self, actor: &Actor, id: PortalId, patch: PortalPatch) -> Result<Portal> {
        actor.must(Privilege::ManagePortals)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let subdomain = patch.subdomain.map(|text| subdomain(&text, &mut faults));
        let brand_color = patch.brand_color.map(|text| color_of(&text, &mut faults));
        let support = patch.support.map(|text| support_of(&text, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        check_collections(&mut tx, actor, patch.collections.as_deref().unwrap_or_default()).await?;
        let former = before.clone();
        let portal = Portal {
            name: name.unwrap_or(former.name),
            subdomain: subdomain.unwrap_or(former.subdomain),
            brand_color: brand_color.unwrap_or(former.brand_color),
            support: support.unwrap_or(former.support),
            collections: patch.collections.unwrap_or(former.collections),
            ..before.clone()
        };
        let updated = store::portals::update(&mut tx, &portal, self.environment.now()).await;
        unless_taken(updated, &portal.subdomain)?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::PortalUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a portal in which no client is managed.
    pub async fn delete_portal(&self, actor: &Actor, id: PortalId) -> Result<()> {
        actor.must(Privilege::ManagePortals)?;
        let mut tx = self.db.begin().await?;
        let portal = load(&mut tx, actor, id).await?;
        actor.saw(portal.updated_at)?;
        let users = store::portals::users(&mut tx, id).await?;
        if users > 0 {
            let message = format!("{users} API clients are managed in this portal; delete them first");
            return Err(Error::Refused(message));
        }
        store::portals::delete(&mut tx, id).await?;
        let favicon = portal.favicon.map(|digest| Logo { small: digest, large: digest });
        for logo in [portal.logo, favicon].into_iter().flatten() {
            store::logos::remove_unused(&mut tx, logo).await?;
        }
        let details = json!({ "before": shown(&portal) });
        self.record(&mut tx, actor, Deed::PortalDeleted, subject(&portal), details).await?;
        actor.commit(tx).await
    }
}

pub(crate) async fn load(tx: &mut Tx, actor: &Actor, id: PortalId) -> Result<Portal> {
    store::portals::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("API portal"))
}

fn subdomain(text: &str, faults: &mut Faults) -> String {
    let text = text.trim().to_ascii_lowercase();
    if !is_subdomain(&text) {
        faults.add(
            "subdomain",
            "must be 1 to 63 letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
        );
    }
    text
}

fn color_of(text: &str, faults: &mut Faults) -> String {
    if !is_color(text) {
        faults.add("brand_color", "must be a colour such as `#371093`");
    }
    text.to_ascii_lowercase()
}

/// Whom to turn to; nobody if the text is blank.
fn support_of(text: &str, faults: &mut Faults) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut found = Faults::default();
    let contact = match text.contains("://") {
        true => text::https_url("support", text, &mut found),
        false => text::email("support", text, &mut found),
    };
    if found.check().is_err() {
        faults.add("support", "must be an e-mail address or an `https` URL, or be left empty");
    }
    Some(contact)
}

fn unless_taken<T>(result: store::Result<T>, subdomain: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{subdomain}` is taken by another portal; choose another one");
            Error::Conflict { field: "subdomain", message }
        }
        other => other.into(),
    })
}

pub(crate) fn subject(portal: &Portal) -> Subject<'_> {
    Subject { id: portal.id.0, name: &portal.name }
}

fn shown(portal: &Portal) -> Value {
    json!({
        "name": portal.name,
        "subdomain": portal.subdomain,
        "brand_color": portal.brand_color,
        "support": portal.support,
        "api_collection_ids": portal.collections,
    })
}
