//! Time and chance as values. Only the `server` crate asks the system for either; everything
//! else is handed these, so that a test can hold the clock still.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Wall-clock time, UTC.
    fn now(&self) -> Timestamp;

    /// A point on a clock that never goes back, for durations.
    fn instant(&self) -> Instant;
}

/// Gives unpredictable bytes, fit for secrets.
pub trait Random: Send + Sync {
    /// Fills `bytes` from the system's cryptographic generator.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock and the generator that a part of the program works with.
#[derive(Clone)]
pub struct Environment {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives unpredictable bytes.
    pub random: Arc<dyn Random>,
}

impl Environment {
    /// `N` unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// Wall-clock time, UTC, in the store's resolution of a microsecond.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
