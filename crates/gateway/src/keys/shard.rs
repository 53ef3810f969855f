//! A part of all keys, found by their digests.

use std::sync::Arc;

use model::Digest;

use super::key::Key;

/// With 100,000 keys a shard holds about 100.
pub(super) const SHARDS: usize = 1024;

/// The keys of a shard in the order of their marks. Marks are evenly spread, so a key stands near
/// the place to which its mark points: it is found in one or two lines of memory, where a hash table
/// takes two at least. What is not in the cache costs more than everything else about a look-up.
#[derive(Debug, Clone, Default)]
pub(super) struct Shard(Box<[Slot]>);

#[derive(Debug, Clone)]
pub(super) struct Slot {
    mark: u64,
    key: Arc<Key>,
}

impl Slot {
    pub(super) fn new(key: Arc<Key>) -> Self {
        Self { mark: mark(&key.digest), key }
    }
}

impl Shard {
    pub(super) fn new(mut slots: Vec<Slot>) -> Self {
        slots.sort_unstable_by_key(|slot| slot.mark);
        Self(slots.into())
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<&Key> {
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
    pub(super) fn with(&self, digest: &Digest, key: Option<Arc<Key>>) -> Self {
        let others = self.0.iter().filter(|slot| slot.key.digest != *digest).cloned();
        Self::new(others.chain(key.map(Slot::new)).collect())
    }
}

/// The shard of a digest.
pub(super) fn place(digest: &Digest) -> usize {
    usize::from(u16::from_be_bytes([digest.0[0], digest.0[1]])) % SHARDS
}

/// Eight bytes of a digest, evenly spread as all of it. Not those that choose the shard.
fn mark(digest: &Digest) -> u64 {
    digest.0[2..10].iter().fold(0, |mark, &byte| mark << 8 | u64::from(byte))
}
