//! Connections: where the endpoints of proxy collections forward to.

use model::access::Privilege;
use model::audit::Deed;
use model::authorities::Authorities;
use model::endpoint::{BaseUrl, Connection};
use model::id::ConnectionId;
use serde_json::{Value, json};
use store::Tx;

use crate::actor::Subject;
use crate::collections::Place;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// What is to change about a connection; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionPatch {
    /// For people; unique in the workspace.
    pub name: Option<String>,
    /// Where the backend is: `http://` or `https://`.
    pub base_url: Option<String>,
    /// Certificates in PEM that are trusted besides the system's; `Some(None)` takes them away.
    pub authorities: Option<Option<String>>,
}

impl Actions {
    /// Changes a connection; the next call goes where it leads then.
    pub async fn update_connection(
        &self,
        actor: &Actor,
        id: ConnectionId,
        patch: ConnectionPatch,
    ) -> Result<Connection> {
        actor.must(Privilege::ManageConnections)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let base_url = patch.base_url.map(|text| {
            BaseUrl::parse(&text).map_err(|fault| faults.add("base_url", fault.to_string())).ok()
        });
        let authorities = patch.authorities.map(|text| {
            text.and_then(|text| {
                Authorities::parse(&text)
                    .map_err(|fault| faults.add("ca_certificates", fault.to_string()))
                    .ok()
            })
        });
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        let connection = Connection {
            name: name.unwrap_or_else(|| before.name.clone()),
            base_url: base_url.flatten().unwrap_or_else(|| before.base_url.clone()),
            authorities: authorities.unwrap_or_else(|| before.authorities.clone()),
            ..before.clone()
        };
        if connection == before {
            return Ok(before);
        }
        let written = store::connections::update(&mut tx, &connection, self.environment.now()).await;
        written.map_err(|error| match error {
            store::Error::Taken(_) => {
                let message =
                    format!("`{}` is taken by another connection; choose another name", connection.name);
                Error::Conflict { field: "name", message }
            }
            other => other.into(),
        })?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        let subject = Subject { id: id.0, name: &after.name };
        self.record(&mut tx, actor, Deed::ConnectionUpdated, subject, details).await?;
        tx.commit().await?;
        Ok(after)
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

async fn load(tx: &mut Tx, actor: &Actor, id: ConnectionId) -> Result<Connection> {
    store::connections::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("connection"))
}

fn shown(connection: &Connection) -> Value {
    json!({
        "name": connection.name,
        "base_url": connection.base_url.as_str(),
        "ca_certificates": connection.authorities.as_ref().map(Authorities::as_pem),
    })
}
