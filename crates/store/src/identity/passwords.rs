//! Hashes of passwords.

use jiff::Timestamp;
use model::identity::Subject;

use super::columns;
use crate::Tx;
use crate::error::Result;
use crate::sql::{Conn, sql};

/// The hash of somebody's password, if they have one.
pub async fn hash(on: impl Into<Conn<'_>>, subject: Subject) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        hash: String,
    }
    let (kind, id) = columns(subject);
    let query = sql("select hash from passwords where subject_kind = $1 and subject_id = $2");
    let row: Option<Row> = query.bind(kind).bind(id).maybe(on).await?;
    Ok(row.map(|row| row.hash))
}

/// Sets somebody's password.
pub async fn set(tx: &mut Tx, subject: Subject, hash: &str, now: Timestamp) -> Result<()> {
    let (kind, id) = columns(subject);
    sql("insert into passwords (subject_kind, subject_id, hash, changed_at) values ($1, $2, $3, $4)
         on conflict (subject_kind, subject_id) do update set hash = $3, changed_at = $4")
    .bind(kind)
    .bind(id)
    .bind(hash)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}
