//! A connection after both sides agreed to speak another protocol (RFC 9110, section 7.8), such as
//! WebSocket: bytes go both ways, whatever they are.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::sleep;

use crate::course::Course;
use crate::engine::Core;
use crate::engine::wire::Wire;
use crate::refusal::Refusal;

/// How much is read at once, in each direction.
const BUFFER_BYTES: usize = 8 << 10;

/// The way to an upstream that switched protocols, and the call that led to it.
pub(crate) struct Tunnel {
    pub(crate) course: Box<Course>,
    pub(crate) upstream: Wire,
    /// What the upstream sent after the head of its answer.
    pub(crate) read: Bytes,
}

impl std::fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

/// How much went through a tunnel.
#[derive(Default)]
struct Meter {
    to_upstream: Cell<u64>,
    to_caller: Cell<u64>,
}

impl Meter {
    fn total(&self) -> u64 {
        self.to_upstream.get() + self.to_caller.get()
    }
}

/// Passes bytes on until both sides are done, one of them fails, or nothing moves for too long.
/// `read` is what the caller sent after the request.
pub(crate) async fn run(core: &Core, caller: Wire, read: Bytes, tunnel: Tunnel) {
    core.figures.tunnels.add(1);
    core.figures.tunnels_open.add(1);
    let Tunnel { mut course, upstream, read: answered } = tunnel;
    let meter = Meter::default();
    let mut why = None;
    let (mut from_caller, mut to_caller) = split(caller);
    let (mut from_upstream, mut to_upstream) = split(upstream);
    {
        let up = pump(&mut from_caller, &mut to_upstream, read, &meter.to_upstream);
        let down = pump(&mut from_upstream, &mut to_caller, answered, &meter.to_caller);
        let flow = pin!(both(up, down));
        let patience = Duration::from_millis(core.config.tunnel_idle_timeout_ms);
        let watch = pin!(watch(&meter, patience, &mut course));
        tokio::select! {
            _ = flow => {}
            ended = watch => why = ended.err(),
        }
    }
    course.bytes = meter.to_caller.get();
    if let Some(refusal) = why {
        course.break_off(refusal.detail());
    }
    core.figures.tunnels_open.sub(1);
}

/// Passes on what comes, and the end.
async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    first: Bytes,
    count: &Cell<u64>,
) -> io::Result<()> {
    to.write_all(&first).await?;
    count.set(first.len() as u64);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        to.flush().await?;
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
        count.set(count.get() + length as u64);
    }
}

/// Ends when both have ended, or one has failed.
async fn both(
    one: impl Future<Output = io::Result<()>>,
    other: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut is_over, mut is_other_over) = (false, false);
    std::future::poll_fn(|cx| {
        if !is_over && let Poll::Ready(ended) = one.as_mut().poll(cx) {
            ended?;
            is_over = true;
        }
        if !is_other_over && let Poll::Ready(ended) = other.as_mut().poll(cx) {
            ended?;
            is_other_over = true;
        }
        if is_over && is_other_over { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

/// How often a tunnel is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Ends when nothing has moved for `patience`, or up to half of it longer; or, refused, when the call that
/// led to it is not permitted any more.
async fn watch(meter: &Meter, patience: Duration, course: &mut Course) -> Result<(), Refusal> {
    let mut before = meter.total();
    let mut waited = Duration::ZERO;
    let tick = (patience / 2).clamp(Duration::from_millis(5), LOOK);
    while waited < patience {
        sleep(tick).await;
        course.stands()?;
        let now = meter.total();
        waited = if now == before { waited + tick } else { Duration::ZERO };
        before = now;
    }
    Ok(())
}
