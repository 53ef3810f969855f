//! Databases to test on: each test has a SQLite file and a PostgreSQL database of its own.

use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use jiff::Timestamp;
use model::environment::{Clock, Environment, Random};
use model::secret::{Secret, SecretKind};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use store::{Db, Error, Location, MASTER_KEY_BYTES, Result, Settings, Tx};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

/// The time at which everything happens.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_750_000_000, 0);

/// An hour after it.
pub(crate) const LATER: Timestamp = Timestamp::constant(1_750_003_600, 0);
/// What the time of a second change in the same moment is written as: no two changes have the same.
pub(crate) const JUST_LATER: Timestamp = Timestamp::constant(1_750_003_600, 1_000);

pub(crate) const MASTER_KEY: [u8; MASTER_KEY_BYTES] = [7; MASTER_KEY_BYTES];

/// The same that the store has, to name the template database after.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const SQLITE_FILE: &str = "portico.db";

struct FixedClock(Instant);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        NOON
    }

    fn instant(&self) -> Instant {
        self.0
    }
}

/// Splitmix64 (Steele, Lea and Flood, 2014): the same bytes in every run.
struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A clock that stands still, and chance that repeats itself.
pub(crate) fn environment(seed: u64) -> Environment {
    #[expect(clippy::disallowed_methods, reason = "the fixed clock begins at some instant")]
    let start = Instant::now();
    Environment { clock: Arc::new(FixedClock(start)), random: Arc::new(Seeded(AtomicU64::new(seed))) }
}

