//! Times as answers show them: in the zone of the workspace, with a numeric offset.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};
use model::workspace::Workspace;

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
        milliseconds(&at.to_zoned(self.0.clone()))
    }

    /// Without a fraction, as `active_since` has it: `2025-02-12T08:41:44+05:30`.
    pub(crate) fn second(&self, at: Timestamp) -> String {
        at.to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// When the calendar month around `now` began, and when the next one begins.
    pub(crate) fn month(&self, now: Timestamp) -> [String; 2] {
        let first = now.to_zoned(self.0.clone()).date().first_of_month();
        let next = first.checked_add(1.month()).unwrap_or(Date::MAX);
        [first, next].map(|day| match day.to_zoned(self.0.clone()) {
            Ok(midnight) => milliseconds(&midnight),
            // Only at the very ends of the calendar.
            Err(_) => self.time(now),
        })
    }
}

fn milliseconds(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}
