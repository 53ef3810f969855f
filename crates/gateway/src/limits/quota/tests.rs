use std::sync::atomic::AtomicU32;
use std::thread;

use super::*;

const RULE: QuotaRule = QuotaRule { limit: 1000, seconds: 86_400, stamp: 7 };
const START: i64 = 1_750_000_000;
const NOW: u32 = 1_750_000_100;

fn with_block(calls: u32, rest: u32) -> Quota {
    let quota = Quota::default();
    quota.add(RULE, START, calls, rest, NOW);
    quota
}

fn outcome(quota: &Quota, now_s: u32) -> Outcome {
    quota.take(now_s, RULE).outcome
}

#[test]
fn nothing_is_admitted_that_was_not_reserved() {
    let quota = Quota::default();
    let taken = quota.take(NOW, RULE);
    assert_eq!(
        taken,
        Taken { outcome: Outcome::NotReserved, remaining: 1000, ends_s: None, wants_block: true }
    );
    let quota = with_block(2, 5);
    let outcomes: Vec<_> = (0..3).map(|_| outcome(&quota, NOW)).collect();
    assert_eq!(outcomes, [Outcome::Admitted, Outcome::Admitted, Outcome::NotReserved]);
    let quota = with_block(1, 0);
    assert_eq!([outcome(&quota, NOW), outcome(&quota, NOW)], [Outcome::Admitted, Outcome::UsedUp]);
}

#[test]
fn the_next_block_is_asked_for_at_half_of_the_last_one() {
    let quota = with_block(4, 100);
    let wants: Vec<_> = (0..4).map(|_| quota.take(NOW, RULE).wants_block).collect();
    assert_eq!(wants, [false, true, true, true]);
    assert!(quota.may_ask());
    assert!(!quota.may_ask());
    quota.answered();
    assert!(quota.may_ask());
}

#[test]
fn blocks_of_the_same_window_add_up() {
    let quota = with_block(2, 100);
    assert_eq!(quota.take(NOW, RULE).remaining, 101);
    quota.add(RULE, START, 3, 97, NOW);
    let taken = quota.take(NOW, RULE);
    assert_eq!((taken.remaining, taken.ends_s), (100, Some(1_750_086_400)));
}

#[test]
fn a_block_counts_for_its_window_and_its_rule_only() {
    let quota = with_block(5, 0);
    let end = u32::try_from(START).unwrap() + RULE.seconds;
    assert_eq!(outcome(&quota, end - 1), Outcome::Admitted);
    assert_eq!(outcome(&quota, end), Outcome::NotReserved);
    assert_eq!(quota.take(NOW, QuotaRule { stamp: 8, ..RULE }).outcome, Outcome::NotReserved);
    // The next window's block does not come on top of what is left.
    quota.add(RULE, i64::from(end), 1, 0, end);
    assert_eq!([outcome(&quota, end), outcome(&quota, end)], [Outcome::Admitted, Outcome::UsedUp]);
}

#[test]
fn what_is_left_is_taken_away_with_its_window() {
    let quota = with_block(5, 0);
    assert_eq!(quota.take_stale(RULE), None);
    assert_eq!(quota.take_stale(QuotaRule { stamp: 8, ..RULE }), Some((START, 5)));
    assert_eq!(outcome(&quota, NOW), Outcome::NotReserved);
    assert_eq!(with_block(3, 0).take_all(), Some((START, 3)));
    assert_eq!(Quota::default().take_all(), None);
}

#[test]
fn a_quota_that_is_used_up_is_looked_at_again_from_time_to_time() {
    let quota = with_block(1, 0);
    outcome(&quota, NOW);
    let asks = |now_s| quota.take(now_s, RULE).wants_block;
    assert!(!asks(NOW) && !asks(NOW + RECHECK_S - 1));
    assert!(asks(NOW + RECHECK_S));
}

#[test]
fn blocks_grow_with_the_calls() {
    let rule = QuotaRule { limit: 1_000_000, ..RULE };
    let quota = Quota::default();
    assert_eq!(quota.next_size(NOW, rule), 1_000);
    quota.add(rule, START, 1_000, 0, NOW);
    assert_eq!(quota.next_size(NOW + 1, rule), 2_000);
    assert_eq!(quota.next_size(NOW + 2, rule), 1_000);
    quota.add(rule, START, 31_000, 0, NOW);
    assert_eq!(quota.next_size(NOW, rule), BLOCK_MAX);
    assert_eq!(Quota::default().next_size(NOW, QuotaRule { limit: 5, ..RULE }), 10);
}

#[test]
fn a_call_that_is_given_back_can_be_taken_again() {
    let quota = with_block(1, 0);
    outcome(&quota, NOW);
    quota.give_back(NOW, RULE);
    quota.give_back(NOW, QuotaRule { stamp: 8, ..RULE });
    assert_eq!([outcome(&quota, NOW), outcome(&quota, NOW)], [Outcome::Admitted, Outcome::UsedUp]);
}

#[test]
fn a_block_is_exact_however_many_count_at_once() {
    let (quota, admitted) = (with_block(1000, 0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    let is_in = outcome(&quota, NOW) == Outcome::Admitted;
                    admitted.fetch_add(u32::from(is_in), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 1000);
}
