//! `/api/portico/v1/connections`: how backends are reached.

use actions::{ConnectionPatch, Faults};
use axum::extract::State;
use model::authorities::Authorities;
use model::endpoint::Connection;
use model::id::{ConnectionId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data};
use crate::caller::Caller;
use crate::given::{Change, Given};
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// How a backend is reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct BackendConnection {
    /// Its id; `proxy_connection_id` of collections.
    #[schema(value_type = i64, example = 4)]
    id: ConnectionId,
    /// The project it lies in, if any.
    #[schema(value_type = Option<i64>, example = 7)]
    project_id: Option<ProjectId>,
    /// For people; unique in the workspace.
    #[schema(example = "Quotes 1.0")]
    name: String,
    /// Where the backend is.
    #[schema(example = "https://quotes.internal.example.com/v1")]
    base_url: String,
    /// Certificates in PEM that are trusted besides the system's, if any.
    ca_certificates: Option<String>,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl BackendConnection {
    fn new(zone: &Zone, connection: Connection) -> Self {
        Self {
            id: connection.id,
            project_id: connection.project,
            name: connection.name,
            base_url: connection.base_url.as_str().to_owned(),
            ca_certificates: connection.authorities.as_ref().map(Authorities::as_pem).map(str::to_owned),
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
    responses((status = OK, description = "One page of connections", body = Listed<BackendConnection>)),
)]
pub(crate) async fn list_connections(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<BackendConnection>>, Problem> {
    let page = page.page()?;
    let connections = store::connections::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(Listed::new(connections, page, |connection| BackendConnection::new(caller.zone(), connection))))
}

/// A connection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ConnectionPath {
    /// Id of the connection.
    #[param(value_type = i64, example = 4)]
    connection_id: ConnectionId,
}

/// Shows a connection.
#[utoipa::path(
    get,
    path = "/api/portico/v1/connections/{connection_id}",
    tag = "Connections",
    params(ConnectionPath),
    responses((status = OK, description = "The connection", body = Data<BackendConnection>), Missing),
)]
pub(crate) async fn get_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
) -> Result<Answer<Data<BackendConnection>>, Problem> {
    let connection = store::connections::find(&management.db, caller.workspace(), path.connection_id).await?;
    let connection = connection.ok_or_else(|| Problem::missing("connection"))?;
    Ok(Answer(Data { data: BackendConnection::new(caller.zone(), connection) }))
}

/// What is to change about a connection. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConnectionChanges {
    /// For people; unique in the workspace.
    #[schema(value_type = Option<String>, example = "Quotes 1.0")]
    name: Given<String>,
    /// Where the backend is: `http://host:port/path` or `https://host:port/path`. A certificate found
    /// under `https` must be valid for the host, and come from an authority that the system or
    /// `ca_certificates` trusts.
    #[schema(value_type = Option<String>, example = "https://quotes.internal.example.com/v1")]
    base_url: Given<String>,
    /// Certificates in PEM that are trusted besides the system's; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    ca_certificates: Change<String>,
}

/// Changes a connection. The next call goes where it leads then.
#[utoipa::path(
    put,
    path = "/api/portico/v1/connections/{connection_id}",
    tag = "Connections",
    params(ConnectionPath),
    request_body = ConnectionChanges,
    responses((status = OK, description = "The connection", body = Data<BackendConnection>), Missing, Conflict),
)]
pub(crate) async fn update_connection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ConnectionPath>,
    Body(body): Body<ConnectionChanges>,
) -> Result<Answer<Data<BackendConnection>>, Problem> {
    let mut faults = Faults::default();
    let patch = ConnectionPatch {
        name: body.name.optional("name", &mut faults),
        base_url: body.base_url.optional("base_url", &mut faults),
        authorities: body.ca_certificates.wanted("ca_certificates", &mut faults),
    };
    faults.check()?;
    let connection = management.actions.update_connection(caller.actor(), path.connection_id, patch).await?;
    Ok(Answer(Data { data: BackendConnection::new(caller.zone(), connection) }))
}
