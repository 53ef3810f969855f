//! `/api/portico/v1/api_policies`: how often keys may call.

use actions::{Faults, PolicyDraft, PolicyPatch};
use axum::extract::State;
use model::id::PolicyId;
use model::policy::{Limit, Policy, QuotaWindow, RateWindow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Change, Count, Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// How often each key of a client may call. Both limits hold where both are there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPolicy {
    /// Its id.
    #[schema(value_type = i64, example = 2)]
    id: PolicyId,
    /// For people; unique in the workspace.
    #[schema(example = "Internal – Admins")]
    name: String,
    /// Against bursts.
    #[schema(value_type = Option<RateLimit>)]
    rate_limit: Option<Limit<RateWindow>>,
    /// Against use beyond what was agreed.
    #[schema(value_type = Option<Quota>)]
    quota: Option<Limit<QuotaWindow>>,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl ApiPolicy {
    fn new(zone: &Zone, policy: Policy) -> Self {
        Self {
            id: policy.id,
            name: policy.name,
            rate_limit: policy.rate_limit,
            quota: policy.quota,
            created_at: zone.time(policy.created_at),
            updated_at: zone.time(policy.updated_at),
        }
    }
}

/// So many calls in a short window, which the first call opens.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RateLimit {
    /// Calls, 1 to 1,000,000,000.
    #[schema(value_type = i64, example = 100)]
    requests: Given<Count>,
    /// The window: `second`, `minute` or `hour`.
    #[schema(value_type = String, example = "minute")]
    per: Given<RateWindow>,
}

/// So many calls in a long window, which the first call opens.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Quota {
    /// Calls, 1 to 1,000,000,000.
    #[schema(value_type = i64, example = 100_000)]
    requests: Given<Count>,
    /// The window: `day`, `week`, `30 days`, `60 days`, `90 days` or `year`.
    #[schema(value_type = String, example = "30 days")]
    per: Given<QuotaWindow>,
}

/// A limit as it was given, with the faults of its own fields still to be named.
struct GivenLimit<W> {
    requests: Given<Count>,
    per: Given<W>,
}

impl<W: Read> GivenLimit<W> {
    fn limit(self, requests: &'static str, per: &'static str, faults: &mut Faults) -> Option<Limit<W>> {
        let requests = self.requests.required(requests, faults);
        let per = self.per.required(per, faults);
        Some(Limit { requests: requests?.0, per: per? })
    }
}

impl RateLimit {
    fn limit(self, faults: &mut Faults) -> Option<Limit<RateWindow>> {
        let Self { requests, per } = self;
        GivenLimit { requests, per }.limit("rate_limit.requests", "rate_limit.per", faults)
    }
}

impl Quota {
    fn limit(self, faults: &mut Faults) -> Option<Limit<QuotaWindow>> {
        let Self { requests, per } = self;
        GivenLimit { requests, per }.limit("quota.requests", "quota.per", faults)
    }
}

impl Read for RateLimit {
    fn read(value: Value) -> Result<Self, String> {
        object(value)
    }
}

impl Read for Quota {
    fn read(value: Value) -> Result<Self, String> {
        object(value)
    }
}

fn object<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, String> {
    let misfit = || "must be an object with `requests` and `per`".to_owned();
    if value.is_object() { T::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
}

impl Read for RateWindow {
    fn read(value: Value) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|window| Some(window.as_str()) == value.as_str());
        found.copied().ok_or_else(|| "must be one of `second`, `minute`, `hour`".to_owned())
    }
}

impl Read for QuotaWindow {
    fn read(value: Value) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|window| Some(window.as_str()) == value.as_str());
        let message = "must be one of `day`, `week`, `30 days`, `60 days`, `90 days`, `year`";
        found.copied().ok_or_else(|| message.to_owned())
    }
}

/// Lists policies, oldest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_policies",
    tag = "Policies",
    params(PageQuery),
    responses((status = OK, description = "One page of policies", body = Listed<ApiPolicy>)),
)]
pub(crate) async fn list_api_policies(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ApiPolicy>>, Problem> {
    let page = page.page()?;
    let policies = store::policies::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(Listed::new(policies, page, |policy| ApiPolicy::new(caller.zone(), policy))))
}

