//! Connections: where the endpoints of proxy collections forward to.

use model::access::Privilege;
use model::audit::Deed;
use model::endpoint::{BaseUrl, Connection};
use model::id::ConnectionId;
use serde_json::json;
use store::Tx;

use crate::actor::Subject;
use crate::collections::Place;
use crate::{Actions, Actor, Error, Faults, Result};

impl Actions {
    /// Lets a connection lead to another backend; the next call goes there.
    pub async fn redirect_connection(&self, actor: &Actor, id: ConnectionId, base_url: &str) -> Result<()> {
        actor.must(Privilege::ManageConnections)?;
        let base_url = read("base_url", base_url)?;
        let mut tx = self.db.begin().await?;
        let connection = store::connections::find(&mut tx, actor.workspace.id, id).await?;
        let connection = connection.ok_or(Error::Missing("connection"))?;
        if connection.base_url == base_url {
            return Ok(());
        }
        store::connections::redirect(&mut tx, id, &base_url, self.environment.now()).await?;
        let details = json!({
            "before": { "base_url": connection.base_url.as_str() },
            "after": { "base_url": base_url.as_str() },
        });
        self.record(
            &mut tx,
            actor,
            Deed::ConnectionUpdated,
            Subject { id: id.0, name: &connection.name },
            details,
        )
        .await?;
        actor.commit(tx).await
    }

    /// Makes the connection of a collection that is made with its backend in one go.
    pub(crate) async fn connect(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        place: Place,
        name: &str,
        base_url: &BaseUrl,
    ) -> Result<Connection> {
        actor.must(Privilege::ManageConnections)?;
        let workspace = actor.workspace.id;
        let mut free = name.to_owned();
        let mut next = 2;
        while store::connections::by_name(&mut *tx, workspace, &free).await?.is_some() {
            free = format!("{name} {next}");
            next += 1;
        }
        let now = self.environment.now();
        let connection =
            store::connections::insert(tx, workspace, place.project, &free, base_url, now).await?;
        let details = json!({ "after": { "base_url": base_url.as_str() } });
        let subject = Subject { id: connection.id.0, name: &free };
        self.record(tx, actor, Deed::ConnectionCreated, subject, details).await?;
        Ok(connection)
    }
}

/// A base URL as it was typed into this field.
pub(crate) fn read(field: &'static str, text: &str) -> Result<BaseUrl> {
    BaseUrl::parse(text).map_err(|fault| Faults::of(field, fault.to_string()).into())
}
