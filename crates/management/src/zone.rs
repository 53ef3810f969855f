//! Times as answers show them: in the zone of the workspace, with a numeric offset.

use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use model::workspace::Workspace;

const MILLISECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// The zone in which a workspace sees its times.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone of a workspace; UTC if this machine no longer knows its name.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self(TimeZone::get(&workspace.time_zone).unwrap_or(TimeZone::UTC))
    }

    /// With milliseconds, as nearly everywhere: `2020-06-15T22:20:15.327-07:00`.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        MILLISECONDS.timestamp_with_offset_to_string(&at, self.0.to_offset(at))
    }

    /// Without a fraction, as `active_since` has it: `2025-02-12T08:41:44+05:30`.
    pub(crate) fn second(&self, at: Timestamp) -> String {
        SECONDS.timestamp_with_offset_to_string(&at, self.0.to_offset(at))
    }

    /// When the calendar month around `now` began, and when the next one begins.
    pub(crate) fn month(&self, now: Timestamp) -> [String; 2] {
        let first = now.to_zoned(self.0.clone()).date().first_of_month();
        let next = first.checked_add(1.month()).unwrap_or(Date::MAX);
        // There is no midnight only at the very ends of the calendar.
        [first, next]
            .map(|day| self.time(day.to_zoned(self.0.clone()).map_or(now, |midnight| midnight.timestamp())))
    }
}