/// A policy to be made. At least one of the limits is required.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiPolicy {
    /// For people; unique in the workspace.
    #[schema(value_type = String, example = "Internal – Admins")]
    name: Given<String>,
    /// Against bursts.
    #[schema(value_type = Option<RateLimit>)]
    rate_limit: Given<RateLimit>,
    /// Against use beyond what was agreed.
    #[schema(value_type = Option<Quota>)]
    quota: Given<Quota>,
}

/// Makes a policy.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_policies",
    tag = "Policies",
    request_body = NewApiPolicy,
    responses((status = OK, description = "The policy", body = Data<ApiPolicy>), Conflict),
)]
pub(crate) async fn create_api_policy(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewApiPolicy>,
) -> Result<Tagged<Data<ApiPolicy>>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let rate_limit = body.rate_limit.optional("rate_limit", &mut faults);
    let rate_limit = rate_limit.and_then(|limit| limit.limit(&mut faults));
    let quota = body.quota.optional("quota", &mut faults).and_then(|quota| quota.limit(&mut faults));
    faults.check()?;
    let draft = PolicyDraft { name: name.unwrap_or_default(), rate_limit, quota };
    let policy = management.actions.create_policy(caller.actor(), draft).await?;
    Ok(Tagged(policy.updated_at, Data { data: ApiPolicy::new(caller.zone(), policy) }))
}

/// A policy in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PolicyPath {
    /// Id of the policy.
    #[param(value_type = i64, example = 2)]
    api_policy_id: PolicyId,
}

/// Shows a policy.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_policies/{api_policy_id}",
    tag = "Policies",
    params(PolicyPath),
    responses((status = OK, description = "The policy", body = Data<ApiPolicy>), Missing),
)]
pub(crate) async fn get_api_policy(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PolicyPath>,
) -> Result<Tagged<Data<ApiPolicy>>, Problem> {
    let policy = store::policies::find(&management.db, caller.workspace(), path.api_policy_id).await?;
    let policy = policy.ok_or_else(|| Problem::missing("API policy"))?;
    Ok(Tagged(policy.updated_at, Data { data: ApiPolicy::new(caller.zone(), policy) }))
}

/// What is to change about a policy. What is absent stays; a limit that is null goes.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiPolicyChanges {
    /// For people; unique in the workspace.
    #[schema(value_type = Option<String>, example = "Internal – Admins")]
    name: Given<String>,
    /// Against bursts.
    #[serde(default)]
    #[schema(value_type = Option<RateLimit>)]
    rate_limit: Change<RateLimit>,
    /// Against use beyond what was agreed.
    #[serde(default)]
    #[schema(value_type = Option<Quota>)]
    quota: Change<Quota>,
}

/// Changes a policy.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_policies/{api_policy_id}",
    tag = "Policies",
    params(PolicyPath, MustMatch),
    request_body = ApiPolicyChanges,
    responses((status = OK, description = "The policy", body = Data<ApiPolicy>), Missing, Conflict),
)]
pub(crate) async fn update_api_policy(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PolicyPath>,
    Body(body): Body<ApiPolicyChanges>,
) -> Result<Tagged<Data<ApiPolicy>>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.optional("name", &mut faults);
    let rate_limit = body.rate_limit.wanted("rate_limit", &mut faults);
    let rate_limit = rate_limit.map(|limit| limit.and_then(|limit| limit.limit(&mut faults)));
    let quota = body.quota.wanted("quota", &mut faults);
    let quota = quota.map(|quota| quota.and_then(|quota| quota.limit(&mut faults)));
    let found = store::policies::find(&management.db, caller.workspace(), path.api_policy_id).await?;
    let id = found.ok_or_else(|| Problem::missing("API policy"))?.id;
    faults.check()?;
    let patch = PolicyPatch { name, rate_limit, quota };
    let policy = management.actions.update_policy(caller.actor(), id, patch).await?;
    Ok(Tagged(policy.updated_at, Data { data: ApiPolicy::new(caller.zone(), policy) }))
}

/// Deletes a policy that no client has.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_policies/{api_policy_id}",
    tag = "Policies",
    params(PolicyPath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, Refused),
)]
pub(crate) async fn delete_api_policy(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PolicyPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_policy(caller.actor(), path.api_policy_id).await?;
    Ok(SUCCESS)
}
