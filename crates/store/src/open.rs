//! Opening, migrating, checking and copying the database: where the two kinds truly differ.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use model::environment::Environment;
use percent_encoding::percent_decode_str;
use sqlx::error::DatabaseError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Arguments as _, ConnectOptions as _, Connection as _, SqlitePool};
use tokio::sync::watch;
use tokio::time::Instant;
use url::Url;

use crate::error::{Error, Result};
use crate::places::Places;
use crate::readers::Readers;
use crate::seal::{MASTER_KEY_BYTES, Seal};
use crate::sql::sql;
use crate::{Db, Inner, Pools};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a statement waits for another process's lock, and for a free connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often [`PATIENCE`] is had with another process that migrates, which takes it some hundred writes.
const WHILE_OTHERS_MIGRATE: u32 = 12;

/// Between two tries to open a SQLite file that others make at the same time.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(10);

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// Not the place of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`")]
pub struct LocationFault;

impl FromStr for Location {
    type Err = LocationFault;
    fn from_str(text: &str) -> std::result::Result<Self, LocationFault> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(LocationFault) } else { Ok(Self::Sqlite(path.into())) };
        }
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_postgres && PgConnectOptions::from_str(text).is_ok() {
            Ok(Self::Postgres(text.to_owned()))
        } else {
            Err(LocationFault)
        }
    }
}

impl fmt::Display for Location {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                // What is shown is picked, not what is hidden: a password can stand in several places.
                let Ok(url) = Url::parse(url) else { return f.write_str("postgres://…") };
                write!(f, "postgres://{}", url.host_str().unwrap_or_default())?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                f.write_str(url.path())
            }
        }
    }
}

impl fmt::Debug for Location {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// What it takes to open a database.
pub struct Settings {
    /// Where it is.
    pub location: Location,
    /// The key that sealed columns are sealed with.
    pub master_key: [u8; MASTER_KEY_BYTES],
    /// Time and chance.
    pub environment: Environment,
    /// The most connections: to PostgreSQL, or for reading from SQLite.
    pub connections: u32,
}

impl Db {
    /// Opens the database without touching its schema. A missing SQLite file is made.
    pub async fn open(settings: Settings) -> Result<Self> {
        let pools = match settings.location {
            Location::Sqlite(path) => open_sqlite(path, settings.connections).await?,
            Location::Postgres(url) => open_postgres(url, settings.connections).await?,
        };
        let seal = Seal::new(&settings.master_key, settings.environment);
        Ok(Self(Arc::new(Inner { pools, seal, places: Places::default(), commits: watch::Sender::new(0) })))
    }

    /// Brings the schema up to what this binary knows, and checks that the master key is the one
    /// that this database was made with. Two nodes may do it at once.
    pub async fn migrate(&self) -> Result<()> {
        match &self.0.pools {
            Pools::Sqlite { writer, .. } => {
                let mut tries = 1;
                // What is up to date is only checked: whoever writes to it need not be waited for.
                while self.pending_migrations().await? > 0 {
                    match migrate_sqlite(writer).await {
                        Err(Error::Locked) if tries < WHILE_OTHERS_MIGRATE => tries += 1,
                        done => done?,
                    }
                }
                MIGRATIONS.run(&mut *writer.acquire().await?).await?;
            }
            Pools::Postgres { pool, .. } => {
                // A migrator that fails keeps its lock as long as its connection lives.
                let mut connection = pool.acquire().await?.detach();
                let migrated = MIGRATIONS.run(&mut connection).await;
                connection.close().await.ok();
                migrated?;
            }
        }
        self.check_master_key().await
    }

