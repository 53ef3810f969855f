//! `/api/portico/v1/access_requests`: what developers ask for, and what becomes of it.

use actions::Faults;
use axum::extract::State;
use model::access_request::RequestState;
use model::id::{AccessRequestId, ClientId, CollectionId, PortalId, PortalUserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::access_requests::{Filter, ListedRequest};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, Tagged};
use crate::caller::Caller;
use crate::given::{Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// A developer's wish that a client may call a collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
pub(crate) struct ShownAccessRequest {
    /// Its id.
    #[schema(value_type = i64, example = 31)]
    id: AccessRequestId,
    /// What became of it.
    #[schema(value_type = GivenState, example = "pending")]
    state: RequestState,
    /// The portal in which it was made.
    #[schema(value_type = i64, example = 37)]
    api_portal_id: PortalId,
    /// Who asks.
    portal_user: Asker,
    /// Which client is to call.
    api_client: AskedFor,
    /// What it is to call.
    api_collection: AskedCollection,
    /// What for.
    #[schema(example = "To show prices in our shop.")]
    reason: String,
    /// What the decider says to the developer.
    #[schema(example = "Welcome.")]
    note: Option<String>,
    /// Who decided; null while it is pending, and where the portal approves by itself.
    #[schema(example = "eve@example.com")]
    decided_by: Option<String>,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was decided.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    decided_at: Option<String>,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asker {
    /// Id of the portal user.
    #[schema(value_type = i64, example = 204)]
    id: PortalUserId,
    /// Their e-mail address.
    #[schema(example = "ada@example.com")]
    email: String,
}

/// The client that is to call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskedFor {
    /// Id of the client.
    #[schema(value_type = i64, example = 42116)]
    id: ClientId,
    /// Its name.
    #[schema(example = "Automation Inc.")]
    name: String,
}

/// The collection that is to be called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskedCollection {
    /// Id of the collection.
    #[schema(value_type = i64, example = 6883)]
    id: CollectionId,
    /// Its name.
    #[schema(example = "Product Catalog")]
    name: String,
    /// Its version.
    #[schema(example = "1.0")]
    version: String,
}

/// What became of an access request.
#[derive(ToSchema)]
#[schema(as = AccessRequestState, rename_all = "lowercase")]
#[expect(dead_code, reason = "it stands for the values of `model::RequestState` in the description")]
pub(crate) enum GivenState {
    Pending,
    Approved,
    Rejected,
}

impl Read for RequestState {
    fn read(value: Value) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|state| Some(state.as_str()) == value.as_str());
        found.copied().ok_or_else(|| "must be one of `pending`, `approved`, `rejected`".to_owned())
    }
}

impl ShownAccessRequest {
    fn new(zone: &Zone, listed: ListedRequest) -> Self {
        let request = listed.request;
        Self {
            id: request.id,
            state: request.state,
            api_portal_id: request.portal,
            portal_user: Asker { id: request.user, email: listed.email },
            api_client: AskedFor { id: request.client, name: listed.client },
            api_collection: AskedCollection {
                id: request.collection,
                name: listed.collection,
                version: listed.version,
            },
            reason: request.reason,
            note: request.note,
            decided_by: request.decided_by,
            created_at: zone.time(request.created_at),
            decided_at: request.decided_at.map(|at| zone.time(at)),
        }
    }
}

/// Which access requests are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccessRequestFilter {
    /// Only those in this state.
    #[param(value_type = Option<GivenState>, example = "pending")]
    state: Given<RequestState>,
    /// Only those in this portal.
    #[param(value_type = Option<i64>, example = 37)]
    api_portal_id: Given<PortalId>,
    /// Only those of this portal user.
    #[param(value_type = Option<i64>, example = 204)]
    portal_user_id: Given<PortalUserId>,
    /// Only those for this client.
    #[param(value_type = Option<i64>, example = 42116)]
    api_client_id: Given<ClientId>,
    /// Only those for this collection.
    #[param(value_type = Option<i64>, example = 6883)]
    api_collection_id: Given<CollectionId>,
}

