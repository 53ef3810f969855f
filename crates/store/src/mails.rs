//! The outbox: mail to people, written with what it tells of and sent afterwards.

use jiff::Timestamp;
use model::id::{MailId, PortalId, WorkspaceId};
use model::mail::{Mail, MailKind, MailState, MailText};
use model::page::{Page, Paged};

use crate::error::{Result, unreadable};
use crate::rows::{maybe_time, next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};
use crate::{Db, Tx};

/// The column whose name its sealed values carry.
const SEALED: &str = "mails.body";

/// What a new mail is made of.
pub struct NewMail<'a> {
    /// The workspace that it tells of.
    pub workspace: WorkspaceId,
    /// The portal that it tells of; none for the console.
    pub portal: Option<PortalId>,
    /// What it is about.
    pub kind: MailKind,
    /// To whom.
    pub recipient: &'a str,
    /// Its subject line.
    pub subject: &'a str,
    /// What it says; kept sealed.
    pub text: &'a MailText,
    /// When the link in it stops working.
    pub expires_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    portal_id: Option<i64>,
    kind: String,
    recipient: String,
    subject: String,
    state: String,
    attempts: i64,
    next_attempt_at: i64,
    error: Option<String>,
    expires_at: Option<i64>,
    created_at: i64,
    sent_at: Option<i64>,
}

impl Row {
    fn mail(self) -> Result<Mail> {
        Ok(Mail {
            id: MailId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            portal: self.portal_id.map(PortalId),
            kind: word("kind of mail", &self.kind)?,
            recipient: self.recipient,
            subject: self.subject,
            state: word("state of a mail", &self.state)?,
            attempts: self.attempts,
            next_attempt_at: time(self.next_attempt_at)?,
            error: self.error,
            expires_at: maybe_time(self.expires_at)?,
            created_at: time(self.created_at)?,
            sent_at: maybe_time(self.sent_at)?,
        })
    }
}

fn select() -> Query {
    sql("select id, workspace_id, portal_id, kind, recipient, subject, state, attempts, next_attempt_at, error,
                expires_at, created_at, sent_at
         from mails where 1 = 1")
}

/// Puts a mail into the outbox, to be sent at once.
pub async fn insert(tx: &mut Tx, new: NewMail<'_>, now: Timestamp) -> Result<MailId> {
    let id = MailId(next_id(tx, "mail").await?);
    let text = serde_json::to_string(new.text).map_err(|_| unreadable("text of the mail", id))?;
    let body = tx.db.0.seal.close(SEALED, &text);
    sql("insert into mails (id, workspace_id, portal_id, kind, recipient, subject, body, state, attempts,
                            next_attempt_at, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $9)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.portal)
    .bind(written(new.kind))
    .bind(new.recipient)
    .bind(new.subject)
    .bind(body)
    .bind(written(MailState::Waiting))
    .bind(now)
    .bind(new.expires_at)
    .run(tx)
    .await?;
    Ok(id)
}

/// Mail of a workspace, newest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Paged<Mail>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from mails where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let query = select().and(Some(workspace), "workspace_id = ?").then("order by id desc").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::mail).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The mail with this id in this workspace.
pub async fn find(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: MailId) -> Result<Option<Mail>> {
    let query = select().and(Some(workspace), "workspace_id = ?").and(Some(id), "id = ?");
    query.maybe::<Row>(on).await?.map(Row::mail).transpose()
}

/// How many mails of a workspace were given up.
pub async fn failures(on: impl Into<Conn<'_>>, workspace: WorkspaceId) -> Result<i64> {
    let query = sql("select count(*) as value from mails where workspace_id = $1 and state = $2");
    number(query.bind(workspace).bind(written(MailState::Failed)), on).await
}

/// What a mail says; none once it is forgotten.
pub async fn text(on: impl Into<Conn<'_>>, id: MailId) -> Result<Option<MailText>> {
    #[derive(sqlx::FromRow)]
    struct Body {
        body: Option<String>,
    }
    let on = on.into();
    let db: Db = on.db().clone();
    let row: Option<Body> = sql("select body from mails where id = $1").bind(id).maybe(on).await?;
    let Some(body) = row.and_then(|row| row.body) else { return Ok(None) };
    let text = db.0.seal.open(SEALED, &body)?;
    serde_json::from_str(&text).map(Some).map_err(|_| unreadable("text of the mail", id))
}

