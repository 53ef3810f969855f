//! Policies.

use jiff::Timestamp;
use model::change::ChangeKind;
use model::id::{PolicyId, WorkspaceId};
use model::page::{Page, Paged};
use model::policy::{Limit, Policy, QuotaWindow, RateWindow};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Tx;
use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::rows::{next_id, number, time};
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    workspace_id: i64,
    name: String,
    rate_limit: Option<String>,
    quota: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    pub(crate) fn policy(self) -> Result<Policy> {
        Ok(Policy {
            id: PolicyId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            name: self.name,
            rate_limit: limit(self.rate_limit)?,
            quota: limit(self.quota)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

pub(crate) fn limit<W: DeserializeOwned>(json: Option<String>) -> Result<Option<Limit<W>>> {
    json.map(|json| serde_json::from_str(&json).map_err(|error| unreadable("limit", error))).transpose()
}

fn limit_json<W: Serialize>(limit: Option<&Limit<W>>) -> Option<String> {
    limit.map(|limit| serde_json::to_string(limit).expect("a number and a word have a JSON form"))
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, workspace_id, name, rate_limit, quota, created_at, updated_at
         from policies where workspace_id = $1")
    .bind(workspace)
}

/// Policies of a workspace, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Paged<Policy>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from policies where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let rows = select(workspace).then("order by id").page(page).all::<Row>(on).await?;
    Ok(Paged { rows: rows.into_iter().map(Row::policy).collect::<Result<_>>()?, total })
}

/// The policy with this id in this workspace.
pub async fn find(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: PolicyId) -> Result<Option<Policy>> {
    select(workspace).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::policy).transpose()
}

/// How many clients and keys have this policy; a client that has it twice, for each of its
/// keys and for itself, counts twice.
pub async fn users(on: impl Into<Conn<'_>>, id: PolicyId) -> Result<i64> {
    let query = sql("select (select count(*) from clients where policy_id = $1)
                          + (select count(*) from clients where client_policy_id = $1)
                          + (select count(*) from api_keys where policy_id = $1)
                          + (select count(*) from portals where jit_policy_id = $1) as value")
    .bind(id);
    number(query, on).await
}

/// Adds a policy. [`Taken`](crate::Error::Taken) if the name is.
pub async fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    rate_limit: Option<&Limit<RateWindow>>,
    quota: Option<&Limit<QuotaWindow>>,
    now: Timestamp,
) -> Result<PolicyId> {
    let id = PolicyId(next_id(tx, "policy").await?);
    sql("insert into policies (id, workspace_id, name, rate_limit, quota, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)")
    .bind(id)
    .bind(workspace)
    .bind(name)
    .bind(limit_json(rate_limit))
    .bind(limit_json(quota))
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Policy, id).await?;
    Ok(id)
}

/// Writes name and limits of a policy. [`Taken`](crate::Error::Taken) if the name is.
pub async fn update(tx: &mut Tx, policy: &Policy, now: Timestamp) -> Result<()> {
    sql("update policies set name = $2, rate_limit = $3, quota = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(policy.id)
        .bind(policy.name.as_str())
        .bind(limit_json(policy.rate_limit.as_ref()))
        .bind(limit_json(policy.quota.as_ref()))
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Policy, policy.id).await
}

/// Deletes a policy that nothing [uses](users).
pub async fn delete(tx: &mut Tx, id: PolicyId) -> Result<()> {
    sql("delete from policies where id = $1").bind(id).run(tx).await?;
    announce(tx, ChangeKind::Policy, id).await
}
