//! Trying a connection.

use std::pin::Pin;
use std::sync::Arc;

use model::access::Privilege;
use model::audit::Deed;
use model::endpoint::Connection;
use model::id::ConnectionId;
use model::probe::Probed;
use serde_json::json;

use super::subject;
use crate::{Actions, Actor, Error, Result};

/// Sends one request through a connection, within a time of its own, and tells how far it got.
pub type Prober = Arc<dyn Fn(Connection) -> Pin<Box<dyn Future<Output = Probed> + Send>> + Send + Sync>;

impl Actions {
    /// Tries connections through this; without it none can be tried.
    #[must_use]
    pub fn with_prober(self, prober: Prober) -> Self {
        Self { prober: Some(prober), ..self }
    }

    /// Sends one request through a connection, as calls are sent, and tells how far it got. The audit
    /// trail has it, since it goes out from inside of the network and with the connection's credential.
    pub async fn test_connection(&self, actor: &Actor, id: ConnectionId) -> Result<Probed> {
        actor.must(Privilege::ManageConnections)?;
        let found = store::connections::find(&self.db, actor.scope(), id).await?;
        let connection = found.ok_or(Error::Missing("connection"))?;
        let Some(prober) = &self.prober else {
            return Err(Error::Refused("connections are tried by a server that runs, not here".to_owned()));
        };
        // Before the transaction, which nobody else can write beside.
        let probed = prober(connection.clone()).await;
        let mut tx = self.db.begin().await?;
        let details = json!({ "after": probed });
        self.record(&mut tx, actor, Deed::ConnectionTested, subject(&connection), details).await?;
        actor.commit(tx).await?;
        Ok(probed)
    }
}
