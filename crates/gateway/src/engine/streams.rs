//! A connection of a caller who speaks HTTP/2 (RFC 9113): calls side by side, each a line of its
//! own.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::spawn_local;
use tokio::time::{Sleep, sleep, timeout};

use crate::config::Limits;
use crate::engine::Core;
use crate::engine::line::{Line, Phase, Upload};
use crate::engine::pulse::{Beat, Stopwatch};
use crate::engine::serve::LINGER;
use crate::engine::socket::Rewound;
use crate::engine::wire::Wire;
use crate::exchange::exchange;

/// How much of all bodies together a caller may send before it is taken.
const CONNECTION_WINDOW: u32 = 1 << 20;

/// How much of one body a caller may send before it is taken.
const STREAM_WINDOW: u32 = 256 << 10;

/// How much of one answer waits here for the caller to take it.
const SEND_BUFFER: usize = 64 << 10;

/// What the engine takes of a head beyond our own limit, so that it is we who answer in most cases.
const HEAD_SLACK: u32 = 32 << 10;

/// How many more calls a caller may break off than see to their end. Beginning calls and breaking
/// them off at once is cheap for the caller, and not for us (CVE-2023-44487).
const BROKEN_OFF: u32 = 100;

/// How many streams may end because the caller broke the rules (CVE-2025-8671).
const MISTAKES: usize = 100;

/// The calls of a connection.
#[derive(Clone)]
struct Streams(Rc<State>);

struct State {
    open: RefCell<Vec<Watched>>,
    /// The line of the call for which a task is about to be started.
    next: RefCell<Option<Rc<Line>>>,
    has_served: Cell<bool>,
    broken_off: Cell<u32>,
}

struct Watched {
    line: Rc<Line>,
    watch: Stopwatch,
}

