//! How calls are forwarded: what is set for a collection or an endpoint in place of what the
//! gateway has for all.

use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::collection::BODY_BYTES_MAX;
use model::endpoint::{Forwarding, TIMEOUT_SECONDS_MAX, TIMEOUT_SECONDS_MIN};
use model::id::{CollectionId, EndpointId};
use serde_json::json;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result};

impl Actions {
    /// Sets how many bytes the bodies of a collection's calls may have; `None` for what the gateway
    /// has for all. Gives the time of the collection's last change.
    pub async fn limit_bodies(
        &self,
        actor: &Actor,
        id: CollectionId,
        bytes: Option<i64>,
    ) -> Result<Timestamp> {
        actor.must(Privilege::ManageCollections)?;
        if bytes.is_some_and(|bytes| !(1..=BODY_BYTES_MAX).contains(&bytes)) {
            return Err(
                Faults::of("max_body_bytes", format!("must be 1 to {BODY_BYTES_MAX}, or null")).into()
            );
        }
        let mut tx = self.db.begin().await?;
        let collection = store::collections::find(&mut tx, actor.scope(), id).await?;
        let collection = collection.ok_or(Error::Missing("API collection"))?;
        actor.saw(collection.updated_at)?;
        let before = store::forwarding::body_limit(&mut tx, actor.scope(), id).await?.flatten();
        if before == bytes {
            return Ok(collection.updated_at);
        }
        store::forwarding::set_body_limit(&mut tx, id, bytes, self.environment.now()).await?;
        let details = json!({ "before": { "max_body_bytes": before }, "after": { "max_body_bytes": bytes } });
        let subject = Subject { id: id.0, name: &collection.name };
        self.record(&mut tx, actor, Deed::CollectionUpdated, subject, details).await?;
        let after = store::collections::find(&mut tx, actor.scope(), id).await?;
        actor.commit(tx).await?;
        Ok(after.map_or(collection.updated_at, |after| after.updated_at))
    }

    /// Sets how the calls of an endpoint are forwarded. Gives the time of the endpoint's last change, too.
    pub async fn set_forwarding(
        &self,
        actor: &Actor,
        id: EndpointId,
        change: impl FnOnce(&mut Forwarding),
    ) -> Result<(Forwarding, Timestamp)> {
        actor.must(Privilege::ManageCollections)?;
        let mut tx = self.db.begin().await?;
        let endpoint = store::endpoints::find(&mut tx, actor.scope(), id).await?;
        let endpoint = endpoint.ok_or(Error::Missing("API endpoint"))?;
        actor.saw(endpoint.updated_at)?;
        let before = store::forwarding::of_endpoint(&mut tx, actor.scope(), id).await?.unwrap_or_default();
        let mut after = before;
        change(&mut after);
        let range = TIMEOUT_SECONDS_MIN..=TIMEOUT_SECONDS_MAX;
        if after.timeout_seconds.is_some_and(|seconds| !range.contains(&seconds)) {
            let message = format!("must be {TIMEOUT_SECONDS_MIN} to {TIMEOUT_SECONDS_MAX} seconds, or null");
            return Err(Faults::of("timeout_seconds", message).into());
        }
        if after == before {
            return Ok((after, endpoint.updated_at));
        }
        let now = self.environment.now();
        store::forwarding::set_of_endpoint(&mut tx, endpoint.collection, id, after, now).await?;
        let shown = |forwarding: Forwarding| json!({ "timeout_seconds": forwarding.timeout_seconds, "to_base_url": forwarding.to_base_url });
        let details = json!({ "before": shown(before), "after": shown(after) });
        let subject = Subject { id: id.0, name: &endpoint.name };
        self.record(&mut tx, actor, Deed::EndpointUpdated, subject, details).await?;
        let changed = store::endpoints::find(&mut tx, actor.scope(), id).await?;
        actor.commit(tx).await?;
        Ok((after, changed.map_or(endpoint.updated_at, |changed| changed.updated_at)))
    }
}
