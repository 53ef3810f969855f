//! Links in mail that prove who somebody is.

use jiff::Timestamp;
use model::id::PortalId;
use model::identity::{LinkPurpose, SignInLink, Site, Subject};
use model::secret::{Digest, Secret};

use super::{columns, subject};
use crate::Tx;
use crate::error::Result;
use crate::rows::{maybe_time, time, word, written};
use crate::sql::{Conn, sql};

#[derive(sqlx::FromRow)]
struct Row {
    purpose: String,
    subject_kind: String,
    subject_id: i64,
    portal_id: Option<i64>,
    expires_at: i64,
    used_at: Option<i64>,
    next: Option<String>,
}

impl Row {
    fn link(self) -> Result<SignInLink> {
        Ok(SignInLink {
            purpose: word("purpose of a link", &self.purpose)?,
            subject: subject(&self.subject_kind, self.subject_id)?,
            site: Site::from(self.portal_id.map(PortalId)),
            expires_at: time(self.expires_at)?,
            used_at: maybe_time(self.used_at)?,
            next: self.next,
        })
    }
}

/// What a new link is made of.
pub struct NewLink<'a> {
    /// What it carries; its digest is kept.
    pub secret: &'a Secret,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Who signs in with it.
    pub subject: Subject,
    /// Where.
    pub site: Site,
    /// Where they go then, if they said so; a path of that site.
    pub next: Option<&'a str>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Adds a link.
pub async fn insert(tx: &mut Tx, new: NewLink<'_>, now: Timestamp) -> Result<()> {
    let (kind, id) = columns(new.subject);
    sql("insert into sign_in_links (digest, purpose, subject_kind, subject_id, portal_id, next, expires_at,
                                    created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(new.secret.digest().to_hex())
    .bind(written(new.purpose))
    .bind(kind)
    .bind(id)
    .bind(new.site.portal())
    .bind(new.next)
    .bind(new.expires_at)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// The link whose secret has this digest, used or not.
pub async fn find(on: impl Into<Conn<'_>>, digest: Digest) -> Result<Option<SignInLink>> {
    let query = sql("select purpose, subject_kind, subject_id, portal_id, expires_at, used_at, next
         from sign_in_links where digest = $1");
    query.bind(digest.to_hex()).maybe::<Row>(on).await?.map(Row::link).transpose()
}

/// Uses a link up. False if it was used before.
pub async fn spend(tx: &mut Tx, digest: Digest, now: Timestamp) -> Result<bool> {
    let query = sql("update sign_in_links set used_at = $2 where digest = $1 and used_at is null");
    Ok(query.bind(digest.to_hex()).bind(now).run(tx).await? > 0)
}

/// Makes the unused links of somebody for one purpose worthless, or for all.
pub async fn revoke(tx: &mut Tx, subject: Subject, purpose: Option<LinkPurpose>) -> Result<()> {
    let (kind, id) = columns(subject);
    sql("delete from sign_in_links where subject_kind = $1 and subject_id = $2 and used_at is null")
        .bind(kind)
        .bind(id)
        .and(purpose.map(written), "purpose = ?")
        .run(tx)
        .await?;
    Ok(())
}
