//! The keys and clients that the gateway knows.
//!
//! A call finds a key by the digest of its token with one atomic load and one look-up. A change of
//! one key copies one shard of about a thousandth of the keys, away from the threads that serve
//! calls; a change of a client copies nothing, since its keys share one cell.

mod access;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::{ArcSwap, Guard};
use foldhash::fast::RandomState;
use jiff::Timestamp;
use model::access_token::{AccessToken, short};
use model::{AuthType, ClientId, CollectionId, Digest, KeyId, PackedIpRules, PolicyId, WorkspaceId};
use store::quotas::Holder;
use store::serving::{ServedClient, ServedKey, ServedPolicy};

use crate::issuers::Issuers;
use crate::jwt::Rules;
use crate::keys::access::Access;
use crate::limits::{Desk, Meter, PolicyCell};

/// With 100,000 keys a shard holds about 100.
const SHARDS: usize = 1024;

/// A key as a call meets it.
///
/// A changed key is a new one, made by [`Key::new`], which is handed the one before it: what has
/// to outlive a change, such as the window of a limit, moves over there.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) digest: Digest,
    pub(crate) id: KeyId,
    pub(crate) client: Arc<Client>,
    pub(crate) active: bool,
    /// How its callers authenticate.
    pub(crate) auth_type: AuthType,
    /// What its signed tokens must be like, in place of what its client says; of access profiles.
    jwt: Option<Arc<Rules>>,
    oauth_client_id: Option<Box<str>>,
    former: Option<Box<Former>>,
    /// Access tokens of other generations are over.
    pub(crate) generation: u32,
    /// In order; what it may call in place of what its client may.
    collections: Option<Box<[CollectionId]>>,
    /// Microseconds since 1970; the greatest there is for a key without an end.
    pub(crate) expires_at_us: i64,
    pub(crate) rules: PackedIpRules,
    /// How often it may call, in place of what its client says.
    pub(crate) policy: Option<Arc<PolicyCell>>,
    /// What is counted of it; there if it or its client has a policy.
    pub(crate) meter: Option<Arc<Meter>>,
}

impl Key {
    fn new(
        row: &ServedKey,
        client: Arc<Client>,
        policy: Option<Arc<PolicyCell>>,
        before: Option<&Self>,
        issuers: &Issuers,
    ) -> Self {
        let has_policy = policy.is_some() || client.state().policy.is_some();
        let meter = before.and_then(|before| before.meter.clone());
        Self {
            meter: meter.or_else(|| has_policy.then(Arc::default)),
            policy,
            digest: row.digest,
            id: row.id,
            client,
            active: row.active,
            auth_type: row.auth_type,
            jwt: row
                .jwt
                .as_ref()
                .map(|set| Rules::new(set, before.and_then(|before| before.jwt.as_ref()), issuers)),
            oauth_client_id: row.oauth_client_id.as_deref().map(Box::from),
            former: row
                .former
                .map(|(digest, until)| Box::new(Former { digest, until_us: until.as_microsecond() })),
            generation: short(row.generation),
            collections: row.collections.as_ref().map(|collections| in_order(collections.clone())),
            expires_at_us: row.expires_at.map_or(i64::MAX, Timestamp::as_microsecond),
            rules: row.rules.clone(),
        }
    }

    /// Whether it may call a collection, as far as that is for the key or its client to say.
    pub(crate) fn may_call(&self, client: &ClientState, collection: CollectionId) -> bool {
        let collections = self.collections.as_ref().unwrap_or(&client.collections);
        collections.binary_search(&collection).is_ok()
    }

    /// The public half of its OAuth 2.0 credential.
    pub(crate) fn oauth_client_id(&self) -> Option<&str> {
        self.oauth_client_id.as_deref()
    }

    /// Whether an access token that was made with it still stands.
    pub(crate) fn takes(&self, token: &AccessToken, now: Timestamp) -> bool {
        self.stands_until(token.generation, now).is_some()
    }

    /// Until when that stands which was permitted when it was of this generation: microseconds since
    /// 1970, the greatest there is if it has no end. `None` if it does not stand any more.
    pub(crate) fn stands_until(&self, generation: u32, now: Timestamp) -> Option<i64> {
        if generation == self.generation {
            return Some(self.expires_at_us);
        }
        let is_former = generation.checked_add(1) == Some(self.generation);
        let former =
            self.former.as_ref().filter(|former| is_former && now.as_microsecond() < former.until_us)?;
        Some(self.expires_at_us.min(former.until_us))
    }

    /// The key as its former token finds it: as it was before it was refreshed, with an end.
    fn as_former(&self) -> Option<Self> {
        let former = self.former.as_deref()?;
        let expires_at_us = self.expires_at_us.min(former.until_us);
        let generation = self.generation.saturating_sub(1);
        Some(Self { digest: former.digest, expires_at_us, generation, former: None, ..self.clone() })
    }

    /// What it is found by.
    fn digests(&self) -> impl Iterator<Item = Digest> {
        std::iter::once(self.digest).chain(self.former.as_ref().map(|former| former.digest))
    }

    /// Calls `with` with what its signed tokens must be like, if its callers present such.
    pub(crate) fn with_token_rules<R>(&self, with: impl FnOnce(&Arc<Rules>) -> R) -> Option<R> {
        match &self.jwt {
            _ if !self.auth_type.is_signed() => None,
            Some(own) => Some(with(own)),
            None => self.client.state().jwt.as_ref().map(with),
        }
    }

