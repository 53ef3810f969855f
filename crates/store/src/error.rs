//! What can go wrong in the store, told apart by what the reader can do about it.

use sqlx::error::ErrorKind;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store did not do it. A thing that is not there is an `Option`, never an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name, handle or digest is taken. The text names the constraint.
    #[error("the value is taken ({0})")]
    Taken(String),
    /// No space left.
    #[error("the database cannot be written, because the disk is full; make room and try again")]
    Full,
    /// There is a most of these, and it is reached.
    #[error("there are too many {0} at the moment; try again later")]
    TooMany(&'static str),
    /// Another process holds the database.
    #[error("the database is locked by another process; end that process, or try again when it is done")]
    Locked,
    /// The file is no database, or a damaged one.
    #[error("the database file is damaged or is no database ({0}); restore it from a backup")]
    Damaged(String),
    /// The database cannot be reached or opened.
    #[error("the database cannot be opened: {0}")]
    Unreachable(String),
    /// The database may only be read.
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    /// No copy was made.
    #[error("the backup was not made: {0}")]
    Backup(String),
    /// A statement of the transaction failed before.
    #[error("nothing was written, because an earlier statement of the transaction failed")]
    Aborted,
    /// The schema is not the one that this binary knows.
    #[error("the database schema does not fit this version of Portico: {0}")]
    Schema(String),
    /// The master key is not the one that the secrets were sealed with.
    #[error("the master key is not the one that this database was made with; put the right key back")]
    WrongMasterKey,
    /// A row says what no version of this program wrote.
    #[error("the database holds a value that cannot be read: {0}")]
    Unreadable(String),
    /// Anything else that the driver reports.
    #[error("the database failed: {0}")]
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let text = database.message().to_owned();
                if matches!(database.kind(), ErrorKind::UniqueViolation) {
                    return Self::Taken(database.constraint().map_or(text, str::to_owned));
                }
                // SQLite's extended result codes keep the primary code in their low byte;
                // PostgreSQL's are five characters (its manual, appendix A).
                let code = database.code().unwrap_or_default();
                match code.parse::<i64>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff) {
                    Some(13) => Self::Full,
                    Some(5 | 6) => Self::Locked,
                    Some(11 | 26) => Self::Damaged(text),
                    Some(14) => Self::Unreachable(text),
                    Some(8) => Self::ReadOnly(text),
                    _ if code == "53100" => Self::Full,
                    _ if code == "55P03" => Self::Locked,
                    _ if code == "25006" => Self::ReadOnly(text),
                    _ if code.starts_with("28") || code.starts_with("3D") || code.starts_with("57P") => {
                        Self::Unreachable(text)
                    }
                    _ => Self::Failed(error),
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => {
                Self::Unreachable(error.to_string())
            }
            sqlx::Error::PoolTimedOut => Self::Unreachable("no connection could be had in time".to_owned()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Unreadable(error.to_string()),
            _ => Self::Failed(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as M;
        match error {
            M::Execute(error) | M::ExecuteMigration(error, _) => error.into(),
            M::VersionMissing(version) => Self::Schema(format!(
                "it has migration {version}, which a newer version made; run that version, or restore a backup"
            )),
            M::VersionMismatch(version) => Self::Schema(format!(
                "its migration {version} is another one than this version's; restore a backup of a released version"
            )),
            other => Self::Schema(other.to_string()),
        }
    }
}

/// The error for a stored text that no version of this program wrote.
pub(crate) fn unreadable(what: &str, value: impl std::fmt::Display) -> Error {
    Error::Unreadable(format!("{what} `{value}`"))
}
