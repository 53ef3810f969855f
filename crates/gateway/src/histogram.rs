//! Durations in buckets that grow with them: a quarter of an octave each.

use crate::metrics::Count;

/// Below this many microseconds (an eighth of a millisecond would be 125) each scrape has one
/// bucket: no call is that fast.
const FIRST_SHOWN: usize = 20;

/// Up to 2^27 microseconds, a little over two minutes.
const BUCKETS: usize = 104;

/// How often each duration occurred. One thread writes; any may read.
#[derive(Debug)]
pub(crate) struct Histogram {
    buckets: [Count; BUCKETS],
    sum_us: Count,
}

/// The sum of the histograms of all threads.
#[derive(Debug)]
pub(crate) struct Merged {
    buckets: [u64; BUCKETS],
    sum_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| Count::default()), sum_us: Count::default() }
    }
}

impl Histogram {
    pub(crate) fn record(&self, duration_us: u64) {
        self.buckets[bucket(duration_us)].add(1);
        self.sum_us.add(duration_us);
    }
}

impl Default for Merged {
    fn default() -> Self {
        Self { buckets: [0; BUCKETS], sum_us: 0 }
    }
}

impl Merged {
    pub(crate) fn add(&mut self, one: &Histogram) {
        for (sum, count) in self.buckets.iter_mut().zip(&one.buckets) {
            *sum += count.get();
        }
        self.sum_us += one.sum_us.get();
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub(crate) fn sum_seconds(&self) -> f64 {
        seconds(self.sum_us)
    }

    /// Upper bound in seconds and number of durations, not cumulated; the last bound is infinite.
    pub(crate) fn buckets(&self) -> Vec<(f64, u64)> {
        let (small, shown) = self.buckets.split_at(FIRST_SHOWN);
        let mut buckets = vec![(seconds(bound_us(FIRST_SHOWN - 1)), small.iter().sum())];
        buckets.extend((FIRST_SHOWN..).zip(shown).map(|(index, count)| (seconds(bound_us(index)), *count)));
        if let Some(last) = buckets.last_mut() {
            last.0 = f64::INFINITY;
        }
        buckets
    }
}

/// The bucket of a duration: two bits after its highest one.
fn bucket(duration_us: u64) -> usize {
    let shift = duration_us.checked_ilog2().unwrap_or_default().saturating_sub(2);
    let place = u64::from(shift) * 4 + (duration_us >> shift);
    usize::try_from(place).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The first duration that is too long for a bucket.
fn bound_us(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    match bucket / 4 {
        0 => bucket + 1,
        octave => (bucket % 4 + 5) << (octave - 1),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests;