/// Lists access requests, newest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/access_requests",
    tag = "Access requests",
    params(AccessRequestFilter, PageQuery),
    responses((status = OK, description = "One page of access requests", body = Listed<ShownAccessRequest>)),
)]
pub(crate) async fn list_access_requests(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<AccessRequestFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownAccessRequest>>, Problem> {
    let mut faults = Faults::default();
    let filter = Filter {
        state: filter.state.optional("state", &mut faults),
        portal: filter.api_portal_id.optional("api_portal_id", &mut faults),
        user: filter.portal_user_id.optional("portal_user_id", &mut faults),
        client: filter.api_client_id.optional("api_client_id", &mut faults),
        collection: filter.api_collection_id.optional("api_collection_id", &mut faults),
    };
    faults.check()?;
    let page = page.page()?;
    let requests = store::access_requests::list(&management.db, caller.workspace(), filter, page).await?;
    Ok(Answer(Listed::new(requests, page, |request| ShownAccessRequest::new(caller.zone(), request))))
}

/// An access request in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AccessRequestPath {
    /// Id of the access request.
    #[param(value_type = i64, example = 31)]
    access_request_id: AccessRequestId,
}

async fn find(
    management: &Management,
    caller: &Caller,
    id: AccessRequestId,
) -> Result<ListedRequest, Problem> {
    let request = store::access_requests::find(&management.db, caller.workspace(), id).await?;
    request.ok_or_else(|| Problem::missing("access request"))
}

/// Shows an access request.
#[utoipa::path(
    get,
    path = "/api/portico/v1/access_requests/{access_request_id}",
    tag = "Access requests",
    params(AccessRequestPath),
    responses((status = OK, description = "The access request", body = Data<ShownAccessRequest>), Missing),
)]
pub(crate) async fn get_access_request(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<AccessRequestPath>,
) -> Result<Tagged<Data<ShownAccessRequest>>, Problem> {
    let request = find(&management, &caller, path.access_request_id).await?;
    Ok(Tagged(request.request.updated_at(), Data { data: ShownAccessRequest::new(caller.zone(), request) }))
}

/// What goes along with a decision.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Decision {
    /// What is said to the developer.
    #[schema(value_type = Option<String>, example = "Welcome.", max_length = 2000)]
    note: Given<String>,
}

async fn decide(
    management: &Management,
    caller: &Caller,
    path: &AccessRequestPath,
    body: Decision,
    decision: RequestState,
) -> Result<Tagged<Data<ShownAccessRequest>>, Problem> {
    let id = find(management, caller, path.access_request_id).await?.request.id;
    let mut faults = Faults::default();
    let note = body.note.optional("note", &mut faults);
    faults.check()?;
    let (actions, note) = (&management.actions, note.as_deref());
    let request = match decision {
        RequestState::Approved => actions.approve_access(caller.actor(), id, note).await?,
        _ => actions.reject_access(caller.actor(), id, note).await?,
    };
    Ok(Tagged(request.request.updated_at(), Data { data: ShownAccessRequest::new(caller.zone(), request) }))
}

/// Approves an access request: the client may call the collection from the next call on.
#[utoipa::path(
    put,
    path = "/api/portico/v1/access_requests/{access_request_id}/approve",
    tag = "Access requests",
    params(AccessRequestPath, MustMatch),
    request_body = Decision,
    responses(
        (status = OK, description = "The access request", body = Data<ShownAccessRequest>),
        Missing,
        Refused,
    ),
)]
pub(crate) async fn approve_access_request(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<AccessRequestPath>,
    Body(body): Body<Decision>,
) -> Result<Tagged<Data<ShownAccessRequest>>, Problem> {
    decide(&management, &caller, &path, body, RequestState::Approved).await
}

/// Rejects an access request. The developer may ask again.
#[utoipa::path(
    put,
    path = "/api/portico/v1/access_requests/{access_request_id}/reject",
    tag = "Access requests",
    params(AccessRequestPath, MustMatch),
    request_body = Decision,
    responses(
        (status = OK, description = "The access request", body = Data<ShownAccessRequest>),
        Missing,
        Refused,
    ),
)]
pub(crate) async fn reject_access_request(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<AccessRequestPath>,
    Body(body): Body<Decision>,
) -> Result<Tagged<Data<ShownAccessRequest>>, Problem> {
    decide(&management, &caller, &path, body, RequestState::Rejected).await
}
