//! A rate: so many calls in a window that the first call opens. Start and count are one word, so that
//! the limit is exact however many threads count at once.

use std::sync::atomic::{AtomicU64, Ordering};

use model::policy::{Limit, REQUESTS_MAX, RateWindow};

use super::{Standing, Which};

/// A limit has at most [`REQUESTS_MAX`] calls, which is less than 2^30.
const COUNT_BITS: u32 = 30;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
/// Milliseconds in 34 bits come round after 198 days. [`Rate::forget`] is called more often.
const TIME_BITS: u32 = u64::BITS - COUNT_BITS;

/// How far behind a thread may be that read the clock before another one opened the window.
const BEHIND_MS: i64 = 3_600_000;

/// What a policy says about the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateRule {
    pub(crate) limit: u32,
    window_ms: i64,
}

impl RateRule {
    pub(crate) fn new(limit: Limit<RateWindow>) -> Self {
        let calls = u32::try_from(limit.requests.clamp(0, REQUESTS_MAX)).unwrap_or_default();
        Self { limit: calls, window_ms: limit.per.seconds() * 1000 }
    }

    pub(crate) fn window_s(self) -> u32 {
        u32::try_from(self.window_ms / 1000).unwrap_or(u32::MAX)
    }
}

/// The window of a rate: when it was opened, and how many calls came since. 0 before the first.
#[derive(Debug, Default)]
pub(crate) struct Rate(AtomicU64);

/// How far a rate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    remaining: u32,
    reset_ms: i64,
}

impl Reading {
    /// Rounded up: after it the window is over.
    pub(crate) fn reset_s(self) -> u32 {
        u32::try_from(self.reset_ms.max(0)).unwrap_or(u32::MAX).div_ceil(1000)
    }

    pub(crate) fn of(self, which: Which, limit: u32, window_s: u32) -> Standing {
        Standing { which, limit, remaining: self.remaining, window_s, reset_s: self.reset_s() }
    }
}

/// A word taken apart, as it is at a moment.
struct Window {
    start: u64,
    count: u64,
    /// Milliseconds since the start. Less than 0 for a thread that read the clock before another one
    /// opened the window; it is in the window nevertheless.
    elapsed_ms: i64,
}

impl Window {
    fn at(word: u64, now_ms: u64) -> Self {
        let (start, count) = (word >> COUNT_BITS, word & COUNT_MASK);
        let elapsed = now_ms.wrapping_sub(start) << COUNT_BITS;
        Self { start, count, elapsed_ms: elapsed.cast_signed() >> COUNT_BITS }
    }

    fn is_over(&self, rule: RateRule) -> bool {
        self.count == 0 || self.elapsed_ms >= rule.window_ms || self.elapsed_ms < -BEHIND_MS
    }

    fn word(start: u64, count: u64) -> u64 {
        (start << COUNT_BITS) | count
    }

    fn reading(&self, rule: RateRule) -> Reading {
        let used = u32::try_from(self.count).unwrap_or(u32::MAX);
        let reset_ms = rule.window_ms - self.elapsed_ms.max(0);
        Reading { remaining: rule.limit.saturating_sub(used), reset_ms }
    }
}

impl Rate {
    /// Counts a call, and says whether it is within the limit.
    pub(crate) fn take(&self, now_ms: u64, rule: RateRule) -> (Reading, bool) {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let window = Window::at(word, now_ms);
            let next = if window.is_over(rule) {
                Window { start: now_ms & (u64::MAX >> COUNT_BITS), count: 1, elapsed_ms: 0 }
            } else if window.count < u64::from(rule.limit) {
                Window { count: window.count + 1, ..window }
            } else {
                return (window.reading(rule), false);
            };
            let new = Window::word(next.start, next.count);
            match self.0.compare_exchange_weak(word, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return (next.reading(rule), true),
                Err(other) => word = other,
            }
        }
    }

    /// Whether a call would be within the limit now.
    pub(crate) fn look(&self, now_ms: u64, rule: RateRule) -> (Reading, bool) {
        let window = Window::at(self.0.load(Ordering::Relaxed), now_ms);
        if window.is_over(rule) {
            return (Reading { remaining: rule.limit, reset_ms: rule.window_ms }, true);
        }
        (window.reading(rule), window.count < u64::from(rule.limit))
    }

    /// Takes a call out again that was counted at `now_ms`, unless another window is open by now.
    pub(crate) fn give_back(&self, now_ms: u64, rule: RateRule) {
        let less = |word| {
            let window = Window::at(word, now_ms);
            (!window.is_over(rule)).then(|| Window::word(window.start, window.count - 1))
        };
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Forgets a window that is longer ago than any window lasts, so that its start cannot be taken for
    /// one of the present when the time in the word has come round.
    pub(crate) fn forget(&self, now_ms: u64) {
        const DAY_MS: i64 = 86_400_000;
        let word = self.0.load(Ordering::Relaxed);
        if word != 0 && Window::at(word, now_ms).elapsed_ms.abs() > DAY_MS {
            let _ = self.0.compare_exchange(word, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

const _: () = assert!(COUNT_MASK > REQUESTS_MAX.cast_unsigned() && TIME_BITS == 34);

#[cfg(test)]
mod tests;
