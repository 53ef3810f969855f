//! The sockets as the protocol engines see them.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::engine::line::Line;
use crate::engine::wire::Wire;

/// A connection of which something was read ahead, which is read once more.
#[derive(Debug)]
pub(crate) struct Rewound {
    wire: Wire,
    read: Bytes,
}

impl Rewound {
    pub(crate) fn new(wire: Wire, read: Bytes) -> Self {
        Self { wire, read }
    }

    /// The connection, and what has still to be read once more.
    pub(crate) fn into_parts(self) -> (Wire, Bytes) {
        (self.wire, self.read)
    }
}

impl AsyncRead for Rewound {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.wire).poll_read(cx, buf);
        }
        let count = self.read.len().min(buf.remaining());
        buf.put_slice(&self.read.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewound {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

/// The socket of a caller who speaks HTTP/1. Reads along, and holds back what the protocol engine
/// says by itself, so that such answers can be given like all others: with a body, an id, and a
/// place in the log.
#[derive(Debug)]
pub(crate) struct CallerSocket {
    wire: Rewound,
    line: Rc<Line>,
    /// Whether only a part was taken of what the protocol engine wrote last.
    is_midway: bool,
}

impl CallerSocket {
    pub(crate) fn new(wire: Rewound, line: Rc<Line>) -> Self {
        Self { wire, line, is_midway: false }
    }

    pub(crate) fn into_rewound(self) -> Rewound {
        self.wire
    }

    /// Writes what is to be said before the answer, between two things that the protocol engine says.
    fn poll_say_before(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_midway {
            return Poll::Ready(Ok(()));
        }
        let mut unsaid = self.line.unsaid();
        if unsaid.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while !unsaid.is_empty() {
            let count = ready!(Pin::new(&mut self.wire).poll_write(cx, &unsaid))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            unsaid.drain(..count);
        }
        // Few calls need it, and connections are kept for long.
        *unsaid = Vec::new();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for CallerSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(cx, buf))?;
        let bytes = &buf.filled()[before..];
        if !bytes.is_empty() {
            self.line.read(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for CallerSocket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.line.is_answering() {
            self.line.keep_own_answer(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(self.poll_say_before(cx))?;
        let written = ready!(Pin::new(&mut self.wire).poll_write(cx, bytes))?;
        self.is_midway = written < bytes.len();
        self.line.wrote();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.line.is_answering() {
            self.line.keep_own_answer(slices.first().map_or(&[], |slice| &**slice));
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        ready!(self.poll_say_before(cx))?;
        let written = ready!(Pin::new(&mut self.wire).poll_write_vectored(cx, slices))?;
        self.is_midway = written < slices.iter().map(|slice| slice.len()).sum();
        self.line.wrote();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_say_before(cx))?;
        self.line.flushed();
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.own_answer().is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

/// The socket of an upstream. Counts what is read: whether anything of an answer came decides
/// whether a call may be sent again.
#[derive(Debug)]
pub(crate) struct UpstreamSocket {
    wire: Rewound,
    reads: Rc<Cell<u64>>,
    asking: Asking,
}

/// How far the engine has caught up with a connection that was asked over without it.
#[derive(Debug)]
enum Asking {
    /// It has, or there was nothing to catch up with.
    Over,
    /// It has still to ask, and takes what comes before that for an error.
    Awaited(Option<Waker>),
    /// It asks, which goes nowhere.
    Skipped,
}

impl UpstreamSocket {
    /// If the connection was asked over already, this much was `read` of the answer; else nothing.
    pub(crate) fn new(wire: Wire, reads: Rc<Cell<u64>>, read: Bytes) -> Self {
        let asking = if read.is_empty() { Asking::Over } else { Asking::Awaited(None) };
        Self { wire: Rewound::new(wire, read), reads, asking }
    }

    pub(crate) fn into_wire(self) -> Wire {
        self.wire.wire
    }

    /// Whether what is written now is the request that was sent already. It is until the answer is
    /// read.
    fn skips_request(&mut self) -> bool {
        if let Asking::Awaited(waker) = &mut self.asking {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
            self.asking = Asking::Skipped;
        }
        matches!(self.asking, Asking::Skipped)
    }
}

impl AsyncRead for UpstreamSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Asking::Awaited(waker) = &mut self.asking {
            *waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.reads.set(self.reads.get() + 1);
        }
        if self.wire.read.is_empty() {
            self.asking = Asking::Over;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for UpstreamSocket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.skips_request() {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.skips_request() {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        Pin::new(&mut self.wire).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}
