//! Policies. There are few, however many keys have them.

use model::id::PolicyId;
use model::policy::{Limit, QuotaWindow, RateWindow};

use crate::Db;
use crate::error::Result;
use crate::policies::limit;
use crate::sql::{Query, sql};

/// A policy as the gateway sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Against bursts.
    pub rate_limit: Option<Limit<RateWindow>>,
    /// Against use beyond what was agreed.
    pub quota: Option<Limit<QuotaWindow>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    rate_limit: Option<String>,
    quota: Option<String>,
}

impl Row {
    fn served(self) -> Result<ServedPolicy> {
        Ok(ServedPolicy {
            id: PolicyId(self.id),
            rate_limit: limit(self.rate_limit)?,
            quota: limit(self.quota)?,
        })
    }
}

fn select() -> Query {
    sql("select id, rate_limit, quota from policies where 1 = 1")
}

/// The policy with this id; `None` if it is gone.
pub async fn policy(db: &Db, id: PolicyId) -> Result<Option<ServedPolicy>> {
    select().and(Some(id), "id = ?").maybe::<Row>(db).await?.map(Row::served).transpose()
}

/// All policies.
pub async fn policies(db: &Db) -> Result<Vec<ServedPolicy>> {
    select().then("order by id").all::<Row>(db).await?.into_iter().map(Row::served).collect()
}
