//! The change feed: what the gateway can see changed, in the order of commits.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use model::change::{Change, ChangeKind};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::watch;

use crate::error::{Result, unreadable};
use crate::rows::{Id, number};
use crate::sql::{Conn, sql};
use crate::{Db, Pools, Tx, TxKind};

/// How often SQLite's log is looked at, to see whether another process wrote. A look is one system
/// call.
const SQLITE_POLL: Duration = Duration::from_millis(20);

/// For how many looks SQLite itself is asked after its log has moved. Times of files move in steps
/// of a few milliseconds: a second commit within one step would go unseen, the next look after it
/// does not.
const ASKED_AFTER_A_MOVE: u32 = 3;

/// After how many looks SQLite itself is asked although its log has not moved: a second.
const ASKED_ANYWAY: u32 = 50;

/// How often PostgreSQL is read whatever its notifications say: they are a hint, this is the
/// truth.
const POSTGRES_POLL: Duration = Duration::from_secs(1);

const CHANNEL: &str = "portico_changes";

/// Appends to the feed. Called by the functions that write what the gateway can see.
pub(crate) async fn announce(tx: &mut Tx, kind: ChangeKind, id: impl Into<i64>) -> Result<()> {
    let seq =
        number(sql("update change_clock set seq = seq + 1 where id = 1 returning seq as value"), &mut *tx)
            .await?;
    sql("insert into changes (seq, kind, subject_id) values ($1, $2, $3)")
        .bind(seq)
        .bind(kind.as_str())
        .bind(id.into())
        .run(tx)
        .await?;
    if matches!(tx.kind, TxKind::Postgres(_)) && !tx.announced {
        // Delivered with the commit, and once however many changes there are.
        sql("select pg_notify($1, '')").bind(CHANNEL).run(tx).await?;
    }
    tx.announced = true;
    Ok(())
}

/// The number of the latest change; 0 before the first.
pub async fn latest(on: impl Into<Conn<'_>>) -> Result<i64> {
    number(sql("select seq as value from change_clock where id = 1"), on).await
}

/// The smallest number still kept. A follower that is further behind loads everything.
pub async fn oldest(on: impl Into<Conn<'_>>) -> Result<Option<i64>> {
    let row: Option<Id> = sql("select seq as id from changes order by seq limit 1").maybe(on).await?;
    Ok(row.map(|row| row.id))
}

/// Up to `limit` changes after `seq`, in order.
pub async fn since(on: impl Into<Conn<'_>>, seq: i64, limit: i64) -> Result<Vec<Change>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        seq: i64,
        kind: String,
        subject_id: i64,
    }
    let rows: Vec<Row> =
        sql("select seq, kind, subject_id from changes where seq > $1 order by seq limit $2")
            .bind(seq)
            .bind(limit)
            .all(on)
            .await?;
    rows.into_iter()
        .map(|row| {
            let kind = ChangeKind::parse(&row.kind).ok_or_else(|| unreadable("kind of change", &row.kind))?;
            Ok(Change { seq: row.seq, kind, id: row.subject_id })
        })
        .collect()
}

/// Forgets all but the latest `keep` changes; gives how many went.
pub async fn trim(tx: &mut Tx, keep: i64) -> Result<u64> {
    sql("delete from changes where seq <= (select seq from change_clock where id = 1) - $1")
        .bind(keep)
        .run(tx)
        .await
}

/// Wakes a follower of the feed. It may wake too often, never too late: a commit in this process
/// at once, one of another process within 20 ms (SQLite), by notification or within a second
/// (PostgreSQL).
pub struct Watch {
    db: Db,
    commits: watch::Receiver<u64>,
    sqlite: Option<DataVersion>,
    postgres: Option<PgListener>,
}

