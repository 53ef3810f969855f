//! What becomes of a call: one decision, read from top to bottom.
//!
//! Knows no connection and no HTTP library: it is given what a request says and who sent it, and
//! gives a permit or a refusal. So it can be asked without a call being made.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::explain::Presented;
use model::net::AddressRefusal;
use model::{AuthType, ClientId, Clock, CollectionId, Digest, EndpointId, KeyId, Method, WorkspaceId};

use crate::bearer::{Desk, Stop};
use crate::credential::{self, API_TOKEN, Credential};
use crate::issuers::Wait;
use crate::keys::{Key, KeyRing};
use crate::limits::{self, Counting, Moment, Standings};
use crate::mock::Mock;
use crate::origin::Origin;
use crate::proof::Proof;
use crate::refusal::{Refusal, TokenFault};
use crate::route::Found;
use crate::table::{Backing, Collection, Endpoint, RouteTable};
use crate::target::{self, Target};

const API_TOKEN_NAME: HeaderName = HeaderName::from_static(API_TOKEN);

/// Gives the values of a header.
pub(crate) trait Headers {
    /// Every value of the header with this lower-case name, in order.
    fn all<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]>;
}

impl Headers for HeaderMap {
    fn all<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        // The names that every call is asked for are made beforehand; a text would be parsed first.
        let values = match name {
            API_TOKEN => self.get_all(API_TOKEN_NAME),
            "authorization" => self.get_all(AUTHORIZATION),
            other => self.get_all(other),
        };
        values.into_iter().map(HeaderValue::as_bytes)
    }
}

/// A call as the decision sees it.
pub(crate) struct Call<'a, H> {
    pub(crate) method: Method,
    pub(crate) target: &'a Target<'a>,
    pub(crate) headers: &'a H,
    /// The caller's address, IPv4 where an IPv6 socket shows an IPv4 caller.
    pub(crate) peer: IpAddr,
    /// Asked only for keys that expire, for those under a policy, and for tokens that are not a key's own.
    pub(crate) clock: &'a dyn Clock,
    /// Milliseconds by a clock that never goes back.
    pub(crate) uptime_ms: u64,
    /// Whether the call is counted where it is under a policy.
    pub(crate) counting: Counting,
    /// Who makes it; of calls always [`Presented::Headers`].
    pub(crate) caller: Presented,
    /// Whether the call can wait until something is known that is being fetched.
    pub(crate) may_wait: bool,
}

/// What is served at the moment. The decision looks at nothing else.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    pub(crate) routes: &'v RouteTable,
    pub(crate) keys: &'v KeyRing,
    /// What this thread knows about bearer tokens.
    pub(crate) desk: &'v Desk,
}

/// What became known about a call on the way, also if it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Known {
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) collection: Option<CollectionId>,
    pub(crate) endpoint: Option<EndpointId>,
    pub(crate) client: Option<ClientId>,
    pub(crate) key: Option<KeyId>,
    /// How far the limits of the key and its client are, if the decision got there.
    pub(crate) limits: Standings,
    /// How large the body may be, if the collection has a limit of its own.
    pub(crate) max_body_bytes: Option<u64>,
    /// What the key was like.
    pub(crate) pass: Option<Pass>,
}

/// What tells whether a key still stands as it was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) generation: u32,
    /// Microseconds since 1970; the greatest there is for one without an end.
    pub(crate) until_us: i64,
}

/// The right to an answer, and what the next step needs for it.
#[derive(Debug)]
pub(crate) enum Permit<'v> {
    /// The browser's question before a call (CORS preflight); it is no call yet.
    Preflight,
    /// An upstream answers.
    Forward {
        /// Where.
        origin: &'v Arc<Origin>,
        /// Path and query there.
        target: String,
        /// How long it may take to begin its answer, if not as long as for all.
        patience: Option<Duration>,
        /// Whether `Authorization` carried the credential and has to be taken away.
        in_authorization: bool,
        /// What proves to the upstream who calls.
        proof: Option<&'v Proof>,
    },
    /// An example answers.
    Mock(&'v Mock),
    /// The key that the token is signed with may be on its way. To be decided again afterwards.
    Wait(Wait),
}

/// Decides about a call. `known` is filled as far as the decision gets.
pub(crate) fn decide<'v, H: Headers>(
    view: View<'v>,
    call: &Call<'_, H>,
    known: &mut Known,
) -> Result<Permit<'v>, Refusal> {
    if is_preflight(call) {
        return Ok(Permit::Preflight);
    }
    if !view.routes.is_loaded() {
        return Err(Refusal::Busy("nothing is loaded yet"));
    }
    // Found before the caller is known, so that it stands in the log; held back until it is, so
    // that nobody learns which paths there are.
    let route = Route::find(view.routes, call.method, call.target.path.as_str());
    route.note(known);

    let mut pass = |key: &Key, is_presented_rightly: bool| {
        identify(key, call, known)?;
        if !is_presented_rightly {
            return Err(TokenFault::NotByToken.into());
        }
        admit(key, call.peer)?;
        let collection = may_call(key, &route)?;
        let endpoint = endpoint(collection, &route)?;
        count(view.keys, key, call, known)?;
        Ok(endpoint)
    };
    let mut find = |digest: &Digest| {
        view.keys.find(digest, |key| key.map(|key| pass(key, key.auth_type == AuthType::Token)))
    };
    let (allowed, in_authorization) = match call.caller {
        Presented::Headers => {
            let credential = credential::read(call.headers)?;
            let allowed = match credential {
                Credential::Token { digest, .. } => match find(&digest) {
                    Some(decided) => decided?,
                    None => {
                        let token = credential::unknown(call.headers);
                        let now = call.clock.now();
                        view.desk.try_out(view.keys, token.bytes(), now, |key| pass(key, true))?
                    }
                },
                Credential::Bearer(token) => {
                    match view.desk.find(view.keys, token, call.clock, call.may_wait, |key| pass(key, true)) {
                        Ok(allowed) => allowed,
                        Err(Stop::Refused(refusal)) => return Err(refusal),
                        Err(Stop::Wait(wait)) => return Ok(Permit::Wait(wait)),
                    }
                }
            };
            (allowed, credential.is_in_authorization())
        }
        Presented::Token(digest) => (find(&digest).ok_or(Refusal::UnknownCredential)??, false),
        Presented::Key(id) => {
            let key = view.keys.by_id(id).ok_or(Refusal::UnknownCredential)?;
            (pass(&key, true)?, false)
        }
    };
    let (endpoint, rest) = allowed;
    Ok(match &endpoint.backing {
        Backing::Upstream { origin, base, to_base, patience, proof } => {
            let rest = if *to_base { "" } else { rest };
            let target = target::upstream(base, rest, call.target.query);
            let proof = proof.as_ref();
            Permit::Forward { origin, target, patience: *patience, in_authorization, proof }
        }
        Backing::Mock(mock) => Permit::Mock(mock),
        Backing::Nothing(why) => return Err(Refusal::NoTarget(why)),
    })
}

