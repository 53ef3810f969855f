//! `/api/api_clients`: the consumers of published APIs, as names with a project.

use actions::Faults;
use axum::extract::State;
use model::client::Client;
use model::id::{ClientId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::given::{Given, once};
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, Problem};
use crate::project_id::ShownProjectId;
use crate::request::{Body, Query};

/// A consumer of published APIs, as the first version of the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LegacyApiClient {
    /// Its id.
    #[schema(value_type = i64, example = 1255)]
    id: ClientId,
    /// For people.
    #[schema(example = "Automation Inc.")]
    name: String,
    /// When it was made.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    updated_at: String,
    /// The project it lies in, if any. An integer for clients that cannot read a string.
    #[schema(value_type = Option<String>, example = "523144")]
    project_id: Option<ShownProjectId>,
}

impl LegacyApiClient {
    fn new(caller: &Caller, client: Client) -> Self {
        Self {
            id: client.id,
            name: client.name,
            created_at: caller.zone().time(client.created_at),
            updated_at: caller.zone().time(client.updated_at),
            project_id: client.project.map(|project| caller.project_ids().show(project)),
        }
    }
}

/// Lists all API clients, oldest first.
#[utoipa::path(
    get,
    path = "/api/api_clients",
    tag = "Clients",
    params(PageQuery),
    responses((status = OK, description = "One page of clients", body = Vec<LegacyApiClient>)),
)]
pub(crate) async fn list_legacy_api_clients(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<LegacyApiClient>>, Problem> {
    let clients = store::clients::list(&management.db, caller.scope(), None, page.page()?).await?;
    let show = |listed: store::clients::ListedClient| LegacyApiClient::new(&caller, listed.client);
    Ok(Answer(clients.rows.into_iter().map(show).collect()))
}

/// Where a new client goes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewLegacyClientQuery {
    /// The project that the client is to lie in. The body can name it as well.
    #[param(value_type = Option<i64>, example = 523_144)]
    project_id: Given<ProjectId>,
}

/// A client to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewLegacyApiClient {
    /// For people.
    #[schema(value_type = String, example = "Automation Inc.")]
    name: Given<String>,
    /// The project it is to lie in; the query can name it as well.
    #[schema(value_type = Option<i64>, example = 523_144)]
    project_id: Given<ProjectId>,
}

/// Makes an API client whose keys are access profiles.
#[utoipa::path(
    post,
    path = "/api/api_clients",
    tag = "Clients",
    params(NewLegacyClientQuery),
    request_body = NewLegacyApiClient,
    responses((status = OK, description = "The client", body = LegacyApiClient), Missing, Conflict),
)]
pub(crate) async fn create_legacy_api_client(
    caller: Caller,
    State(management): State<Management>,
    Query(query): Query<NewLegacyClientQuery>,
    Body(body): Body<NewLegacyApiClient>,
) -> Result<Answer<LegacyApiClient>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let project = once("project_id", query.project_id, body.project_id, &mut faults)?;
    faults.check()?;
    let name = name.unwrap_or_default();
    let client = management.actions.create_legacy_client(caller.actor(), &name, project).await?;
    Ok(Answer(LegacyApiClient::new(&caller, client.client)))
}