/// A connection of its own that stays open, and the number it saw last: `PRAGMA data_version` moves when any
/// other connection, of any process, commits.
///
/// Asking takes two threads. Fifty times a second that is one percent of a busy core, so SQLite is
/// asked when its write-ahead log has moved.
struct DataVersion {
    connection: SqliteConnection,
    seen: i64,
    log: PathBuf,
    log_seen: LogState,
    /// How many looks found the log as it was.
    looks: u32,
}

/// When the log was last written, and its size; nothing if it cannot be told.
type LogState = Option<(SystemTime, u64)>;

impl Watch {
    /// Begins to watch; what was committed before is not reported.
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), commits: db.0.commits.subscribe(), sqlite: None, postgres: None }
    }

    /// Returns when there may be something new. While the database is away it returns once a
    /// second, so that the follower's own read tells the reason.
    pub async fn wait(&mut self) {
        let elsewhere = async {
            match &self.db.0.pools {
                Pools::Sqlite { .. } => other_process_wrote(&self.db, &mut self.sqlite).await,
                Pools::Postgres { .. } => notified(&self.db, &mut self.postgres).await,
            }
        };
        tokio::select! {
            _ = self.commits.changed() => {}
            () = elsewhere => {}
        }
    }
}

async fn other_process_wrote(db: &Db, watched: &mut Option<DataVersion>) {
    loop {
        let looked = match watched {
            Some(version) => version.has_moved().await,
            None => DataVersion::open(db).await.map(|version| {
                *watched = Some(version);
                // What came before the first look is unknown.
                true
            }),
        };
        match looked {
            Ok(false) => tokio::time::sleep(SQLITE_POLL).await,
            Ok(true) => return,
            Err(_) => {
                *watched = None;
                tokio::time::sleep(POSTGRES_POLL).await;
                return;
            }
        }
    }
}

impl DataVersion {
    async fn open(db: &Db) -> Result<Self> {
        let Pools::Sqlite { readers, .. } = &db.0.pools else { unreachable!("asked of SQLite only") };
        let options = readers.options();
        let mut log = options.get_filename().as_os_str().to_owned();
        log.push("-wal");
        let mut connection = options.connect().await?;
        let seen = Self::read(&mut connection).await?;
        Ok(Self { connection, seen, log: log.into(), log_seen: None, looks: 0 })
    }

    async fn has_moved(&mut self) -> Result<bool> {
        let log = std::fs::metadata(&self.log).and_then(|file| Ok((file.modified()?, file.len()))).ok();
        let is_as_it_was = log.is_some() && log == self.log_seen;
        self.looks = if is_as_it_was { self.looks + 1 } else { 0 };
        if self.looks > ASKED_AFTER_A_MOVE && !self.looks.is_multiple_of(ASKED_ANYWAY) {
            return Ok(false);
        }
        let now = Self::read(&mut self.connection).await?;
        // Only after an answer: a question that was given up is asked again.
        self.log_seen = log;
        Ok(std::mem::replace(&mut self.seen, now) != now)
    }

    #[expect(clippy::disallowed_methods, reason = "a pragma of one connection is no statement of the store")]
    async fn read(connection: &mut SqliteConnection) -> Result<i64> {
        Ok(sqlx::query_scalar("pragma data_version").fetch_one(connection).await?)
    }
}

async fn notified(db: &Db, listener: &mut Option<PgListener>) {
    let pause = tokio::time::sleep(POSTGRES_POLL);
    let heard = async {
        if listener.is_none() {
            *listener = listen(db).await.ok();
        }
        match listener {
            Some(open) => {
                if open.recv().await.is_err() {
                    *listener = None;
                }
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = heard => {}
        () = pause => {}
    }
}

async fn listen(db: &Db) -> Result<PgListener> {
    let Pools::Postgres { pool, .. } = &db.0.pools else { unreachable!("asked of PostgreSQL only") };
    // A connection of its own: one of the pool would be missing there for good.
    let options = PgConnectOptions::clone(&pool.connect_options());
    let single = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let mut listener = PgListener::connect_with(&single.connect_with(options).await?).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