    /// Whether it has expired, if it ever does. Asks for the time only then.
    pub(crate) fn is_expired(&self, now: impl FnOnce() -> Timestamp) -> bool {
        self.expires_at_us < i64::MAX && self.expires_at_us <= now().as_microsecond()
    }
}

/// The token before the last refresh, which may work beside the present one for a while.
#[derive(Debug, Clone)]
struct Former {
    digest: Digest,
    /// Microseconds since 1970.
    until_us: i64,
}

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
    collections: Box<[CollectionId]>,
    jwt: Option<Arc<Rules>>,
}

impl Client {
    fn new(id: ClientId) -> Arc<Self> {
        Arc::new(Self { id, state: ArcSwap::default(), meter: OnceLock::new() })
    }

    pub(crate) fn meter(&self) -> Option<&Arc<Meter>> {
        self.meter.get()
    }

    pub(crate) fn state(&self) -> Guard<Arc<ClientState>> {
        self.state.load()
    }

    fn put(&self, state: ClientState) {
        if state.whole.is_some() {
            self.meter.get_or_init(Arc::default);
        }
        self.state.store(Arc::new(state));
    }
}

impl ClientState {
    fn new(row: ServedClient, before: &Self, books: &mut Books, issuers: &Issuers) -> Self {
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

fn in_order(mut collections: Vec<CollectionId>) -> Box<[CollectionId]> {
    collections.sort_unstable();
    collections.into()
}

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

#[derive(Debug, Default)]
struct Books {
    keys: HashMap<KeyId, Arc<Key>, RandomState>,
    clients: HashMap<ClientId, Arc<Client>, RandomState>,
    policies: HashMap<PolicyId, Arc<PolicyCell>, RandomState>,
    /// The last stamp of a quota.
    stamp: u16,
}

/// The keys of a shard in the order of their marks. Marks are evenly spread, so a key stands near
/// the place to which its mark points: it is found in one or two lines of memory, where a hash table
/// takes two at least. What is not in the cache costs more than everything else about a look-up.
#[derive(Debug, Clone, Default)]
struct Shard(Box<[Slot]>);

#[derive(Debug, Clone)]
struct Slot {
    mark: u64,
    key: Arc<Key>,
}

impl Slot {
    fn new(key: Arc<Key>) -> Self {
        Self { mark: mark(&key.digest), key }
    }
}

impl Shard {
    fn new(mut slots: Vec<Slot>) -> Self {
        slots.sort_unstable_by_key(|slot| slot.mark);
        Self(slots.into())
    }

    fn find(&self, digest: &Digest) -> Option<&Key> {
        let (slots, mark) = (&*self.0, mark(digest));
        let expected = (u128::from(mark) * slots.len() as u128) >> u64::BITS;
        let mut place = usize::try_from(expected).unwrap_or_default();
        while place > 0 && slots[place - 1].mark >= mark {
            place -= 1;
        }
        let near = slots[place..].iter().take_while(|slot| slot.mark <= mark);
        near.map(|slot| &*slot.key).find(|key| key.digest == *digest)
    }

    /// A copy without the key of this digest, if it was there, and with `key`.
    fn with(&self, digest: &Digest, key: Option<Arc<Key>>) -> Self {
        let others = self.0.iter().filter(|slot| slot.key.digest != *digest).cloned();
        Self::new(others.chain(key.map(Slot::new)).collect())
    }
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
            let key = Arc::new(Key { meter: Some(Arc::default()), ..Key::clone(&key) });
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
            client.state.store(Arc::default());
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

impl Books {
    /// The client's cell. A key may be read before its client is; until then the client is one
    /// that may do nothing.
    fn client(&mut self, id: ClientId) -> Arc<Client> {
        Arc::clone(self.clients.entry(id).or_insert_with(|| Client::new(id)))
    }

    /// The policy's cell. A client may be read before its policy is; until then it may not call.
    fn policy(&mut self, id: PolicyId) -> Arc<PolicyCell> {
        Arc::clone(self.policies.entry(id).or_default())
    }

    fn put_policy(&mut self, row: &ServedPolicy) {
        // 0 is the stamp of no quota.
        self.stamp = self.stamp.checked_add(1).unwrap_or(1);
        let stamp = self.stamp;
        self.policy(row.id).put(row, stamp);
    }

    fn meters(&self) -> impl Iterator<Item = (Holder, &Arc<Meter>)> {
        let of_keys = self.keys.values().filter_map(|key| Some((Holder::Key(key.id), key.meter.as_ref()?)));
        let of_clients =
            self.clients.values().filter_map(|client| Some((Holder::Client(client.id), client.meter()?)));
        of_keys.chain(of_clients)
    }
}

/// The shard of a digest.
fn place(digest: &Digest) -> usize {
    usize::from(u16::from_be_bytes([digest.0[0], digest.0[1]])) % SHARDS
}

/// Eight bytes of a digest, evenly spread as all of it. Not those that choose the shard.
fn mark(digest: &Digest) -> u64 {
    digest.0[2..10].iter().fold(0, |mark, &byte| mark << 8 | u64::from(byte))
}

#[cfg(test)]
pub(crate) mod tests;
