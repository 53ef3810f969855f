//! Policies with who has them.

use model::id::{ClientId, PolicyId, WorkspaceId};
use model::page::{Page, Paged};
use model::policy::Policy;

use crate::error::Result;
use crate::policies;
use crate::rows::{containing, number};
use crate::sql::{Conn, sql};

/// A policy in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPolicy {
    /// The policy.
    pub policy: Policy,
    /// How many clients have it, for their keys, as a whole or for an access profile.
    pub clients: i64,
    /// How many portals give it to those who come on their own.
    pub portals: i64,
}

/// Policies of a workspace by name; only those whose name contains `text`, whatever its case.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    text: Option<&str>,
    page: Page,
) -> Result<Paged<ListedPolicy>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        policy: policies::Row,
        clients: i64,
        portals: i64,
    }
    const NAMED: &str = "lower(p.name) like lower(?) escape '!'";
    let mut on = on.into();
    let counting = sql("select count(*) as value from policies p where p.workspace_id = $1").bind(workspace);
    let total = number(counting.and(text.map(containing), NAMED), on.again()).await?;
    let query = sql("select p.id, p.workspace_id, p.name, p.rate_limit, p.quota, p.created_at, p.updated_at,
                (select count(*) from clients c where c.policy_id = p.id or c.client_policy_id = p.id
                        or exists (select 1 from api_keys k
                                   where k.client_id = c.id and k.policy_id = p.id)) as clients,
                (select count(*) from portals o where o.jit_policy_id = p.id) as portals
         from policies p where p.workspace_id = $1")
    .bind(workspace)
    .and(text.map(containing), NAMED)
    .then("order by lower(p.name), p.id")
    .page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(|row| {
        Ok(ListedPolicy { policy: row.policy.policy()?, clients: row.clients, portals: row.portals })
    });
    Ok(Paged { rows: rows.collect::<Result<_>>()?, total })
}

/// The clients that have a policy, for their keys, as a whole or for a single key, by name.
pub async fn clients(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    id: PolicyId,
    page: Page,
) -> Result<Paged<(ClientId, String)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        name: String,
    }
    let narrowed = |text| sql(text).bind(workspace).bind(id).then(HAS);
    let mut on = on.into();
    let counting = narrowed("select count(*) as value from clients c where c.workspace_id = $1");
    let total = number(counting, on.again()).await?;
    let query = narrowed("select c.id, c.name from clients c where c.workspace_id = $1");
    let rows: Vec<Row> = query.then("order by lower(c.name), c.id").page(page).all(on).await?;
    Ok(Paged { rows: rows.into_iter().map(|row| (ClientId(row.id), row.name)).collect(), total })
}

const HAS: &str = "and (c.policy_id = $2 or c.client_policy_id = $2
    or exists (select 1 from api_keys k where k.client_id = c.id and k.policy_id = $2))";
