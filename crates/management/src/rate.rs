//! How often a token may call, and how often an address may call without one: so many calls a second
//! in the long run, and a burst of so many at once.
//!
//! It is counted at a [pace](model::pace). A call that is refused does not count, so that whoever tries again
//! too early does not wait the longer for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use model::id::DeveloperClientId;
use model::net::network;
use model::pace::{Counted, Pace};
use serde::Deserialize;

/// The most callers of a kind whose calls are counted one by one. Only those count that called within
/// the last burst; those that come on top share one count.
const CALLERS: usize = 10_000;

const SECOND: i64 = 1_000_000;

/// How often one may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls a second, in the long run.
    pub per_second: NonZeroU32,
    /// Calls at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Microseconds in which one call is worked off.
    fn interval(self) -> i64 {
        (SECOND / i64::from(self.per_second.get())).max(1)
    }

    /// Microseconds in which a burst is worked off.
    fn window(self) -> i64 {
        self.pace().window_us()
    }

    fn pace(self) -> Pace {
        Pace { interval_us: self.interval(), burst: i64::from(self.burst.get()) }
    }
}

/// What is left to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    policy: &'static str,
    rate: Rate,
    calls: i64,
    /// Microseconds until the whole burst is there again.
    until_full: i64,
    /// Microseconds to wait for a call that was refused.
    wait: Option<i64>,
}

impl Left {
    /// Whether the call is refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.wait.is_some()
    }

    /// The seconds after which the next call is let through.
    pub(crate) fn retry_after(&self) -> i64 {
        self.wait.map_or(0, seconds).max(1)
    }

    /// Says so in an answer: `RateLimit` and `RateLimit-Policy` as the draft of the IETF has them
    /// (draft-ietf-httpapi-ratelimit-headers-10), and the older names that clients know.
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        let (name, burst, reset) = (self.policy, self.rate.burst, seconds(self.until_full));
        let window = seconds(self.rate.window());
        let mut insert = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        insert("ratelimit-policy", format!("\"{name}\";q={burst};w={window}"));
        insert("ratelimit", format!("\"{name}\";r={};t={reset}", self.calls));
        insert("x-ratelimit-limit", burst.to_string());
        insert("x-ratelimit-remaining", self.calls.to_string());
        insert("x-ratelimit-reset", reset.to_string());
    }
}

/// Whole seconds, begun ones included.
fn seconds(microseconds: i64) -> i64 {
    (microseconds + SECOND - 1) / SECOND
}

/// Counts the calls of tokens and of addresses, in this process.
pub(crate) struct Meters {
    tokens: Meter<DeveloperClientId>,
    addresses: Meter<IpAddr>,
}

impl Meters {
    pub(crate) fn new(token: Rate, anonymous: Rate) -> Self {
        Self { tokens: Meter::new("token", token), addresses: Meter::new("address", anonymous) }
    }

    /// Counts a call with a token.
    pub(crate) fn token(&self, token: DeveloperClientId, now: Timestamp) -> Left {
        self.tokens.take(token, now)
    }

    /// Counts a call without a valid token. Calls from nowhere share one count, and so do those from
    /// one network of IPv6, of which a caller has as many addresses as it likes.
    pub(crate) fn address(&self, address: Option<IpAddr>, now: Timestamp) -> Left {
        let network = address.map_or(Ipv6Addr::UNSPECIFIED.into(), network);
        self.addresses.take(network, now)
    }
}

/// The calls of one kind of caller.
struct Meter<K> {
    policy: &'static str,
    rate: Rate,
    state: Mutex<State<K>>,
}

struct State<K> {
    /// When all that a caller has called is worked off, in microseconds since 1970.
    done: HashMap<K, i64>,
    /// The same of all callers for whom there was no room.
    of_others: i64,
}

impl<K: Eq + Hash> Meter<K> {
    fn new(policy: &'static str, rate: Rate) -> Self {
        Self { policy, rate, state: Mutex::new(State { done: HashMap::new(), of_others: 0 }) }
    }

