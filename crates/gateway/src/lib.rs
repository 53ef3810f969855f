//! The data plane: takes calls, decides about them from a snapshot, forwards them.
//!
//! [`start`] opens the listeners and the threads that serve calls; [`follow::run`] keeps the
//! snapshot up to date. A call touches neither the database nor a lock.

mod address;
mod answer;
mod bearer;
mod config;
mod cors;
mod course;
mod credential;
mod decide;
mod engine;
mod exchange;
#[cfg(any(test, fuzzing))]
pub mod exercise;
mod explain;
pub mod follow;
mod gate;
mod headers;
mod histogram;
pub mod issuers;
mod jwt;
mod keys;
mod limits;
mod log;
mod metrics;
mod mock;
pub mod oauth;
mod origin;
mod outward;
mod probe;
mod proof;
mod protocol;
mod refusal;
mod route;
mod standing;
mod table;
mod target;
mod upload;
mod upstream;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use model::Environment;
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;

pub use config::{CallLog, Config, ForwardedHeader};
pub use explain::explain;
pub use gate::{Delta, Everything, Gate, State};
pub use limits::desk as quotas;
pub use probe::Prober;
pub use refusal::{Methods, Refusal, RequestFault, TokenFault, UpstreamFault};

use crate::log::{Queue, Writer};
use crate::metrics::{Figures, Scrape};

/// A gateway that serves calls.
pub struct Gateway {
    address: SocketAddr,
    gate: Arc<Gate>,
    cores: Vec<(Arc<Figures>, Arc<Queue>)>,
    drain: watch::Sender<Option<Duration>>,
    threads: Vec<JoinHandle<io::Result<()>>>,
    /// Ends after the threads that it writes for.
    log: Option<Writer>,
}

/// Opens the listeners and starts the threads. Calls are answered 503 until the [gate](Gate) is
/// filled. No call is forwarded to an address in `forbidden`, nor to the gateway's own. With `tls`
/// callers come over TLS, else over TCP as it is.
///
/// If the address is taken, the error's kind is [`io::ErrorKind::AddrInUse`].
pub fn start(
    config: Config,
    forbidden: Vec<SocketAddr>,
    tls: Option<&Arc<ServerConfig>>,
    environment: Environment,
) -> io::Result<Gateway> {
    let count = config.cores();
    let listeners = engine::bind::bind(config.address, count, config.backlog, config.take_over)?;
    let address = listeners[0].local_addr()?;
    let gate = Gate::new();
    gate.forbid(forbidden);
    let config = Arc::new(config);
    let core = || (Arc::new(Figures::default()), Arc::new(Queue::new(config.call_log_queue)));
    let cores: Vec<_> = (0..count).map(|_| core()).collect();
    let log = match config.call_log {
        CallLog::Off => None,
        CallLog::Refusals | CallLog::All => {
            let queues = cores.iter().map(|(_, queue)| Arc::clone(queue)).collect();
            Some(Writer::start(queues, config.call_log_file.as_deref())?)
        }
    };
    let (drain, drains) = watch::channel(None);
    let mut gateway = Gateway { address, gate, cores, drain, threads: Vec::new(), log };
    let environments = std::iter::repeat_n(environment, count);
    for (index, (listener, environment)) in listeners.into_iter().zip(environments).enumerate() {
        let (figures, queue) = &gateway.cores[index];
        let start = engine::Start {
            config: Arc::clone(&config),
            gate: Arc::clone(&gateway.gate),
            environment,
            listener,
            tls: tls.cloned(),
            figures: Arc::clone(figures),
            log: Arc::clone(queue),
            drain: drains.clone(),
        };
        let thread = thread::Builder::new().name(format!("gateway-{index}"));
        gateway.threads.push(thread.spawn(move || engine::run(start))?);
    }
    Ok(gateway)
}

impl Gateway {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves.
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    /// Adds its figures, which begin with `portico_gateway_`, to `registry`.
    pub fn register(&self, registry: &mut Registry) {
        let cores = self.cores.iter().map(|(figures, queue)| (Arc::clone(figures), Arc::clone(queue)));
        registry.register_collector(Box::new(Scrape { gate: self.gate(), cores: cores.collect() }));
    }

    /// Lets connections end with their next answer, then stops accepting, closes connections without a
    /// call, lets calls in flight come to their end for as long as `time` in all, and returns when all threads have ended and the log is written.
    pub async fn drain(mut self, time: Duration) {
        self.drain.send_replace(Some(time));
        let threads = std::mem::take(&mut self.threads);
        let log = self.log.take();
        let ended = tokio::task::spawn_blocking(move || {
            threads.into_iter().for_each(join);
            drop(log);
        });
        if let Err(error) = ended.await {
            tracing::error!(%error, "the gateway's threads could not be awaited");
        }
    }
}

impl Drop for Gateway {
    /// Without [`Gateway::drain`] calls in flight are cut off.
    fn drop(&mut self) {
        self.drain.send_if_modified(|time| {
            let is_first = time.is_none();
            time.get_or_insert(Duration::ZERO);
            is_first
        });
        self.threads.drain(..).for_each(join);
    }
}

fn join(thread: JoinHandle<io::Result<()>>) {
    let name = thread.thread().name().unwrap_or_default().to_owned();
    match thread.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(thread = name, %error, "a thread of the gateway could not start"),
        Err(_) => tracing::error!(thread = name, "a thread of the gateway panicked"),
    }
}
