//! What calls with an `Idempotency-Key` were answered with.

use jiff::Timestamp;
use model::id::DeveloperClientId;

use crate::Tx;
use crate::error::{Result, unreadable};
use crate::sql::{Conn, sql};

const SEALED: &str = "idempotency_keys.body";

/// The most answers that are kept of one token; the oldest go first.
pub const KEPT: i64 = 10_000;

/// A call, as it is told from others.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Whose token it came with.
    pub client: DeveloperClientId,
    /// The key that it came with.
    pub key: &'a str,
    /// What it asks for, as a digest.
    pub fingerprint: &'a str,
}

/// What a call was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What it asked for, as a digest.
    pub fingerprint: String,
    /// The status code of the answer.
    pub status: u16,
    /// The body of the answer; none if it was too large to be kept.
    pub body: Option<String>,
}

/// What the call with this key was answered with, unless it was before `since`.
pub async fn find(
    on: impl Into<Conn<'_>>,
    client: DeveloperClientId,
    key: &str,
    since: Timestamp,
) -> Result<Option<Answered>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        fingerprint: String,
        status: i64,
        body: Option<String>,
    }
    let on = on.into();
    let db = on.db().clone();
    let row: Option<Row> = sql("select fingerprint, status, body from idempotency_keys
                                where developer_client_id = $1 and name = $2 and created_at >= $3")
    .bind(client)
    .bind(key)
    .bind(since)
    .maybe(on)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let body = row.body.map(|body| db.0.seal.open(SEALED, &body)).transpose()?;
    let status = u16::try_from(row.status).map_err(|_| unreadable("status", row.status))?;
    Ok(Some(Answered { fingerprint: row.fingerprint, status, body }))
}

/// Keeps what a call was answered with, in place of what is older than `since`.
/// [`Taken`](crate::Error::Taken) if another call with the key was quicker.
pub async fn insert(
    tx: &mut Tx,
    call: Call<'_>,
    status: u16,
    body: Option<&str>,
    since: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sql("delete from idempotency_keys where developer_client_id = $1 and name = $2 and created_at < $3")
        .bind(call.client)
        .bind(call.key)
        .bind(since)
        .run(tx)
        .await?;
    let body = body.map(|body| tx.db.0.seal.close(SEALED, body));
    sql("insert into idempotency_keys (developer_client_id, name, fingerprint, status, body, created_at)
         values ($1, $2, $3, $4, $5, $6)")
    .bind(call.client)
    .bind(call.key)
    .bind(call.fingerprint)
    .bind(i64::from(status))
    .bind(body)
    .bind(now)
    .run(tx)
    .await?;
    sql("delete from idempotency_keys where developer_client_id = $1 and created_at <=
             (select created_at from idempotency_keys where developer_client_id = $1
              order by created_at desc limit 1 offset $2)")
    .bind(call.client)
    .bind(KEPT)
    .run(tx)
    .await?;
    Ok(())
}

/// Forgets what is older than `before`; gives how many went.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    sql("delete from idempotency_keys where created_at < $1").bind(before).run(tx).await
}
