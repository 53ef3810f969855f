//! The connections to upstreams: each thread has its own.

mod connect;
mod send;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use hyper::client::conn::http1::SendRequest;
use tokio::sync::oneshot;

use crate::engine::wire::Wire;
use crate::origin::Origin;
use crate::upload::CallerBody;

pub(crate) use connect::Resolved;
pub(crate) use send::{Switch, send};

/// The upstreams that a thread has met.
#[derive(Debug, Default)]
pub(crate) struct Upstreams {
    /// There are few, and finding one among few takes less than hashing.
    by_origin: RefCell<BTreeMap<u64, Rc<Upstream>>>,
}

/// One upstream, as one thread knows it.
#[derive(Debug)]
pub(crate) struct Upstream {
    origin: Arc<Origin>,
    /// The value of `Host`. A copy of this thread's own, since copies of a header value count
    /// their users.
    pub(crate) host: HeaderValue,
    /// Connections without a call; the one used last is at the end, and used first.
    idle: RefCell<Vec<Idle>>,
    resolved: RefCell<Option<Resolved>>,
    /// Whether the name is being looked up beside the calls.
    is_resolving: Cell<bool>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Idle").field("since", &self.since).finish_non_exhaustive()
    }
}

/// A connection to an upstream, ready for a request.
pub(crate) struct Connection {
    sender: SendRequest<CallerBody>,
    /// How often bytes came through it.
    reads: Rc<Cell<u64>>,
    /// Who wants the bare connection when the protocol is switched.
    heir: Heir,
}

/// A place for whoever wants a connection that no longer speaks HTTP, with what was read of it.
type Heir = Rc<RefCell<Option<oneshot::Sender<(Wire, Bytes)>>>>;

/// A connection that a call uses. Dropping it closes the connection, which is right while an
/// answer is under way.
pub(crate) struct Lease {
    connection: Connection,
    upstream: Rc<Upstream>,
    /// Whether it has served a call before: the upstream may have closed it by now.
    is_reused: bool,
}

impl Upstreams {
    /// What this thread knows of an origin.
    pub(crate) fn of(&self, origin: &Arc<Origin>) -> Rc<Upstream> {
        let mut known = self.by_origin.borrow_mut();
        let upstream = known.entry(origin.id).or_insert_with(|| Rc::new(Upstream::new(Arc::clone(origin))));
        Rc::clone(upstream)
    }

    /// Lets go of connections that were idle for too long, and of upstreams without any.
    pub(crate) fn sweep(&self, now: Instant, idle: Duration) {
        let mut known = self.by_origin.borrow_mut();
        for upstream in known.values() {
            upstream.idle.borrow_mut().retain(|one| one.is_usable(now, idle));
        }
        // One count is this table's; calls have the others.
        known.retain(|_, upstream| Rc::strong_count(upstream) > 1 || !upstream.idle.borrow().is_empty());
    }
}

impl Upstream {
    fn new(origin: Arc<Origin>) -> Self {
        let host = HeaderValue::try_from(&*origin.authority).expect("a URL's authority is a header value");
        Self {
            origin,
            host,
            idle: RefCell::default(),
            resolved: RefCell::default(),
            is_resolving: Cell::new(false),
        }
    }

    /// A connection that waits for a call, if there is one.
    async fn take_idle(self: &Rc<Self>, now: Instant, idle: Duration) -> Option<Lease> {
        loop {
            let candidate = self.idle.borrow_mut().pop()?;
            if !candidate.is_usable(now, idle) {
                continue;
            }
            let mut connection = candidate.connection;
            // Usually at once: it was given back when its last answer was complete.
            if connection.sender.ready().await.is_ok() {
                return Some(Lease { connection, upstream: Rc::clone(self), is_reused: true });
            }
        }
    }
}

impl Idle {
    fn is_usable(&self, now: Instant, idle: Duration) -> bool {
        !self.connection.sender.is_closed() && now.saturating_duration_since(self.since) < idle
    }
}

impl Lease {
    /// Waits for the connection to be rid of HTTP, after the upstream has agreed to switch.
    async fn inherit(self, bequest: oneshot::Receiver<(Wire, Bytes)>) -> Option<(Wire, Bytes)> {
        let inherited = bequest.await.ok();
        drop(self);
        inherited
    }

    /// Gives the connection back after a complete call, to be used again.
    pub(crate) fn give_back(self, now: Instant, most: usize) {
        let mut idle = self.upstream.idle.borrow_mut();
        if idle.len() < most && !self.connection.sender.is_closed() {
            idle.push(Idle { connection: self.connection, since: now });
        }
    }
}
