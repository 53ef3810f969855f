//! Identity providers and the keys that they sign with (OpenID Connect Discovery 1.0; RFC 7517).
//!
//! Keys are fetched in the background. A call looks at those that are there; only if its token names
//! another one does it wait, a short while, for the one fetch that everybody with such a token waits
//! for. While a provider is away, its last keys stay.

pub mod fetching;
mod set;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use model::client::Provider;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::jwt::Token;

pub(crate) use set::{KeySet, Verdict};

/// How long keys are used until they are fetched again without being asked for.
const REFRESH: Duration = Duration::from_secs(300);

/// How long to wait after the first failure; twice as long after each further one, up to [`REFRESH`].
const RETRY: Duration = Duration::from_secs(5);

/// How long a call waits for keys.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often calls can ask for keys in a row.
const ASKING: u32 = 5;

/// After how long they can ask once more.
const ASKING_AGAIN: Duration = Duration::from_secs(10);

/// Every provider that somebody's rules name.
#[derive(Debug, Default)]
pub(crate) struct Issuers {
    all: Mutex<HashMap<Provider, Weak<Issuer>>>,
    news: Arc<Notify>,
    fetched: AtomicU64,
    failed: AtomicU64,
}

/// A provider and its keys.
#[derive(Debug)]
pub(crate) struct Issuer {
    source: Provider,
    keys: ArcSwapOption<KeySet>,
    schedule: Mutex<Schedule>,
    /// How many fetches have ended.
    fetches: watch::Sender<u64>,
    news: Arc<Notify>,
}

/// When the keys of a provider are fetched.
#[derive(Debug, Default)]
struct Schedule {
    /// Somebody waits for it.
    is_wanted: bool,
    is_running: bool,
    /// When it is due without being wanted; at once, if never before.
    due: Option<Instant>,
    failures: u32,
    /// How many more times it can be asked for.
    asking: u32,
    asked: Option<Instant>,
}

/// The end of a fetch.
#[derive(Debug)]
pub(crate) struct Wait(watch::Receiver<u64>);

impl Wait {
    /// Returns when the fetch has ended, or takes too long.
    pub(crate) async fn over(mut self) {
        // The sender goes when nobody's rules name the provider any more.
        _ = timeout(PATIENCE, self.0.changed()).await;
    }
}

/// How the providers are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Health {
    /// With keys, and the last fetch worked.
    pub(crate) fresh: u64,
    /// With keys, but the last fetch failed.
    pub(crate) stale: u64,
    /// Without keys.
    pub(crate) missing: u64,
    pub(crate) fetched: u64,
    pub(crate) failed: u64,
}

impl Issuers {
    /// The provider, which is fetched soon if it is a new one.
    pub(crate) fn of(&self, source: &Provider) -> Arc<Issuer> {
        let mut all = self.all();
        if let Some(known) = all.get(source).and_then(Weak::upgrade) {
            return known;
        }
        let issuer = Arc::new(Issuer {
            source: source.clone(),
            keys: ArcSwapOption::empty(),
            schedule: Mutex::new(Schedule { asking: ASKING, ..Schedule::default() }),
            fetches: watch::Sender::default(),
            news: Arc::clone(&self.news),
        });
        all.insert(source.clone(), Arc::downgrade(&issuer));
        self.news.notify_one();
        issuer
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Provider, Weak<Issuer>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that somebody's rules still name; the others are forgotten.
    fn living(&self) -> Vec<Arc<Issuer>> {
        let mut all = self.all();
        all.retain(|_, issuer| issuer.strong_count() > 0);
        all.values().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn health(&self) -> Health {
        let mut health = Health {
            fetched: self.fetched.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            ..Health::default()
        };
        for issuer in self.living() {
            let has_failed = issuer.schedule().failures > 0;
            match issuer.keys.load().is_some() {
                true if has_failed => health.stale += 1,
                true => health.fresh += 1,
                false => health.missing += 1,
            }
        }
        health
    }
}

impl Issuer {
    /// Looks a token's signature up among the keys; tells the number of the keys, too.
    pub(crate) fn check(&self, token: &Token<'_>) -> (Verdict, Option<Arc<KeySet>>) {
        let keys = self.keys.load_full();
        let verdict = keys.as_ref().map_or(Verdict::Unknown, |keys| keys.check(token));
        (verdict, keys)
    }

    /// The number of the keys; each other keys have another.
    pub(crate) fn number(&self) -> u64 {
        self.keys.load().as_ref().map_or(0, |keys| keys.number)
    }

    /// Asks for the keys to be fetched, which is not done as often as somebody may wish.
    pub(crate) fn ask(&self, now: Instant) -> Option<Wait> {
        let wait = Wait(self.fetches.subscribe());
        let mut schedule = self.schedule();
        if schedule.is_wanted || schedule.is_running {
            return Some(wait);
        }
        let since = schedule.asked.map_or(Duration::ZERO, |asked| now.saturating_duration_since(asked));
        let more = u32::try_from(since.as_secs() / ASKING_AGAIN.as_secs()).unwrap_or(ASKING);
        if more > 0 {
            schedule.asking = schedule.asking.saturating_add(more).min(ASKING);
            schedule.asked = Some(now);
        }
        schedule.asking = schedule.asking.checked_sub(1)?;
        schedule.asked.get_or_insert(now);
        schedule.is_wanted = true;
        drop(schedule);
        self.news.notify_one();
        Some(wait)
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a fetch is to begin now; it has begun then.
    fn begins(&self, now: Instant) -> bool {
        let mut schedule = self.schedule();
        let is_due = schedule.is_wanted || schedule.due.is_none_or(|due| due <= now);
        let begins = is_due && !schedule.is_running;
        schedule.is_running |= begins;
        begins
    }

    /// When a fetch is due without being wanted.
    fn due(&self) -> Option<Instant> {
        let schedule = self.schedule();
        schedule.due.filter(|_| !schedule.is_running)
    }

    /// A fetch has ended. Without keys the last ones stay.
    fn end(&self, keys: Option<KeySet>, now: Instant) {
        let mut schedule = self.schedule();
        schedule.is_wanted = false;
        schedule.is_running = false;
        match keys {
            Some(keys) => {
                schedule.failures = 0;
                schedule.due = now.checked_add(REFRESH);
                if !self.keys.load().as_ref().is_some_and(|before| before.is_like(&keys)) {
                    self.keys.store(Some(Arc::new(keys)));
                }
            }
            None => {
                let pause = RETRY.saturating_mul(1 << schedule.failures.min(10)).min(REFRESH);
                schedule.failures = schedule.failures.saturating_add(1);
                schedule.due = now.checked_add(pause);
            }
        }
        drop(schedule);
        self.fetches.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests;
