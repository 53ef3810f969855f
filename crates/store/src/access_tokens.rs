//! What access tokens stand on beside their keys: the secret that they are signed with, and those
//! that were revoked.

use jiff::Timestamp;
use model::access_token::SIGNING_SECRET_BYTES;
use model::change::ChangeKind;
use model::secret::Digest;

use crate::changes::announce;
use crate::error::{Error, Result, unreadable};
use crate::rows::{next_id, number, time};
use crate::sql::sql;
use crate::{Db, Tx};

const SECRET: &str = "access_token_secret";
const SEALED: &str = "settings.access_token_secret";

/// The most revoked tokens that are kept at a time. Each was issued before, and is forgotten within the
/// hour.
const REVOCATIONS_MAX: i64 = 50_000;

/// An access token that ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// What the token is recognised by.
    pub digest: Digest,
    /// When it would have ended.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Setting {
    value: String,
}

/// The secret that access tokens are signed with: made when it is first asked for, the same for every
/// node and after every start.
pub async fn signing_secret(db: &Db) -> Result<[u8; SIGNING_SECRET_BYTES]> {
    let select = || sql("select value from settings where name = $1").bind(SECRET);
    if let Some(row) = select().maybe::<Setting>(db).await? {
        return open(db, &row.value);
    }
    let secret: [u8; SIGNING_SECRET_BYTES] = db.0.seal.random();
    let mut tx = db.begin().await?;
    sql("insert into settings (name, value) values ($1, $2) on conflict (name) do nothing")
        .bind(SECRET)
        .bind(db.0.seal.close(SEALED, &hex::encode(secret)))
        .run(&mut tx)
        .await?;
    let row: Setting = select().one(&mut tx).await?;
    tx.commit().await?;
    open(db, &row.value)
}

fn open(db: &Db, sealed: &str) -> Result<[u8; SIGNING_SECRET_BYTES]> {
    let text = db.0.seal.open(SEALED, sealed)?;
    let mut secret = [0; SIGNING_SECRET_BYTES];
    hex::decode_to_slice(text, &mut secret)
        .map_err(|_| Error::Unreadable("the secret of access tokens has another length".to_owned()))?;
    Ok(secret)
}

/// Revokes an access token. Those that are over by now are forgotten.
pub async fn revoke(tx: &mut Tx, revocation: Revocation, now: Timestamp) -> Result<()> {
    sql("delete from revoked_tokens where expires_at <= $1").bind(now).run(tx).await?;
    let kept = number(sql("select count(*) as value from revoked_tokens"), &mut *tx).await?;
    if kept >= REVOCATIONS_MAX {
        return Err(Error::TooMany("revoked tokens"));
    }
    let id = next_id(tx, "revocation").await?;
    sql("insert into revoked_tokens (id, digest, expires_at) values ($1, $2, $3)
         on conflict (digest) do nothing")
    .bind(id)
    .bind(revocation.digest.to_hex())
    .bind(revocation.expires_at)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Revocation, id).await
}

/// All tokens that are revoked, those that are over by now perhaps among them.
pub async fn revocations(db: &Db) -> Result<Vec<Revocation>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        digest: String,
        expires_at: i64,
    }
    let rows: Vec<Row> = sql("select digest, expires_at from revoked_tokens order by id limit $1")
        .bind(REVOCATIONS_MAX)
        .all(db)
        .await?;
    let read = |row: Row| {
        let digest =
            Digest::from_hex(&row.digest).ok_or_else(|| unreadable("digest of a token", &row.digest))?;
        Ok(Revocation { digest, expires_at: time(row.expires_at)? })
    };
    rows.into_iter().map(read).collect()
}