    /// The number of migrations that the database still lacks.
    pub async fn pending_migrations(&self) -> Result<usize> {
        #[derive(sqlx::FromRow)]
        struct Applied {
            version: i64,
        }
        let applied = sql("select version from _sqlx_migrations where success = $1")
            .bind(true)
            .all::<Applied>(self)
            .await;
        let applied = match applied {
            Ok(rows) => rows,
            // A new database has no such table yet.
            Err(Error::Failed(sqlx::Error::Database(error))) if is_missing_table(&*error) => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_applied = |version| applied.iter().any(|row| row.version == version);
        Ok(MIGRATIONS.iter().filter(|migration| !is_applied(migration.version)).count())
    }

    async fn check_master_key(&self) -> Result<()> {
        const NAME: &str = "master_key_check";
        #[derive(sqlx::FromRow)]
        struct Setting {
            value: String,
        }
        let mut tx = self.begin().await?;
        let sealed = self.0.seal.close(NAME, NAME);
        sql("insert into settings (name, value) values ($1, $2) on conflict (name) do nothing")
            .bind(NAME)
            .bind(sealed)
            .run(&mut tx)
            .await?;
        let stored: Setting =
            sql("select value from settings where name = $1").bind(NAME).one(&mut tx).await?;
        self.0.seal.open(NAME, &stored.value)?;
        tx.commit().await
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        crate::changes::latest(self).await.map(drop)
    }

    /// Asks the database whether its schema can be read, and SQLite also whether its file is
    /// sound.
    pub async fn check(&self) -> Result<()> {
        #[derive(sqlx::FromRow)]
        struct Verdict {
            verdict: String,
        }
        let verdict: Verdict = match &self.0.pools {
            Pools::Sqlite { .. } => {
                sql("select quick_check as verdict from pragma_quick_check").one(self).await?
            }
            Pools::Postgres { .. } => sql("select 'ok' as verdict").one(self).await?,
        };
        if verdict.verdict == "ok" { Ok(()) } else { Err(Error::Damaged(verdict.verdict)) }
    }

    /// Writes a consistent copy to `target`, which must not exist, while others go on writing.
    /// SQLite copies itself; for PostgreSQL its own `pg_dump` runs, which must be installed.
    pub async fn backup(&self, target: &Path) -> Result<()> {
        if target.exists() {
            return Err(Error::Backup(format!("`{}` exists already; choose another name", target.display())));
        }
        match &self.0.pools {
            Pools::Sqlite { readers, .. } => {
                let mut arguments = SqliteArguments::default();
                arguments.add(target.display().to_string()).map_err(sqlx::Error::Encode)?;
                let mut reader = readers.take().await?;
                let copied = sqlx::query_with("vacuum into $1", arguments).execute(&mut *reader).await;
                reader.done(&copied);
                match copied.map_err(Error::from) {
                    // It is the copy that cannot be opened.
                    Err(Error::Unreachable(text)) => Err(Error::Backup(text)),
                    done => done.map(drop),
                }
            }
            Pools::Postgres { url, pool } => dump_postgres(url, pool, target).await,
        }
    }
}

/// Runs `pg_dump`. The password goes through the environment: arguments are shown to every user
/// of the machine.
async fn dump_postgres(url: &str, pool: &sqlx::PgPool, target: &Path) -> Result<()> {
    let options = pool.connect_options();
    let mut command = tokio::process::Command::new("pg_dump");
    command.args(["--format=custom", "--no-owner", "--no-password", "--file"]).arg(target);
    match options.get_socket() {
        Some(socket) => command.env("PGHOST", socket),
        None => command.env("PGHOST", options.get_host()),
    };
    command.env("PGPORT", options.get_port().to_string()).env("PGUSER", options.get_username());
    command.env("PGDATABASE", options.get_database().unwrap_or_else(|| options.get_username()));
    if let Some(password) = Url::parse(url).ok().and_then(|url| password(&url)) {
        command.env("PGPASSWORD", password);
    }
    let output = command.kill_on_drop(true).output().await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::Backup("`pg_dump` is not installed; install PostgreSQL's client programs".to_owned())
        }
        _ => Error::Backup(format!("`pg_dump` cannot be run: {error}")),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Error::Backup(text.trim().lines().next().unwrap_or("`pg_dump` failed").to_owned()))
}

/// The password in a URL, in either of the places where the driver looks for it.
fn password(url: &Url) -> Option<String> {
    let in_query = url.query_pairs().filter(|(name, _)| name == "password").last();
    in_query.map(|(_, password)| password.into_owned()).or_else(|| {
        let decoded = percent_decode_str(url.password()?).decode_utf8().ok()?;
        Some(decoded.into_owned())
    })
}

fn is_missing_table(error: &dyn DatabaseError) -> bool {
    error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
}

/// Migrates, once nobody else writes; the migrator takes no lock on SQLite by itself.
async fn migrate_sqlite(writer: &SqlitePool) -> Result<()> {
    let mut tx = writer.begin_with("begin immediate").await?;
    MIGRATIONS.run(&mut *tx).await?;
    Ok(tx.commit().await?)
}

async fn open_sqlite(path: PathBuf, connections: u32) -> Result<Pools> {
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What was answered must be there after a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(4 * PATIENCE)
        // A commit that failed, on a full disk for one, has ended the transaction for SQLite and
        // not for the driver, which would never begin another on this connection.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
    let writer = connected(|| writer.clone().connect_with(options.clone())).await?;
    let reading = options.clone().read_only(true).create_if_missing(false);
    let readers = connected(|| Readers::open(reading.clone(), connections, PATIENCE)).await?;
    Ok(Pools::Sqlite { writer, readers, path })
}

/// Connects, also beside others who make the same file. Two that turn it to write-ahead logging at
/// once have each read what the other wants to write: SQLite then calls it locked without waiting.
async fn connected<T, F: Future<Output = sqlx::Result<T>>>(connect: impl Fn() -> F) -> Result<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        match connect().await.map_err(Error::from) {
            Err(Error::Locked) if Instant::now() < until => tokio::time::sleep(BEFORE_ANOTHER_TRY).await,
            done => return done,
        }
    }
}

async fn open_postgres(url: String, connections: u32) -> Result<Pools> {
    let options = PgConnectOptions::from_str(&url)?.application_name("portico").disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_with(options.clone())
        .await;
    let pool = match pool {
        // The pool waited for a server that is just starting, and lost the reason.
        Err(sqlx::Error::PoolTimedOut) => return Err(reason_why_not(&options).await),
        pool => pool?,
    };
    Ok(Pools::Postgres { pool, url })
}

/// Why no connection can be made.
async fn reason_why_not(options: &PgConnectOptions) -> Error {
    match tokio::time::timeout(Duration::from_secs(1), options.connect()).await {
        Ok(Err(error)) => error.into(),
        Ok(Ok(_)) | Err(_) => sqlx::Error::PoolTimedOut.into(),
    }
}
