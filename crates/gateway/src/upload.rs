//! The body of a call on its way to the upstream.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::engine::line::{Line, Upload};
use crate::exchange::unless_expired;
use crate::headers;
use crate::refusal::Refusal;

/// As much of a body that nobody wants is read to keep the connection.
const SETTLE_BYTES: u64 = 256 << 10;

/// Passes a caller's body on as it comes, counts it, and tells the connection how far it is: what
/// goes wrong here is the caller's fault, but it is the upstream's connection that fails of it.
///
/// The default is no body.
#[derive(Debug, Default)]
pub(crate) struct CallerBody(Option<Flow>);

#[derive(Debug)]
struct Flow {
    incoming: Incoming,
    line: Rc<Line>,
    /// The number of the call.
    call: u64,
    /// How much of it may still come.
    left: u64,
}

/// The caller's body ended before its time. Why is known to the connection.
#[derive(Debug)]
pub(crate) struct UploadFailed;

impl fmt::Display for UploadFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request body ended before its time")
    }
}

impl std::error::Error for UploadFailed {}

impl CallerBody {
    /// The body of call number `call`, of which `limit` bytes may come.
    pub(crate) fn new(incoming: Incoming, line: &Rc<Line>, call: u64, limit: u64) -> Self {
        if incoming.is_end_stream() {
            return Self(None);
        }
        line.set_upload(call, Upload::Flowing);
        Self(Some(Flow { incoming, line: Rc::clone(line), call, left: limit }))
    }

    /// Lets `limit` bytes come.
    pub(crate) fn limit(&mut self, limit: u64) {
        if let Some(flow) = &mut self.0 {
            flow.left = limit;
        }
    }

    /// Its length; absent if the caller did not say it.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.size_hint().exact()
    }
}

impl Flow {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(_)) => return Poll::Ready(Some(Err(Refusal::BodyBroken))),
                Some(Ok(frame)) => frame,
            };
            let Some(data) = frame.data_ref() else {
                let Some(trailers) = frame.into_trailers().ok().and_then(headers::trailers) else { continue };
                return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
            };
            return Poll::Ready(Some(match self.left.checked_sub(data.len() as u64) {
                Some(left) => {
                    self.left = left;
                    self.line.wrote();
                    Ok(frame)
                }
                None => Err(Refusal::BodyTooLarge),
            }));
        }
    }
}

impl Body for CallerBody {
    type Data = Bytes;
    type Error = UploadFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadFailed>>> {
        let Some(flow) = &mut self.0 else { return Poll::Ready(None) };
        let polled = flow.poll_next(cx);
        flow.line.set_caller_owes(flow.call, polled.is_pending());
        let next = ready!(polled);
        match &next {
            None => flow.line.set_upload(flow.call, Upload::Done),
            Some(Err(refusal)) => flow.line.set_upload(flow.call, Upload::Failed(*refusal)),
            Some(Ok(frame)) if frame.is_trailers() || flow.incoming.is_end_stream() => {
                flow.line.set_upload(flow.call, Upload::Done);
            }
            Some(Ok(_)) => {}
        }
        Poll::Ready(next.map(|frame| frame.map_err(|_| UploadFailed)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|flow| flow.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or(SizeHint::with_exact(0), |flow| flow.incoming.size_hint())
    }
}

/// Reads the rest of a body that nobody wants, if it is small, so that the next request on the
/// connection begins where it begins. If not, the connection has to close: gives whether it may
/// stay open.
pub(crate) async fn settle(line: &Line, mut body: CallerBody, waits_for_continue: bool) -> bool {
    if body.is_end_stream() {
        return true;
    }
    let is_large = body.announced().is_some_and(|length| length > SETTLE_BYTES);
    if is_large || waits_for_continue {
        return false;
    }
    if let Some(flow) = &mut body.0 {
        flow.left = flow.left.min(SETTLE_BYTES);
    }
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    unless_expired(line, read).await.is_ok() && line.upload() == Upload::Done
}
