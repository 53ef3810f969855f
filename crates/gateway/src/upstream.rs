//! The connections to upstreams: each thread has its own.

mod body;
mod connect;
mod interim;
mod outgoing;
mod send;
mod shortcut;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use hyper::client::conn::http1::SendRequest;
use tokio::sync::oneshot;

use crate::engine::wire::Wire;
use crate::origin::Origin;
use crate::upload::CallerBody;

pub(crate) use body::{BodyBroken, UpstreamBody};
use interim::Interim;

pub(crate) use connect::{ADDRESSES, Resolved, open, secure};
pub(crate) use interim::INTERIM_BYTES;
pub(crate) use outgoing::Outgoing;
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
pub(crate) enum Connection {
    /// Nobody speaks over it: calls of the commonest kind do so themselves.
    Bare(Wire),
    /// The protocol engine speaks over it, in a task of its own.
    Engaged(Engaged),
}

/// A connection that the protocol engine speaks over.
pub(crate) struct Engaged {
    sender: SendRequest<CallerBody>,
    /// How often bytes came through it.
    reads: Rc<Cell<u64>>,
    /// What comes before an answer.
    interim: Interim,
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
            upstream.idle.borrow_mut().retain_mut(|one| one.is_usable(now, idle));
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

    /// A connection that waits for a call, if there is one: a bare one for a call that can do
    /// without the engine, if there is one, and an engaged one for others.
    async fn take_idle(self: &Rc<Self>, wants_bare: bool, now: Instant, idle: Duration) -> Option<Lease> {
        loop {
            let mut candidate = self.pop_idle(wants_bare)?;
            if !candidate.is_usable(now, idle) {
                continue;
            }
            // Usually at once: it was given back when its last answer was complete.
            if let Connection::Engaged(engaged) = &mut candidate.connection
                && engaged.sender.ready().await.is_err()
            {
                continue;
            }
            return Some(Lease {
                connection: candidate.connection,
                upstream: Rc::clone(self),
                is_reused: true,
            });
        }
    }

    fn pop_idle(&self, wants_bare: bool) -> Option<Idle> {
        let mut idle = self.idle.borrow_mut();
        let suits = |one: &Idle| matches!(one.connection, Connection::Bare(_)) == wants_bare;
        match idle.iter().rposition(suits) {
            Some(at) => Some(idle.remove(at)),
            None => idle.pop(),
        }
    }
}

impl Idle {
    fn is_usable(&mut self, now: Instant, idle: Duration) -> bool {
        now.saturating_duration_since(self.since) < idle && self.connection.is_quiet()
    }
}

impl Connection {
    /// Whether it is open, and nothing has come over it that nobody asked for.
    fn is_quiet(&mut self) -> bool {
        match self {
            // Nobody is woken by what happens to a connection without a call: it is looked at before
            // the next one.
            Self::Bare(wire) => shortcut::is_quiet(wire, &mut Context::from_waker(Waker::noop())),
            Self::Engaged(engaged) => !engaged.sender.is_closed(),
        }
    }
}

impl Lease {
    /// Gives the connection back after a complete call, to be used again.
    /// Whether it still can be is seen when it is taken.
    pub(crate) fn give_back(self, now: Instant, most: usize) {
        let mut idle = self.upstream.idle.borrow_mut();
        if idle.len() < most {
            idle.push(Idle { connection: self.connection, since: now });
        }
    }
}
