//! The body of a call on its way to the upstream.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::engine::line::{Line, Upload};
use crate::exchange::unless_expired;
use crate::headers;
use crate::refusal::Refusal;

/// As much of a body that nobody wants is read to keep the connection.
const SETTLE_BYTES: u64 = 256 << 10;

/// A body that can be sent along with its head is no larger. With most heads it fits into one record of
/// TLS then, which arrives as a whole or not at all.
const WHOLE_BYTES: u64 = 12 << 10;

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
    /// What was taken of it ahead, and is given first.
    held: Bytes,
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
        Self(Some(Flow { incoming, line: Rc::clone(line), call, left: limit, held: Bytes::new() }))
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

    /// All of it, if it is small and here already. What was looked at is given all the same.
    ///
    /// Whoever serves the connection gets one turn to read what has come, and nothing is waited for.
    pub(crate) async fn whole(&mut self) -> Result<Option<Bytes>, Refusal> {
        let announced = self.announced();
        let Some(flow) = &mut self.0 else { return Ok(Some(Bytes::new())) };
        if announced.is_none_or(|length| length > WHOLE_BYTES) {
            return Ok(None);
        }
        let mut had_turn = false;
        let is_whole = std::future::poll_fn(|cx| {
            loop {
                if flow.incoming.is_end_stream() {
                    return Poll::Ready(Ok(true));
                }
                match flow.poll_incoming(cx) {
                    // There is no place for trailers behind a body of a known length.
                    Poll::Ready(Some(Ok(frame))) => flow.hold(frame.into_data().unwrap_or_default()),
                    Poll::Ready(Some(Err(refusal))) => return Poll::Ready(Err(refusal)),
                    Poll::Ready(None) => return Poll::Ready(Ok(true)),
                    Poll::Pending if had_turn => return Poll::Ready(Ok(false)),
                    Poll::Pending => {
                        had_turn = true;
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
            }
        });
        let is_whole = is_whole.await?;
        // Nobody waits for the rest until it is asked for.
        flow.line.set_caller_owes(flow.call, false);
        Ok(is_whole.then(|| flow.held.clone()))
    }
}

/// In HTTP/2 the stream would be reset with it; see [`Line::keep_unread`].
impl Drop for CallerBody {
    fn drop(&mut self) {
        if let Some(Flow { incoming, line, call, .. }) = self.0.take()
            && line.is_stream()
            && line.call() == call
            && !incoming.is_end_stream()
        {
            line.keep_unread(incoming);
        }
    }
}

impl Flow {
    fn hold(&mut self, data: Bytes) {
        if self.held.is_empty() {
            self.held = data;
            return;
        }
        let mut both = BytesMut::with_capacity(self.held.len() + data.len());
        both.extend_from_slice(&self.held);
        both.extend_from_slice(&data);
        self.held = both.freeze();
    }

    /// What comes next from the caller; tells the connection how far the body is.
    fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let polled = self.poll_next(cx);
        self.line.set_caller_owes(self.call, polled.is_pending());
        let next = ready!(polled);
        match &next {
            None => self.line.set_upload(self.call, Upload::Done),
            Some(Err(refusal)) => self.line.set_upload(self.call, Upload::Failed(*refusal)),
            Some(Ok(frame)) if frame.is_trailers() || self.incoming.is_end_stream() => {
                self.line.set_upload(self.call, Upload::Done);
            }
            Some(Ok(_)) => {}
        }
        Poll::Ready(next)
    }

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
        if !flow.held.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut flow.held)))));
        }
        let next = ready!(flow.poll_incoming(cx));
        Poll::Ready(next.map(|frame| frame.map_err(|_| UploadFailed)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|flow| flow.held.is_empty() && flow.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let Some(flow) = &self.0 else { return SizeHint::with_exact(0) };
        let (hint, held) = (flow.incoming.size_hint(), flow.held.len() as u64);
        match hint.exact() {
            Some(length) => SizeHint::with_exact(length + held),
            None => hint,
        }
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
