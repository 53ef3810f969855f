//! How often something may be done: the generic cell rate algorithm (ITU-T I.371). Of each caller one point in
//! time is kept, at which all that they did is worked off.

/// So often at once, and then once in that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it takes until one is worked off, in microseconds.
    pub interval_us: i64,
    /// How often at once.
    pub burst: i64,
}

/// What is said to one who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// They may.
    Admitted {
        /// The point to keep from now on.
        done_us: i64,
    },
    /// They may not, and it does not count: trying again too early costs nothing.
    Refused {
        /// The point to keep; another one only after a clock was set back.
        done_us: i64,
        /// How long until they may.
        wait_us: i64,
    },
}

impl Pace {
    /// How long it takes until a burst is worked off, in microseconds.
    pub const fn window_us(self) -> i64 {
        self.interval_us.saturating_mul(self.burst)
    }

    /// Counts somebody at `now_us`, all of whose doings are worked off at `done_us`.
    pub fn count(self, done_us: i64, now_us: i64) -> Counted {
        let window = self.window_us();
        // A clock that was set back leaves a point that lies too far ahead.
        let done_us = done_us.clamp(now_us, now_us.saturating_add(window));
        let next = done_us.saturating_add(self.interval_us);
        match next - now_us - window {
            wait_us if wait_us > 0 => Counted::Refused { done_us, wait_us },
            _ => Counted::Admitted { done_us: next },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let pace = Pace { interval_us: 100, burst: 3 };
        let mut done_us = 0;
        let mut at = |now_us| match pace.count(done_us, now_us) {
            Counted::Admitted { done_us: next } => {
                done_us = next;
                0
            }
            Counted::Refused { done_us: kept, wait_us } => {
                done_us = kept;
                wait_us
            }
        };
        let waits = [1_000, 1_000, 1_000, 1_000, 1_099, 1_100, 1_100].map(&mut at);
        assert_eq!(waits, [0, 0, 0, 100, 1, 0, 100]);
        // Long after, and on a clock that was set back.
        assert_eq!([9_000, 9_000, 9_000, 9_000, 500, 600].map(at), [0, 0, 0, 100, 100, 0]);
    }
}
