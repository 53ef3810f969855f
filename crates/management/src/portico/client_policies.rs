//! `/api/portico/v1/api_clients/{id}/client_policy`: how often all keys of a client together may call.

use actions::Faults;
use axum::extract::State;
use model::id::{ClientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Management;
use crate::answer::{Data, Tagged};
use crate::caller::Caller;
use crate::given::Change;
use crate::matching::MustMatch;
use crate::problem::{Missing, Problem};
use crate::request::{Body, Path};
use crate::v2::api_clients::{ClientPath, find};

/// How often all keys of a client together may call, beside what each of them may.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientPolicy {
    /// The client.
    #[schema(value_type = i64, example = 42116)]
    api_client_id: ClientId,
    /// The policy; null if only the single keys are limited, or nothing is.
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Option<PolicyId>,
}

async fn shown(
    management: &Management,
    caller: &Caller,
    id: ClientId,
) -> Result<Tagged<Data<ClientPolicy>>, Problem> {
    // A policy that is newer than the tag is refused later; with an older one a change would be lost.
    let updated_at = find(management, caller, id).await?.client.updated_at;
    let policy = store::clients::limit_of_the_whole(&management.db, caller.scope(), id).await?;
    let api_policy_id = policy.ok_or_else(|| Problem::missing("API client"))?;
    Ok(Tagged(updated_at, Data { data: ClientPolicy { api_client_id: id, api_policy_id } }))
}

/// Shows the policy for a client as a whole.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_clients/{api_client_id}/client_policy",
    tag = "Policies",
    params(ClientPath),
    responses((status = OK, description = "The policy", body = Data<ClientPolicy>), Missing),
)]
pub(crate) async fn get_client_policy(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
) -> Result<Tagged<Data<ClientPolicy>>, Problem> {
    shown(&management, &caller, path.api_client_id).await
}

/// The policy for a client as a whole.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ClientPolicyChanges {
    /// The policy; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 2)]
    api_policy_id: Change<PolicyId>,
}

/// Gives a client a policy for all its keys together, or takes it away.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_clients/{api_client_id}/client_policy",
    tag = "Policies",
    params(ClientPath, MustMatch),
    request_body = ClientPolicyChanges,
    responses((status = OK, description = "The policy", body = Data<ClientPolicy>), Missing),
)]
pub(crate) async fn update_client_policy(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
    Body(body): Body<ClientPolicyChanges>,
) -> Result<Tagged<Data<ClientPolicy>>, Problem> {
    let id = path.api_client_id;
    let before = shown(&management, &caller, id).await?;
    let mut faults = Faults::default();
    let policy = body.api_policy_id.wanted("api_policy_id", &mut faults);
    faults.check()?;
    let Some(api_policy_id) = policy else { return Ok(before) };
    let updated_at = management.actions.limit_client_as_a_whole(caller.actor(), id, api_policy_id).await?;
    Ok(Tagged(updated_at, Data { data: ClientPolicy { api_client_id: id, api_policy_id } }))
}
