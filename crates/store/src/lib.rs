//! Every SQL statement of Portico, for SQLite and PostgreSQL alike: one statement, one row, one
//! migration. Readers take anything that can be read; writers take a [`Tx`], and those of things
//! that the gateway can see announce the change themselves, so that nobody can forget it.

pub mod access_requests;
pub mod access_tokens;
pub mod api_keys;
pub mod assignments;
pub mod audit;
mod backend;
pub mod catalog;
pub mod changes;
pub mod clients;
pub mod collections;
pub mod connections;
pub mod developer_clients;
pub mod document_drafts;
pub mod documents;
pub mod endpoints;
mod error;
pub mod forwarding;
pub mod idempotency_keys;
pub mod identity;
mod jwt_rules;
pub mod listings;
pub mod logos;
pub mod mails;
pub mod managed;
pub mod members;
mod open;
mod packed;
pub mod people;
mod places;
pub mod policies;
pub mod portal_pages;
pub mod portal_settings;
pub mod portal_users;
pub mod portals;
pub mod projects;
pub mod publications;
pub mod quotas;
mod readers;
pub mod recipes;
mod rows;
mod scope;
mod seal;
pub mod serving;
pub mod settings;
pub mod sql;
pub mod workspaces;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{Postgres, Sqlite, Transaction};
use tokio::sync::watch;

use readers::Readers;

pub use error::{Error, Result};
pub use open::{Location, LocationFault, Settings};
pub use seal::MASTER_KEY_BYTES;
pub use sql::Conn;

/// How long a writer waits for the one before it on PostgreSQL, in PostgreSQL's words; as long as one
/// waits for another process on SQLite.
const LOCK_TIMEOUT: &str = "5s";

/// The database: SQLite in a file, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    seal: seal::Seal,
    places: places::Places,
    /// Bumped after each commit that announced a change, for followers in this process.
    commits: watch::Sender<u64>,
}

/// Two typed pools. With SQLite one connection writes: a deferred transaction that reads before
/// it writes fails when another one wrote in between, and waiting for a lock gains nothing.
enum Pools {
    Sqlite { writer: SqlitePool, readers: Readers, path: PathBuf },
    Postgres { pool: PgPool, url: String },
}

/// A transaction. Nothing is written unless [`Tx::commit`] answers.
#[must_use = "a transaction that is not committed is rolled back"]
pub struct Tx {
    kind: TxKind,
    db: Db,
    announced: bool,
    /// Whether a statement failed. PostgreSQL then takes nothing more and answers a commit by
    /// rolling back, without an error; so that both behave alike, SQLite's does not commit either.
    failed: bool,
}

enum TxKind {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Begins a transaction, which is the only writing one until it ends: on SQLite it holds the
    /// one writing connection, on PostgreSQL the row of the change clock. What it reads cannot
    /// change before it writes, so no update is lost.
    pub async fn begin(&self) -> Result<Tx> {
        let kind = match &self.0.pools {
            Pools::Sqlite { writer, .. } => TxKind::Sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres { pool, .. } => TxKind::Postgres(pool.begin().await?),
        };
        let mut tx = Tx { kind, db: self.clone(), announced: false, failed: false };
        if matches!(tx.kind, TxKind::Postgres(_)) {
            sql::sql("select set_config('lock_timeout', $1, true)").bind(LOCK_TIMEOUT).run(&mut tx).await?;
            sql::sql("select seq as value from change_clock where id = 1 for update")
                .one::<rows::Number>(&mut tx)
                .await?;
        }
        Ok(tx)
    }

    /// What the database is, for people; never a password.
    pub fn describe(&self) -> String {
        match &self.0.pools {
            Pools::Sqlite { path, .. } => format!("SQLite, {}", path.display()),
            Pools::Postgres { pool, .. } => {
                let options = pool.connect_options();
                format!(
                    "PostgreSQL, {}:{}/{}",
                    options.get_host(),
                    options.get_port(),
                    options.get_database().unwrap_or("postgres")
                )
            }
        }
    }
}

impl Tx {
    /// Makes what was written true, and wakes whoever follows the change feed.
    pub async fn commit(self) -> Result<()> {
        if self.failed {
            return Err(Error::Aborted);
        }
        match self.kind {
            TxKind::Sqlite(tx) => tx.commit().await?,
            TxKind::Postgres(tx) => tx.commit().await?,
        }
        if self.announced {
            self.db.0.commits.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(())
    }
}
