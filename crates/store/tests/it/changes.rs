use std::time::Duration;

use model::change::{Change, ChangeKind};
use model::workspace::Workspace;
use store::changes::{self, Watch};
use store::{Db, Settings, clients};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::make::{a_client, a_workspace, new_client};
use crate::support::{MASTER_KEY, NOON, databases, environment, within};

/// Far more than anything here takes; who waits for it has failed.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn changes_are_numbered_from_one_in_the_order_of_commits() {
    for db in databases().await {
        assert_eq!(changes::latest(&*db).await.unwrap(), 0);
        assert_eq!(changes::oldest(&*db).await.unwrap(), None);
        assert_eq!(changes::since(&*db, 0, 10).await.unwrap(), []);
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_client(&db, &at, "One").await, a_client(&db, &at, "Two").await);
        let expected = [
            Change { seq: 1, kind: ChangeKind::Workspace, id: at.id.0 },
            Change { seq: 2, kind: ChangeKind::Client, id: one.0 },
            Change { seq: 3, kind: ChangeKind::Client, id: two.0 },
        ];
        assert_eq!(changes::latest(&*db).await.unwrap(), 3);
        assert_eq!(changes::oldest(&*db).await.unwrap(), Some(1));
        let since = async |seq, limit| changes::since(&*db, seq, limit).await.unwrap();
        assert_eq!(since(0, 10).await, expected);
        assert_eq!(since(0, 2).await, expected[..2]);
        assert_eq!(since(2, 10).await, expected[2..]);
        assert_eq!(since(3, 10).await, []);
        assert_eq!(since(99, 10).await, []);
    }
}

#[tokio::test]
async fn a_transaction_reads_its_own_changes() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let mut tx = db.begin().await.unwrap();
        clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        assert_eq!(changes::latest(&mut tx).await.unwrap(), 3);
        assert_eq!(changes::since(&mut tx, 1, 10).await.unwrap().len(), 2);
        assert_eq!(changes::latest(&*db).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn the_feed_forgets_all_but_the_latest() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        for _ in 0..9 {
            a_client(&db, &at, "Shop").await;
        }
        let trim = async |keep| within(&db, async |tx| changes::trim(tx, keep).await).await;
        assert_eq!(trim(100).await, 0);
        assert_eq!(trim(4).await, 6);
        assert_eq!(changes::oldest(&*db).await.unwrap(), Some(7));
        assert_eq!(changes::since(&*db, 0, 100).await.unwrap().len(), 4);
        assert_eq!(trim(4).await, 0);
        assert_eq!(trim(0).await, 4);
        assert_eq!(changes::oldest(&*db).await.unwrap(), None);
        assert_eq!(changes::latest(&*db).await.unwrap(), 10, "a number is never used again");
        a_client(&db, &at, "Shop").await;
        assert_eq!(changes::oldest(&*db).await.unwrap(), Some(11));
    }
}

/// Reads the feed until `last`, and panics if a number is missing or out of order.
async fn follow(db: Db, last: i64) {
    let mut watch = Watch::new(&db);
    let mut seen = 0;
    while seen < last {
        let news = changes::since(&db, seen, 7).await.unwrap();
        if news.is_empty() {
            watch.wait().await;
        }
        for change in news {
            assert_eq!(change.seq, seen + 1, "a number was skipped");
            seen = change.seq;
        }
    }
}

/// One or two changes in a transaction of their own, which every third one takes back.
async fn write(db: &Db, at: &Workspace, number: i64) {
    let mut tx = db.begin().await.unwrap();
    clients::insert(&mut tx, new_client(at, "Shop"), NOON).await.unwrap();
    tokio::task::yield_now().await;
    if number % 2 == 0 {
        clients::insert(&mut tx, new_client(at, "Shop"), NOON).await.unwrap();
    }
    if number % 3 != 0 {
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_follower_ever_misses_a_number_whoever_writes() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let handles = [Db::clone(&db), db.again().await];
        let committed = (0..60).filter(|number| number % 3 != 0);
        let last = 1 + committed.map(|number| if number % 2 == 0 { 2 } else { 1 }).sum::<i64>();
        let mut tasks = JoinSet::new();
        for handle in [&handles[0], &handles[1], &db.again().await] {
            tasks.spawn(follow(handle.clone(), last));
        }
        for (first, handle) in (0..12).zip(handles.iter().cycle()) {
            let (handle, at) = (handle.clone(), at.clone());
            tasks.spawn(async move {
                for number in (first..60).step_by(12) {
                    write(&handle, &at, number).await;
                }
            });
        }
        timeout(2 * LONG, tasks.join_all()).await.unwrap();
        assert_eq!(changes::latest(&*db).await.unwrap(), last);
    }
}

/// Lets `writer` commit twenty times, each time only when the follower has seen the one before.
/// By polling once a second it would take 20 seconds.
async fn play_ping_pong(writer: &Db, follower: &Db, at: &Workspace) {
    let mut watch = Watch::new(follower);
    for _ in 0..20 {
        let before = changes::latest(writer).await.unwrap();
        let (_, ()) = tokio::join!(a_client(writer, at, "Shop"), async {
            while changes::latest(follower).await.unwrap() == before {
                watch.wait().await;
            }
        });
    }
}

#[tokio::test]
async fn a_commit_in_the_same_process_wakes_a_follower() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        timeout(Duration::from_secs(10), play_ping_pong(&db, &db, &at)).await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_of_another_process_wakes_a_follower() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let elsewhere = db.again().await;
        timeout(Duration::from_secs(10), play_ping_pong(&elsewhere, &db, &at)).await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_before_the_first_wait_is_not_missed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let elsewhere = db.again().await;
        for writer in [&*db, &elsewhere] {
            let mut watch = Watch::new(&db);
            a_client(writer, &at, "Shop").await;
            timeout(LONG, watch.wait()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_quiet_database_wakes_nobody() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let mut watch = Watch::new(&db);
        let mut wakes = 0;
        while timeout(Duration::from_millis(150), watch.wait()).await.is_ok() {
            wakes += 1;
            assert!(wakes < 3, "it wakes without a reason");
        }
        // What is rolled back, or only read, is none.
        let mut tx = db.begin().await.unwrap();
        clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        drop(tx);
        changes::latest(&*db).await.unwrap();
        // PostgreSQL is read once a second in any case.
        assert!(timeout(Duration::from_millis(150), watch.wait()).await.is_err());
    }
}

#[tokio::test]
async fn a_wait_that_was_given_up_can_be_begun_again() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let elsewhere = db.again().await;
        let mut watch = Watch::new(&db);
        for _ in 0..20 {
            drop(timeout(Duration::from_millis(1), watch.wait()).await);
        }
        let before = changes::latest(&*db).await.unwrap();
        a_client(&elsewhere, &at, "Shop").await;
        let seen = async {
            while changes::latest(&*db).await.unwrap() == before {
                watch.wait().await;
            }
        };
        timeout(LONG, seen).await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_leaves_the_connections_to_others() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (location, environment) = (db.location(), environment(4));
        let settings = Settings { location, master_key: MASTER_KEY, environment, connections: 1 };
        let narrow = Db::open(settings).await.unwrap();
        let mut watches = [(); 3].map(|()| Watch::new(&narrow));
        for watch in &mut watches {
            while timeout(Duration::from_millis(100), watch.wait()).await.is_ok() {}
        }
        assert!(clients::list(&narrow, at.id, None, model::page::Page::default()).await.is_ok());
    }
}
