//! `/api/portico/v1/connections`: where the endpoints of proxy collections forward to.

use actions::{ConnectionDraft, ConnectionPatch, Faults};
use axum::extract::State;
use model::authorities::Authorities;
use model::backend::BackendCredential;
use model::endpoint::Connection;
use model::id::{ConnectionId, ProjectId};
use model::probe::Probed;
use model::secret::KeyMaterial;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Change, Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// How to reach a backend.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ShownConnection {
    /// Its id; what `proxy_connection_id` of a collection names.
    #[schema(value_type = i64, example = 12)]
    id: ConnectionId,
    /// For people; unique in the workspace.
    #[schema(example = "Product database")]
    name: String,
    /// Where it leads.
    #[schema(example = "http://backend.example.com/v1")]
    base_url: String,
    /// The project it lies in, if any.
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Option<ProjectId>,
    /// Certificates in PEM that are trusted besides the system's, if any.
    ca_certificates: Option<String>,
    /// What the gateway proves itself with to the backend, if it does; never the secret in it.
    credential: Option<ShownCredential>,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

/// What the gateway proves itself with to a backend, without what is secret about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackendCredential)]
pub(crate) struct ShownCredential {
    /// `bearer`, `basic` or `header`.
    #[schema(example = "basic")]
    r#type: &'static str,
    /// The user of HTTP Basic.
    #[schema(example = "portico")]
    user: Option<String>,
    /// The name of the header.
    #[schema(example = "x-api-key")]
    name: Option<String>,
}

