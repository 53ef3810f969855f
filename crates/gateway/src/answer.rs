//! The body of an answer on its way to the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::course::Course;
use crate::engine::line::Upload;
use crate::headers;
use crate::log::Outcome;
use crate::refusal::UpstreamFault;
use crate::upstream::{BodyBroken, Lease, UpstreamBody};

/// Passes an upstream's body on as it comes, or gives one of our own. The call ends with it, unless
/// the connection goes on as something else.
pub(crate) struct AnswerBody {
    content: Content,
    course: Option<Box<Course>>,
}

enum Content {
    Own(Option<Bytes>),
    Upstream {
        incoming: UpstreamBody,
        lease: Option<Lease>,
    },
    /// It broke off, which is still to be told.
    Broken,
}

impl AnswerBody {
    /// A body of our own.
    pub(crate) fn own(bytes: Bytes, mut course: Box<Course>) -> Self {
        course.bytes = bytes.len() as u64;
        course.end_own();
        Self { content: Content::Own((!bytes.is_empty()).then_some(bytes)), course: Some(course) }
    }

    /// No body, after which the connection speaks another protocol.
    pub(crate) fn switch() -> Self {
        Self { content: Content::Own(None), course: None }
    }

    /// The body of an upstream's answer, which comes through `lease`.
    pub(crate) fn upstream(incoming: UpstreamBody, lease: Lease, course: Box<Course>) -> Self {
        let mut body = Self { content: Content::Own(None), course: Some(course) };
        if incoming.is_end_stream() {
            body.complete(Some(lease).filter(|_| incoming.leaves_connection_clean()));
        } else {
            body.content = Content::Upstream { incoming, lease: Some(lease) };
        }
        body
    }

    /// The upstream's answer is here to its end, so its connection can serve the next call. Not
    /// if the request is still on its way: the upstream answered early.
    fn complete(&mut self, lease: Option<Lease>) {
        let Some(course) = &mut self.course else { return };
        let now = course.end(Outcome::Answered);
        if let Some(lease) = lease.filter(|_| course.line.upload() == Upload::Done) {
            lease.give_back(now, course.core.config.upstream_idle_per_core);
        }
    }

    fn break_off(&mut self) {
        let Some(course) = &mut self.course else { return };
        course.core.figures.upstream_failed(UpstreamFault::Broken);
        course.end(Outcome::Broken(UpstreamFault::Broken.detail()));
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyBroken>>> {
        let this = &mut *self;
        let (incoming, lease) = match &mut this.content {
            Content::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Broken => return Poll::Ready(Some(Err(BodyBroken))),
            Content::Upstream { incoming, lease } => (incoming, lease),
        };
        if let Some(course) = this.course.as_mut().filter(|course| course.line.takes_look())
            && let Err(refusal) = course.stands()
        {
            course.end(Outcome::Broken(refusal.detail()));
            return Poll::Ready(Some(Err(BodyBroken)));
        }
        match ready!(incoming.poll_frame(lease.as_mut(), cx)) {
            Some(Ok(frame)) => {
                let Some(data) = frame.data_ref() else {
                    // Nothing comes after them.
                    let lease = lease.take();
                    this.complete(lease);
                    let trailers = frame.into_trailers().ok().and_then(headers::trailers);
                    return Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))));
                };
                if let Some(course) = &mut this.course {
                    course.bytes += data.len() as u64;
                    course.line.wrote();
                }
                if incoming.is_end_stream() {
                    let lease = lease.take().filter(|_| incoming.leaves_connection_clean());
                    this.complete(lease);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            None => {
                if let Some(lease) = lease.take() {
                    this.complete(Some(lease));
                }
                Poll::Ready(None)
            }
            Some(Err(_)) => {
                this.break_off();
                // Told at once, it would keep the protocol engine from sending what came before.
                this.content = Content::Broken;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Own(bytes) => bytes.is_none(),
            Content::Upstream { incoming, .. } => incoming.is_end_stream(),
            Content::Broken => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Upstream { incoming, .. } => incoming.size_hint(),
            Content::Broken => SizeHint::default(),
        }
    }
}
