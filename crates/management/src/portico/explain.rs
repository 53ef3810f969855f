//! `/api/portico/v1/explain`: what the gateway would decide about a call.

use std::net::IpAddr;

use actions::Faults;
use axum::extract::State;
use model::endpoint::Method;
use model::explain::{Explanation, Presented, Question};
use model::id::{ClientId, CollectionId, EndpointId, KeyId};
use model::secret::{Digest, SecretKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Management;
use crate::answer::{Answer, Data};
use crate::caller::Caller;
use crate::given::{Given, Read};
use crate::problem::{Missing, Problem, Refused};
use crate::request::Body;

/// The most headers of a call that is asked about; the gateway takes no more.
pub(crate) const HEADERS: usize = 100;

/// A call that could be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ExplainQuestion {
    /// The key that would be used, whatever kind of credential it has.
    #[schema(value_type = Option<i64>, example = 37361)]
    api_key_id: Given<KeyId>,
    /// In place of the id: the token. It is not kept.
    #[schema(value_type = Option<String>, example = "d0a3f5b8c1e2947668b7a90c3d5e4f120a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    token: Given<String>,
    /// The address that the connection would come from.
    #[schema(value_type = String, example = "203.0.113.7")]
    from: Given<IpAddr>,
    /// The method.
    #[schema(value_type = Option<String>, example = "GET", default = "GET")]
    method: Given<Method>,
    /// Path and query, beginning with the handle of the workspace.
    #[schema(value_type = String, example = "/main/product-catalog-v1/products/2")]
    path: Given<String>,
    /// Other headers, such as `origin` or `x-forwarded-for`.
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    headers: Given<CallHeaders>,
}

/// Headers by name, each with one value.
pub(crate) struct CallHeaders(Vec<(String, String)>);

impl Read for CallHeaders {
    fn read(value: Value) -> Result<Self, String> {
        let Value::Object(fields) = value else { return Err("must be an object of strings".to_owned()) };
        if fields.len() > HEADERS {
            return Err(format!("has more than {HEADERS} headers, which is the most there can be"));
        }
        let read = |(name, value): (String, Value)| match value {
            Value::String(text) => Ok((name.to_ascii_lowercase(), text)),
            _ => Err("must be an object of strings".to_owned()),
        };
        fields.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Read for IpAddr {
    fn read(value: Value) -> Result<Self, String> {
        let address = value.as_str().and_then(|text| text.trim().parse().ok());
        address.ok_or_else(|| "must be an IP address".to_owned())
    }
}

impl Read for Method {
    fn read(value: Value) -> Result<Self, String> {
        value
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(|fault: model::endpoint::UnknownMethod| fault.to_string())
    }
}

/// What would be decided, and the rule that decides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallExplanation {
    /// `forward`, `mock`, `preflight` or `refuse`.
    #[schema(example = "refuse")]
    decision: &'static str,
    /// The status of the gateway's own answer.
    #[schema(example = 403)]
    status: Option<u16>,
    /// The code of the refusal, as the call log has it.
    #[schema(example = 4031)]
    code: Option<u16>,
    /// The rule that decides.
    #[schema(example = "203.0.113.7 is in 203.0.113.0/24, which is on the key's deny list")]
    rule: String,
    /// The caller's address, as far as proxies are believed.
    #[schema(example = "203.0.113.7")]
    address: String,
    /// The path as it is matched; null if it is malformed.
    path: Option<String>,
    /// Where the call would be forwarded to.
    #[schema(example = "backend.example.com:8080/products/2")]
    upstream: Option<String>,
    /// The collection, as far as the decision gets.
    #[schema(value_type = Option<i64>)]
    api_collection_id: Option<CollectionId>,
    /// The endpoint, as far as the decision gets.
    #[schema(value_type = Option<i64>)]
    api_endpoint_id: Option<EndpointId>,
    /// The client, as far as the decision gets.
    #[schema(value_type = Option<i64>)]
    api_client_id: Option<ClientId>,
    /// The key, as far as the decision gets.
    #[schema(value_type = Option<i64>)]
    api_key_id: Option<KeyId>,
    /// How far the limits are on this node, if the decision gets there.
    limits: Vec<CallLimit>,
}

/// How far a limit is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallLimit {
    /// As the header `RateLimit` names it.
    #[schema(example = "rate")]
    name: &'static str,
    /// Calls in a window.
    #[schema(example = 100)]
    limit: u32,
    /// The length of the window, in seconds.
    #[schema(example = 60)]
    window_seconds: u32,
    /// Calls left in it.
    #[schema(example = 98)]
    remaining: u32,
    /// Seconds until it is over.
    #[schema(example = 12)]
    reset_seconds: u32,
}