/// A database of one test.
pub(crate) struct Database {
    db: Db,
    environment: Environment,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Deref for Database {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Both databases, migrated and without a row.
pub(crate) async fn databases() -> [Database; 2] {
    let sqlite = async {
        let db = Database::at(Place::Sqlite(tempfile::tempdir().unwrap())).await;
        db.migrate().await.unwrap();
        db
    };
    let postgres = async { Database::at(Place::Postgres(create_database(template().await).await)).await };
    tokio::join!(sqlite, postgres).into()
}

/// Both databases without a table.
pub(crate) async fn empty_databases() -> [Database; 2] {
    let sqlite = Database::at(Place::Sqlite(tempfile::tempdir().unwrap()));
    let postgres = async { Database::at(Place::Postgres(create_database("template0").await)).await };
    tokio::join!(sqlite, postgres).into()
}

impl Database {
    async fn at(place: Place) -> Self {
        let environment = environment(1);
        let db = open(place.location(), MASTER_KEY, environment.clone()).await.unwrap();
        Self { db, environment, place }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }

    pub(crate) fn location(&self) -> Location {
        self.place.location()
    }

    /// A handle of its own on the same database, as another process would have.
    pub(crate) async fn again(&self) -> Db {
        open(self.location(), MASTER_KEY, environment(2)).await.unwrap()
    }

    /// A handle that was given another master key.
    pub(crate) async fn with_another_key(&self) -> Db {
        open(self.location(), [8; MASTER_KEY_BYTES], environment(3)).await.unwrap()
    }

    /// A new secret.
    pub(crate) fn secret(&self, kind: SecretKind) -> Secret {
        Secret::issue(kind, &self.environment)
    }

    /// A database made of a backup of this one.
    pub(crate) async fn copied(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("it's a backup ").tempdir().unwrap();
        let backup = folder.path().join(SQLITE_FILE);
        self.backup(&backup).await.unwrap();
        if self.is_sqlite() {
            return Self::at(Place::Sqlite(folder)).await;
        }
        let name = create_database("template0").await;
        let restore = ["--no-owner", "--exit-on-error", "--dbname", &url_of(&name)];
        let output = Command::new(program("pg_restore")).args(restore).arg(&backup).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::at(Place::Postgres(name)).await
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn raw(&self, text: &'static str) {
        match self.location() {
            Location::Sqlite(path) => {
                let mut connection = sqlite_connection(path).await;
                sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// The first column, a text, of every row, read behind the store's back.
    pub(crate) async fn texts(&self, text: &'static str) -> Vec<String> {
        match self.location() {
            Location::Sqlite(path) => {
                let mut connection = sqlite_connection(path).await;
                let rows = sqlx::raw_sql(text).fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                let rows = sqlx::raw_sql(text).fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

impl Place {
    fn location(&self) -> Location {
        match self {
            Self::Sqlite(folder) => Location::Sqlite(folder.path().join(SQLITE_FILE)),
            Self::Postgres(name) => Location::Postgres(url_of(name)),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        #[expect(
            clippy::print_stderr,
            reason = "the report of a failed test says on which database it failed"
        )]
        if std::thread::panicking() {
            eprintln!("{} was in use", self.db.describe());
        }
        if let Place::Postgres(name) = &self.place {
            let name = name.clone();
            // The test's own runtime may be gone.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(drop_database(&name));
            });
            drop(dropping.join());
        }
    }
}

/// One of PostgreSQL's programs: on the path, or where Debian keeps it.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.filter_map(std::result::Result::ok).map(|version| version.path().join("bin"));
    let mut files = std::env::split_paths(&path).chain(debian).map(|folder| folder.join(name));
    files.find(|file| file.exists()).expect("PostgreSQL's programs are installed")
}

/// Opens a database with few connections, since many tests run at once.
pub(crate) async fn open(
    location: Location,
    master_key: [u8; MASTER_KEY_BYTES],
    environment: Environment,
) -> Result<Db> {
    Db::open(Settings { location, master_key, environment, connections: 2 }).await
}

/// Does `work` in a transaction and commits it.
pub(crate) async fn within<T>(db: &Db, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> T {
    let mut tx = db.begin().await.unwrap();
    let done = work(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    done
}

/// The error that `work` ends with; what it wrote is rolled back.
pub(crate) async fn refusal<T>(db: &Db, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Error {
    let mut tx = db.begin().await.unwrap();
    let Err(error) = work(&mut tx).await else { panic!("it was not refused") };
    error
}

/// Whether `work` is refused because something is taken.
pub(crate) async fn is_taken<T>(db: &Db, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> bool {
    matches!(refusal(db, work).await, Error::Taken(_))
}

async fn sqlite_connection(path: PathBuf) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

static SERVER: LazyLock<Url> = LazyLock::new(|| {
    let url = std::env::var("PORTICO_TEST_POSTGRES").expect(
        "`PORTICO_TEST_POSTGRES` is not set: run `make test`, which starts a PostgreSQL for the tests",
    );
    url.parse()
        .expect("`PORTICO_TEST_POSTGRES` is a URL such as `postgres://postgres@127.0.0.1:5432/postgres`")
});

/// The URL of a database on the test server.
pub(crate) fn url_of(database: &str) -> String {
    let mut url = SERVER.clone();
    url.set_path(database);
    url.into()
}

/// A connection that may make and drop databases.
pub(crate) async fn administrator() -> PgConnection {
    PgConnection::connect(SERVER.as_str()).await.expect("the server at `PORTICO_TEST_POSTGRES` answers")
}

pub(crate) async fn administer(connection: &mut PgConnection, text: String) {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.unwrap();
}

/// A new PostgreSQL database, a copy of `template`; gives its name.
pub(crate) async fn create_database(template: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("portico_store_{}_{number}", std::process::id());
    let mut connection = administrator().await;
    // A run that was killed may have left one behind under the same name.
    administer(&mut connection, format!("drop database if exists {name} with (force)")).await;
    administer(&mut connection, format!("create database {name} template {template}")).await;
    name
}

/// Drops a database whoever is connected to it.
async fn drop_database(name: &str) {
    let mut connection = administrator().await;
    // `drop database` itself would look for connections ten times a second only.
    let mut others = 1;
    while others > 0 {
        let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        others = sqlx::raw_sql(AssertSqlSafe(end)).fetch_all(&mut connection).await.unwrap().len();
    }
    administer(&mut connection, format!("drop database if exists {name} with (force)")).await;
}

/// The migrated database that the others are copied from; made by whoever comes first.
async fn template() -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(make_template).await
}

async fn make_template() -> String {
    let digits: String = MIGRATIONS
        .iter()
        .map(|m| m.checksum[..2].iter().map(|b| format!("{b:02x}")).collect::<String>())
        .collect();
    let name = format!("portico_store_template_{digits}");
    let mut connection = administrator().await;
    // Other test programs may be at the same. The lock goes with the connection.
    administer(&mut connection, "select pg_advisory_lock(7041776)".to_owned()).await;
    // Only one that was finished is marked as a template.
    let found = format!("select 1 from pg_database where datname = '{name}' and datistemplate");
    if sqlx::raw_sql(AssertSqlSafe(found)).fetch_optional(&mut connection).await.unwrap().is_none() {
        administer(&mut connection, format!("drop database if exists {name} with (force)")).await;
        administer(&mut connection, format!("create database {name} template template0")).await;
        let location = Location::Postgres(url_of(&name));
        open(location, MASTER_KEY, environment(1)).await.unwrap().migrate().await.unwrap();
        administer(
            &mut connection,
            format!("alter database {name} with is_template true allow_connections false"),
        )
        .await;
        // A database that someone is connected to cannot be copied.
        let end =
            format!("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'");
        administer(&mut connection, end).await;
    }
    name
}
