//! How often one may try, per address and per e-mail address.
//!
//! Each key falls into one of a fixed number of buckets, by a hash that nobody outside can foresee: a
//! million keys cost no more memory than one. Two keys in one bucket share its allowance, which is
//! strict towards both and lets nobody in.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use model::environment::Environment;
use model::identity::Site;
use model::net::network;
use model::pace::{Counted, Pace};
use model::people::email_key;
use sha2::{Digest as _, Sha256};

use super::SignInFault;

/// Half a megabyte.
const BUCKETS: usize = 1 << 16;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// To have a link sent.
    LinkRequest,
    /// To use a link.
    Link,
    /// To sign in with a password.
    Password,
    /// To sign in at a provider.
    Sso,
}

/// How often something may be tried: so often at once, then once in that time.
#[derive(Clone, Copy)]
struct Allowance {
    burst: i64,
    every: SignedDuration,
}

impl Attempt {
    /// What comes from one address may come from an office full of people.
    const fn of_address(self) -> Allowance {
        match self {
            Self::LinkRequest => Allowance { burst: 20, every: SignedDuration::from_secs(20) },
            Self::Link | Self::Sso => Allowance { burst: 60, every: SignedDuration::from_secs(2) },
            Self::Password => Allowance { burst: 40, every: SignedDuration::from_secs(10) },
        }
    }

    /// Passwords: ten, then some four hundred a day, which finds none of twelve characters.
    const fn of_email(self) -> Allowance {
        match self {
            Self::Password => Allowance { burst: 10, every: SignedDuration::from_secs(200) },
            _ => Allowance { burst: 3, every: SignedDuration::from_secs(120) },
        }
    }
}

pub(crate) struct Throttle {
    seed: [u8; 16],
    /// For each bucket, when its allowance is whole again, in microseconds since 1970.
    buckets: Box<[AtomicI64]>,
}

impl Throttle {
    pub(crate) fn new(environment: &Environment) -> Self {
        Self { seed: environment.bytes(), buckets: (0..BUCKETS).map(|_| AtomicI64::new(0)).collect() }
    }

    /// Counts an attempt from this address.
    pub(crate) fn address(
        &self,
        attempt: Attempt,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), SignInFault> {
        let network = address.map_or_else(String::new, |address| network(address).to_string());
        self.count(&format!("{attempt:?} from {network}"), attempt.of_address(), now)
    }

    /// Counts an attempt with this e-mail address, which need not belong to anybody.
    pub(crate) fn email(
        &self,
        attempt: Attempt,
        site: Site,
        email: &str,
        now: Timestamp,
    ) -> Result<(), SignInFault> {
        self.count(&format!("{attempt:?} at {site:?} as {}", email_key(email)), attempt.of_email(), now)
    }

    fn count(&self, key: &str, allowance: Allowance, now: Timestamp) -> Result<(), SignInFault> {
        let digest = Sha256::new().chain_update(self.seed).chain_update(key).finalize();
        let place = usize::from(u16::from_le_bytes([digest[0], digest[1]]));
        let Some(bucket) = self.buckets.get(place) else { return Ok(()) };
        let now = now.as_microsecond();
        let interval_us = i64::try_from(allowance.every.as_micros()).unwrap_or(i64::MAX);
        let pace = Pace { interval_us, burst: allowance.burst };
        let mut wait = None;
        let _ = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |whole_at| {
            match pace.count(whole_at, now) {
                Counted::Admitted { done_us } => {
                    wait = None;
                    Some(done_us)
                }
                Counted::Refused { done_us, wait_us } => {
                    wait = Some(wait_us);
                    Some(done_us)
                }
            }
        });
        match wait {
            None => Ok(()),
            Some(wait_us) => Err(SignInFault::Throttled(SignedDuration::from_micros(wait_us))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use model::environment::{Clock, Random};

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn instant(&self) -> Instant {
            unreachable!("nothing is measured")
        }
    }

    impl Random for Still {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn throttle() -> Throttle {
        Throttle::new(&Environment { clock: Arc::new(Still), random: Arc::new(Still) })
    }

    #[test]
    fn an_allowance_is_used_up_and_comes_back_one_by_one() {
        let throttle = throttle();
        let start = Timestamp::constant(1_750_000_000, 0);
        let try_at = |now| throttle.email(Attempt::LinkRequest, Site::Console, "ada@example.test", now);
        for _ in 0..3 {
            try_at(start).unwrap();
        }
        let Err(SignInFault::Throttled(wait)) = try_at(start) else { panic!("it was not throttled") };
        assert_eq!(wait.as_secs(), 120);
        assert!(try_at(start + SignedDuration::from_secs(119)).is_err());
        try_at(start + wait).unwrap();
        assert!(try_at(start + wait).is_err());
    }

    #[test]
    fn case_does_not_make_another_address_and_a_network_is_one() {
        let throttle = throttle();
        let now = Timestamp::constant(1_750_000_000, 0);
        for email in ["ada@example.test", "ADA@example.test", " Ada@Example.Test"] {
            throttle.email(Attempt::LinkRequest, Site::Console, email, now).unwrap();
        }
        assert!(throttle.email(Attempt::LinkRequest, Site::Console, "ada@example.test", now).is_err());
        throttle.email(Attempt::LinkRequest, Site::Console, "bob@example.test", now).unwrap();
        for last in 0..20 {
            let address = format!("2001:db8::{last:x}").parse().unwrap();
            throttle.address(Attempt::LinkRequest, Some(address), now).unwrap();
        }
        let neighbour = "2001:db8::ffff".parse().unwrap();
        assert!(throttle.address(Attempt::LinkRequest, Some(neighbour), now).is_err());
        throttle.address(Attempt::LinkRequest, "2001:db8:0:1::1".parse().ok(), now).unwrap();
    }
}
