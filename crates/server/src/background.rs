//! What is done from time to time.

use std::time::Duration;

use actions::Actions;
use jiff::Timestamp;
use management::IDEMPOTENCY_KEYS_KEPT_FOR;
use model::environment::Environment;
use store::Db;
use tokio::sync::watch;

/// How often old changes are forgotten.
const TRIM_EVERY: Duration = Duration::from_secs(3600);

/// Keeps the change feed from growing for ever, until `stop` turns true.
pub(crate) async fn trim_changes(db: Db, keep: i64, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TRIM_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        match trim(&db, keep).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "old changes were forgotten"),
            Err(error) => {
                tracing::warn!(%error, "old changes could not be forgotten; the next try is in an hour");
            }
        }
    }
}

/// Forgets what calls were answered with when their keys are free again, until `stop` turns true.
pub(crate) async fn forget_answers(db: Db, environment: Environment, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TRIM_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        match forget(&db, &environment).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "old answers were forgotten"),
            Err(error) => {
                tracing::warn!(%error, "old answers could not be forgotten; the next try is in an hour");
            }
        }
    }
}

/// How often links, sessions and sign-ins under way that are no longer good are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Keeps what people sign in with from piling up, until `stop` turns true.
pub(crate) async fn sweep_identity(actions: Actions, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        match actions.sweep_identity().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "links and sessions that had ended were forgotten"),
            Err(error) => {
                tracing::warn!(%error, "ended sessions could not be forgotten; the next try is in ten minutes");
            }
        }
        match actions.sweep_drafts().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "documents that nobody put to use were forgotten"),
            Err(error) => {
                tracing::warn!(%error, "old drafts could not be forgotten; the next try is in ten minutes");
            }
        }
    }
}

async fn forget(db: &Db, environment: &Environment) -> store::Result<u64> {
    let before = environment.now().checked_sub(IDEMPOTENCY_KEYS_KEPT_FOR).unwrap_or(Timestamp::MIN);
    let mut tx = db.begin().await?;
    let count = store::idempotency_keys::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(count)
}

async fn trim(db: &Db, keep: i64) -> store::Result<u64> {
    let mut tx = db.begin().await?;
    let count = store::changes::trim(&mut tx, keep.max(1)).await?;
    tx.commit().await?;
    Ok(count)
}
