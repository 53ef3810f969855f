//! The audit trail.

use jiff::Timestamp;
use model::audit::{By, Deed, Origin};
use model::id::{AuditId, WorkspaceId};
use model::page::{Page, Paged};

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time};
use crate::sql::{Conn, Query, sql};

/// What was done, to what, and how it was before and after.
pub struct Entry<'a> {
    /// The workspace it was done in.
    pub workspace: WorkspaceId,
    /// What was done.
    pub deed: Deed,
    /// The id of what it was done to.
    pub subject: i64,
    /// The name of what it was done to, since the thing may be gone when this is read.
    pub subject_name: &'a str,
    /// Before and after as JSON; never a secret.
    pub details: &'a serde_json::Value,
}

/// One line of the trail, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id; later lines have higher ones.
    pub id: AuditId,
    /// When it was done.
    pub at: Timestamp,
    /// `token`, `member`, `portal_user`, `command_line` or `system`.
    pub actor_kind: String,
    /// The id of the token or of the person, if it was one.
    pub actor: Option<i64>,
    /// The name of the token or command, or the e-mail address of the person.
    pub actor_name: String,
    /// From where.
    pub address: Option<String>,
    /// With what, if it said.
    pub user_agent: Option<String>,
    /// `noun.verb`; see [`Deed::as_str`].
    pub deed: String,
    /// The id of what it was done to.
    pub subject: i64,
    /// Its name then.
    pub subject_name: String,
    /// Before and after, JSON.
    pub details: String,
}

/// Adds a line in the transaction that does what it tells of.
pub async fn record(tx: &mut Tx, origin: &Origin, entry: Entry<'_>, now: Timestamp) -> Result<()> {
    let id = AuditId(next_id(tx, "audit").await?);
    let (kind, actor) = match origin.by {
        By::Token(id) => ("token", Some(id.0)),
        By::Member(id) => ("member", Some(id.0)),
        By::PortalUser(id) => ("portal_user", Some(id.0)),
        By::CommandLine => ("command_line", None),
        By::System => ("system", None),
    };
    let address = origin.address.map(|address| address.to_string());
    sql("insert into audit_lines (id, workspace_id, at, actor_kind, actor_id, actor_name, address, user_agent,
                                  deed, subject_id, subject_name, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(id)
    .bind(entry.workspace)
    .bind(now)
    .bind(kind)
    .bind(actor)
    .bind(origin.name.as_str())
    .bind(address.as_deref())
    .bind(origin.user_agent.as_deref())
    .bind(entry.deed.as_str())
    .bind(entry.subject)
    .bind(entry.subject_name)
    .bind(entry.details.to_string())
    .run(tx)
    .await?;
    Ok(())
}

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Only those of this deed; see [`Deed::as_str`].
    pub deed: Option<&'a str>,
    /// Only those not before this time.
    pub from: Option<Timestamp>,
    /// Only those before this time.
    pub to: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: String,
    address: Option<String>,
    user_agent: Option<String>,
    deed: String,
    subject_id: i64,
    subject_name: String,
    details: String,
}

impl Row {
    fn line(self) -> Result<Line> {
        Ok(Line {
            id: AuditId(self.id),
            at: time(self.at)?,
            actor_kind: self.actor_kind,
            actor: self.actor_id,
            actor_name: self.actor_name,
            address: self.address,
            user_agent: self.user_agent,
            deed: self.deed,
            subject: self.subject_id,
            subject_name: self.subject_name,
            details: self.details,
        })
    }
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, at, actor_kind, actor_id, actor_name, address, user_agent, deed, subject_id, subject_name,
                details
         from audit_lines where workspace_id = $1")
    .bind(workspace)
}

/// Lines of a workspace, newest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Vec<Line>> {
    let rows: Vec<Row> = select(workspace).then("order by id desc").page(page).all(on).await?;
    rows.into_iter().map(Row::line).collect()
}

/// Up to `limit` lines of a workspace, newest first, below the line with the id `after`; with the
/// number of all that the filter leaves.
pub async fn search(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    filter: Filter<'_>,
    after: Option<AuditId>,
    limit: i64,
) -> Result<Paged<Line>> {
    let mut on = on.into();
    let filtered = |query: Query| {
        query.and(filter.deed, "deed = ?").and(filter.from, "at >= ?").and(filter.to, "at < ?")
    };
    let counting = sql("select count(*) as value from audit_lines where workspace_id = $1").bind(workspace);
    let total = number(filtered(counting), on.again()).await?;
    let query = filtered(select(workspace)).and(after, "id < ?").then("order by id desc").limit(limit, 0);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::line).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}
