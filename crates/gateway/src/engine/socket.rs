//! The sockets as the protocol engines see them.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::engine::line::Line;
use crate::engine::preface::{Verdict, judge};
use crate::engine::wire::Wire;

/// The socket of a caller who speaks HTTP/1. Reads along, and holds back what the protocol engine
/// says by itself, so that such answers can be given like all others: with a body, an id, and a
/// place in the log. A caller who turns out to speak HTTP/2 is not read any further.
#[derive(Debug)]
pub(crate) struct CallerSocket {
    wire: Wire,
    line: Rc<Line>,
    begin: Begin,
}

/// How far the first bytes of a connection are.
#[derive(Debug)]
enum Begin {
    /// It is HTTP/1.
    Over,
    /// They may be those of HTTP/2; these have come.
    Open(Vec<u8>),
    /// They are HTTP/1 after all; these have still to be handed on.
    Held(Vec<u8>),
    /// They are HTTP/2.
    Http2(Vec<u8>),
}

impl CallerSocket {
    /// `may_be_http2`: whether the caller may speak HTTP/2 without further ado.
    pub(crate) fn new(wire: Wire, line: Rc<Line>, may_be_http2: bool) -> Self {
        let begin = if may_be_http2 { Begin::Open(Vec::new()) } else { Begin::Over };
        Self { wire, line, begin }
    }

    /// The connection, and what was read of it if it speaks HTTP/2.
    pub(crate) fn into_parts(self) -> (Wire, Option<Vec<u8>>) {
        match self.begin {
            Begin::Http2(bytes) => (self.wire, Some(bytes)),
            _ => (self.wire, None),
        }
    }

    /// Reads while it is not known which protocol the connection speaks.
    fn poll_begin(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            match &mut self.begin {
                Begin::Over => return Poll::Ready(Ok(())),
                // Whoever polls looks at the line afterwards, so nobody has to be woken.
                Begin::Http2(_) => return Poll::Pending,
                Begin::Held(bytes) => {
                    let count = bytes.len().min(buf.remaining());
                    let handed: Vec<u8> = bytes.drain(..count).collect();
                    self.line.read(&handed);
                    buf.put_slice(&handed);
                    if bytes.is_empty() {
                        self.begin = Begin::Over;
                    }
                    return Poll::Ready(Ok(()));
                }
                Begin::Open(held) => {
                    let before = buf.filled().len();
                    ready!(Pin::new(&mut self.wire).poll_read(cx, buf))?;
                    let bytes = &buf.filled()[before..];
                    if held.is_empty() && judge(bytes) == Verdict::Http1 {
                        self.line.read(bytes);
                        self.begin = Begin::Over;
                        return Poll::Ready(Ok(()));
                    }
                    let is_end = bytes.is_empty();
                    held.extend_from_slice(bytes);
                    buf.set_filled(before);
                    let held = std::mem::take(held);
                    self.begin = match judge(&held) {
                        Verdict::Http2 => {
                            self.line.set_speaks_http2();
                            Begin::Http2(held)
                        }
                        Verdict::Open if is_end && held.is_empty() => return Poll::Ready(Ok(())),
                        Verdict::Open if !is_end => Begin::Open(held),
                        _ => Begin::Held(held),
                    };
                }
            }
        }
    }
}

impl AsyncRead for CallerSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !matches!(self.begin, Begin::Over) {
            return self.poll_begin(cx, buf);
        }
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
        self.line.wrote();
        Pin::new(&mut self.wire).poll_write(cx, bytes)
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
        let written = ready!(Pin::new(&mut self.wire).poll_write_vectored(cx, slices))?;
        self.line.wrote();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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

/// The socket of a caller who speaks HTTP/2, of which something was read already.
#[derive(Debug)]
pub(crate) struct ReadSocket {
    wire: Wire,
    read: Vec<u8>,
}

impl ReadSocket {
    pub(crate) fn new(wire: Wire, read: Vec<u8>) -> Self {
        Self { wire, read }
    }
}

impl AsyncRead for ReadSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.wire).poll_read(cx, buf);
        }
        let count = self.read.len().min(buf.remaining());
        buf.put_slice(&self.read[..count]);
        self.read.drain(..count);
        if self.read.is_empty() {
            self.read = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ReadSocket {
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

/// The socket of an upstream. Counts what is read: whether anything of an answer came decides
/// whether a call may be sent again.
#[derive(Debug)]
pub(crate) struct UpstreamSocket {
    wire: Wire,
    reads: Rc<Cell<u64>>,
    replay: Replay,
}

/// How far the engine has caught up with a connection that was asked over without it.
#[derive(Debug)]
enum Replay {
    /// It has, or there was nothing to catch up with.
    Over,
    /// This was read of the answer. The engine has still to ask, and takes what comes before that for
    /// an error.
    Asking(Bytes, Option<Waker>),
    /// It has asked, which goes nowhere, and has still to read this.
    Reading(Bytes),
}

impl UpstreamSocket {
    /// If the connection was asked over already, this much was `read` of the answer; else nothing.
    pub(crate) fn new(wire: Wire, reads: Rc<Cell<u64>>, read: Bytes) -> Self {
        let replay = if read.is_empty() { Replay::Over } else { Replay::Asking(read, None) };
        Self { wire, reads, replay }
    }

    pub(crate) fn into_wire(self) -> Wire {
        self.wire
    }

    /// Whether what is written now is the request that was sent already.
    fn skips_request(&mut self) -> bool {
        match std::mem::replace(&mut self.replay, Replay::Over) {
            Replay::Over => false,
            Replay::Asking(read, waker) => {
                if let Some(waker) = waker {
                    waker.wake();
                }
                self.replay = Replay::Reading(read);
                true
            }
            Replay::Reading(read) => {
                self.replay = Replay::Reading(read);
                true
            }
        }
    }
}

impl AsyncRead for UpstreamSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.replay {
            Replay::Over => {}
            Replay::Asking(_, waker) => {
                *waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Replay::Reading(read) => {
                let part = read.split_to(read.len().min(buf.remaining()));
                buf.put_slice(&part);
                if read.is_empty() {
                    self.replay = Replay::Over;
                }
                self.reads.set(self.reads.get() + 1);
                return Poll::Ready(Ok(()));
            }
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.reads.set(self.reads.get() + 1);
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