/// Where a path leads.
enum Route<'v, 'p> {
    Collection { collection: &'v Collection, rest: &'p str, found: Found<'v, Endpoint> },
    Nowhere,
}

impl<'v, 'p> Route<'v, 'p> {
    fn find(routes: &'v RouteTable, method: Method, path: &'p str) -> Self {
        let Some((handles, rest)) = target::collection(path) else { return Self::Nowhere };
        let Some(collection) = routes.collection(handles) else { return Self::Nowhere };
        Self::Collection { collection, rest, found: collection.endpoints.find(method, rest) }
    }

    fn note(&self, known: &mut Known) {
        if let Self::Collection { collection, found, .. } = self {
            known.workspace = Some(collection.workspace);
            known.collection = Some(collection.id);
            known.max_body_bytes = collection.max_body_bytes;
            if let Found::Endpoint(endpoint) = found {
                known.endpoint = Some(endpoint.id);
            }
        }
    }
}

/// Whether a browser asks what a page may do (Fetch standard, section 3.3.2). The answer is the
/// same for every path, and comes before any credential, since the browser sends none.
fn is_preflight<H: Headers>(call: &Call<'_, H>) -> bool {
    let has = |name| call.headers.all(name).next().is_some();
    call.method == Method::Options && has("origin") && has("access-control-request-method")
}

/// 401, unless the key and its client are in use.
fn identify<H: Headers>(key: &Key, call: &Call<'_, H>, known: &mut Known) -> Result<(), Refusal> {
    known.key = Some(key.id);
    known.client = Some(key.client.id);
    known.pass = Some(Pass { generation: key.generation, until_us: key.expires_at_us });
    if !key.active {
        return Err(Refusal::KeyDisabled);
    }
    if key.is_expired(|| call.clock.now()) {
        return Err(Refusal::Expired("the key has expired"));
    }
    if !key.client.state().active {
        return Err(Refusal::ClientDisabled);
    }
    Ok(())
}

/// 403, unless the key may be used from this address.
pub(crate) fn admit(key: &Key, peer: IpAddr) -> Result<(), Refusal> {
    key.rules.admit(peer).map_err(|refusal| match refusal {
        AddressRefusal::Denied => Refusal::AddressDenied,
        AddressRefusal::NotAllowed => Refusal::AddressNotAllowed,
    })
}

/// The collection of the route, if it is among those of the key or its client; else 404.
fn may_call<'v>(key: &Key, route: &Route<'v, '_>) -> Result<&'v Collection, Refusal> {
    let Route::Collection { collection, .. } = route else { return Err(Refusal::UnknownPath) };
    let client = key.client.state();
    // The second comparison cannot fail as long as the store keeps its word. Nothing crosses a
    // workspace even if it does not.
    if key.may_call(&client, collection.id) && client.workspace == Some(collection.workspace) {
        Ok(collection)
    } else {
        Err(Refusal::CollectionNotAssigned)
    }
}

/// The endpoint of the route in a collection that may be called, if it can be; else 404 or 405.
fn endpoint<'v, 'p>(
    _may_be_called: &Collection,
    route: &Route<'v, 'p>,
) -> Result<(&'v Endpoint, &'p str), Refusal> {
    let Route::Collection { found, rest, .. } = route else { return Err(Refusal::UnknownPath) };
    match found {
        Found::Nothing => Err(Refusal::UnknownPath),
        Found::OtherMethods(methods) => Err(Refusal::MethodNotAllowed(*methods)),
        Found::Endpoint(endpoint) if !endpoint.active => Err(Refusal::EndpointInactive),
        Found::Endpoint(endpoint) if !endpoint.running => Err(Refusal::RecipeStopped),
        Found::Endpoint(endpoint) => Ok((endpoint, rest)),
    }
}

/// 429, unless the key and its client may call so often.
fn count<H>(keys: &KeyRing, key: &Key, call: &Call<'_, H>, known: &mut Known) -> Result<(), Refusal> {
    let moment = || Moment {
        uptime_ms: call.uptime_ms,
        unix_s: u32::try_from(call.clock.now().as_second()).unwrap_or_default(),
    };
    limits::take(key, &key.client.state(), &keys.desk, call.counting, moment, &mut known.limits)
}

#[cfg(test)]
pub(crate) mod tests;
