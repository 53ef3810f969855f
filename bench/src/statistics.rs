//! Medians and quartiles of rounds, and percentiles of latencies.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// How a figure is spread over the rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// The smallest.
    pub(crate) min: f64,
    /// A quarter of the rounds lies below.
    pub(crate) p25: f64,
    /// Half of the rounds lies below.
    pub(crate) median: f64,
    /// A quarter of the rounds lies above.
    pub(crate) p75: f64,
    /// The largest.
    pub(crate) max: f64,
}

impl Spread {
    /// The spread of these values; `None` if there are none. Values that are not numbers sort last.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let quarter = |n| quantile(&sorted, n, 4);
        Some(Self {
            min: *sorted.first()?,
            p25: quarter(1)?,
            median: quarter(2)?,
            p75: quarter(3)?,
            max: *sorted.last()?,
        })
    }
}

/// The value below which `part` in `whole` of the sorted values lie, interpolated between
/// neighbours.
fn quantile(sorted: &[f64], part: usize, whole: usize) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? * part;
    let low = *sorted.get(place / whole)?;
    let high = sorted.get(place / whole + 1).copied().unwrap_or(low);
    Some(low + (high - low) * (place % whole) as f64 / whole as f64)
}

/// How long something took, over all the times that it was done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Durations {
    /// Half of them took at most this.
    pub(crate) p50_ms: f64,
    /// 99 of 100 took at most this.
    pub(crate) p99_ms: f64,
    /// The longest.
    pub(crate) max_ms: f64,
}

impl Durations {
    /// 0 if there are none.
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let mut sorted: Vec<u64> = durations.into_iter().map(nanoseconds).collect();
        sorted.sort_unstable();
        let [p50_ms, p99_ms, max_ms] = [500, 990, 1000].map(|p| permille(&sorted, p) as f64 / 1e6);
        Self { p50_ms, p99_ms, max_ms }
    }
}

impl fmt::Display for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} / {:.2} / {:.2}", self.p50_ms, self.p99_ms, self.max_ms)
    }
}

/// The nearest-rank percentile of sorted values, in thousandths: 990 is p99. 0 if there are none.
pub(crate) fn permille(sorted: &[u64], thousandths: usize) -> u64 {
    let rank = (sorted.len() * thousandths).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_interpolated_between_neighbours() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).expect("there are values");
        assert_eq!(spread, Spread { min: 1.0, p25: 1.75, median: 2.5, p75: 3.25, max: 4.0 });
    }

    #[test]
    fn one_value_is_its_own_spread_and_none_has_no_spread() {
        let spread = Spread::of([5.0]).expect("there is a value");
        assert_eq!(spread, Spread { min: 5.0, p25: 5.0, median: 5.0, p75: 5.0, max: 5.0 });
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn durations_are_shown_in_milliseconds() {
        let durations = Durations::of((1..=200).rev().map(Duration::from_millis));
        assert_eq!(durations.to_string(), "100.00 / 198.00 / 200.00");
        assert_eq!(Durations::of([]).to_string(), "0.00 / 0.00 / 0.00");
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!([500, 990, 999].map(|p| permille(&sorted, p)), [50, 99, 100]);
        assert_eq!(permille(&[7], 0), 7);
        assert_eq!(permille(&[], 500), 0);
    }
}
