//! Who is signed in, and from where.

use jiff::Timestamp;
use model::id::{PortalId, SessionId};
use model::identity::{Session, SignInMethod, Site, Subject};
use model::page::{Page, Paged};
use model::secret::{Digest, Secret};

use super::{columns, subject};
use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};

/// What a new session is made of.
pub struct NewSession<'a> {
    /// What the browser holds, of which the digest is kept.
    pub token: &'a Secret,
    /// Who signed in.
    pub subject: Subject,
    /// Where.
    pub site: Site,
    /// How they proved who they are.
    pub method: SignInMethod,
    /// From which address.
    pub address: Option<String>,
    /// With what browser, as it said.
    pub user_agent: Option<&'a str>,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    subject_kind: String,
    subject_id: i64,
    portal_id: Option<i64>,
    method: String,
    acting_for: Option<i64>,
    address: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
}

impl Row {
    fn session(self) -> Result<Session> {
        Ok(Session {
            id: SessionId(self.id),
            subject: subject(&self.subject_kind, self.subject_id)?,
            site: Site::from(self.portal_id.map(PortalId)),
            method: word("way to sign in", &self.method)?,
            acting_for: self.acting_for,
            address: self.address.and_then(|address| address.parse().ok()),
            user_agent: self.user_agent,
            created_at: time(self.created_at)?,
            last_seen_at: time(self.last_seen_at)?,
            expires_at: time(self.expires_at)?,
        })
    }
}

fn select() -> Query {
    sql("select id, subject_kind, subject_id, portal_id, method, acting_for, address, user_agent, created_at,
                last_seen_at, expires_at
         from sessions where 1 = 1")
}

/// Adds a session.
pub async fn insert(tx: &mut Tx, new: NewSession<'_>, now: Timestamp) -> Result<SessionId> {
    let id = SessionId(next_id(tx, "session").await?);
    let (kind, subject) = columns(new.subject);
    sql("insert into sessions (id, digest, subject_kind, subject_id, portal_id, method, address, user_agent,
                               created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)")
    .bind(id)
    .bind(new.token.digest().to_hex())
    .bind(kind)
    .bind(subject)
    .bind(new.site.portal())
    .bind(written(new.method))
    .bind(new.address)
    .bind(new.user_agent)
    .bind(now)
    .bind(new.expires_at)
    .run(tx)
    .await?;
    Ok(id)
}

/// The session whose token has this digest, ended or not.
pub async fn by_digest(on: impl Into<Conn<'_>>, digest: Digest) -> Result<Option<Session>> {
    let query = select().and(Some(digest.to_hex()), "digest = ?");
    query.maybe::<Row>(on).await?.map(Row::session).transpose()
}

/// The sessions of somebody, newest first.
pub async fn list(on: impl Into<Conn<'_>>, subject: Subject, page: Page) -> Result<Paged<Session>> {
    let mut on = on.into();
    let (kind, id) = columns(subject);
    let counting = sql("select count(*) as value from sessions where subject_kind = $1 and subject_id = $2");
    let total = number(counting.bind(kind).bind(id), on.again()).await?;
    let query = select().and(Some(kind), "subject_kind = ?").and(Some(id), "subject_id = ?");
    let rows = query.then("order by id desc").page(page).all::<Row>(on).await?;
    Ok(Paged { rows: rows.into_iter().map(Row::session).collect::<Result<_>>()?, total })
}

/// Remembers that a session is in use.
pub async fn touch(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<()> {
    sql("update sessions set last_seen_at = $2 where id = $1").bind(id).bind(now).run(tx).await?;
    Ok(())
}

/// Remembers what somebody chose to act for.
pub async fn choose(tx: &mut Tx, id: SessionId, acting_for: i64) -> Result<()> {
    sql("update sessions set acting_for = $2 where id = $1").bind(id).bind(acting_for).run(tx).await?;
    Ok(())
}

/// Ends a session of somebody. False if it is not theirs.
pub async fn end(tx: &mut Tx, subject: Subject, id: SessionId) -> Result<bool> {
    let (kind, subject) = columns(subject);
    let query = sql("delete from sessions where id = $1 and subject_kind = $2 and subject_id = $3");
    Ok(query.bind(id).bind(kind).bind(subject).run(tx).await? > 0)
}

/// Ends all sessions of somebody but one; gives how many there were.
pub async fn end_all(tx: &mut Tx, subject: Subject, but: Option<SessionId>) -> Result<u64> {
    let (kind, id) = columns(subject);
    let query = sql("delete from sessions where subject_kind = $1 and subject_id = $2");
    query.bind(kind).bind(id).and(but, "id <> ?").run(tx).await
}

/// Ends the oldest sessions of somebody beyond the newest `kept`.
pub async fn trim(tx: &mut Tx, subject: Subject, kept: i64) -> Result<u64> {
    let (kind, id) = columns(subject);
    let query = sql("delete from sessions where subject_kind = $1 and subject_id = $2 and id not in
           (select id from sessions where subject_kind = $1 and subject_id = $2 order by id desc limit $3)");
    query.bind(kind).bind(id).bind(kept).run(tx).await
}
