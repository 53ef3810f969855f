//! What there is of keys, clients and policies, by id.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use model::{ClientId, KeyId, PolicyId};
use store::quotas::Holder;
use store::serving::ServedPolicy;

use super::client::Client;
use super::key::Key;
use crate::limits::{Meter, PolicyCell};

/// What writers look at.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) keys: HashMap<KeyId, Arc<Key>, RandomState>,
    pub(super) clients: HashMap<ClientId, Arc<Client>, RandomState>,
    pub(super) policies: HashMap<PolicyId, Arc<PolicyCell>, RandomState>,
    /// The last stamp of a quota.
    pub(super) stamp: u16,
}

impl Books {
    /// The client's cell. A key may be read before its client is; until then the client is one
    /// that may do nothing.
    pub(super) fn client(&mut self, id: ClientId) -> Arc<Client> {
        Arc::clone(self.clients.entry(id).or_insert_with(|| Client::new(id)))
    }

    /// The policy's cell. A client may be read before its policy is; until then it may not call.
    pub(super) fn policy(&mut self, id: PolicyId) -> Arc<PolicyCell> {
        Arc::clone(self.policies.entry(id).or_default())
    }

    pub(super) fn put_policy(&mut self, row: &ServedPolicy) {
        // 0 is the stamp of no quota.
        self.stamp = self.stamp.checked_add(1).unwrap_or(1);
        let stamp = self.stamp;
        self.policy(row.id).put(row, stamp);
    }

    pub(super) fn meters(&self) -> impl Iterator<Item = (Holder, &Arc<Meter>)> {
        let of_keys = self.keys.values().filter_map(|key| Some((Holder::Key(key.id), key.meter.as_ref()?)));
        let of_clients =
            self.clients.values().filter_map(|client| Some((Holder::Client(client.id), client.meter()?)));
        of_keys.chain(of_clients)
    }
}
