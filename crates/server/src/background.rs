//! What is done from time to time.

use std::time::Duration;

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

async fn trim(db: &Db, keep: i64) -> store::Result<u64> {
    let mut tx = db.begin().await?;
    let count = store::changes::trim(&mut tx, keep.max(1)).await?;
    tx.commit().await?;
    Ok(count)
}
