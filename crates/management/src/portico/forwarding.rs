//! `/api/portico/v1/…/forwarding`: how the calls of a collection or an endpoint are forwarded, where
//! that differs from what the gateway has for all.

use actions::Faults;
use axum::extract::State;
use model::endpoint::Forwarding;
use model::id::{CollectionId, EndpointId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Data, Tagged};
use crate::caller::Caller;
use crate::given::{Change, Given};
use crate::matching::MustMatch;
use crate::problem::{Missing, Problem};
use crate::request::{Body, Path};

/// How the calls of a collection are forwarded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionForwarding {
    /// The most bytes of a request body; null for the gateway's own limit.
    #[schema(example = 10_485_760)]
    max_body_bytes: Option<i64>,
}

/// How the calls of an endpoint are forwarded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndpointForwarding {
    /// The most seconds until the backend's answer has begun, and until it is complete if it has a length;
    /// null for the gateway's own limits.
    #[schema(example = 60)]
    timeout_seconds: Option<i64>,
    /// Whether calls go to the base URL of the connection as it is, without the path of the endpoint.
    to_base_url: bool,
}

impl From<Forwarding> for EndpointForwarding {
    fn from(forwarding: Forwarding) -> Self {
        Self { timeout_seconds: forwarding.timeout_seconds, to_base_url: forwarding.to_base_url }
    }
}

/// A collection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CollectionPath {
    /// Id of the collection.
    #[param(value_type = i64, example = 6883)]
    api_collection_id: CollectionId,
}

/// An endpoint in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EndpointPath {
    /// Id of the endpoint.
    #[param(value_type = i64, example = 27)]
    api_endpoint_id: EndpointId,
}

/// Shows how the calls of a collection are forwarded.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/forwarding",
    tag = "Collections",
    params(CollectionPath),
    responses((status = OK, description = "The settings", body = Data<CollectionForwarding>), Missing),
)]
pub(crate) async fn get_collection_forwarding(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
) -> Result<Tagged<Data<CollectionForwarding>>, Problem> {
    let (scope, id) = (caller.scope(), path.api_collection_id);
    // Settings that are newer than the tag are refused later; with older ones a change would be lost.
    let collection = store::collections::find(&management.db, scope, id).await?;
    let found = store::forwarding::body_limit(&management.db, scope, id).await?;
    match (collection, found) {
        (Some(collection), Some(max_body_bytes)) => {
            Ok(Tagged(collection.updated_at, Data { data: CollectionForwarding { max_body_bytes } }))
        }
        _ => Err(Problem::missing("API collection")),
    }
}

/// What is to change. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CollectionForwardingChanges {
    /// The most bytes of a request body, 1 to 5 GiB; null for the gateway's own limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 10_485_760)]
    max_body_bytes: Change<i64>,
}

/// Changes how the calls of a collection are forwarded.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_collections/{api_collection_id}/forwarding",
    tag = "Collections",
    params(CollectionPath, MustMatch),
    request_body = CollectionForwardingChanges,
    responses((status = OK, description = "The settings", body = Data<CollectionForwarding>), Missing),
)]
pub(crate) async fn update_collection_forwarding(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Body(body): Body<CollectionForwardingChanges>,
) -> Result<Tagged<Data<CollectionForwarding>>, Problem> {
    let mut faults = Faults::default();
    let wanted = body.max_body_bytes.wanted("max_body_bytes", &mut faults);
    faults.check()?;
    let Some(max_body_bytes) = wanted else {
        return get_collection_forwarding(caller, State(management), Path(path)).await;
    };
    let id = path.api_collection_id;
    let updated_at = management.actions.limit_bodies(caller.actor(), id, max_body_bytes).await?;
    Ok(Tagged(updated_at, Data { data: CollectionForwarding { max_body_bytes } }))
}

/// Shows how the calls of an endpoint are forwarded.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_endpoints/{api_endpoint_id}/forwarding",
    tag = "Endpoints",
    params(EndpointPath),
    responses((status = OK, description = "The settings", body = Data<EndpointForwarding>), Missing),
)]
pub(crate) async fn get_endpoint_forwarding(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<EndpointPath>,
) -> Result<Tagged<Data<EndpointForwarding>>, Problem> {
    let (scope, id) = (caller.scope(), path.api_endpoint_id);
    let endpoint = store::endpoints::find(&management.db, scope, id).await?;
    let found = store::forwarding::of_endpoint(&management.db, scope, id).await?;
    match (endpoint, found) {
        (Some(endpoint), Some(forwarding)) => {
            Ok(Tagged(endpoint.updated_at, Data { data: forwarding.into() }))
        }
        _ => Err(Problem::missing("API endpoint")),
    }
}

/// What is to change. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct EndpointForwardingChanges {
    /// The most seconds until the backend's answer has begun, and until it is complete if it has a length,
    /// 1 to 240; null for the gateway's own limits.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 60)]
    timeout_seconds: Change<i64>,
    /// Whether calls go to the base URL of the connection as it is, without the path of the endpoint.
    #[schema(value_type = Option<bool>, example = false)]
    to_base_url: Given<bool>,
}

/// Changes how the calls of an endpoint are forwarded.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_endpoints/{api_endpoint_id}/forwarding",
    tag = "Endpoints",
    params(EndpointPath, MustMatch),
    request_body = EndpointForwardingChanges,
    responses((status = OK, description = "The settings", body = Data<EndpointForwarding>), Missing),
)]
pub(crate) async fn update_endpoint_forwarding(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<EndpointPath>,
    Body(body): Body<EndpointForwardingChanges>,
) -> Result<Tagged<Data<EndpointForwarding>>, Problem> {
    let mut faults = Faults::default();
    let timeout = body.timeout_seconds.wanted("timeout_seconds", &mut faults);
    let to_base_url = body.to_base_url.optional("to_base_url", &mut faults);
    faults.check()?;
    let change = |forwarding: &mut Forwarding| {
        forwarding.timeout_seconds = timeout.unwrap_or(forwarding.timeout_seconds);
        forwarding.to_base_url = to_base_url.unwrap_or(forwarding.to_base_url);
    };
    let (forwarding, updated_at) =
        management.actions.set_forwarding(caller.actor(), path.api_endpoint_id, change).await?;
    Ok(Tagged(updated_at, Data { data: forwarding.into() }))
}
