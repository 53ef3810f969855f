use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use model::id::KeyId;
use store::quotas::{self, Grant, Holder, Wish};
use store::{Db, api_keys, clients};
use tokio::task::JoinSet;

use crate::make::{a_client, a_key, a_workspace};
use crate::support::{NOON, databases, within};

const DAY: i64 = 86_400;

fn wish(holder: Holder, limit: i64, calls: i64) -> Wish {
    Wish { holder, limit, seconds: DAY, calls, back: None }
}

async fn reserve(db: &Db, wishes: &[Wish], now: Timestamp) -> HashMap<Holder, Grant> {
    within(db, async |tx| quotas::reserve(tx, wishes, now).await).await
}

fn later(seconds: i64) -> Timestamp {
    NOON + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn blocks_add_up_to_the_quota_and_no_further() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (key, other) = (a_key(&db, &at, client).await, a_key(&db, &at, client).await);
        for holder in [Holder::Key(key), Holder::Client(client)] {
            let got = async |now, calls| reserve(&db, &[wish(holder, 10, calls)], now).await[&holder];
            assert_eq!(got(NOON, 4).await, Grant { started_at: NOON, calls: 4, rest: 6 });
            assert_eq!(got(later(5), 4).await, Grant { started_at: NOON, calls: 4, rest: 2 });
            assert_eq!(got(later(DAY - 1), 4).await, Grant { started_at: NOON, calls: 2, rest: 0 });
            assert_eq!(got(later(DAY - 1), 4).await, Grant { started_at: NOON, calls: 0, rest: 0 });
            // A node whose clock is behind is in the same window.
            assert_eq!(got(later(-60), 4).await, Grant { started_at: NOON, calls: 0, rest: 0 });
            let next = later(DAY);
            assert_eq!(got(next, 4).await, Grant { started_at: next, calls: 4, rest: 6 });
        }
        // Each counts for itself.
        assert_eq!(reserve(&db, &[wish(Holder::Key(other), 10, 4)], NOON).await[&Holder::Key(other)].rest, 6);
    }
}

#[tokio::test]
async fn a_window_is_never_shorter_than_agreed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let holder = Holder::Client(client);
        let now = NOON + SignedDuration::from_micros(1);
        assert_eq!(reserve(&db, &[wish(holder, 10, 4)], now).await[&holder].started_at, later(1));
    }
}

#[tokio::test]
async fn a_smaller_quota_counts_what_was_reserved_under_the_former_one() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let holder = Holder::Client(client);
        reserve(&db, &[wish(holder, 100, 50)], NOON).await;
        let lower = Wish { back: Some((NOON, 45)), ..wish(holder, 10, 8) };
        assert_eq!(reserve(&db, &[lower], NOON).await[&holder].calls, 5);
        assert_eq!(reserve(&db, &[wish(holder, 3, 8)], NOON).await[&holder].calls, 0);
        // What was of another window is not of this one.
        let stale = Wish { back: Some((later(-DAY), 5)), ..wish(holder, 10, 8) };
        assert_eq!(reserve(&db, &[stale], NOON).await[&holder].calls, 0);
    }
}

#[tokio::test]
async fn what_is_left_is_given_back_once_and_to_its_own_window() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let key = a_key(&db, &at, client).await;
        for holder in [Holder::Key(key), Holder::Client(client)] {
            reserve(&db, &[wish(holder, 10, 10)], NOON).await;
            within(&db, async |tx| quotas::give_back(tx, holder, NOON, 3).await).await;
            within(&db, async |tx| quotas::give_back(tx, holder, later(-DAY), 3).await).await;
            within(&db, async |tx| quotas::give_back(tx, holder, NOON, 8).await).await;
            assert_eq!(reserve(&db, &[wish(holder, 10, 10)], NOON).await[&holder].calls, 3);
        }
    }
}

#[tokio::test]
async fn whoever_is_gone_gets_nothing_and_others_do() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (gone, key) = (a_key(&db, &at, client).await, a_key(&db, &at, client).await);
        reserve(&db, &[wish(Holder::Key(gone), 10, 1)], NOON).await;
        within(&db, async |tx| api_keys::delete(tx, gone).await).await;
        let wishes = [Holder::Key(gone), Holder::Key(key)].map(|holder| wish(holder, 10, 1));
        let grants = reserve(&db, &wishes, NOON).await;
        assert_eq!(grants.keys().collect::<Vec<_>>(), [&Holder::Key(key)]);
        within(&db, async |tx| clients::delete(tx, client).await).await;
        assert!(reserve(&db, &wishes, NOON).await.is_empty());
    }
}

#[tokio::test]
async fn many_nodes_at_once_never_get_more_than_there_is() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(a_key(&db, &at, client).await);
        }
        let mut nodes = JoinSet::new();
        for node in 1..=8_i64 {
            let (db, keys) = (Db::clone(&db), keys.clone());
            nodes.spawn(async move {
                let mut got: HashMap<KeyId, i64> = HashMap::new();
                for _ in 0..12 {
                    let wishes: Vec<_> = keys.iter().map(|key| wish(Holder::Key(*key), 100, node)).collect();
                    for (holder, grant) in reserve(&db, &wishes, NOON).await {
                        let Holder::Key(key) = holder else { unreachable!("only keys wished") };
                        *got.entry(key).or_default() += grant.calls;
                    }
                }
                got
            });
        }
        let mut got: HashMap<KeyId, i64> = HashMap::new();
        for node in nodes.join_all().await {
            node.into_iter().for_each(|(key, calls)| *got.entry(key).or_default() += calls);
        }
        assert!(keys.iter().all(|key| got[key] == 100), "{got:?}");
    }
}