/// Takes the mail that has waited longest and is due, and counts the attempt. Until `again_at`
/// nobody else takes it; whoever took it says what [became](finish) of it.
pub async fn take(tx: &mut Tx, now: Timestamp, again_at: Timestamp) -> Result<Option<Mail>> {
    let query = select()
        .and(Some(written(MailState::Waiting)), "state = ?")
        .and(Some(now), "next_attempt_at <= ?")
        .then("order by next_attempt_at, id limit 1");
    let Some(mail) = query.maybe::<Row>(&mut *tx).await?.map(Row::mail).transpose()? else {
        return Ok(None);
    };
    sql("update mails set attempts = attempts + 1, next_attempt_at = $2 where id = $1")
        .bind(mail.id)
        .bind(again_at)
        .run(tx)
        .await?;
    Ok(Some(Mail { attempts: mail.attempts + 1, next_attempt_at: again_at, ..mail }))
}

/// When the next mail is due, if any waits.
pub async fn next_due(on: impl Into<Conn<'_>>) -> Result<Option<Timestamp>> {
    #[derive(sqlx::FromRow)]
    struct Due {
        value: Option<i64>,
    }
    let query = sql("select min(next_attempt_at) as value from mails where state = $1");
    let due: Due = query.bind(written(MailState::Waiting)).one(on).await?;
    maybe_time(due.value)
}

/// What became of an attempt to send a mail.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A mail server took it; its text is forgotten.
    Sent,
    /// It was shown on the terminal; its text stays until its link has expired.
    Shown,
    /// It did not work, and is tried again then.
    Later(&'a str, Timestamp),
    /// It did not work, and is not tried again unless someone asks for it.
    GivenUp(&'a str),
}

/// Writes down what became of an attempt.
pub async fn finish(tx: &mut Tx, id: MailId, outcome: Outcome<'_>, now: Timestamp) -> Result<()> {
    let query = match outcome {
        Outcome::Sent => {
            sql("update mails set state = $2, sent_at = $3, error = null, body = null where id = $1")
                .bind(id)
                .bind(written(MailState::Sent))
                .bind(now)
        }
        Outcome::Shown => sql("update mails set state = $2, error = null where id = $1")
            .bind(id)
            .bind(written(MailState::Shown)),
        Outcome::Later(error, again_at) => {
            sql("update mails set error = $2, next_attempt_at = $3 where id = $1")
                .bind(id)
                .bind(error)
                .bind(again_at)
        }
        Outcome::GivenUp(error) => sql("update mails set state = $2, error = $3 where id = $1")
            .bind(id)
            .bind(written(MailState::Failed))
            .bind(error),
    };
    query.run(tx).await?;
    Ok(())
}

/// Lets a mail that was given up wait again, with all its attempts. False if it is not one of those,
/// or if nothing is left of it.
pub async fn retry(tx: &mut Tx, id: MailId, now: Timestamp) -> Result<bool> {
    let query = sql("update mails set state = $2, attempts = 0, next_attempt_at = $3
         where id = $1 and state = $4 and body is not null");
    let query = query.bind(id).bind(written(MailState::Waiting)).bind(now);
    Ok(query.bind(written(MailState::Failed)).run(tx).await? > 0)
}

/// Forgets the texts of mail whose links have expired, and mail that was written before `kept`
/// altogether; gives the number of mails that changed or went.
pub async fn sweep(tx: &mut Tx, now: Timestamp, kept: Timestamp) -> Result<u64> {
    let expired = sql("update mails set state = $1 where state in ($2, $3) and expires_at <= $4")
        .bind(written(MailState::Expired))
        .bind(written(MailState::Waiting))
        .bind(written(MailState::Failed))
        .bind(now)
        .run(&mut *tx)
        .await?;
    let wiped = sql("update mails set body = null where body is not null and expires_at <= $1");
    let wiped = wiped.bind(now).run(&mut *tx).await?;
    let gone = sql("delete from mails where created_at < $1").bind(kept).run(tx).await?;
    Ok(expired.max(wiped) + gone)
}
