//! Changing and deleting collections and endpoints that are there.

use model::access::Privilege;
use model::audit::Deed;
use model::collection::{Collection, CollectionKind};
use model::endpoint::Endpoint;
use model::id::{CollectionId, ConnectionId, EndpointId, RecipeId};
use serde_json::{Value, json};
use store::Tx;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// What is to change about a collection; what is `None` stays. Its handle always does, so that its
/// URL goes on working.
#[derive(Debug, Clone, Default)]
pub struct CollectionPatch {
    /// Unique in the workspace together with the version.
    pub name: Option<String>,
    /// Where its endpoints are to forward to: those that forward to its present connection, and those
    /// that are made from now on.
    pub connection: Option<ConnectionId>,
}

/// What is to change about an endpoint; what is `None` stays. Method and path always do.
#[derive(Debug, Clone, Default)]
pub struct EndpointPatch {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What is to stand behind it; must be started if the endpoint is active.
    pub recipe: Option<RecipeId>,
}

impl Actions {
    /// Changes a collection.
    pub async fn update_collection(
        &self,
        actor: &Actor,
        id: CollectionId,
        patch: CollectionPatch,
    ) -> Result<Collection> {
        actor.must(Privilege::ManageCollections)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        faults.check()?;
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let mut collection = load(&mut tx, actor, id).await?;
        actor.saw(collection.updated_at)?;
        let before = shown(&collection);
        if let Some(name) = name.filter(|name| *name != collection.name) {
            let taken =
                store::collections::by_name(&mut tx, actor.workspace.id, &name, &collection.version).await?;
            if taken.is_some() {
                let message =
                    format!("`{name}` has the version `{}` already; choose another", collection.version);
                return Err(Error::Conflict { field: "name", message });
            }
            collection.name = name;
        }
        if let Some(connection) = patch.connection {
            if store::connections::find(&mut tx, actor.scope(), connection).await?.is_none() {
                let message = format!("is {connection}, which is no connection here");
                return Err(Error::Unknown(Faults::of("proxy_connection_id", message)));
            }
            if let Some(former) = collection.connection.filter(|former| *former != connection) {
                store::collections::reconnect(&mut tx, actor.scope(), id, former, connection, now).await?;
            }
            (collection.connection, collection.kind) = (Some(connection), CollectionKind::Proxy);
        }
        store::collections::update(&mut tx, &collection, now).await?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": before, "after": shown(&after) });
        let subject = Subject { id: id.0, name: &after.name };
        self.record(&mut tx, actor, Deed::CollectionUpdated, subject, details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a collection with its endpoints, whoever may call them: the next call is a 404.
    pub async fn delete_collection(&self, actor: &Actor, id: CollectionId) -> Result<()> {
        actor.must(Privilege::ManageCollections)?;
        let mut tx = self.db.begin().await?;
        let collection = load(&mut tx, actor, id).await?;
        actor.saw(collection.updated_at)?;
        store::collections::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&collection) });
        let subject = Subject { id: id.0, name: &collection.name };
        self.record(&mut tx, actor, Deed::CollectionDeleted, subject, details).await?;
        actor.commit(tx).await
    }

    /// Changes an endpoint.
    pub async fn update_endpoint(
        &self,
        actor: &Actor,
        id: EndpointId,
        patch: EndpointPatch,
    ) -> Result<Endpoint> {
        actor.must(Privilege::ManageCollections)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let description = patch.description.map(|text| text::description("description", &text, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load_endpoint(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        if let Some(recipe) = patch.recipe {
            let found = store::recipes::find(&mut tx, actor.scope(), recipe).await?;
            let Some(found) = found else {
                let message = format!("is {recipe}, which is no recipe here; `GET /api/recipes` lists them");
                return Err(Error::Unknown(Faults::of("flow_id", message)));
            };
            if before.active && !found.running {
                let message =
                    format!("is {recipe}, a recipe that must be started first, since the endpoint is active");
                return Err(Faults::of("flow_id", message).into());
            }
        }
        let former = before.clone();
        let endpoint = Endpoint {
            name: name.unwrap_or(former.name),
            description: description.or(former.description),
            recipe: patch.recipe.unwrap_or(former.recipe),
            ..before.clone()
        };
        store::endpoints::update(&mut tx, &endpoint, self.environment.now()).await?;
        let after = load_endpoint(&mut tx, actor, id).await?;
        let details = json!({ "before": shown_endpoint(&before), "after": shown_endpoint(&after) });
        let subject = Subject { id: id.0, name: &after.name };
        self.record(&mut tx, actor, Deed::EndpointUpdated, subject, details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }
}

async fn load(tx: &mut Tx, actor: &Actor, id: CollectionId) -> Result<Collection> {
    store::collections::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("API collection"))
}

async fn load_endpoint(tx: &mut Tx, actor: &Actor, id: EndpointId) -> Result<Endpoint> {
    store::endpoints::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("API endpoint"))
}

fn shown(collection: &Collection) -> Value {
    json!({
        "name": collection.name,
        "version": collection.version.as_str(),
        "handle": collection.handle,
        "project_id": collection.project,
        "proxy_connection_id": collection.connection,
    })
}

fn shown_endpoint(endpoint: &Endpoint) -> Value {
    json!({ "name": endpoint.name, "description": endpoint.description, "flow_id": endpoint.recipe })
}
