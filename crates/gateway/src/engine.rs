//! The threads that serve calls. Each has a runtime, a listener, connections to upstreams and
//! figures of its own; no task ever moves from one to another, and none writes what another reads
//! in the course of a call.

pub(crate) mod bind;
pub(crate) mod ids;
pub(crate) mod line;
mod preface;
pub(crate) mod pulse;
mod rest;
mod scan;
mod serve;
pub(crate) mod socket;
mod streams;
pub(crate) mod tunnel;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use model::Environment;
use model::net::canonical_address;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::LocalOptions;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::address::Trust;
use crate::bearer::Desk;
use crate::config::{CallLog, Config};
use crate::engine::ids::RequestIds;
use crate::engine::line::Line;
use crate::gate::Gate;
use crate::log::{Outcome, Queue};
use crate::metrics::Figures;
use crate::refusal::Refusal;
use crate::upstream::Upstreams;

/// What a thread is started with.
pub(crate) struct Start {
    pub(crate) config: Arc<Config>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) environment: Environment,
    pub(crate) listener: std::net::TcpListener,
    pub(crate) tls: Option<Arc<ServerConfig>>,
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
    /// How callers are met, if over TLS.
    tls: Option<TlsAcceptor>,
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
    by_address: RefCell<HashMap<IpAddr, usize>>,
    count: Cell<u64>,
    are_leaving: Cell<bool>,
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
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let own = || format!("{scheme}://{}", self.address);
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
        let Start { config, gate, environment, listener, tls, figures, log, drain } = start;
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
            tls: tls.map(TlsAcceptor::from),
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
        let grace = Duration::from_millis(core.config.drain_grace_ms).min(deadline / 2);
        core.lines.leave();
        if !grace.is_zero() {
            let _ = timeout(grace, accept(&core, &listener)).await;
        }
        close(&core, listener).await;
        if !grace.is_zero() {
            // Whoever has got in last has sent a call by then.
            sleep(grace / 8).await;
        }
        core.lines.drain(deadline.saturating_sub(grace)).await;
        Ok(())
    })
}

async fn accept(core: &Rc<Core>, listener: &TcpListener) -> std::convert::Infallible {
    /// How long to wait when there are no file descriptors, for one to become free.
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => take(core, stream, peer),
            Err(error) => {
                core.figures.accept_errors.add(1);
                tracing::debug!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Closes the listener, after those whom the kernel has let in already.
async fn close(core: &Rc<Core>, listener: TcpListener) {
    loop {
        let mut accept = pin!(listener.accept());
        let accepted = poll_fn(|cx| Poll::Ready(accept.as_mut().poll(cx))).await;
        let Poll::Ready(Ok((stream, peer))) = accepted else { return };
        take(core, stream, peer);
    }
}

/// Serves a connection, unless it is one too many.
fn take(core: &Rc<Core>, stream: TcpStream, peer: SocketAddr) {
    // A trusted proxy speaks for many.
    let is_proxy = core.trust.trusts(canonical_address(peer.ip()));
    let why = core.lines.refusal(peer.ip(), is_proxy, &core.config);
    if let Some(why) = why {
        spawn_local(serve::turn_away(Rc::clone(core), stream, peer, why));
        return;
    }
    let (number, line) = core.lines.open(peer, core.tls.is_some());
    core.figures.connections.add(1);
    let core = Rc::clone(core);
    spawn_local(async move {
        if let Some((line, stream)) = serve::greet(&core, number, line, stream).await {
            serve::serve(&core, &line, stream).await;
        }
        core.figures.connections.sub(1);
        core.lines.close(number, peer.ip());
    });
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

    /// Why a connection from this address is one too many, if it is.
    fn refusal(&self, peer: IpAddr, is_proxy: bool, config: &Config) -> Option<Refusal> {
        if self.len() >= config.max_connections_per_core {
            return Some(Refusal::Busy("there are too many connections"));
        }
        let of_address = self.by_address.borrow().get(&peer).copied().unwrap_or_default();
        (!is_proxy && of_address >= config.max_connections_per_address)
            .then_some(Refusal::Busy("there are too many connections from the address"))
    }

    fn open(&self, peer: SocketAddr, is_tls: bool) -> (u64, Rc<Line>) {
        let number = self.count.get();
        self.count.set(number + 1);
        let line = Rc::new(Line::new(peer, is_tls));
        if self.are_leaving.get() {
            line.leave();
        }
        self.open.borrow_mut().insert(number, Rc::clone(&line));
        *self.by_address.borrow_mut().entry(peer.ip()).or_default() += 1;
        (number, line)
    }

    /// Goes on with a connection as that of another peer: the one that a proxy speaks for.
    fn speak_for(&self, number: u64, source: SocketAddr, is_tls: bool) -> Rc<Line> {
        let line = Rc::new(Line::new(source, is_tls));
        if self.are_leaving.get() {
            line.leave();
        }
        let before = self.open.borrow_mut().insert(number, Rc::clone(&line));
        if before.is_some_and(|before| before.drains()) {
            line.drain();
        }
        line
    }

    fn close(&self, number: u64, peer: IpAddr) {
        self.open.borrow_mut().remove(&number);
        if let Entry::Occupied(mut count) = self.by_address.borrow_mut().entry(peer) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        self.closed.notify_one();
    }

    /// Lets all connections end with their next answer, and those that are still to come, too. Closing
    /// one that waits for a call would meet calls that are on their way.
    fn leave(&self) {
        self.are_leaving.set(true);
        self.open.borrow().values().for_each(|line| line.leave());
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