impl From<BackendCredential> for ShownCredential {
    fn from(credential: BackendCredential) -> Self {
        match credential {
            BackendCredential::Bearer { .. } => Self { r#type: "bearer", user: None, name: None },
            BackendCredential::Basic { user, .. } => Self { r#type: "basic", user: Some(user), name: None },
            BackendCredential::Header { name, .. } => Self { r#type: "header", user: None, name: Some(name) },
        }
    }
}

/// What the gateway is to prove itself with to a backend. It takes the place of what callers prove themselves
/// with, and of a header of the same name that they send.
#[derive(Deserialize, ToSchema)]
pub(crate) struct GivenBackendCredential {
    /// `bearer` (needs `token`), `basic` (HTTP Basic, needs `user`) or `header` (needs `name` and `value`).
    #[schema(value_type = String, example = "basic")]
    r#type: Given<String>,
    /// The token.
    #[schema(value_type = Option<String>, example = "aibiethohb2aeTh5")]
    token: Given<String>,
    /// The user.
    #[schema(value_type = Option<String>, example = "portico")]
    user: Given<String>,
    /// The user's password; may be empty.
    #[schema(value_type = Option<String>, example = "aibiethohb2aeTh5")]
    password: Given<String>,
    /// The header's name, in any case.
    #[schema(value_type = Option<String>, example = "x-api-key")]
    name: Given<String>,
    /// The header's value.
    #[schema(value_type = Option<String>, example = "aibiethohb2aeTh5")]
    value: Given<String>,
}

impl Read for GivenBackendCredential {
    fn read(value: Value) -> Result<Self, String> {
        let misfit = || "must be an object with `type` and what goes with it".to_owned();
        if value.is_object() { Self::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
    }
}

impl GivenBackendCredential {
    /// The credential, to be checked where it is kept.
    fn draft(self, faults: &mut Faults) -> Option<BackendCredential> {
        let token = self.token.optional("credential.token", faults);
        let user = self.user.optional("credential.user", faults);
        let password = self.password.optional("credential.password", faults);
        let name = self.name.optional("credential.name", faults);
        let value = self.value.optional("credential.value", faults);
        let secret = |text: Option<String>| KeyMaterial::new(text.unwrap_or_default());
        match self.r#type.required("credential.type", faults)?.as_str() {
            "bearer" => Some(BackendCredential::Bearer { token: secret(token) }),
            "basic" => {
                let user = user.unwrap_or_default();
                Some(BackendCredential::Basic { user, password: secret(password) })
            }
            "header" => {
                let name = name.unwrap_or_default().to_ascii_lowercase();
                Some(BackendCredential::Header { name, value: secret(value) })
            }
            _ => {
                faults.add("credential.type", "must be one of `bearer`, `basic`, `header`");
                None
            }
        }
    }
}

impl ShownConnection {
    fn new(zone: &Zone, connection: Connection) -> Self {
        Self {
            id: connection.id,
            name: connection.name,
            base_url: connection.base_url.as_str().to_owned(),
            project_id: connection.project,
            ca_certificates: connection.authorities.as_ref().map(Authorities::as_pem).map(str::to_owned),
            credential: connection.credential.map(Into::into),
            created_at: zone.time(connection.created_at),
            updated_at: zone.time(connection.updated_at),
        }
    }
}

/// Lists connections, oldest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/connections",
    tag = "Connections",
    params(PageQuery),
    responses((status = OK, description = "One page of connections", body = Listed<ShownConnection>)),
)]
pub(crate) async fn list_connections(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownConnection>>, Problem> {
    let page = page.page()?;
    let connections = store::connections::list(&management.db, caller.scope(), page).await?;
    Ok(Answer(Listed::new(connections, page, |connection| ShownConnection::new(caller.zone(), connection))))
}

/// A connection to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewConnection {
    /// For people; unique in the workspace.
    #[schema(value_type = String, example = "Product database", min_length = 1, max_length = 255)]
    name: Given<String>,
    /// Where it leads, without user, query and fragment: what the gateway can forward to. Private addresses
    /// are fine.
    #[schema(value_type = String, example = "http://backend.example.com/v1")]
    base_url: Given<String>,
    /// The project it is to lie in.
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Given<ProjectId>,
    /// What the gateway is to prove itself with to the backend. It is kept sealed and never shown.
    #[schema(value_type = Option<GivenBackendCredential>)]
    credential: Given<GivenBackendCredential>,
}

/// Makes a connection.
#[utoipa::path(
    post,
    path = "/api/portico/v1/connections",
    tag = "Connections",
    request_body = NewConnection,
    responses(
        (status = OK, description = "The connection", body = Data<ShownConnection>),
        Missing,
        Conflict,
    ),
)]
pub(crate) async fn create_connection(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewConnection>,
) -> Result<Tagged<Data<ShownConnection>>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let base_url = body.base_url.required("base_url", &mut faults);
    let project = body.project_id.optional("project_id", &mut faults);
    let credential = body.credential.optional("credential", &mut faults);
    let credential = credential.and_then(|given| given.draft(&mut faults));
    faults.check()?;
    let (name, base_url) = (name.unwrap_or_default(), base_url.unwrap_or_default());
    let draft = ConnectionDraft { name, base_url, project, credential };
    let connection = management.actions.create_connection(caller.actor(), draft).await?;
    Ok(Tagged(connection.updated_at, Data { data: ShownConnection::new(caller.zone(), connection) }))
}

/// A connection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ConnectionPath {
    /// Id of the connection.
    #[param(value_type = i64, example = 12)]
    connection_id: ConnectionId,
}

async fn find(management: &Management, caller: &Caller, id: ConnectionId) -> Result<Connection, Problem> {
    let connection = store::connections::find(&management.db, caller.scope(), id).await?;
    connection.ok_or_else(|| Problem::missing("connection"))
}

/// Shows a connection.
#[utoipa::path(
    get,
    path = "/api/portico/v1/connections/{connection_id}",
    tag = "Connections",
    params(ConnectionPath),
    responses((status = OK, description = "The connection", body = Data<ShownConnection>), Missing),
)]
pub(crate) async fn get_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
) -> Result<Tagged<Data<ShownConnection>>, Problem> {
    let connection = find(&management, &caller, path.connection_id).await?;
    Ok(Tagged(connection.updated_at, Data { data: ShownConnection::new(caller.zone(), connection) }))
}

