//! The keys and clients that the gateway knows.
//!
//! A call finds a key by the digest of its token with one atomic load and one look-up. A change of
//! one key copies one shard of about a thousandth of the keys, away from the threads that serve
//! calls; a change of a client copies nothing, since its keys share one cell.

mod access;
mod books;
mod client;
mod key;
mod shard;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use model::{ClientId, Digest, KeyId, PolicyId};
use store::quotas::Holder;
use store::serving::{ServedClient, ServedKey, ServedPolicy};

use crate::issuers::Issuers;
use crate::keys::access::Access;
use crate::keys::books::Books;
pub(crate) use crate::keys::client::{Client, ClientState};
pub(crate) use crate::keys::key::Key;
use crate::keys::shard::{SHARDS, Shard, Slot, place};
use crate::limits::{Desk, Meter};

/// All keys by the digest of their token.
#[derive(Debug)]
pub(crate) struct KeyRing {
    shards: Box<[ArcSwap<Shard>]>,
    /// What writers look at, and whoever presents an access token for the first time. Nobody holds
    /// its lock for longer than it takes to look something up.
    books: Mutex<Books>,
    /// Where quotas are reserved.
    pub(crate) desk: Desk,
    access: Access,
    issuers: Issuers,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| ArcSwap::default()).collect();
        let (access, issuers) = (Access::default(), Issuers::default());
        Self { shards, books: Mutex::default(), desk: Desk::new(), access, issuers }
    }

    /// What access tokens are checked with.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The identity providers of clients.
    pub(crate) fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// The key with this id.
    pub(crate) fn by_id(&self, id: KeyId) -> Option<Arc<Key>> {
        self.books().keys.get(&id).cloned()
    }

    /// Calls `with` with the key of this digest.
    pub(crate) fn find<R>(&self, digest: &Digest, with: impl FnOnce(Option<&Key>) -> R) -> R {
        let shard = self.shard(digest).load();
        with(shard.find(digest))
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.books().keys.len()
    }

    /// Adds a key, or puts it in the place of what it was before.
    pub(crate) fn put_key(&self, row: &ServedKey) {
        let mut books = self.books();
        let client = books.client(row.client);
        let before = books.keys.get(&row.id).cloned();
        let policy = row.policy.map(|id| books.policy(id));
        let key = Arc::new(Key::new(row, client, policy, before.as_deref(), &self.issuers));
        books.keys.insert(key.id, Arc::clone(&key));
        // The new token works before the old one stops.
        self.publish(&key);
        for digest in before.iter().flat_map(|before| before.digests()) {
            if !key.digests().any(|own| own == digest) {
                self.change(&digest, None);
            }
        }
    }

    /// Forgets a key.
    pub(crate) fn remove_key(&self, id: KeyId) {
        let mut books = self.books();
        if let Some(key) = books.keys.remove(&id) {
            key.digests().for_each(|digest| self.change(&digest, None));
        }
    }

    /// Adds a client or changes what it may do.
    pub(crate) fn put_client(&self, row: ServedClient) {
        let mut books = self.books();
        let client = books.client(row.id);
        let before = client.state();
        let state = ClientState::new(row, &before, &mut books, &self.issuers);
        // Its keys can be counted before they have to be.
        if state.policy.is_some() && before.policy.is_none() {
            self.give_meters(&mut books, client.id);
        }
        client.put(state);
    }

    /// Adds a policy or changes what it says.
    pub(crate) fn put_policy(&self, row: &ServedPolicy) {
        self.books().put_policy(row);
    }

    /// Forgets a policy, which nobody has any more.
    pub(crate) fn remove_policy(&self, id: PolicyId) {
        self.books().policies.remove(&id);
    }

    /// Gives the keys of a client that was without a policy something to count with.
    fn give_meters(&self, books: &mut Books, client: ClientId) {
        let lacks = |key: &&Arc<Key>| key.client.id == client && key.meter.is_none();
        let keys: Vec<_> = books.keys.values().filter(lacks).cloned().collect();
        for key in keys {
            let key = Arc::new(key.with_meter());
            books.keys.insert(key.id, Arc::clone(&key));
            self.publish(&key);
        }
    }

    /// Forgets windows of rates that are over since long. To be called more often than monthly.
    pub(crate) fn forget_rates(&self, uptime_ms: u64) {
        self.books().meters().for_each(|(_, meter)| meter.rate.forget(uptime_ms));
    }

    /// Takes away what is left of all blocks of quotas: whose, the second in which the window began, and
    /// the calls.
    pub(crate) fn take_blocks(&self) -> Vec<(Holder, i64, u16)> {
        let taken = |(holder, meter): (Holder, &Arc<Meter>)| {
            let (start, left) = meter.quota.take_all()?;
            Some((holder, start, left))
        };
        self.books().meters().filter_map(taken).collect()
    }

    /// Forgets a client. Keys that are left of it can call nothing.
    pub(crate) fn remove_client(&self, id: ClientId) {
        if let Some(client) = self.books().clients.remove(&id) {
            client.empty();
        }
    }

    /// Puts these policies, clients and keys in the place of all there are. What was counted stays.
    pub(crate) fn replace(
        &self,
        policies: &[ServedPolicy],
        clients: Vec<ServedClient>,
        keys: Vec<ServedKey>,
    ) {
        // Made beside those in use, so that nobody waits for it.
        let mut books = Books { stamp: self.books().stamp, ..Books::default() };
        for row in policies {
            let known = self.books().policies.get(&row.id).cloned();
            books.policies.extend(known.map(|cell| (row.id, cell)));
            books.put_policy(row);
        }
        for row in clients {
            let client = self.books().clients.get(&row.id).cloned().unwrap_or_else(|| Client::new(row.id));
            books.clients.insert(row.id, Arc::clone(&client));
            let state = ClientState::new(row, &client.state(), &mut books, &self.issuers);
            client.put(state);
        }
        // A little more than the average, so that few grow.
        let capacity = keys.len() / SHARDS * 5 / 4;
        let mut shards: Vec<_> = (0..SHARDS).map(|_| Vec::with_capacity(capacity)).collect();
        books.keys.reserve(keys.len());
        for row in keys {
            let client = books.client(row.client);
            let policy = row.policy.map(|id| books.policy(id));
            let before = self.by_id(row.id);
            let key = Arc::new(Key::new(&row, client, policy, before.as_deref(), &self.issuers));
            shards[place(&key.digest)].push(Slot::new(Arc::clone(&key)));
            if let Some(former) = key.as_former() {
                shards[place(&former.digest)].push(Slot::new(Arc::new(former)));
            }
            books.keys.insert(key.id, key);
        }
        for (shard, filled) in self.shards.iter().zip(shards) {
            shard.store(Arc::new(Shard::new(filled)));
        }
        let before = std::mem::replace(&mut *self.books(), books);
        drop(before);
    }

    /// Lets a key be found by its tokens.
    fn publish(&self, key: &Arc<Key>) {
        self.change(&key.digest, Some(Arc::clone(key)));
        if let Some(former) = key.as_former() {
            let digest = former.digest;
            self.change(&digest, Some(Arc::new(former)));
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, digest: &Digest) -> &ArcSwap<Shard> {
        &self.shards[place(digest)]
    }

    /// Publishes a copy of the shard in which `digest` lies, with `key` in the place of what had it.
    fn change(&self, digest: &Digest, key: Option<Arc<Key>>) {
        let cell = self.shard(digest);
        let shard = cell.load().with(digest, key);
        cell.store(Arc::new(shard));
    }
}

#[cfg(test)]
pub(crate) mod tests;
