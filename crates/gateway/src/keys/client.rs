//! A client as its keys know it.

use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use model::{ClientId, CollectionId, WorkspaceId};
use store::serving::ServedClient;

use super::books::Books;
use crate::issuers::Issuers;
use crate::jwt::Rules;
use crate::limits::{Meter, PolicyCell};

/// The cell that all keys of a client point to.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    state: ArcSwap<ClientState>,
    /// What is counted of all its keys together; there once it had a policy for that.
    meter: OnceLock<Arc<Meter>>,
}

/// What a client is and may do at present.
#[derive(Debug, Default)]
pub(crate) struct ClientState {
    /// Absent until the client itself is known, and after it is gone.
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) active: bool,
    /// How often each of its keys may call.
    pub(crate) policy: Option<Arc<PolicyCell>>,
    /// How often all of its keys together may call.
    pub(crate) whole: Option<Arc<PolicyCell>>,
    /// In order.
    pub(super) collections: Box<[CollectionId]>,
    pub(super) jwt: Option<Arc<Rules>>,
}

impl Client {
    pub(super) fn new(id: ClientId) -> Arc<Self> {
        Arc::new(Self { id, state: ArcSwap::default(), meter: OnceLock::new() })
    }

    pub(crate) fn meter(&self) -> Option<&Arc<Meter>> {
        self.meter.get()
    }

    pub(crate) fn state(&self) -> Guard<Arc<ClientState>> {
        self.state.load()
    }

    pub(super) fn put(&self, state: ClientState) {
        if state.whole.is_some() {
            self.meter.get_or_init(Arc::default);
        }
        self.state.store(Arc::new(state));
    }

    /// It may do nothing any more.
    pub(super) fn empty(&self) {
        self.state.store(Arc::default());
    }
}

impl ClientState {
    pub(super) fn new(row: ServedClient, before: &Self, books: &mut Books, issuers: &Issuers) -> Self {
        Self {
            workspace: Some(row.workspace),
            active: row.active,
            policy: row.policy.map(|id| books.policy(id)),
            whole: row.client_policy.map(|id| books.policy(id)),
            collections: in_order(row.collections),
            jwt: row.jwt.map(|set| Rules::new(&set, before.jwt.as_ref(), issuers)),
        }
    }
}

pub(super) fn in_order(mut collections: Vec<CollectionId>) -> Box<[CollectionId]> {
    collections.sort_unstable();
    collections.into()
}