impl From<Explanation> for CallExplanation {
    fn from(told: Explanation) -> Self {
        let limit = |limit: model::explain::ExplainedLimit| CallLimit {
            name: limit.name,
            limit: limit.limit,
            window_seconds: limit.window_s,
            remaining: limit.remaining,
            reset_seconds: limit.reset_s,
        };
        Self {
            decision: told.decision.as_str(),
            status: told.status,
            code: told.code,
            rule: told.rule,
            address: told.address.to_string(),
            path: told.path,
            upstream: told.upstream,
            api_collection_id: told.collection,
            api_endpoint_id: told.endpoint,
            api_client_id: told.client,
            api_key_id: told.key,
            limits: told.limits.into_iter().map(limit).collect(),
        }
    }
}

/// Tells what the gateway would decide about a call, and which rule decides. Nothing is counted or sent.
#[utoipa::path(
    post,
    path = "/api/portico/v1/explain",
    tag = "Policies",
    request_body = ExplainQuestion,
    responses(
        (status = OK, description = "What would be decided", body = Data<CallExplanation>),
        Missing,
        Refused,
    ),
)]
pub(crate) async fn explain_call(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<ExplainQuestion>,
) -> Result<Answer<Data<CallExplanation>>, Problem> {
    let mut faults = Faults::default();
    let id = body.api_key_id.optional("api_key_id", &mut faults);
    let token = body.token.optional("token", &mut faults);
    let from = body.from.required("from", &mut faults);
    let method = body.method.optional("method", &mut faults).unwrap_or(Method::Get);
    let target = body.path.required("path", &mut faults).unwrap_or_default();
    let headers = body.headers.optional("headers", &mut faults).map_or_else(Vec::new, |headers| headers.0);
    let presented = match (id, token) {
        (Some(_), Some(_)) => {
            faults.add("token", "is given beside api_key_id; give one of them");
            Presented::Headers
        }
        (Some(id), None) => Presented::Key(id),
        (None, Some(token)) => match Digest::presented(SecretKind::Key, token.trim().as_bytes()) {
            Some(digest) => Presented::Token(digest),
            None => {
                faults.add("token", "has not the form of one: 64 lowercase hex digits");
                Presented::Headers
            }
        },
        (None, None) => Presented::Headers,
    };
    let handle = &caller.actor().workspace.handle;
    let is_here = target.strip_prefix('/').is_some_and(|rest| {
        rest.strip_prefix(handle.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if !target.is_empty() && !is_here {
        faults.add("path", format!("must begin with `/{handle}/`"));
    }
    faults.check()?;
    if let Some(id) = id
        && !store::api_keys::is_in(&management.db, caller.workspace(), id).await?
    {
        return Err(Problem::missing("API key"));
    }
    let Some(explainer) = &management.explainer else {
        let message = "this node runs no gateway; ask one that does, or use `portico explain`";
        return Err(actions::Error::Refused(message.to_owned()).into());
    };
    let Some(from) = from else { return Err(Faults::of("from", "can't be blank").into()) };
    let told = explainer(&Question { caller: presented, from, method, target, headers });
    // Nothing is told of another workspace's keys, also to those who hold one.
    if let Some(id) = told.key
        && !store::api_keys::is_in(&management.db, caller.workspace(), id).await?
    {
        return Err(Problem::missing("API key"));
    }
    Ok(Answer(Data { data: told.into() }))
}
