//! Times as people read them.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment: `3 May 2026, 14:05`, or `5 minutes ago` if that was less than a day ago; the exact time
/// with its zone in the title.
#[derive(Debug, Clone)]
pub struct When {
    at: Timestamp,
    now: Timestamp,
    zone: TimeZone,
}

impl When {
    /// A moment as seen now, in this zone.
    pub fn new(at: Timestamp, now: Timestamp, zone: TimeZone) -> Self {
        Self { at, now, zone }
    }

    fn day_and_time(&self) -> String {
        self.at.to_zoned(self.zone.clone()).strftime("%-d %B %Y, %H:%M").to_string()
    }

    /// The day alone: `3 May`, with the year unless it is this one.
    pub fn day(&self) -> String {
        let (at, now) = (self.at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let form = if at.year() == now.year() { "%-d %B" } else { "%-d %B %Y" };
        at.strftime(form).to_string()
    }

    /// As it is shown, without markup.
    pub fn words(&self) -> String {
        let seconds = self.now.as_second().saturating_sub(self.at.as_second());
        let ago = |count: i64, unit: &str| match count {
            1 => format!("1 {unit} ago"),
            _ => format!("{count} {unit}s ago"),
        };
        match seconds {
            -5..=59 => "just now".to_owned(),
            60..=3_599 => ago(seconds / 60, "minute"),
            3_600..=86_399 => ago(seconds / 3_600, "hour"),
            _ => self.day_and_time(),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.at.to_zoned(self.zone.clone()).strftime("%-d %B %Y, %H:%M:%S UTC%:z");
        let second = self.at.strftime("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "<time datetime=\"{second}\" title=\"{exact}\">{}</time>", self.words())
    }
}

// Nothing but digits and names of months.
impl HtmlSafe for When {}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seconds_ago: i64) -> String {
        let now: Timestamp = "2026-05-03T14:05:00Z".parse().unwrap();
        let at = Timestamp::from_second(now.as_second() - seconds_ago).unwrap();
        When::new(at, now, TimeZone::UTC).words()
    }

    #[test]
    fn relative_only_under_a_day() {
        assert_eq!(words(0), "just now");
        assert_eq!(words(61), "1 minute ago");
        assert_eq!(words(7_200), "2 hours ago");
        assert_eq!(words(86_400), "2 May 2026, 14:05");
        assert_eq!(words(-3_600), "3 May 2026, 15:05");
    }

    #[test]
    fn the_title_has_the_zone() {
        let now: Timestamp = "2026-05-03T14:05:00Z".parse().unwrap();
        let when = When::new("2026-01-02T03:04:05Z".parse().unwrap(), now, TimeZone::UTC);
        insta::assert_snapshot!(when, @r#"<time datetime="2026-01-02T03:04:05Z" title="2 January 2026, 03:04:05 UTC+00:00">2 January 2026, 03:04</time>"#);
        assert_eq!(when.day(), "2 January");
    }
}
