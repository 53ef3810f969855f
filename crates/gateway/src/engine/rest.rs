//! A connection without a call. There can be many, and most of the time nothing happens on them: so
//! nothing is kept for one but itself and its timer. The protocol engine, with its buffers and all that
//! a call needs, comes with the first bytes of a call, and goes when there was none for a while.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use tokio::io::{AsyncRead as _, ReadBuf};

use crate::engine::line::Line;
use crate::engine::preface::{Verdict, judge};
use crate::engine::pulse::{Beat, Pulse};
use crate::engine::wire::Wire;

/// What is read at first: the heads of most calls. It lies on the stack, and only while it is read.
const FIRST_BYTES: usize = 2 << 10;

/// What ends a rest.
#[derive(Debug)]
pub(super) enum Woken {
    /// A call begins with these bytes.
    Call(Bytes),
    /// The connection speaks HTTP/2, and begins with these bytes.
    Http2(Bytes),
    /// Something came, and then no more for too long.
    Late,
    /// The caller is gone, or nobody waits any more.
    Over,
}

/// Waits for a call. `may_be_http2`: whether it is not known yet what the connection speaks.
pub(super) async fn rest(line: &Line, wire: &mut Wire, pulse: &mut Pulse, may_be_http2: bool) -> Woken {
    // Begins like HTTP/2, and could still be either.
    let mut held = Vec::new();
    std::future::poll_fn(|cx| {
        line.keep_waker(cx.waker());
        loop {
            let mut space = [const { MaybeUninit::uninit() }; FIRST_BYTES];
            let mut buf = ReadBuf::uninit(&mut space);
            match Pin::new(&mut *wire).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    held.extend_from_slice(buf.filled());
                    match judge(&held) {
                        _ if !may_be_http2 => {}
                        Verdict::Open => continue,
                        Verdict::Http2 => return Poll::Ready(Woken::Http2(std::mem::take(&mut held).into())),
                        Verdict::Http1 => {}
                    }
                    return Poll::Ready(Woken::Call(std::mem::take(&mut held).into()));
                }
                // What is no request is for the engine to say.
                Poll::Ready(Ok(())) if !held.is_empty() => {
                    return Poll::Ready(Woken::Call(std::mem::take(&mut held).into()));
                }
                Poll::Ready(_) => return Poll::Ready(Woken::Over),
                Poll::Pending => {}
            }
            if line.drains() {
                return Poll::Ready(Woken::Over);
            }
            match pulse.poll(cx, line) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Beat::HeadLate) if !held.is_empty() => return Poll::Ready(Woken::Late),
                Poll::Ready(Beat::HeadLate | Beat::Close) => return Poll::Ready(Woken::Over),
                Poll::Ready(Beat::Fine | Beat::Expired | Beat::Lasts | Beat::Rest) => {}
            }
        }
    })
    .await
}
