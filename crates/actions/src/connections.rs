//! Connections: where the endpoints of proxy collections forward to.

mod trial;

use model::access::Privilege;
use model::audit::Deed;
use model::authorities::Authorities;
use model::backend::BackendCredential;
use model::endpoint::{BaseUrl, Connection};
use model::id::{ConnectionId, ProjectId};
use model::page::Page;
use serde_json::{Value, json};
use store::Tx;

use crate::actor::Subject;
use crate::collections::Place;
use crate::{Actions, Actor, Error, Faults, Result, text};

pub use trial::Prober;

/// The most collections that a refusal names.
const NAMED: i64 = 5;

/// A connection to be made.
#[derive(Debug, Clone)]
pub struct ConnectionDraft {
    /// For people; unique in the workspace.
    pub name: String,
    /// Where it leads: what [`BaseUrl`] takes.
    pub base_url: String,
    /// The project it is to lie in.
    pub project: Option<ProjectId>,
    /// What the gateway is to prove itself with to the backend.
    pub credential: Option<BackendCredential>,
}

/// What is to change about a connection; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionPatch {
    /// For people; unique in the workspace.
    pub name: Option<String>,
    /// Where it leads: what [`BaseUrl`] takes.
    pub base_url: Option<String>,
    /// The project it is to lie in; `Some(None)` takes it out of its project.
    pub project: Option<Option<ProjectId>>,
    /// Certificates in PEM that are trusted besides the system's; `Some(None)` takes them away.
    pub authorities: Option<Option<String>>,
    /// What the gateway is to prove itself with to the backend; `Some(None)` for nothing.
    pub credential: Option<Option<BackendCredential>>,
}

impl Actions {
    /// Makes a connection.
    pub async fn create_connection(&self, actor: &Actor, draft: ConnectionDraft) -> Result<Connection> {
        actor.must(Privilege::ManageConnections)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let base_url = sound("base_url", &draft.base_url, &mut faults);
        check_credential(draft.credential.as_ref(), &mut faults);
        faults.check()?;
        let Some(base_url) = base_url else { return Err(Error::Missing("connection")) };
        let mut tx = self.db.begin().await?;
        let (project, _) = self.place(&mut tx, actor, draft.project).await?;
        let now = self.environment.now();
        let made =
            store::connections::insert(&mut tx, actor.workspace.id, project, &name, &base_url, now).await;
        let mut connection = unless_taken(made, &name)?;
        if draft.credential.is_some() {
            let proven = Connection { credential: draft.credential, ..connection };
            store::connections::update(&mut tx, &proven, now).await?;
            connection = load(&mut tx, actor, proven.id).await?;
        }
        let details = json!({ "after": shown(&connection) });
        self.record(&mut tx, actor, Deed::ConnectionCreated, subject(&connection), details).await?;
        actor.commit(tx).await?;
        Ok(connection)
    }

