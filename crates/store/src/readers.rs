//! The connections that read from SQLite.
//!
//! They are not in a pool of the driver, which asks each connection for a sign of life before and after
//! every statement. Each question goes to the connection's thread and back, and takes as long as most
//! statements do.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::{Semaphore, SemaphorePermit};

/// So many connections at most, made when they are needed.
pub(crate) struct Readers {
    options: Box<SqliteConnectOptions>,
    patience: Duration,
    /// The one that was used last is used next: it has in its cache what is read most.
    idle: Mutex<Vec<SqliteConnection>>,
    free: Semaphore,
}

impl Readers {
    /// Makes the first connection, so that a file that cannot be read is no surprise later.
    pub(crate) async fn open(
        options: SqliteConnectOptions,
        most: u32,
        patience: Duration,
    ) -> sqlx::Result<Self> {
        let free = Semaphore::new(most.max(1) as usize);
        let idle = Mutex::new(vec![options.connect().await?]);
        Ok(Self { options: Box::new(options), patience, idle, free })
    }

    /// What a connection is made with.
    pub(crate) fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// A connection for one statement, once there is one.
    pub(crate) async fn take(&self) -> sqlx::Result<Reader<'_>> {
        let permit = tokio::time::timeout(self.patience, self.free.acquire()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection, readers: self, _permit: permit })
    }
}

/// A connection that nobody else uses meanwhile. It is closed unless its statement is known to have come
/// to an end: one that was broken off may be at work still.
pub(crate) struct Reader<'r> {
    connection: SqliteConnection,
    readers: &'r Readers,
    _permit: SemaphorePermit<'r>,
}

impl Reader<'_> {
    /// Gives it back after a statement that had this result.
    pub(crate) fn done<T>(self, result: &sqlx::Result<T>) {
        if matches!(result, Ok(_) | Err(sqlx::Error::Database(_))) {
            let Self { connection, readers, _permit } = self;
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Deref for Reader<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
