//! The last documents that were derived, so that readers who ask again and again cost nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use openapi::Version;
use tokio::sync::Semaphore;

/// The most bytes of documents that are kept.
const CACHE_BYTES: usize = 64 << 20;

/// What an entry costs beside its text, in bytes; bounds how many there can be.
const ENTRY_BYTES: usize = 1 << 10;

/// The most documents that are derived at once. Each takes a core for as long as it lasts, and
/// many times its size in memory.
const DERIVATIONS: usize = 2;

/// A document as it is sent, or why there is none.
pub(super) type Outcome = Result<Derived, String>;

/// A document as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) text: Bytes,
    /// The version of OpenAPI in which it is written.
    pub(super) version: Version,
}

/// What was derived last, and the places for those who derive.
pub(crate) struct Cache {
    entries: Mutex<Entries>,
    pub(super) derivations: Arc<Semaphore>,
}

#[derive(Default)]
struct Entries {
    /// The last used first.
    list: VecDeque<(String, Outcome)>,
    size_bytes: usize,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), derivations: Arc::new(Semaphore::new(DERIVATIONS)) }
    }

    pub(super) fn get(&self, tag: &str) -> Option<Outcome> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let place = entries.list.iter().position(|(known, _)| known == tag)?;
        let entry = entries.list.remove(place)?;
        let outcome = entry.1.clone();
        entries.list.push_front(entry);
        Some(outcome)
    }

    /// Keeps it, and lets go of what was not asked for the longest.
    pub(super) fn put(&self, tag: String, outcome: Outcome) {
        let size_bytes = size(&outcome);
        if size_bytes > CACHE_BYTES {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.list.iter().any(|(known, _)| *known == tag) {
            return;
        }
        entries.size_bytes += size_bytes;
        entries.list.push_front((tag, outcome));
        while entries.size_bytes > CACHE_BYTES
            && let Some((_, dropped)) = entries.list.pop_back()
        {
            entries.size_bytes -= size(&dropped);
        }
    }
}

fn size(outcome: &Outcome) -> usize {
    let text = match outcome {
        Ok(derived) => derived.text.len(),
        Err(message) => message.len(),
    };
    text + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(size_bytes: usize) -> Outcome {
        Ok(Derived { text: vec![b'x'; size_bytes].into(), version: Version::V3_1 })
    }

    #[test]
    fn the_least_asked_for_goes_first() {
        let cache = Cache::new();
        let half = CACHE_BYTES / 2 - ENTRY_BYTES;
        cache.put("a".to_owned(), outcome(half));
        cache.put("b".to_owned(), outcome(half));
        assert!(cache.get("a").is_some());
        cache.put("c".to_owned(), Err("no".to_owned()));
        assert_eq!(cache.get("b"), None);
        assert!(cache.get("a").is_some());
        assert_eq!(cache.get("c"), Some(Err("no".to_owned())));
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let cache = Cache::new();
        cache.put("a".to_owned(), outcome(10));
        cache.put("b".to_owned(), outcome(CACHE_BYTES));
        assert!(cache.get("a").is_some() && cache.get("b").is_none());
    }
}
