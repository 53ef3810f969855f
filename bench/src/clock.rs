//! The clocks. A benchmark measures the time that passes; there is no other to pass in.

use std::time::Instant;

use jiff::Timestamp;

/// A point on a clock that never goes back.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the time that passes")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Wall-clock time, UTC, for the name of a report.
#[expect(clippy::disallowed_methods, reason = "a report is named after the time of its run")]
pub(crate) fn timestamp() -> Timestamp {
    Timestamp::now()
}
