//! The body of an answer on its way to the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::course::Course;
use crate::engine::line::Upload;
use crate::log::Outcome;
use crate::refusal::UpstreamFault;
use crate::upstream::Lease;

/// Passes an upstream's body on as it comes, or gives one of our own. The call ends with it.
///
/// Trailers are not passed on.
pub(crate) struct AnswerBody {
    content: Content,
    course: Box<Course>,
}

enum Content {
    Own(Option<Bytes>),
    Upstream { incoming: Incoming, lease: Option<Lease> },
}

impl AnswerBody {
    /// A body of our own.
    pub(crate) fn own(bytes: Bytes, mut course: Box<Course>) -> Self {
        course.bytes = bytes.len() as u64;
        course.end_own();
        Self { content: Content::Own((!bytes.is_empty()).then_some(bytes)), course }
    }

    /// The body of an upstream's answer, which comes through `lease`.
    pub(crate) fn upstream(incoming: Incoming, lease: Lease, course: Box<Course>) -> Self {
        let mut body = Self { content: Content::Own(None), course };
        if incoming.is_end_stream() {
            body.complete(Some(lease));
        } else {
            body.content = Content::Upstream { incoming, lease: Some(lease) };
        }
        body
    }

    /// The upstream's answer is here to its end, so its connection can serve the next call. Not
    /// if the request is still on its way: the upstream answered early.
    fn complete(&mut self, lease: Option<Lease>) {
        let now = self.course.end(Outcome::Answered);
        if let Some(lease) = lease.filter(|_| self.course.line.upload() == Upload::Done) {
            lease.give_back(now, self.course.core.config.upstream_idle_per_core);
        }
    }

    fn break_off(&mut self) {
        self.course.core.figures.upstream_failed(UpstreamFault::Broken);
        self.course.end(Outcome::Broken(UpstreamFault::Broken.detail()));
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let (incoming, lease) = match &mut this.content {
            Content::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Upstream { incoming, lease } => (incoming, lease),
        };
        loop {
            match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    this.course.bytes += data.len() as u64;
                    if incoming.is_end_stream() {
                        let lease = lease.take();
                        this.complete(lease);
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                None => {
                    if let Some(lease) = lease.take() {
                        this.complete(Some(lease));
                    }
                    return Poll::Ready(None);
                }
                Some(Err(error)) => {
                    this.break_off();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Own(bytes) => bytes.is_none(),
            Content::Upstream { incoming, .. } => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Upstream { incoming, .. } => incoming.size_hint(),
        }
    }
}