    /// Changes a connection. The next call through it goes where it leads then.
    pub async fn update_connection(
        &self,
        actor: &Actor,
        id: ConnectionId,
        patch: ConnectionPatch,
    ) -> Result<Connection> {
        actor.must(Privilege::ManageConnections)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let base_url = patch.base_url.and_then(|url| sound("base_url", &url, &mut faults));
        let authorities = patch.authorities.map(|pem| pem.and_then(|pem| trusted(&pem, &mut faults)));
        check_credential(patch.credential.iter().flatten().next(), &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let project = match patch.project {
            Some(project) => self.place(&mut tx, actor, project).await?.0,
            None => before.project,
        };
        let former = before.clone();
        let connection = Connection {
            name: name.unwrap_or(former.name),
            base_url: base_url.unwrap_or(former.base_url),
            project,
            authorities: authorities.unwrap_or(former.authorities),
            credential: patch.credential.unwrap_or(former.credential),
            ..before.clone()
        };
        let updated = store::connections::update(&mut tx, &connection, self.environment.now()).await;
        unless_taken(updated, &connection.name)?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::ConnectionUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a connection on which nothing stands.
    pub async fn delete_connection(&self, actor: &Actor, id: ConnectionId) -> Result<()> {
        actor.must(Privilege::ManageConnections)?;
        let mut tx = self.db.begin().await?;
        let connection = load(&mut tx, actor, id).await?;
        actor.saw(connection.updated_at)?;
        let users = store::connections::users(&mut tx, id).await?;
        if users > 0 {
            return Err(Error::Refused(in_use(&mut tx, actor, id, users).await?));
        }
        store::connections::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&connection) });
        self.record(&mut tx, actor, Deed::ConnectionDeleted, subject(&connection), details).await?;
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

fn sound(field: &'static str, text: &str, faults: &mut Faults) -> Option<BaseUrl> {
    match BaseUrl::parse(text) {
        Ok(url) => Some(url),
        Err(fault) => {
            faults.add(field, fault.to_string());
            None
        }
    }
}

fn trusted(pem: &str, faults: &mut Faults) -> Option<Authorities> {
    Authorities::parse(pem).map_err(|fault| faults.add("ca_certificates", fault.to_string())).ok()
}

fn check_credential(credential: Option<&BackendCredential>, faults: &mut Faults) {
    let Some((part, fault)) = credential.and_then(BackendCredential::fault) else { return };
    let field = match part {
        "token" => "credential.token",
        "user" => "credential.user",
        "password" => "credential.password",
        "name" => "credential.name",
        _ => "credential.value",
    };
    faults.add(field, fault.to_string());
}

async fn load(tx: &mut Tx, actor: &Actor, id: ConnectionId) -> Result<Connection> {
    store::connections::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("connection"))
}

/// Who stands in the way of a deletion, by name.
async fn in_use(tx: &mut Tx, actor: &Actor, id: ConnectionId, users: i64) -> Result<String> {
    // Collections of other projects are not to be named to a token that is restricted.
    if actor.restricted.is_some() {
        let message = "API collections or recipes forward through this connection; delete them first";
        return Ok(format!("{users} {message}"));
    }
    if actor.scope().token.is_some() {
        // Others' projects are nothing to somebody who is kept to some.
        let message = "API collections or recipes forward through this connection; delete them first";
        return Ok(format!("{users} {message}"));
    }
    let page = Page::new(1, NAMED);
    let found = store::listings::connections::collections(tx, actor.workspace.id, id, page).await?;
    if found.total == 0 {
        return Ok(format!("{users} recipes forward through this connection; delete them first"));
    }
    let names: Vec<_> = found.rows.iter().map(|(_, name, version)| format!("`{name} {version}`")).collect();
    let more = match found.total.saturating_sub(NAMED) {
        more if more > 0 => format!(" and {more} more"),
        _ => String::new(),
    };
    Ok(format!(
        "API collections forward through this connection: {}{more}; give them another one, or delete them first",
        names.join(", ")
    ))
}

fn unless_taken<T>(result: store::Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{name}` is taken by another connection; choose another name");
            Error::Conflict { field: "name", message }
        }
        other => other.into(),
    })
}

pub(crate) fn subject(connection: &Connection) -> Subject<'_> {
    Subject { id: connection.id.0, name: &connection.name }
}

fn shown(connection: &Connection) -> Value {
    json!({
        "name": connection.name,
        "base_url": connection.base_url.as_str(),
        "project_id": connection.project,
        "ca_certificates": connection.authorities.as_ref().map(Authorities::as_pem),
        // That there is one and of which kind, never what it is.
        "credential": connection.credential.as_ref().map(|credential| match credential {
            BackendCredential::Bearer { .. } => json!({ "type": "bearer" }),
            BackendCredential::Basic { user, .. } => json!({ "type": "basic", "user": user }),
            BackendCredential::Header { name, .. } => json!({ "type": "header", "name": name }),
        }),
    })
}
