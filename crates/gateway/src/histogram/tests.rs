use super::*;

#[test]
fn every_duration_is_below_the_bound_of_its_bucket_and_not_below_the_one_before() {
    for us in (0..5000).chain([65_535, 65_536, 1_000_000, 30_000_000]) {
        let bucket = bucket(us);
        assert!(us < bound_us(bucket), "{us}");
        assert!(bucket == 0 || us >= bound_us(bucket - 1), "{us}");
    }
    assert_eq!(bucket(u64::MAX), BUCKETS - 1);
}

#[test]
fn threads_add_up() {
    let (one, other) = (Histogram::default(), Histogram::default());
    one.record(100);
    other.record(100);
    other.record(2_000_000);
    let mut merged = Merged::default();
    merged.add(&one);
    merged.add(&other);
    assert_eq!(merged.count(), 3);
    assert!((merged.sum_seconds() - 2.0002).abs() < 1e-9);
    let buckets = merged.buckets();
    assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u64>(), 3);
    assert!(buckets.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(buckets[buckets.len() - 1].0.is_infinite());
}
