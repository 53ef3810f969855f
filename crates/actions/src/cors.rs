//! Which pages of other sites may call a collection.

use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::cors::{CORS_AGE_MAX, CORS_ITEMS_MAX, Cors, Origin, header_name};
use model::endpoint::Method;
use model::id::CollectionId;
use serde_json::json;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result};

/// What pages of other sites are to be allowed, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct CorsDraft {
    /// Whose pages; see [`Origin::parse`].
    pub origins: Vec<String>,
    /// With which methods; empty for all.
    pub methods: Vec<String>,
    /// With which headers; empty for all.
    pub headers: Vec<String>,
    /// Which headers of answers they may read beside the gateway's own.
    pub exposed_headers: Vec<String>,
    /// For how many seconds browsers may remember it.
    pub max_age: Option<i64>,
}

impl CorsDraft {
    fn check(self, faults: &mut Faults) -> Cors {
        let origins = each("allowed_origins", &self.origins, faults, |text| {
            Origin::parse(text).map_err(|fault| fault.to_string())
        });
        if self.origins.is_empty() {
            faults.add("allowed_origins", "can't be blank; without any, delete the rules");
        }
        let methods = each("allowed_methods", &self.methods, faults, |text| {
            let method = text.parse::<Method>();
            method.map(|method| method.to_string()).map_err(|fault| format!("has `{text}`; each {fault}"))
        });
        let header = |text: &str| {
            header_name(text)
                .ok_or_else(|| format!("has `{}`, which is no header's name", text.escape_debug()))
        };
        let headers = each("allowed_headers", &self.headers, faults, header);
        let exposed_headers = each("exposed_headers", &self.exposed_headers, faults, header);
        let max_age = self.max_age.unwrap_or(Cors::default().max_age);
        if !(0..=CORS_AGE_MAX).contains(&max_age) {
            faults.add("max_age", format!("must be 0 to {CORS_AGE_MAX} seconds"));
        }
        Cors { origins, methods, headers, exposed_headers, max_age }
    }
}

fn each<T>(
    field: &'static str,
    texts: &[String],
    faults: &mut Faults,
    read: impl Fn(&str) -> std::result::Result<T, String>,
) -> Vec<T> {
    if texts.len() > CORS_ITEMS_MAX {
        faults.add(field, format!("has more than {CORS_ITEMS_MAX} items, which is the most there can be"));
        return Vec::new();
    }
    match texts.iter().map(|text| read(text)).collect() {
        Ok(items) => items,
        Err(message) => {
            faults.add(field, message);
            Vec::new()
        }
    }
}

impl Actions {
    /// Lets pages of other sites call a collection; `None` lets none. Gives with it when the collection
    /// was last changed.
    pub async fn set_cors(
        &self,
        actor: &Actor,
        id: CollectionId,
        draft: Option<CorsDraft>,
    ) -> Result<(Option<Cors>, Timestamp)> {
        actor.must(Privilege::ManageCollections)?;
        let mut tx = self.db.begin().await?;
        let collection = store::collections::find(&mut tx, actor.scope(), id).await?;
        let collection = collection.ok_or(Error::Missing("API collection"))?;
        actor.saw(collection.updated_at)?;
        let mut faults = Faults::default();
        let cors = draft.map(|draft| draft.check(&mut faults));
        faults.check()?;
        let before = store::collections::cors(&mut tx, actor.scope(), id).await?.flatten();
        store::collections::set_cors(&mut tx, id, cors.as_ref(), self.environment.now()).await?;
        let details = json!({ "before": { "cors": before }, "after": { "cors": cors } });
        let subject = Subject { id: id.0, name: &collection.name };
        self.record(&mut tx, actor, Deed::CollectionUpdated, subject, details).await?;
        let after = store::collections::find(&mut tx, actor.scope(), id).await?;
        let updated_at = after.ok_or(Error::Missing("API collection"))?.updated_at;
        actor.commit(tx).await?;
        Ok((cors, updated_at))
    }
}
