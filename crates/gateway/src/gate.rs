//! The snapshot from which calls are answered, and the one place where it changes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use model::access_token::SIGNING_SECRET_BYTES;
use model::cors::Origin;
use model::{ClientId, CollectionId, DocumentId, KeyId, PolicyId};
use store::access_tokens::Revocation;
use store::serving::{ServedClient, ServedCollection, ServedKey, ServedPolicy};
use tokio::sync::watch;

use crate::keys::KeyRing;
use crate::mock::shelf::{PreparedMocks, Shelf};
use crate::oauth::revoking::Revoking;
use crate::origin::Origins;
use crate::table::RouteTable;

/// What the gateway serves. Threads that serve calls read it without waiting for anyone; one
/// follower of the change feed writes it.
#[derive(Debug)]
pub struct Gate {
    pub(crate) routes: ArcSwap<RouteTable>,
    pub(crate) keys: KeyRing,
    pub(crate) forbidden: ArcSwap<Vec<SocketAddr>>,
    pub(crate) revoking: Revoking,
    origins: Origins,
    mocks: Shelf,
    /// Keeps writers from each other.
    writer: Mutex<()>,
    version: AtomicU64,
    state: watch::Sender<State>,
    /// Where portals are reached; `{subdomain}` stands for the portal's.
    portal_url: OnceLock<String>,
    /// When it was first asked for the time.
    epoch: OnceLock<Instant>,
}

/// How far the snapshot is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Whether there is a snapshot at all.
    pub ready: bool,
    /// The latest change that it holds.
    pub seq: i64,
    /// Why it does not follow the changes at the moment, if so; the last snapshot is served.
    pub error: Option<Arc<str>>,
}

/// Everything that can be served.
#[derive(Default)]
pub struct Everything {
    /// All collections.
    pub collections: Vec<ServedCollection>,
    /// All policies.
    pub policies: Vec<ServedPolicy>,
    /// All clients.
    pub clients: Vec<ServedClient>,
    /// All keys.
    pub keys: Vec<ServedKey>,
    /// The secret that access tokens are signed with. Without it none is made or taken.
    pub signing_secret: Option<[u8; SIGNING_SECRET_BYTES]>,
    /// All access tokens that were revoked.
    pub revocations: Vec<Revocation>,
}

/// The present state of one thing that changed; `None` if it is gone.
#[derive(Debug)]
pub enum Delta {
    /// A collection with all its endpoints.
    Collection(CollectionId, Option<Box<ServedCollection>>),
    /// A policy.
    Policy(PolicyId, Option<ServedPolicy>),
    /// A client, its keys aside.
    Client(ClientId, Option<ServedClient>),
    /// A key.
    Key(KeyId, Option<Box<ServedKey>>),
    /// All access tokens that were revoked.
    Revocations(Vec<Revocation>),
}