/// What is to change about a connection. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConnectionChanges {
    /// For people; unique in the workspace.
    #[schema(value_type = Option<String>, example = "Product database", min_length = 1, max_length = 255)]
    name: Given<String>,
    /// Where it leads, without user, query and fragment: what the gateway can forward to.
    #[schema(value_type = Option<String>, example = "http://backend.example.com/v2")]
    base_url: Given<String>,
    /// The project it is to lie in; null takes it out of its project.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 523144)]
    project_id: Change<ProjectId>,
    /// Certificates in PEM that are trusted besides the system's, for a backend under `https`; null for
    /// none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    ca_certificates: Change<String>,
    /// What the gateway is to prove itself with to the backend, as a whole; null for nothing. It is kept sealed
    /// and never shown.
    #[serde(default)]
    #[schema(value_type = Option<GivenBackendCredential>)]
    credential: Change<GivenBackendCredential>,
}

/// Changes a connection. The next call through it goes where it leads then.
#[utoipa::path(
    put,
    path = "/api/portico/v1/connections/{connection_id}",
    tag = "Connections",
    params(ConnectionPath, MustMatch),
    request_body = ConnectionChanges,
    responses((status = OK, description = "The connection", body = Data<ShownConnection>), Missing, Conflict),
)]
pub(crate) async fn update_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
    Body(body): Body<ConnectionChanges>,
) -> Result<Tagged<Data<ShownConnection>>, Problem> {
    let id = find(&management, &caller, path.connection_id).await?.id;
    let mut faults = Faults::default();
    let credential = body.credential.wanted("credential", &mut faults);
    let patch = ConnectionPatch {
        name: body.name.optional("name", &mut faults),
        base_url: body.base_url.optional("base_url", &mut faults),
        project: body.project_id.wanted("project_id", &mut faults),
        authorities: body.ca_certificates.wanted("ca_certificates", &mut faults),
        credential: credential.map(|given| given.and_then(|given| given.draft(&mut faults))),
    };
    faults.check()?;
    let connection = management.actions.update_connection(caller.actor(), id, patch).await?;
    Ok(Tagged(connection.updated_at, Data { data: ShownConnection::new(caller.zone(), connection) }))
}

/// Deletes a connection through which nothing forwards.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/connections/{connection_id}",
    tag = "Connections",
    params(ConnectionPath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, Refused),
)]
pub(crate) async fn delete_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_connection(caller.actor(), path.connection_id).await?;
    Ok(SUCCESS)
}

/// How far a request got through a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionTest {
    /// What was asked for, with `GET`.
    #[schema(example = "http://backend.example.com/v1")]
    url: String,
    /// The addresses behind the host's name, in the order in which they are tried.
    #[schema(example = json!(["192.0.2.10"]))]
    addresses: Vec<String>,
    /// The address that took the connection, if one did.
    #[schema(example = "192.0.2.10")]
    connected: Option<String>,
    /// Whether the certificate was found to be good; null without TLS, and if it was not got to.
    #[schema(example = true)]
    tls_verified: Option<bool>,
    /// The status of the answer, if there was one; whatever it is, the backend is reached.
    #[schema(example = 200)]
    status: Option<u16>,
    /// Milliseconds from looking up the name to the head of the answer, or to the fault.
    #[schema(example = 12)]
    duration_ms: u64,
    /// What went wrong and what to look at; null if there was an answer.
    #[schema(example = json!(null))]
    fault: Option<String>,
}

impl From<Probed> for ConnectionTest {
    fn from(probed: Probed) -> Self {
        Self {
            url: probed.url,
            addresses: probed.addresses.iter().map(ToString::to_string).collect(),
            connected: probed.connected.map(|address| address.to_string()),
            tls_verified: probed.is_verified,
            status: probed.status,
            duration_ms: probed.duration_ms,
            fault: probed.fault,
        }
    }
}

/// Sends one request through a connection, as calls are sent, and tells how far it got. A backend that
/// cannot be reached is a success of the test: `fault` says what the matter is.
#[utoipa::path(
    post,
    path = "/api/portico/v1/connections/{connection_id}/test",
    tag = "Connections",
    params(ConnectionPath),
    responses((status = OK, description = "How far it got", body = Data<ConnectionTest>), Missing, Refused),
)]
pub(crate) async fn test_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
) -> Result<Answer<Data<ConnectionTest>>, Problem> {
    let probed = management.actions.test_connection(caller.actor(), path.connection_id).await?;
    Ok(Answer(Data { data: probed.into() }))
}
