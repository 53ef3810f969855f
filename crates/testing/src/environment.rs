//! Time and chance that are the same in every run.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use model::environment::{Clock, Random};

/// A clock that stands still until it is set.
pub struct StillClock(AtomicI64);

impl StillClock {
    /// One that stands at this moment.
    pub fn at(now: &str) -> Self {
        let clock = Self(AtomicI64::new(0));
        clock.set(now);
        clock
    }

    /// Sets it to another moment.
    pub fn set(&self, now: &str) {
        let now: Timestamp = now.parse().unwrap();
        self.0.store(now.as_microsecond(), Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "an instant cannot be made up")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// Never the same bytes twice, and in every run the same ones.
#[derive(Default)]
pub struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}
