//! The story of one call, read from top to bottom.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{Extensions, HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use model::explain::Presented;
use tokio::time::sleep;

use crate::answer::AnswerBody;
use crate::cors::Dress;
use crate::course::Course;
use crate::decide::{Call, Known, Permit, View, decide};
use crate::engine::Core;
use crate::engine::line::{Line, Upload};
use crate::engine::tunnel::Tunnel;
use crate::engine::wire::Wire;
use crate::headers::{self, CallValues, X_REQUEST_ID};
use crate::issuers::Wait;
use crate::limits::Counting;
use crate::log::Outcome;
use crate::oauth::{self, Endpoint};
use crate::proof::Proof;
use crate::protocol::{self, Checked, Framing};
use crate::refusal::{Refusal, TokenFault, UpstreamFault};
use crate::target::Target;
use crate::upload::{CallerBody, read_out, settle};
use crate::upstream::{self, Outgoing, Switch, Upstream, UpstreamBody};

/// How long a call waits for a block of its quota. That takes milliseconds, and on a busy disk a second;
/// a store that takes longer is in trouble.
const RESERVATION_TIMEOUT: Duration = Duration::from_secs(5);

/// What is to be done with a permitted call. Owns what it needs, so that the snapshot it was made
/// from can go.
enum Plan {
    Forward(Forward),
    Answer(Response<Bytes>),
    Wait(Wait),
}

/// Where a call goes, and what is particular about it.
struct Forward {
    upstream: Rc<Upstream>,
    target: PathAndQuery,
    in_authorization: bool,
    has_connection: bool,
    /// What proves to the upstream who calls.
    proof: Option<Proof>,
    /// The protocol to which the connection is to be switched.
    upgrade: Option<HeaderValue>,
}

/// How often a call waits for keys of a provider. A fetch that had begun before the provider changed its
/// keys does not bring the new ones.
const WAITS: u32 = 2;

/// Answers a call.
pub(crate) async fn exchange(
    core: Rc<Core>,
    line: Rc<Line>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let (framing, call) = line.begin_call();
    let mut course = Course::begin(core, Rc::clone(&line));
    let (parts, incoming) = request.into_parts();
    course.is_head = parts.method == http::Method::HEAD;
    let mut body = CallerBody::new(incoming, &line, call, course.core.config.max_body_bytes);

    if let Some(endpoint) = Endpoint::at(&parts.uri) {
        return Ok(Box::pin(oauth::serve(course, parts, framing, body, endpoint)).await);
    }
    let mut admitted = admit(&mut course, &parts, framing, &mut body, WAITS);
    for waits in (0..WAITS).rev() {
        let Ok(Plan::Wait(wait)) = admitted else { break };
        Box::pin(wait.over()).await;
        admitted = admit(&mut course, &parts, framing, &mut body, waits);
    }
    if course.known.limits.is_pending {
        admitted = Box::pin(admit_when_reserved(&mut course, &parts, framing, &mut body)).await;
    }
    let mut answer = match admitted {
        Ok(Plan::Forward(to)) => return Ok(forward(course, parts, body, to).await),
        Ok(Plan::Answer(answer)) => answer,
        // Not after the last decision.
        Ok(Plan::Wait(_)) => refused(&mut course, TokenFault::NoSigningKeys.into()),
        Err(refusal) => refused(&mut course, refusal),
    };
    let waits_for_continue = parts.headers.contains_key(EXPECT);
    course.uri = parts.uri;
    // Some callers of HTTP/2 go on sending when they are told early that all is well, and read no more.
    if line.is_stream() && answer.status().is_success() && !waits_for_continue && !body.is_end_stream() {
        let read = Box::pin(read_out(&line, &mut body)).await;
        answer = read.map_or_else(|refusal| refused(&mut course, refusal), |()| answer);
    }
    // Not even the beginning of a body is awaited where the connection closes anyway. A stream of
    // HTTP/2 ends without being read to its end.
    let stays = line.is_stream()
        || !answer.headers().contains_key(CONNECTION)
            && (body.is_end_stream() || Box::pin(settle(&line, body, waits_for_continue)).await);
    Ok(own(course, answer, stays))
}

fn refused(course: &mut Course, refusal: Refusal) -> Response<Bytes> {
    course.refuse(refusal);
    refusal.respond()
}

