use model::policy::{Limit, QuotaWindow, RateWindow};
use model::{CollectionId, PolicyId};
use store::serving::{ServedClient, ServedKey};

use super::*;
use crate::keys::KeyRing;
use crate::keys::tests::{client, digest, key};

const NOW: Moment = Moment { uptime_ms: 10_000, unix_s: 1_750_000_000 };

fn rate(requests: i64) -> Option<Limit<RateWindow>> {
    Some(Limit { requests, per: RateWindow::Minute })
}

fn policy(id: i64, rate_limit: Option<Limit<RateWindow>>, quota: Option<i64>) -> ServedPolicy {
    let quota = quota.map(|requests| Limit { requests, per: QuotaWindow::Day });
    ServedPolicy { id: PolicyId(id), rate_limit, quota }
}

/// Client 1 with policy 1, and key 1 with token 1.
fn ring(row: &ServedPolicy) -> KeyRing {
    let ring = KeyRing::new();
    ring.put_policy(row);
    ring.put_client(ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) });
    ring.put_key(&key(1, 1));
    ring
}

fn call(ring: &KeyRing, token: u64, counting: Counting, now: Moment) -> (Result<(), Refusal>, Standings) {
    let mut standings = Standings::default();
    let outcome = ring.find(&digest(token), |key| {
        let key = key.unwrap();
        take(key, &key.client.state(), &ring.desk, counting, || now, &mut standings)
    });
    (outcome, standings)
}

fn take_one(ring: &KeyRing, token: u64) -> Result<(), Refusal> {
    call(ring, token, Counting::Count, NOW).0
}

/// Reserves for the key of this token.
fn reserve(ring: &KeyRing, token: u64, calls: u32, rest: u32) {
    ring.find(&digest(token), |key| {
        let key = key.unwrap();
        let rule = key.client.state().policy.as_ref().unwrap().state().quota.unwrap();
        key.meter.as_ref().unwrap().quota.add(rule, i64::from(NOW.unix_s), calls, rest, NOW.unix_s);
    });
}

#[test]
fn a_key_without_a_policy_is_not_counted_and_the_time_is_not_asked() {
    let ring = KeyRing::new();
    ring.put_client(client(1, &[1]));
    ring.put_key(&key(1, 1));
    ring.find(&digest(1), |key| {
        let key = key.unwrap();
        let mut standings = Standings::default();
        let moment = || unreachable!("nothing is counted");
        take(key, &key.client.state(), &ring.desk, Counting::Count, moment, &mut standings).unwrap();
        assert_eq!(standings, Standings::default());
        assert!(key.meter.is_none());
    });
}

#[test]
fn each_key_of_a_client_counts_for_itself() {
    let ring = ring(&policy(1, rate(2), None));
    ring.put_key(&key(2, 2));
    for token in [1, 2] {
        let outcomes: Vec<_> = (0..3).map(|_| take_one(&ring, token)).collect();
        assert_eq!(outcomes, [Ok(()), Ok(()), Err(Refusal::RateExceeded)]);
    }
    let (_, standings) = call(&ring, 1, Counting::Count, NOW);
    assert_eq!(standings.retry_after_s, Some(60));
    let later = Moment { uptime_ms: 70_000, ..NOW };
    assert_eq!(call(&ring, 1, Counting::Count, later).0, Ok(()));
}

#[test]
fn a_client_as_a_whole_has_a_limit_of_its_own() {
    let ring = ring(&policy(1, rate(2), None));
    ring.put_policy(&policy(2, rate(3), None));
    let whole = Some(PolicyId(2));
    ring.put_client(ServedClient { policy: Some(PolicyId(1)), client_policy: whole, ..client(1, &[1]) });
    ring.put_key(&key(2, 2));
    let outcomes = [1, 1, 2, 2].map(|token| take_one(&ring, token));
    assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Err(Refusal::RateExceeded)]);
    // What the client refuses does not count against the key.
    ring.put_client(ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) });
    assert_eq!([take_one(&ring, 2), take_one(&ring, 2)], [Ok(()), Err(Refusal::RateExceeded)]);
}

#[test]
fn an_access_profile_goes_by_its_own_policy() {
    let ring = ring(&policy(1, rate(1), None));
    ring.put_policy(&policy(2, rate(2), None));
    ring.put_key(&ServedKey { policy: Some(PolicyId(2)), ..key(1, 1) });
    let outcomes = [1, 1, 1].map(|token| take_one(&ring, token));
    assert_eq!(outcomes, [Ok(()), Ok(()), Err(Refusal::RateExceeded)]);
}

#[test]
fn what_was_counted_outlives_every_change_of_the_key_and_the_policy() {
    let row = policy(1, rate(3), None);
    let ring = ring(&row);
    take_one(&ring, 1).unwrap();
    ring.put_key(&key(1, 10));
    take_one(&ring, 10).unwrap();
    ring.put_client(ServedClient { active: false, policy: Some(PolicyId(1)), ..client(1, &[]) });
    let served = ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) };
    ring.replace(std::slice::from_ref(&row), vec![served], vec![key(1, 11)]);
    take_one(&ring, 11).unwrap();
    assert_eq!(take_one(&ring, 11), Err(Refusal::RateExceeded));
    // A higher limit counts what was called under the lower one.
    ring.put_policy(&policy(1, rate(4), None));
    assert_eq!([take_one(&ring, 11), take_one(&ring, 11)], [Ok(()), Err(Refusal::RateExceeded)]);
    ring.put_policy(&policy(1, None, Some(5)));
    assert_eq!(take_one(&ring, 11).unwrap_err().code(), 5032);
}

