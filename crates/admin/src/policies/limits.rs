//! Limits in words, and as forms have them.

use actions::{Error, Faults};
use model::policy::{Limit, Policy, QuotaWindow, RateWindow};
use site::Fields;
use site::text::number;

use crate::choices::Offer;

/// `100 calls a minute, 10 000 a day`.
pub(crate) fn in_words(policy: &Policy) -> String {
    let rate = policy.rate_limit.map(|limit| (limit.requests, limit.per.as_str()));
    let quota = policy.quota.map(|limit| (limit.requests, limit.per.as_str()));
    let mut words = String::new();
    for (requests, per) in [rate, quota].into_iter().flatten() {
        let (noun, between) = match (words.is_empty(), requests) {
            (true, 1) => (" call", ""),
            (true, _) => (" calls", ""),
            (false, _) => ("", ", "),
        };
        words.push_str(&format!("{between}{}{noun} {}", number(requests), article(per)));
    }
    words
}

/// `a minute`, `an hour`, `in 30 days`.
fn article(per: &str) -> String {
    match per {
        "hour" => "an hour".to_owned(),
        per if per.starts_with(|character: char| character.is_ascii_digit()) => format!("in {per}"),
        per => format!("a {per}"),
    }
}

/// The windows of rate limits, to choose from.
pub(super) fn rate_windows() -> Vec<Offer> {
    RateWindow::ALL.iter().map(|window| (window.as_str().to_owned(), article(window.as_str()))).collect()
}

/// The windows of quotas, to choose from.
pub(super) fn quota_windows() -> Vec<Offer> {
    QuotaWindow::ALL.iter().map(|window| (window.as_str().to_owned(), article(window.as_str()))).collect()
}

/// What was typed as a rate limit; none if the number is left out.
pub(super) fn rate(fields: &Fields) -> Result<Option<Limit<RateWindow>>, Error> {
    let window = RateWindow::ALL.iter().copied().find(|window| window.as_str() == fields.text("rate_per"));
    limit(fields.text("rate"), "rate_limit.requests", window.unwrap_or(RateWindow::Minute))
}

/// What was typed as a quota; none if the number is left out.
pub(super) fn quota(fields: &Fields) -> Result<Option<Limit<QuotaWindow>>, Error> {
    let window = QuotaWindow::ALL.iter().copied().find(|window| window.as_str() == fields.text("quota_per"));
    limit(fields.text("quota"), "quota.requests", window.unwrap_or(QuotaWindow::Day))
}

/// People write large numbers in groups.
fn limit<W>(text: &str, field: &'static str, per: W) -> Result<Option<Limit<W>>, Error> {
    let digits: String =
        text.chars().filter(|character| !character.is_whitespace() && !",'_".contains(*character)).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse() {
        Ok(requests) => Ok(Some(Limit { requests, per })),
        Err(_) => {
            Err(Faults::of(field, "must be a whole number of calls, or empty for no such limit").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_read_as_a_sentence() {
        assert_eq!(article("minute"), "a minute");
        assert_eq!(article("hour"), "an hour");
        assert_eq!(article("30 days"), "in 30 days");
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let read =
            |text: &str| limit(text, "quota.requests", ()).map(|limit| limit.map(|limit| limit.requests));
        assert_eq!(read("10 000").unwrap(), Some(10_000));
        assert_eq!(read("10,000").unwrap(), Some(10_000));
        assert_eq!(read(" ").unwrap(), None);
        assert!(read("many").unwrap_err().to_string().contains("whole number"));
        assert!(read("1.5").is_err());
    }
}
