//! The threads that serve calls. Each has a runtime, a listener, connections to upstreams and
//! figures of its own; no task ever moves from one to another, and none writes what another reads
//! in the course of a call.

pub(crate) mod bind;
pub(crate) mod ids;
pub(crate) mod line;
pub(crate) mod pulse;
mod scan;
mod serve;
pub(crate) mod socket;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use model::Environment;
use tokio::net::TcpListener;
use tokio::runtime::LocalOptions;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::address::Trust;
use crate::bearer::Desk;
use crate::config::{CallLog, Config};
use crate::engine::ids::RequestIds;
use crate::engine::line::Line;
use crate::gate::Gate;
use crate::log::{Outcome, Queue};
use crate::metrics::Figures;
use crate::upstream::Upstreams;

/// What a thread is started with.
pub(crate) struct Start {
    pub(crate) config: Arc<Config>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) environment: Environment,
    pub(crate) listener: std::net::TcpListener,
    pub(crate) figures: Arc<Figures>,
    pub(crate) log: Arc<Queue>,
    /// The time for calls in flight, once the gateway drains.
    pub(crate) drain: watch::Receiver<Option<Duration>>,
}

/// What a thread works with.
pub(crate) struct Core {
    pub(crate) config: Arc<Config>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) environment: Environment,
    pub(crate) figures: Arc<Figures>,
    pub(crate) ids: RequestIds,
    pub(crate) upstreams: Upstreams,
    /// The proxies that are believed.
    pub(crate) trust: Trust,
    /// What this thread knows about bearer tokens.
    pub(crate) desk: Desk,
    log: Arc<Queue>,
    /// Our own address: forwarding to it would be a loop.
    address: SocketAddr,
    lines: Lines,
}

/// The connections of callers.
#[derive(Default)]
struct Lines {
    open: RefCell<HashMap<u64, Rc<Line>>>,
    count: Cell<u64>,
    closed: Notify,
}

impl Core {
    /// Addresses that no call may be forwarded to.
    pub(crate) fn forbidden(&self) -> Vec<SocketAddr> {
        let mut forbidden = Vec::clone(&self.gate.forbidden.load());
        forbidden.push(self.address);
        forbidden
    }

    /// How callers reach the gateway. Never what a caller says in `Host`.
    pub(crate) fn base_url(&self) -> String {
        let own = || format!("http://{}", self.address);
        let public = self.config.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        public.unwrap_or_else(own)
    }

    /// The log, if a call with this outcome goes there.
    pub(crate) fn log_for(&self, outcome: Outcome) -> Option<&Queue> {
        let wanted = match self.config.call_log {
            CallLog::Off => false,
            CallLog::Refusals => outcome.is_trouble(),
            CallLog::All => true,
        };
        wanted.then_some(&self.log)
    }
}

/// Serves calls on the current thread until the gateway drains.
pub(crate) fn run(start: Start) -> std::io::Result<()> {
    // Its tasks never leave the thread, and it spares the second queue that a `LocalSet` keeps.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(async {
        let Start { config, gate, environment, listener, figures, log, drain } = start;
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let core = Rc::new(Core {
            ids: RequestIds::new(&environment),
            trust: config.trust(),
            desk: Desk::new(config.leeway()),
            config,
            gate,
            environment,
            figures,
            upstreams: Upstreams::default(),
            log,
            address,
            lines: Lines::default(),
        });
        spawn_local(sweep(Rc::clone(&core)));
        let mut drain = drain;
        let deadline = tokio::select! {
            never = accept(&core, &listener) => match never {},
            // Without an order there is nobody left to serve for.
            drain = drain.wait_for(Option::is_some) => drain.map_or(None, |time| *time).unwrap_or_default(),
        };
        drop(listener);
        core.lines.drain(deadline).await;
        Ok(())
    })
}

async fn accept(core: &Rc<Core>, listener: &TcpListener) -> std::convert::Infallible {
    /// How long to wait when there are no file descriptors, for one to become free.
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if core.lines.len() < core.config.max_connections_per_core {
                    let (number, line) = core.lines.open(peer);
                    core.figures.connections.add(1);
                    let core = Rc::clone(core);
                    spawn_local(async move {
                        if let Some((line, stream)) = serve::greet(&core, number, line, stream).await {
                            serve::serve(&core, &line, stream).await;
                        }
                        core.figures.connections.sub(1);
                        core.lines.close(number);
                    });
                } else {
                    spawn_local(serve::turn_away(Rc::clone(core), stream, peer));
                }
            }
            Err(error) => {
                core.figures.accept_errors.add(1);
                tracing::debug!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Lets go of upstream connections that nobody uses.
async fn sweep(core: Rc<Core>) {
    let idle = Duration::from_millis(core.config.upstream_idle_timeout_ms);
    loop {
        sleep((idle / 2).max(Duration::from_millis(50))).await;
        core.upstreams.sweep(core.environment.clock.instant(), idle);
    }
}

impl Lines {
    fn len(&self) -> usize {
        self.open.borrow().len()
    }

    fn open(&self, peer: SocketAddr) -> (u64, Rc<Line>) {
        let number = self.count.get();
        self.count.set(number + 1);
        let line = Rc::new(Line::new(peer));
        self.open.borrow_mut().insert(number, Rc::clone(&line));
        (number, line)
    }

    /// Goes on with a connection as that of another peer: the one that a proxy speaks for.
    fn speak_for(&self, number: u64, source: SocketAddr) -> Rc<Line> {
        let line = Rc::new(Line::new(source));
        let before = self.open.borrow_mut().insert(number, Rc::clone(&line));
        if before.is_some_and(|before| before.drains()) {
            line.drain();
        }
        line
    }

    fn close(&self, number: u64) {
        self.open.borrow_mut().remove(&number);
        self.closed.notify_one();
    }

    /// Ends all connections: those without a call at once, the others after it, or when `time` is
    /// over.
    async fn drain(&self, time: Duration) {
        self.open.borrow().values().for_each(|line| line.drain());
        let all_closed = async {
            while self.len() > 0 {
                self.closed.notified().await;
            }
        };
        if timeout(time, all_closed).await.is_err() {
            tracing::warn!(connections = self.len(), "calls were cut off: they took too long to end");
        }
    }
}