#[test]
fn a_client_that_is_given_a_policy_counts_from_then_on() {
    let ring = KeyRing::new();
    ring.put_client(client(1, &[1]));
    ring.put_key(&key(1, 1));
    ring.put_key(&key(2, 2));
    ring.put_policy(&policy(1, rate(1), None));
    ring.put_client(ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) });
    for token in [1, 2] {
        assert_eq!([take_one(&ring, token), take_one(&ring, token)], [Ok(()), Err(Refusal::RateExceeded)]);
    }
    assert_eq!(ring.len(), 2);
}

#[test]
fn a_policy_that_is_not_there_yet_is_not_taken_for_one_without_limits() {
    let ring = KeyRing::new();
    ring.put_client(ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) });
    ring.put_key(&key(1, 1));
    assert_eq!(take_one(&ring, 1).unwrap_err().code(), 5032);
    ring.put_policy(&policy(1, rate(1), None));
    assert_eq!(take_one(&ring, 1), Ok(()));
}

#[test]
fn a_quota_is_admitted_out_of_what_is_reserved() {
    let ring = ring(&policy(1, None, Some(100)));
    let (outcome, standings) = call(&ring, 1, Counting::Count, NOW);
    assert_eq!(outcome.unwrap_err().code(), 5032);
    assert!(standings.is_pending);
    reserve(&ring, 1, 2, 0);
    assert_eq!([1, 1, 1].map(|token| take_one(&ring, token)), [Ok(()), Ok(()), Err(Refusal::QuotaExceeded)]);
    let (_, standings) = call(&ring, 1, Counting::Count, Moment { unix_s: NOW.unix_s + 400, ..NOW });
    assert_eq!(standings.retry_after_s, Some(86_000));
}

#[test]
fn a_refused_call_counts_against_nothing() {
    let ring = ring(&policy(1, rate(3), Some(100)));
    reserve(&ring, 1, 2, 0);
    let outcomes: Vec<_> = (0..4).map(|_| take_one(&ring, 1)).collect();
    assert_eq!(outcomes[2..], [Err(Refusal::QuotaExceeded), Err(Refusal::QuotaExceeded)]);
    let (_, standings) = call(&ring, 1, Counting::Ask, NOW);
    let remaining: Vec<_> = standings.iter().map(|standing| standing.remaining).collect();
    assert_eq!(remaining, [1, 0]);
    reserve(&ring, 1, 5, 0);
    assert_eq!([take_one(&ring, 1), take_one(&ring, 1)], [Ok(()), Err(Refusal::RateExceeded)]);
    let (_, standings) = call(&ring, 1, Counting::Ask, NOW);
    assert_eq!(standings.iter().map(|standing| standing.remaining).collect::<Vec<_>>(), [0, 4]);
}

#[test]
fn asking_counts_nothing_and_reserves_nothing() {
    let ring = ring(&policy(1, rate(1), Some(100)));
    for _ in 0..3 {
        assert!(call(&ring, 1, Counting::Ask, NOW).1.is_pending);
    }
    let may_ask = ring.find(&digest(1), |key| key.unwrap().meter.as_ref().unwrap().quota.may_ask());
    assert!(may_ask);
    reserve(&ring, 1, 1, 0);
    (0..3).for_each(|_| assert_eq!(call(&ring, 1, Counting::Ask, NOW).0, Ok(())));
    assert_eq!(take_one(&ring, 1), Ok(()));
    assert_eq!(call(&ring, 1, Counting::Ask, NOW).0, Err(Refusal::RateExceeded));
}

#[test]
fn a_renamed_policy_keeps_the_blocks_and_a_changed_one_does_not() {
    let row = policy(1, None, Some(100));
    let ring = ring(&row);
    reserve(&ring, 1, 5, 0);
    ring.put_policy(&row);
    assert_eq!(take_one(&ring, 1), Ok(()));
    ring.put_policy(&policy(1, None, Some(50)));
    assert_eq!(take_one(&ring, 1).unwrap_err().code(), 5032);
}

#[test]
fn what_is_left_of_blocks_can_be_given_back() {
    let ring = ring(&policy(1, None, Some(100)));
    reserve(&ring, 1, 5, 0);
    take_one(&ring, 1).unwrap();
    let expected = (Holder::Key(model::KeyId(1)), i64::from(NOW.unix_s), 4);
    assert_eq!(ring.take_blocks(), [expected]);
    assert_eq!(ring.take_blocks(), []);
    let state =
        ring.find(&digest(1), |key| key.unwrap().may_call(&key.unwrap().client.state(), CollectionId(1)));
    assert!(state);
}
