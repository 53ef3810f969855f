//! Sends a call upstream, and once more where that cannot do harm.

use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::EXPECT;
use http::{Request, Response, StatusCode, Version};
use hyper::body::Body as _;
use tokio::sync::oneshot;

use super::body::UpstreamBody;
use super::connect::{connect, engage};
use super::outgoing::Outgoing;
use super::shortcut::{self, Heard, Silence};
use super::{Connection, Lease, Upstream};
use crate::engine::Core;
use crate::engine::line::{Line, Upload};
use crate::engine::wire::Wire;
use crate::exchange::unless_expired;
use crate::refusal::{Refusal, UpstreamFault};
use crate::upload::CallerBody;

/// How often a call is sent again at most.
const AGAIN: usize = 2;

/// Sends a call with this body to `upstream`, and gives the head of the answer, and the connection
/// through which its body comes.
///
/// What was not sent is sent again, whatever the method. What was sent may have been executed; it
/// is sent again only if that is harmless by definition (RFC 9110, section 9.2.2), if it has no
/// body, and if the connection was an old one that closed without a byte of an answer, once.
///
/// If the call asks for another protocol and the upstream agrees, the connection is given bare.
pub(crate) async fn send(
    core: &Rc<Core>,
    line: &Line,
    upstream: &Rc<Upstream>,
    outgoing: &Outgoing<'_>,
    mut body: CallerBody,
    now: Instant,
) -> Result<(Response<UpstreamBody>, Switch), Refusal> {
    let wants_switch = outgoing.call.upgrade.is_some();
    let is_empty = body.is_end_stream();
    let mut may_repeat = is_empty && outgoing.is_idempotent();
    // Who expects to be asked for the body is asked by the engine.
    let is_plain = outgoing.is_plain() && (is_empty || !outgoing.headers.contains_key(EXPECT));
    let whole = if is_plain { body.whole().await? } else { None };
    let mut request = None;
    // What the engine has still to be given: the request if it was made already, else its body.
    let mut unsent = Unsent::Body(body);
    let mut tries = 0;
    loop {
        // After as many surprises with old connections as there may be, a new one.
        let may_be_old = tries < AGAIN;
        let mut lease =
            unless_expired(line, lease(core, upstream, whole.is_some(), now, may_be_old)).await??;
        // What has come of the answer without the engine.
        let mut read = Bytes::new();
        if let (Connection::Bare(wire), Some(content)) = (&mut lease.connection, &whole) {
            let request = request.get_or_insert_with(|| outgoing.write(content));
            match unless_expired(line, shortcut::ask(wire, request, outgoing.method)).await? {
                Ok(Heard::Plain(response, rest)) => {
                    return Ok((response.map(|()| UpstreamBody::Plain(rest)), Switch::None(lease)));
                }
                Ok(Heard::Other(other)) => {
                    read = other;
                    unsent = Unsent::Body(CallerBody::default());
                }
                Err(silence) => {
                    let may_try = match silence {
                        Silence::Unsent => tries < AGAIN,
                        Silence::Closed => may_repeat && lease.is_reused,
                    };
                    if !may_try {
                        return Err(Refusal::UpstreamFailed(UpstreamFault::Closed));
                    }
                    may_repeat &= silence == Silence::Unsent;
                    tries += 1;
                    core.figures.upstream_retries.add(1);
                    continue;
                }
            }
        }
        let was_sent = !read.is_empty();
        let Lease { connection, is_reused, .. } = lease;
        let mut engaged = engage(connection, read).await?;
        let reads = engaged.reads.get();
        let bequest = wants_switch.then(|| {
            let (heir, bequest) = oneshot::channel();
            engaged.heir.replace(Some(heir));
            bequest
        });
        let mut request = match unsent {
            Unsent::Body(body) => outgoing.request(body),
            Unsent::Request(request) => *request,
        };
        // HTTP/1.0 knows no such thing (RFC 9110, section 15.2), and our engine of HTTP/2 cannot say it.
        if outgoing.call.version == Version::HTTP_11 {
            engaged.interim.attend(&mut request);
        }
        let answer = engaged.interim.until(line, engaged.sender.try_send_request(request));
        let mut error = match unless_expired(line, answer).await? {
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                // Nobody switches who was not asked to.
                const UNASKED: Refusal = Refusal::UpstreamFailed(UpstreamFault::Unreadable);
                let bequest = bequest.ok_or(UNASKED)?;
                let inherited = unless_expired(line, bequest).await?;
                let (wire, read) = inherited.map_err(|_| Refusal::UpstreamFailed(UpstreamFault::Closed))?;
                return Ok((response.map(UpstreamBody::Engine), Switch::Agreed(wire, read)));
            }
            Ok(response) => {
                engaged.heir.take();
                let connection = Connection::Engaged(engaged);
                let lease = Lease { connection, upstream: Rc::clone(upstream), is_reused };
                return Ok((response.map(UpstreamBody::Engine), Switch::None(lease)));
            }
            Err(error) => error,
        };
        if let Upload::Failed(refusal) = line.upload() {
            return Err(refusal);
        }
        let had_answer = engaged.reads.get() != reads;
        let next = match error.take_message() {
            _ if was_sent => None,
            Some(request) if tries < AGAIN => Some(Unsent::Request(Box::new(request))),
            None if !had_answer && may_repeat && is_reused => {
                may_repeat = false;
                Some(Unsent::Body(CallerBody::default()))
            }
            _ => None,
        };
        unsent = next.ok_or_else(|| Refusal::UpstreamFailed(fault(&error.into_error(), had_answer)))?;
        tries += 1;
        core.figures.upstream_retries.add(1);
    }
}

/// What has not left yet.
enum Unsent {
    Body(CallerBody),
    /// Made already. Few calls are sent again, and the others need no room for it.
    Request(Box<Request<CallerBody>>),
}

/// What becomes of the connection to an upstream after the head of its answer.
pub(crate) enum Switch {
    /// The body comes through it.
    None(Lease),
    /// It speaks another protocol from now on; the bytes are what was read of that.
    Agreed(Wire, Bytes),
}

/// An idle connection if it may be an old one and there is one, else a new one.
async fn lease(
    core: &Rc<Core>,
    upstream: &Rc<Upstream>,
    wants_bare: bool,
    now: Instant,
    may_be_old: bool,
) -> Result<Lease, Refusal> {
    let idle = Duration::from_millis(core.config.upstream_idle_timeout_ms);
    if may_be_old && let Some(lease) = upstream.take_idle(wants_bare, now, idle).await {
        return Ok(lease);
    }
    // Boxed because it is rare and large: the call would be as large, and every call is moved.
    Box::pin(connect(core, upstream)).await
}

fn fault(error: &hyper::Error, had_answer: bool) -> UpstreamFault {
    if error.is_parse() || had_answer { UpstreamFault::Unreadable } else { UpstreamFault::Closed }
}