    fn take(&self, caller: K, now: Timestamp) -> Left {
        let (now, interval, window) = (now.as_microsecond(), self.rate.interval(), self.rate.window());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.done.len() >= CALLERS && !state.done.contains_key(&caller) {
            state.done.retain(|_, done| *done > now);
        }
        let has_room = state.done.len() < CALLERS || state.done.contains_key(&caller);
        let done = match has_room {
            true => state.done.entry(caller).or_insert(now),
            false => &mut state.of_others,
        };
        let (kept, wait) = match self.rate.pace().count(*done, now) {
            Counted::Admitted { done_us } => (done_us, None),
            Counted::Refused { done_us, wait_us } => (done_us, Some(wait_us)),
        };
        *done = kept;
        let until_full = kept - now;
        Left {
            policy: self.policy,
            rate: self.rate,
            calls: (window - until_full) / interval,
            until_full,
            wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter<K: Eq + Hash>(per_second: u32, burst: u32) -> Meter<K> {
        let number = |number| NonZeroU32::new(number).unwrap();
        Meter::new("test", Rate { per_second: number(per_second), burst: number(burst) })
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_739_329_611_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_one_call_at_a_time() {
        let meter = meter(10, 3);
        let left: Vec<_> = (0..3).map(|_| meter.take(1, at(0)).calls).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = meter.take(1, at(0));
        assert_eq!((refused.is_refused(), refused.calls, refused.wait), (true, 0, Some(100_000)));
        assert_eq!(refused.retry_after(), 1);
        // Trying again too early changes nothing.
        for _ in 0..50 {
            assert!(meter.take(1, at(99)).is_refused());
        }
        assert!(!meter.take(1, at(100)).is_refused());
        assert!(meter.take(1, at(100)).is_refused());
        // Others are not concerned, and after a while all is as at first.
        assert_eq!(meter.take(2, at(100)).calls, 2);
        assert_eq!(meter.take(1, at(1_000)).calls, 2);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lock_out() {
        let meter = meter(10, 3);
        for _ in 0..3 {
            meter.take(1, at(3_600_000));
        }
        assert_eq!(meter.take(1, at(0)).wait, Some(100_000));
        assert!(!meter.take(1, at(100)).is_refused());
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let meter = meter(1, 2);
        for caller in 0..CALLERS + 10 {
            meter.take(caller, at(0));
        }
        assert_eq!(meter.state.lock().unwrap().done.len(), CALLERS);
        assert!(meter.take(CALLERS + 11, at(0)).is_refused());
        // Whoever was there before keeps a count of their own.
        assert!(!meter.take(1, at(0)).is_refused());
        meter.take(CALLERS + 12, at(60_000));
        assert_eq!(meter.state.lock().unwrap().done.len(), 1);
    }

    #[test]
    fn the_headers_are_those_of_the_draft() {
        let mut headers = HeaderMap::new();
        meter(10, 100).take(1, at(0)).show(&mut headers);
        let shown: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        assert_eq!(
            shown,
            [
                "ratelimit-policy: \"test\";q=100;w=10",
                "ratelimit: \"test\";r=99;t=1",
                "x-ratelimit-limit: 100",
                "x-ratelimit-remaining: 99",
                "x-ratelimit-reset: 1",
            ]
        );
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let rate = meter::<i64>(1, 1).rate;
        let meters = Meters::new(rate, rate);
        let from = |text: &str| meters.address(Some(text.parse().unwrap()), at(0)).is_refused();
        assert!(!from("2001:db8::1") && from("2001:db8::2") && !from("2001:db8:0:1::1"));
        assert!(!from("192.0.2.1") && !from("192.0.2.2") && from("192.0.2.1"));
        assert!(!meters.address(None, at(0)).is_refused() && meters.address(None, at(0)).is_refused());
    }
}
