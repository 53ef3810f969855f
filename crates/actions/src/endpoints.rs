//! Many endpoints at once.

use std::collections::HashSet;

use model::access::Privilege;
use model::audit::Deed;
use model::id::{CollectionId, EndpointId};
use serde_json::json;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Result};

/// Which endpoints of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// These; what is not in the collection is passed over.
    These(Vec<EndpointId>),
}

/// What became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toggled {
    /// Those that are otherwise than before.
    pub changed: usize,
    /// Those that were left as they are, since their recipe is stopped.
    pub stopped: usize,
}

impl Actions {
    /// Lets endpoints of a collection be called, or be called no longer, all in one step. Those whose
    /// recipe is stopped are not let be called.
    pub async fn toggle_endpoints(
        &self,
        actor: &Actor,
        collection: CollectionId,
        which: Which,
        active: bool,
    ) -> Result<Toggled> {
        actor.must(Privilege::ToggleEndpoints)?;
        let mut tx = self.db.begin().await?;
        let found = store::collections::find(&mut tx, actor.scope(), collection).await?;
        let found = found.ok_or(Error::Missing("API collection"))?;
        let wanted: Option<HashSet<EndpointId>> = match which {
            Which::All => None,
            Which::These(ids) => Some(ids.into_iter().collect()),
        };
        let endpoints = store::endpoints::all_of(&mut tx, collection).await?;
        let mut ids: Vec<EndpointId> = endpoints
            .into_iter()
            .filter(|endpoint| endpoint.active != active)
            .map(|endpoint| endpoint.id)
            .filter(|id| wanted.as_ref().is_none_or(|wanted| wanted.contains(id)))
            .collect();
        let before = ids.len();
        if active {
            let stopped = store::endpoints::stopped_of(&mut tx, collection).await?;
            let stopped: HashSet<_> = stopped.into_iter().collect();
            ids.retain(|id| !stopped.contains(id));
        }
        let toggled = Toggled { changed: ids.len(), stopped: before - ids.len() };
        if ids.is_empty() {
            return Ok(toggled);
        }
        let now = self.environment.now();
        store::endpoints::set_all_active(&mut tx, collection, &ids, active, now).await?;
        let deed = if active { Deed::EndpointsEnabled } else { Deed::EndpointsDisabled };
        let details = json!({ "after": { "endpoints": ids } });
        let subject = Subject { id: collection.0, name: &found.name };
        self.record(&mut tx, actor, deed, subject, details).await?;
        actor.commit(tx).await?;
        Ok(toggled)
    }
}
