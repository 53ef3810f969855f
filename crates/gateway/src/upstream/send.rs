//! Sends a call upstream, and once more where that cannot do harm.

use std::rc::Rc;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use model::Method;

use super::connect::connect;
use super::{Lease, Upstream};
use crate::engine::Core;
use crate::engine::line::{Line, Upload};
use crate::exchange::unless_expired;
use crate::refusal::{Refusal, UpstreamFault};
use crate::upload::CallerBody;

/// How often a call is sent again at most.
const AGAIN: usize = 2;

/// Sends `request` to `upstream` and gives the head of the answer, and the connection through
/// which its body comes.
///
/// What was not sent is sent again, whatever the method. What was sent may have been executed; it
/// is sent again only if that is harmless by definition (RFC 9110, section 9.2.2), if it has no
/// body, and if the connection was an old one that closed without a byte of an answer, once.
pub(crate) async fn send(
    core: &Core,
    line: &Line,
    upstream: &Rc<Upstream>,
    mut request: Request<CallerBody>,
    now: Instant,
) -> Result<(Response<Incoming>, Lease), Refusal> {
    let mut tries = 0;
    let mut may_repeat = is_repeatable(&request);
    loop {
        // After as many surprises with old connections as there may be, a new one.
        let may_be_old = tries < AGAIN;
        let mut lease = unless_expired(line, lease(core, upstream, now, may_be_old)).await??;
        let spare = (may_repeat && lease.is_reused).then(|| copy(&request));
        let reads = lease.connection.reads.get();
        let answer = lease.connection.sender.try_send_request(request);
        let mut error = match unless_expired(line, answer).await? {
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                return Err(Refusal::UpstreamFailed(UpstreamFault::Unreadable));
            }
            Ok(response) => return Ok((response, lease)),
            Err(error) => error,
        };
        if let Upload::Failed(refusal) = line.upload() {
            return Err(refusal);
        }
        let had_answer = lease.connection.reads.get() != reads;
        let next = match error.take_message() {
            Some(unsent) if tries < AGAIN => Some(unsent),
            None if !had_answer => {
                may_repeat = false;
                spare
            }
            _ => None,
        };
        request = next.ok_or_else(|| Refusal::UpstreamFailed(fault(&error.into_error(), had_answer)))?;
        tries += 1;
        core.figures.upstream_retries.add(1);
    }
}

/// An idle connection if it may be an old one and there is one, else a new one.
async fn lease(
    core: &Core,
    upstream: &Rc<Upstream>,
    now: Instant,
    may_be_old: bool,
) -> Result<Lease, Refusal> {
    let idle = Duration::from_millis(core.config.upstream_idle_timeout_ms);
    if may_be_old && let Some(lease) = upstream.take_idle(now, idle).await {
        return Ok(lease);
    }
    // Boxed because it is rare and large: the call would be as large, and every call is moved.
    Box::pin(connect(core, upstream)).await
}

/// Whether sending a request twice is no more than sending it once.
fn is_repeatable(request: &Request<CallerBody>) -> bool {
    let is_idempotent = || Method::from_request(request.method().as_str()).is_some_and(Method::is_idempotent);
    request.body().is_end_stream() && is_idempotent()
}

/// A request without a body once more.
fn copy(request: &Request<CallerBody>) -> Request<CallerBody> {
    let mut copy = Request::new(CallerBody::default());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy
}

fn fault(error: &hyper::Error, had_answer: bool) -> UpstreamFault {
    if error.is_parse() || had_answer { UpstreamFault::Unreadable } else { UpstreamFault::Closed }
}