/// Decides what becomes of a call.
fn admit(
    course: &mut Course,
    parts: &Parts,
    framing: Framing,
    body: &mut CallerBody,
    waits: u32,
) -> Result<Plan, Refusal> {
    let sizes = course.core.config.sizes();
    let Checked { method, has_upgrade, has_connection } = protocol::check(parts, framing, sizes)?;
    course.method = Some(method);
    let peer = course.find_caller(&parts.headers)?;
    let config = &course.core.config;
    let target = Target::parse(parts.uri.path_and_query().map_or("/", PathAndQuery::as_str))?;
    let call = Call {
        method,
        target: &target,
        headers: &parts.headers,
        peer,
        clock: &*course.core.environment.clock,
        uptime_ms: course.core.gate.uptime_ms(course.started),
        counting: Counting::Count,
        caller: Presented::Headers,
        may_wait: waits > 0,
    };
    let routes = course.core.gate.routes.load();
    let view = View { routes: &routes, keys: &course.core.gate.keys, desk: &course.core.desk };
    // Known before anything is decided, since pages may read refusals too.
    course.cors = routes.cors(&target.path).map(|workspace| Dress::of(workspace, &parts.headers));
    let permit = decide(view, &call, &mut course.known)?;
    if let Some(dress) = course.cors.as_mut().filter(|_| !matches!(permit, Permit::Preflight)) {
        let collection = course.known.collection.and_then(|id| routes.by_id(id));
        dress.narrow(collection.and_then(|collection| collection.cors.as_ref()));
    }

    let most = course.known.max_body_bytes.unwrap_or(config.max_body_bytes);
    if body.announced().is_some_and(|length| length > most) {
        return Err(Refusal::BodyTooLarge);
    }
    body.limit(most);
    Ok(match permit {
        Permit::Preflight => Plan::Answer(no_content(course.cors.take())),
        Permit::Wait(wait) => Plan::Wait(wait),
        Permit::Mock(mock) => {
            let reply = mock.answer(&parts.headers);
            if let Some(refusal) = reply.refusal {
                course.refuse(refusal);
            }
            Plan::Answer(reply.response)
        }
        Permit::Forward { origin, target, patience, in_authorization, proof } => {
            course.line.set_patience(patience);
            let upgrade = match has_upgrade && body.is_end_stream() {
                true => upgrade(&course.core, parts)?,
                false => None,
            };
            Plan::Forward(Forward {
                upstream: course.core.upstreams.of(origin),
                target: PathAndQuery::from_maybe_shared(Bytes::from(target))
                    .map_err(|_| Refusal::Malformed("the target is malformed"))?,
                in_authorization,
                has_connection,
                proof: proof.cloned(),
                upgrade,
            })
        }
    })
}

/// Decides again once a block of the quota is reserved, which takes a few milliseconds. This is for the
/// first call of a key in a window, and for one that comes when a block is used up sooner than the
/// next could be reserved; all others find what they need.
async fn admit_when_reserved(
    course: &mut Course,
    parts: &Parts,
    framing: Framing,
    body: &mut CallerBody,
) -> Result<Plan, Refusal> {
    let core = Rc::clone(&course.core);
    let desk = &core.gate.keys.desk;
    let mut rounds = desk.rounds();
    let mut patience = pin!(sleep(RESERVATION_TIMEOUT));
    loop {
        course.known = Known::default();
        let plan = admit(course, parts, framing, body, 0);
        if !course.known.limits.is_pending || desk.is_failing() {
            return plan;
        }
        tokio::select! {
            _ = rounds.changed() => {}
            () = &mut patience => return plan,
        }
    }
}

/// The protocol to which the call's connection is to be switched, if it may be.
fn upgrade(core: &Core, parts: &Parts) -> Result<Option<HeaderValue>, Refusal> {
    let Some(protocol) = protocol::upgrade(parts, &core.config.upgrades) else { return Ok(None) };
    if core.figures.tunnels_open.get() >= core.config.max_tunnels_per_core as u64 {
        return Err(Refusal::Busy("too many connections have switched protocols"));
    }
    Ok(Some(protocol))
}

