//! Policies.

use model::access::Privilege;
use model::audit::Deed;
use model::id::PolicyId;
use model::page::Page;
use model::policy::{Limit, Policy, QuotaWindow, REQUESTS_MAX, RateWindow};
use serde_json::{Value, json};
use store::Tx;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// The most clients that a refusal names.
const NAMED: i64 = 5;

/// A policy to be made; it needs at least one of the limits.
#[derive(Debug, Clone)]
pub struct PolicyDraft {
    /// For people; unique in the workspace.
    pub name: String,
    /// Against bursts.
    pub rate_limit: Option<Limit<RateWindow>>,
    /// Against use beyond what was agreed.
    pub quota: Option<Limit<QuotaWindow>>,
}

/// What is to change about a policy; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PolicyPatch {
    /// For people; unique in the workspace.
    pub name: Option<String>,
    /// Against bursts; `Some(None)` takes the limit away.
    pub rate_limit: Option<Option<Limit<RateWindow>>>,
    /// Against use beyond what was agreed; `Some(None)` takes the limit away.
    pub quota: Option<Option<Limit<QuotaWindow>>>,
}

impl Actions {
    /// Makes a policy.
    pub async fn create_policy(&self, actor: &Actor, draft: PolicyDraft) -> Result<Policy> {
        actor.must(Privilege::ManagePolicies)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        check_limits(draft.rate_limit, draft.quota, &mut faults);
        faults.check()?;
        let now = self.environment.now();
        let (rate_limit, quota) = (draft.rate_limit.as_ref(), draft.quota.as_ref());
        let mut tx = self.db.begin().await?;
        let id = store::policies::insert(&mut tx, actor.workspace.id, &name, rate_limit, quota, now).await;
        let policy = load(&mut tx, actor, unless_taken(id, &name)?).await?;
        let details = json!({ "after": shown(&policy) });
        self.record(&mut tx, actor, Deed::PolicyCreated, subject(&policy), details).await?;
        actor.commit(tx).await?;
        Ok(policy)
    }

    /// Changes a policy.
    pub async fn update_policy(&self, actor: &Actor, id: PolicyId, patch: PolicyPatch) -> Result<Policy> {
        actor.must(Privilege::ManagePolicies)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let policy = Policy {
            name: name.unwrap_or_else(|| before.name.clone()),
            rate_limit: patch.rate_limit.unwrap_or(before.rate_limit),
            quota: patch.quota.unwrap_or(before.quota),
            ..before.clone()
        };
        check_limits(policy.rate_limit, policy.quota, &mut faults);
        faults.check()?;
        let now = self.environment.now();
        unless_taken(store::policies::update(&mut tx, &policy, now).await, &policy.name)?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::PolicyUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a policy that nothing has.
    pub async fn delete_policy(&self, actor: &Actor, id: PolicyId) -> Result<()> {
        actor.must(Privilege::ManagePolicies)?;
        let mut tx = self.db.begin().await?;
        let policy = load(&mut tx, actor, id).await?;
        actor.saw(policy.updated_at)?;
        let users = store::policies::users(&mut tx, id).await?;
        if users > 0 {
            return Err(Error::Refused(in_use(&mut tx, actor, id, users).await?));
        }
        store::policies::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&policy) });
        self.record(&mut tx, actor, Deed::PolicyDeleted, subject(&policy), details).await?;
        actor.commit(tx).await
    }
}

async fn load(tx: &mut Tx, actor: &Actor, id: PolicyId) -> Result<Policy> {
    store::policies::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("API policy"))
}

/// Who stands in the way of a deletion, by name.
async fn in_use(tx: &mut Tx, actor: &Actor, id: PolicyId, users: i64) -> Result<String> {
    let page = Page::new(1, NAMED);
    let found = store::listings::policies::clients(tx, actor.workspace.id, id, page).await?;
    if found.total == 0 {
        return Ok(format!("{users} portals have this policy; give them another one first, or none"));
    }
    let names: Vec<_> = found.rows.iter().map(|(_, name)| format!("`{name}`")).collect();
    let more = match found.total.saturating_sub(NAMED) {
        more if more > 0 => format!(" and {more} more clients"),
        _ => String::new(),
    };
    Ok(format!("this policy is given to {}{more}; give them another one first, or none", names.join(", ")))
}

/// A policy without a limit would be taken for one that limits.
fn check_limits(rate: Option<Limit<RateWindow>>, quota: Option<Limit<QuotaWindow>>, faults: &mut Faults) {
    let mut check = |field, requests: Option<i64>| {
        if requests.is_some_and(|requests| !(1..=REQUESTS_MAX).contains(&requests)) {
            faults.add(field, format!("must be 1 to {REQUESTS_MAX}"));
        }
    };
    check("rate_limit.requests", rate.map(|limit| limit.requests));
    check("quota.requests", quota.map(|limit| limit.requests));
    if rate.is_none() && quota.is_none() {
        faults.add("rate_limit", "or quota is required; a policy without either limits nothing");
    }
}

fn unless_taken<T>(result: store::Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{name}` is taken by another policy; choose another name");
            Error::Conflict { field: "name", message }
        }
        other => other.into(),
    })
}

fn subject(policy: &Policy) -> Subject<'_> {
    Subject { id: policy.id.0, name: &policy.name }
}

fn shown(policy: &Policy) -> Value {
    json!({ "name": policy.name, "rate_limit": policy.rate_limit, "quota": policy.quota })
}
