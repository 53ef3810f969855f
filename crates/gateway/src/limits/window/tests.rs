use std::sync::atomic::{AtomicU32, AtomicU64};
use std::thread;

use model::policy::RateWindow;
use proptest::prelude::*;

use super::*;

const SECOND: RateRule = RateRule { limit: 3, window_ms: 1000 };

fn is_in(rate: &Rate, now_ms: u64, rule: RateRule) -> bool {
    rate.take(now_ms, rule).1
}

#[test]
fn a_window_is_opened_by_the_first_call_and_lasts_its_time() {
    let rate = Rate::default();
    let taken: Vec<_> = [700, 701, 1699, 1699, 1700, 1700].map(|now| is_in(&rate, now, SECOND)).into();
    assert_eq!(taken, [true, true, true, false, true, true]);
    let (reading, _) = rate.look(1800, SECOND);
    assert_eq!(reading, Reading { remaining: 1, reset_ms: 900 });
    assert_eq!(reading.reset_s(), 1);
}

#[test]
fn looking_counts_nothing_and_says_what_taking_would() {
    let rate = Rate::default();
    for now in [0, 10, 20, 30, 999, 1000, 1001] {
        let (_, may) = rate.look(now, SECOND);
        assert_eq!(rate.look(now, SECOND).1, may);
        assert_eq!(is_in(&rate, now, SECOND), may, "{now}");
    }
}

#[test]
fn a_thread_that_read_the_clock_earlier_is_in_the_window() {
    let rate = Rate::default();
    assert!([500, 500, 400].into_iter().all(|now| is_in(&rate, now, SECOND)));
    assert!(!is_in(&rate, 300, SECOND));
}

#[test]
fn a_call_that_is_given_back_was_none() {
    let rate = Rate::default();
    assert!(is_in(&rate, 10, SECOND));
    rate.give_back(10, SECOND);
    // The window was not opened either.
    assert!(is_in(&rate, 900, SECOND));
    assert_eq!(rate.look(900, SECOND).0.reset_ms, 1000);
    rate.give_back(5000, SECOND);
    assert_eq!(rate.look(900, SECOND).0.remaining, 2);
}

#[test]
fn a_changed_limit_counts_what_was_called_before() {
    let rate = Rate::default();
    (0..3).for_each(|_| assert!(is_in(&rate, 0, SECOND)));
    assert!(is_in(&rate, 1, RateRule { limit: 4, ..SECOND }));
    assert!(!is_in(&rate, 1, RateRule { limit: 2, ..SECOND }));
    assert!(!is_in(&rate, 1500, RateRule { limit: 4, window_ms: 60_000 }));
}

#[test]
fn windows_of_long_ago_are_forgotten_before_time_comes_round() {
    const ROUND: u64 = 1 << TIME_BITS;
    let rate = Rate::default();
    (0..3).for_each(|_| assert!(is_in(&rate, 5, SECOND)));
    for days in 1..=200_u64 {
        rate.forget(days * 86_400_000);
    }
    assert!(is_in(&rate, ROUND + 5, SECOND));
    rate.forget(ROUND + 5);
    assert_eq!(rate.look(ROUND + 5, SECOND).0.remaining, 2);
    // Across the turn the window is the same.
    let rate = Rate::default();
    assert!([ROUND - 1, ROUND, ROUND + 1].into_iter().all(|now| is_in(&rate, now, SECOND)));
    assert!(!is_in(&rate, ROUND + 2, SECOND));
}

#[test]
fn the_greatest_limit_fits() {
    let rule = RateRule::new(Limit { requests: i64::MAX, per: RateWindow::Hour });
    assert_eq!(i64::from(rule.limit), REQUESTS_MAX);
    let rate = Rate(AtomicU64::new(Window::word(7, u64::from(rule.limit) - 1)));
    assert!(is_in(&rate, 8, rule));
    assert!(!is_in(&rate, 8, rule));
    assert_eq!(rate.look(8, rule).0.remaining, 0);
}

#[test]
fn the_limit_is_exact_however_many_count_at_once() {
    let rule = RateRule::new(Limit { requests: 1000, per: RateWindow::Hour });
    let (rate, admitted, clock) = (Rate::default(), AtomicU32::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    let now = clock.fetch_add(1, Ordering::Relaxed);
                    admitted.fetch_add(u32::from(is_in(&rate, now, rule)), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 1000);
}

proptest! {
    /// Whatever the times of the calls, those that are admitted from the opening of a window to its end
    /// are never more than the limit, and a call is refused only if so many were.
    #[test]
    fn no_window_has_more_than_the_limit(
        limit in 1_u32..6,
        gaps in proptest::collection::vec(0_u64..400, 1..200),
    ) {
        let rule = RateRule { limit, window_ms: 1000 };
        let rate = Rate::default();
        let mut now = 3;
        let mut window: Option<(u64, u32)> = None;
        for gap in gaps {
            now += gap;
            let (start, count) = window.filter(|(start, _)| now < start + 1000).unwrap_or((now, 0));
            let expected = count < limit;
            prop_assert_eq!(is_in(&rate, now, rule), expected);
            window = Some((start, count + u32::from(expected)));
        }
    }
}