impl Gate {
    /// A gate with nothing to serve: every call is answered 503 until it is filled.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            routes: ArcSwap::default(),
            keys: KeyRing::new(),
            forbidden: ArcSwap::default(),
            revoking: Revoking::default(),
            origins: Origins::default(),
            mocks: Shelf::default(),
            writer: Mutex::default(),
            version: AtomicU64::default(),
            state: watch::Sender::default(),
            portal_url: OnceLock::new(),
            epoch: OnceLock::new(),
        })
    }

    /// Puts `everything`, which holds all changes up to `seq`, in the place of what is served.
    pub fn replace(&self, mut everything: Everything, seq: i64) {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        everything.collections.iter_mut().for_each(|row| self.name_portals(row));
        self.mocks.retain(&everything.collections.iter().map(|row| row.id).collect());
        if let Some(secret) = &everything.signing_secret {
            self.keys.access().put_secret(secret);
        }
        self.keys.access().put_revocations(everything.revocations);
        self.keys.replace(&everything.policies, everything.clients, everything.keys);
        self.routes.store(Arc::new(RouteTable::new(everything.collections, &self.origins, &self.mocks)));
        self.version.fetch_add(1, Ordering::Release);
        self.state.send_modify(|state| (state.ready, state.seq) = (true, seq));
    }

    /// Applies what changed; after it the snapshot holds all changes up to `seq`.
    pub fn apply(&self, deltas: Vec<Delta>, seq: i64) {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut routes = None;
        for delta in deltas {
            match delta {
                Delta::Collection(id, collection) => {
                    let routes = routes.get_or_insert_with(|| RouteTable::clone(&self.routes.load()));
                    match collection {
                        Some(mut row) => {
                            self.name_portals(&mut row);
                            routes.put(*row, &self.origins, &self.mocks);
                        }
                        None => {
                            routes.remove(id);
                            self.mocks.remove(id);
                        }
                    }
                }
                Delta::Policy(_, Some(row)) => self.keys.put_policy(&row),
                Delta::Policy(id, None) => self.keys.remove_policy(id),
                Delta::Client(_, Some(row)) => self.keys.put_client(row),
                Delta::Client(id, None) => self.keys.remove_client(id),
                Delta::Key(_, Some(row)) => self.keys.put_key(&row),
                Delta::Key(id, None) => self.keys.remove_key(id),
                Delta::Revocations(all) => self.keys.access().put_revocations(all),
            }
        }
        if let Some(routes) = routes {
            self.routes.store(Arc::new(routes));
        }
        self.version.fetch_add(1, Ordering::Release);
        self.state.send_modify(|state| state.seq = seq);
    }

    /// Where portals are reached, such as `https://{subdomain}.developers.example.com`: their pages may
    /// call what they publish. To be said once, before anything is served.
    pub fn portals_at(&self, url: &str) {
        let _ = self.portal_url.set(url.to_owned());
    }

    /// Puts the portals' origins in the place of their subdomains.
    fn name_portals(&self, row: &mut ServedCollection) {
        let origin = |subdomain: &String| {
            let url = self.portal_url.get()?.replace("{subdomain}", subdomain);
            Some(Origin::parse(url.trim_end_matches('/')).ok()?.as_str().to_owned())
        };
        row.portals = row.portals.iter().filter_map(origin).collect();
    }

    /// The document that has to be read and [prepared](Self::prepare_mocks) before this collection is
    /// served as it is now: one that was not read yet, if a mock that is in use needs it.
    pub fn missing_document(&self, row: &ServedCollection) -> Option<DocumentId> {
        self.mocks.missing(row)
    }

    /// Prepares the mocks of a collection out of the text of its document, and keeps them as long as
    /// the document is the same. Takes up to a few seconds for large documents; what is served goes
    /// on meanwhile.
    pub fn prepare_mocks(&self, row: &ServedCollection, document: DocumentId, text: &str) {
        self.mocks.put(row.id, PreparedMocks::new(row, document, text));
    }

    /// Says that the changes cannot be followed at the moment. What is served stays.
    pub fn lag(&self, error: &str) {
        self.state.send_modify(|state| state.error = Some(error.into()));
    }

    /// Says that the changes are followed again.
    pub fn keep_up(&self) {
        self.state.send_modify(|state| state.error = None);
    }

    /// The addresses of the program's own listeners, to which no call may be forwarded.
    pub fn forbid(&self, listeners: Vec<SocketAddr>) {
        self.forbidden.store(Arc::new(listeners));
    }

    /// Goes up with each change of what is served.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// How far the snapshot is.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Tells of every change of [`Self::state`].
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Returns when the snapshot holds all changes up to `seq`.
    pub async fn reached(&self, seq: i64) {
        let mut state = self.watch();
        // The sender lives as long as `self`.
        let _ = state.wait_for(|state| state.ready && state.seq >= seq).await;
    }

    /// Milliseconds since some moment, the same for all threads.
    pub(crate) fn uptime_ms(&self, now: Instant) -> u64 {
        let epoch = self.epoch.get_or_init(|| now);
        u64::try_from(now.saturating_duration_since(*epoch).as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn keys_held(&self) -> u64 {
        self.keys.len() as u64
    }

    pub(crate) fn endpoints_held(&self) -> u64 {
        self.routes.load().endpoints() as u64
    }
}
