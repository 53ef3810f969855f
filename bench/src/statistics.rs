//! Medians and quartiles of rounds, and percentiles of latencies.

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
    fn percentiles_take_the_nearest_rank() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!([500, 990, 999].map(|p| permille(&sorted, p)), [50, 99, 100]);
        assert_eq!(permille(&[7], 0), 7);
        assert_eq!(permille(&[], 500), 0);
    }
}