/// Lets an upstream answer.
async fn forward(
    mut course: Box<Course>,
    mut parts: Parts,
    body: CallerBody,
    to: Forward,
) -> Response<AnswerBody> {
    course.uri = std::mem::take(&mut parts.uri);
    let Forward { upstream, target, in_authorization, has_connection, proof, upgrade } = to;
    let sent = {
        let outgoing = Outgoing {
            method: &parts.method,
            target: &target,
            headers: &parts.headers,
            caller: course.caller(),
            call: CallValues {
                request_id: &course.request_id,
                host: &upstream.host,
                version: parts.version,
                authority: course.uri.authority().map(Authority::as_str),
                has_connection,
                upgrade: upgrade.as_ref(),
                in_authorization,
                proof: proof.as_ref(),
                is_chunked: body.announced().is_none(),
            },
        };
        upstream::send(&course.core, &course.line, &upstream, &outgoing, body, course.started).await
    };
    match sent {
        Ok((response, Switch::None(lease))) => {
            let (mut parts, incoming) = response.into_parts();
            headers::to_caller(&mut parts.headers, course.request_id.clone());
            course.dress(&mut parts.headers);
            parts.version = Version::HTTP_11;
            parts.extensions = Extensions::new();
            if course.line.leaves() {
                parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            // What has a length has an end.
            begin(&mut course, parts.status, incoming.size_hint().exact().is_none());
            Response::from_parts(parts, AnswerBody::upstream(incoming, lease, course))
        }
        Ok((response, Switch::Agreed(wire, read))) => switch(course, response, upgrade.as_ref(), wire, read),
        Err(refusal) => fail(course, refusal),
    }
}

fn fail(mut course: Box<Course>, refusal: Refusal) -> Response<AnswerBody> {
    course.refuse(refusal);
    let stays = course.line.upload() == Upload::Done;
    own(course, refusal.respond(), stays)
}

/// Lets the connection become a tunnel, once the answer is sent.
fn switch(
    mut course: Box<Course>,
    response: Response<UpstreamBody>,
    asked: Option<&HeaderValue>,
    upstream: Wire,
    read: Bytes,
) -> Response<AnswerBody> {
    let (mut parts, _) = response.into_parts();
    let agreed = parts.headers.remove(UPGRADE);
    let (Some(agreed), Some(asked)) = (agreed, asked) else {
        return fail(course, Refusal::UpstreamFailed(UpstreamFault::Unreadable));
    };
    if !agreed.as_bytes().eq_ignore_ascii_case(asked.as_bytes()) {
        return fail(course, Refusal::UpstreamFailed(UpstreamFault::Unreadable));
    }
    headers::to_caller(&mut parts.headers, course.request_id.clone());
    parts.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    parts.headers.insert(UPGRADE, agreed);
    parts.extensions = Extensions::new();
    begin(&mut course, parts.status, true);
    course.end(Outcome::Answered);
    let line = Rc::clone(&course.line);
    line.set_tunnel(Box::new(Tunnel { course, upstream, read }));
    Response::from_parts(parts, AnswerBody::switch())
}

/// An answer of our own. If the connection does not stay, the caller may still be sending.
pub(crate) fn own(mut course: Box<Course>, answer: Response<Bytes>, stays: bool) -> Response<AnswerBody> {
    let (mut parts, mut bytes) = answer.into_parts();
    if course.is_head && course.line.is_stream() {
        // The engine of HTTP/1 does so by itself.
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        bytes.clear();
    }
    parts.headers.insert(X_REQUEST_ID, course.request_id.clone());
    course.dress(&mut parts.headers);
    if course.line.is_stream() {
        parts.headers.remove(CONNECTION);
    } else if !stays {
        parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        course.line.linger();
    } else if course.line.leaves() {
        parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    begin(&mut course, parts.status, false);
    Response::from_parts(parts, AnswerBody::own(bytes, course))
}

fn begin(course: &mut Course, status: StatusCode, is_endless: bool) {
    course.status = Some(status);
    course.line.begin_answer(is_endless);
}

/// The answer to a browser's question.
fn no_content(cors: Option<Dress>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(cors) = cors {
        cors.preflight(response.headers_mut());
    }
    response
}

/// Waits for `future`, unless the connection's timer finds that the wait has lasted too long.
pub(crate) async fn unless_expired<F: Future>(line: &Line, future: F) -> Result<F::Output, Refusal> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match line.take_expired() {
        Some(refusal) => Poll::Ready(Err(refusal)),
        None => future.as_mut().poll(cx).map(Ok),
    })
    .await
}
