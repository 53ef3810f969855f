//! The body of an upstream's answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

use super::shortcut::Rest;
use super::{Connection, Lease};

/// A body on its way from an upstream.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    /// Read by the protocol engine.
    Engine(Incoming),
    /// Read here, from a bare connection.
    Plain(Rest),
}

/// The body broke off. Why is known to the connection.
#[derive(Debug)]
pub(crate) struct BodyBroken;

impl fmt::Display for BodyBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer's body ended before its time")
    }
}

impl std::error::Error for BodyBroken {}

impl UpstreamBody {
    /// The next part of it, which comes through `lease`.
    pub(crate) fn poll_frame(
        &mut self,
        lease: Option<&mut Lease>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyBroken>>> {
        match (self, lease.map(|lease| &mut lease.connection)) {
            (Self::Engine(incoming), _) => Pin::new(incoming)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(|_| BodyBroken))),
            (Self::Plain(rest), Some(Connection::Bare(wire))) => rest
                .poll_data(wire, cx)
                .map(|data| data.map(|data| data.map(Frame::data).map_err(|_| BodyBroken))),
            // Without its connection there is nothing to come.
            (Self::Plain(_), _) => Poll::Ready(None),
        }
    }

    /// Whether all of it was given.
    pub(crate) fn is_end_stream(&self) -> bool {
        match self {
            Self::Engine(incoming) => incoming.is_end_stream(),
            Self::Plain(rest) => rest.len() == 0,
        }
    }

    /// How much is still to come.
    pub(crate) fn size_hint(&self) -> SizeHint {
        match self {
            Self::Engine(incoming) => incoming.size_hint(),
            Self::Plain(rest) => SizeHint::with_exact(rest.len()),
        }
    }

    /// Whether the connection can serve another call after it.
    pub(crate) fn leaves_connection_clean(&self) -> bool {
        match self {
            // The engine closes a connection that is not.
            Self::Engine(_) => true,
            Self::Plain(rest) => rest.is_clean(),
        }
    }
}