/// Serves the calls of a connection of which `read` has been read already.
pub(crate) async fn serve(core: &Rc<Core>, line: &Rc<Line>, wire: Wire, read: Bytes) {
    core.figures.http2_connections.add(1);
    let streams = Streams(Rc::new(State {
        open: RefCell::default(),
        next: RefCell::default(),
        has_served: Cell::new(false),
        broken_off: Cell::new(0),
    }));
    let service = {
        let (core, line, streams) = (Rc::clone(core), Rc::clone(line), streams.clone());
        service_fn(move |request| exchange(Rc::clone(&core), streams.open(&line), request))
    };
    let head_bytes = u32::try_from(core.config.head_bytes()).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(streams.clone())
        .max_concurrent_streams(core.config.max_streams_per_connection)
        .max_header_list_size(head_bytes.saturating_add(HEAD_SLACK))
        .initial_connection_window_size(CONNECTION_WINDOW)
        .initial_stream_window_size(STREAM_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_local_error_reset_streams(MISTAKES)
        .serve_connection(TokioIo::new(Rewound::new(wire, read)), service);
    // It holds everything of the engine, and most connections are of the other kind.
    let mut connection = Box::pin(connection);
    let mut rounds = Rounds::new(core.config.limits());
    let mut is_ending = false;
    std::future::poll_fn(|cx| {
        line.keep_waker(cx.waker());
        loop {
            if (line.leaves() || line.drains()) && !is_ending {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            if connection.as_mut().poll(cx).is_ready() || streams.is_abused() {
                return Poll::Ready(());
            }
            match rounds.poll(cx, &streams) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Watch::Fine) => {}
                // A second time, nobody cares for being told.
                Poll::Ready(Watch::Quiet) if is_ending => return Poll::Ready(()),
                Poll::Ready(Watch::Quiet) => {
                    is_ending = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    })
    .await;
    if streams.is_abused() {
        core.figures.http2_abuses.add(1);
        tracing::debug!(peer = %line.peer, "a connection was closed: too many calls were broken off");
    }
    // What is still going on has nobody to go to.
    streams.cut_all();
}

impl Streams {
    /// A line for a call that has just come.
    fn open(&self, connection: &Line) -> Rc<Line> {
        let line = Rc::new(connection.stream());
        self.0.has_served.set(true);
        self.0.next.replace(Some(Rc::clone(&line)));
        self.0.open.borrow_mut().push(Watched { line: Rc::clone(&line), watch: Stopwatch::default() });
        line
    }

    fn is_abused(&self) -> bool {
        self.0.broken_off.get() > BROKEN_OFF
    }

    fn end(&self, line: &Rc<Line>) {
        let count = self.0.broken_off.get();
        let count = if line.is_abandoned() { count + 1 } else { count.saturating_sub(1) };
        self.0.broken_off.set(count);
        self.0.open.borrow_mut().retain(|watched| !Rc::ptr_eq(&watched.line, line));
    }

    fn cut_all(&self) {
        for watched in &*self.0.open.borrow() {
            watched.line.cut();
            watched.line.wake();
        }
    }
}

/// Hyper calls the service and then hands the call's future to its executor, so the line that was
/// opened last is that of the future.
impl<F: Future<Output = ()> + 'static> Executor<F> for Streams {
    fn execute(&self, future: F) {
        let line = self.0.next.take();
        let streams = self.clone();
        spawn_local(async move {
            let Some(line) = line else { return future.await };
            // A future that is dropped resets its stream.
            let mut future = Box::pin(future);
            std::future::poll_fn(|cx| {
                line.keep_waker(cx.waker());
                if line.is_cut() { Poll::Ready(()) } else { future.as_mut().poll(cx) }
            })
            .await;
            drop(future);
            streams.end(&line);
            if !line.is_cut() && !line.is_abandoned() && line.upload() != Upload::Done {
                let _ = timeout(LINGER, linger(&line)).await;
            }
        });
    }
}

/// Reads on for a while when the answer came before the end of the body, so that the caller finds the time
/// to read it. The stream is reset without an error afterwards (RFC 9113, section 8.1).
async fn linger(line: &Line) {
    match line.take_unread() {
        Some(mut rest) => while let Some(Ok(_)) = rest.frame().await {},
        // It is still on its way to an upstream that has answered, and comes here when that ends.
        None => std::future::pending().await,
    }
}

/// Looks after the waits of all calls of a connection, and after its own.
struct Rounds {
    sleep: Pin<Box<Sleep>>,
    limits: Limits,
    tick: Duration,
    /// For how long there has been no call.
    quiet: Duration,
}

enum Watch {
    Fine,
    /// There has been no call for too long.
    Quiet,
}

impl Rounds {
    fn new(limits: Limits) -> Self {
        let tick = limits.tick();
        Self { sleep: Box::pin(sleep(tick)), limits, tick, quiet: Duration::ZERO }
    }

    fn poll(&mut self, cx: &mut std::task::Context<'_>, streams: &Streams) -> Poll<Watch> {
        std::task::ready!(self.sleep.as_mut().poll(cx));
        let next = self.sleep.deadline() + self.tick;
        self.sleep.as_mut().reset(next);
        let mut open = streams.0.open.borrow_mut();
        for Watched { line, watch } in &mut *open {
            match watch.look(line, self.tick, &self.limits) {
                Beat::Fine | Beat::HeadLate | Beat::Rest => continue,
                Beat::Expired => {}
                Beat::Lasts => line.want_look(),
                // The answer is complete, or stands still.
                Beat::Close if line.phase() == Phase::Idle => continue,
                Beat::Close => line.cut(),
            }
            line.wake();
        }
        let limit = if streams.0.has_served.get() { self.limits.idle } else { self.limits.header };
        self.quiet = if open.is_empty() { self.quiet + self.tick } else { Duration::ZERO };
        if self.quiet < limit {
            return Poll::Ready(Watch::Fine);
        }
        self.quiet = Duration::ZERO;
        Poll::Ready(Watch::Quiet)
    }
}
