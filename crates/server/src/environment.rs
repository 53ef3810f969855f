//! The system's clock and generator: the one place that asks for time and chance.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use model::environment::{Clock, Environment, Random};

struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

impl Random for System {
    #[expect(clippy::disallowed_methods, reason = "this is where chance comes from")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the kernel's generator answers once the machine has started");
    }
}

/// The real clock and generator.
pub(crate) fn system() -> Environment {
    Environment { clock: Arc::new(System), random: Arc::new(System) }
}
