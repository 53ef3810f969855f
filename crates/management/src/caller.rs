//! Who calls, and whether they may: decided once, before a handler sees anything of the request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actions::Actor;
use axum::RequestExt as _;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, IF_MATCH, USER_AGENT};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::access::{Privilege, Scope};
use model::audit::{By, Origin};
use model::id::{DeveloperClientId, WorkspaceId};
use model::net::canonical_address;
use model::secret::{Digest, SecretKind};
use utoipa::openapi::path::Paths;

use crate::problem::Problem;
use crate::project_id::ProjectIdForm;
use crate::zone::Zone;
use crate::{Management, managed_users, matching};

/// The most characters of a `User-Agent` that the audit trail keeps.
const USER_AGENT_CHARACTERS: usize = 256;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without a token.
    Anyone,
    /// Every valid token, whatever its role.
    AnyToken,
    /// Tokens whose role has this privilege; those that are restricted to projects, if it is one
    /// [about them](Privilege::is_of_projects).
    Needs(Privilege),
}

/// An operation of this API and who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: String,
    /// The name of the operation, as the OpenAPI description has it.
    pub operation: String,
    /// Who may call it.
    pub access: Access,
}

impl Route {
    /// The operations under these paths.
    pub(crate) fn all(access: Access, paths: &Paths) -> Vec<Self> {
        let mut routes = Vec::new();
        for (path, item) in &paths.paths {
            let operations =
                [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    let operation = operation.operation_id.clone().unwrap_or_default();
                    routes.push(Self { method, path: path.clone(), operation, access });
                }
            }
        }
        routes
    }
}

/// Whoever calls, known and allowed. Handlers take it as an argument.
#[derive(Clone)]
pub(crate) struct Caller(Arc<Known>);

struct Known {
    actor: Actor,
    zone: Zone,
    project_ids: ProjectIdForm,
}

impl Caller {
    /// In whose name actions act.
    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The same caller, in whose name actions act otherwise.
    pub(crate) fn acting_as(&self, actor: Actor) -> Self {
        Self(Arc::new(Known { actor, zone: self.0.zone.clone(), project_ids: self.0.project_ids }))
    }

    /// The only workspace that exists for them. What lies in projects is looked for in their
    /// [scope](Self::scope).
    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.0.actor.workspace.id
    }

    /// What exists for them.
    pub(crate) fn scope(&self) -> Scope {
        self.0.actor.scope()
    }

    /// How they see times.
    pub(crate) fn zone(&self) -> &Zone {
        &self.0.zone
    }

    /// How they see the projects of collections.
    pub(crate) fn project_ids(&self) -> ProjectIdForm {
        self.0.project_ids
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get().cloned();
        caller.ok_or_else(|| Problem::internal("a route for anyone asks who calls it"))
    }
}

/// The name of the token of a call, for the access log; travels with the response.
#[derive(Clone)]
pub(crate) struct TokenName(pub(crate) String);

/// What stands before a route.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) management: Management,
    pub(crate) access: Access,
    /// Whether it is let through only with `If-Match`.
    pub(crate) must_match: bool,
    /// Whether the path names a workspace that the token's workspace manages, in which it then acts.
    pub(crate) in_managed: bool,
}

/// Lets a call through to its route if whoever calls may call it.
pub(crate) async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let management = &guard.management;
    let peer = request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    let address = peer.map(canonical_address);
    let now = management.environment.now();
    let found = match guard.access {
        Access::Anyone => None,
        _ => Some(identify(management, request.headers(), address).await),
    };
    // Whoever has a valid token is counted by it alone, so that nobody at the same address can use up
    // what is theirs.
    let left = match &found {
        Some(Ok((token, _))) => management.meters.token(*token, now),
        _ => management.meters.address(address, now),
    };
    let admitted = if left.is_refused() {
        Err(Problem::too_many(left.retry_after()))
    } else {
        admit(&guard, found, &mut request).await
    };
    let mut response = match admitted {
        Ok(name) => {
            let mut response = next.run(request).await;
            name.map(|name| response.extensions_mut().insert(name));
            response
        }
        Err(problem) => problem.into_response(),
    };
    left.show(response.headers_mut());
    response
}

/// Whether a call goes on to its route, and with which token.
async fn admit(
    guard: &Guard,
    found: Option<Result<(DeveloperClientId, Caller), Problem>>,
    request: &mut Request,
) -> Result<Option<TokenName>, Problem> {
    let Some(found) = found else { return Ok(None) };
    let (_, caller) = found?;
    let actor = caller.actor();
    let has = |may: &dyn Fn(Privilege) -> bool| !matches!(guard.access, Access::Needs(one) if !may(one));
    if !has(&|privilege| actor.role.may(privilege)) {
        return Err(Problem::lacking());
    }
    // A managed workspace lies in none of a token's projects.
    if !has(&|privilege| actor.may(privilege)) || (guard.in_managed && actor.restricted.is_some()) {
        return Err(Problem::out_of_reach());
    }
    let caller = match guard.in_managed {
        true => within(&guard.management, &caller, request).await?,
        false => caller,
    };
    if guard.must_match && !request.headers().contains_key(IF_MATCH) {
        return Err(Problem::unconditional());
    }
    let name = TokenName(caller.actor().origin.name.clone());
    request.extensions_mut().insert(caller);
    Ok(Some(name))
}

/// The same caller in the managed workspace that the path names: with the same role, under the same
/// name, and with nothing of the own workspace in sight.
async fn within(management: &Management, caller: &Caller, request: &mut Request) -> Result<Caller, Problem> {
    let params = request.extract_parts::<RawPathParams>().await.map_err(|_| Problem::not_found())?;
    let managed = managed_users::named(management, caller.workspace(), &params).await?;
    let zone = Zone::of(&managed.workspace);
    let actor = Actor { workspace: managed.workspace, ..caller.actor().clone() };
    Ok(Caller(Arc::new(Known { actor, zone, project_ids: caller.project_ids() })))
}

async fn identify(
    management: &Management,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<(DeveloperClientId, Caller), Problem> {
    let presented = bearer(headers).ok_or_else(Problem::unauthorized)?;
    let digest = Digest::presented(SecretKind::Management, presented).ok_or_else(Problem::unauthorized)?;
    let found = store::developer_clients::by_digest(&management.db, digest).await?;
    let (token, workspace) = found.ok_or_else(Problem::unauthorized)?;
    if token.expires_at.is_some_and(|expiry| expiry <= management.environment.now()) {
        return Err(Problem::unauthorized());
    }
    // Whose address is unknown passes no rule.
    if !address.map_or(token.rules.is_empty(), |address| token.rules.admit(address).is_ok()) {
        return Err(Problem::unauthorized());
    }
    let user_agent = user_agent(headers);
    let zone = Zone::of(&workspace);
    let project_ids = management.settings.project_id_form.for_caller(user_agent.as_deref());
    let id = token.id;
    let origin = Origin { by: By::Token(id), name: token.name, address, user_agent };
    let restricted = token.projects.is_some().then_some(id);
    let expected = matching::expected(headers);
    let actor = Actor { workspace, role: token.role, restricted, origin, expected, pending: None };
    Ok((id, Caller(Arc::new(Known { actor, zone, project_ids }))))
}

/// What a request presents as its token. Two are none: which one is meant cannot be known.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(USER_AGENT)?.as_bytes());
    Some(text.chars().take(USER_AGENT_CHARACTERS).collect())
}
