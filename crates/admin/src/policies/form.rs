//! One policy, new or there already.

use actions::{Error, PolicyDraft, PolicyPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, PolicyId};
use model::page::Page as ListPage;
use model::policy::Policy;
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::PATH;
use super::limits::{in_words, quota, quota_windows, rate, rate_windows};
use crate::Console;
use crate::choices::Offer;
use crate::failed::beside;
use crate::me::{Me, Side};

/// The most clients that are named.
const NAMED: i64 = 20;

#[derive(Template)]
#[template(path = "admin/policies/form.html")]
struct Form {
    frame: Frame,
    side: Side,
    /// None for a new one.
    id: Option<PolicyId>,
    title: String,
    limits: String,
    name: Field,
    rate: Field,
    rate_per: String,
    rate_windows: Vec<Offer>,
    quota: Field,
    quota_per: String,
    quota_windows: Vec<Offer>,
    may_manage: bool,
    clients: Vec<(ClientId, String)>,
    more: i64,
    problem: Option<String>,
}

pub(super) async fn new(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    me.must(Privilege::ManagePolicies)?;
    Ok(page(&console, &me, None, None).await?.into_response())
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
) -> Result<Response, Oops> {
    let policy = find(&console, &me, id).await?;
    Ok(page(&console, &me, Some(policy), None).await?.into_response())
}

/// The policy, if it is in the workspace and may be seen.
pub(super) async fn find(console: &Console, me: &Me, id: PolicyId) -> Result<Policy, Oops> {
    me.must(Privilege::ListPolicies)?;
    let found = store::policies::find(&console.db, me.workspace(), id).await?;
    found.ok_or_else(|| Oops::missing("API policy"))
}

fn calls(name: &'static str, label: &str, help: &str, requests: Option<i64>) -> Field {
    // No `type="number"`: people group large numbers.
    Field::new(name, label)
        .optional()
        .kind(Kind::Text)
        .max(20)
        .help(help)
        .value(requests.map(|requests| requests.to_string()).unwrap_or_default())
}

async fn page(
    console: &Console,
    me: &Me,
    policy: Option<Policy>,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Form>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let id = policy.as_ref().map(|policy| policy.id);
    let clients = match id {
        Some(id) if me.may(Privilege::ListClients) => {
            let page = ListPage::new(1, NAMED);
            store::listings::policies::clients(&console.db, me.workspace(), id, page).await?
        }
        _ => model::page::Paged { rows: Vec::new(), total: 0 },
    };
    let rate_limit = policy.as_ref().and_then(|policy| policy.rate_limit);
    let quota = policy.as_ref().and_then(|policy| policy.quota);
    let mut form = Form {
        frame,
        side,
        id,
        title: policy.as_ref().map_or("Create policy".to_owned(), |policy| policy.name.clone()),
        limits: policy.as_ref().map(in_words).unwrap_or_default(),
        name: Field::new("name", "Name")
            .max(255)
            .value(policy.as_ref().map_or("", |policy| policy.name.as_str())),
        rate: calls(
            "rate",
            "Rate limit, in calls",
            "Against bursts: no key may call more often. Empty: no such limit.",
            rate_limit.map(|limit| limit.requests),
        ),
        rate_per: rate_limit.map_or("minute", |limit| limit.per.as_str()).to_owned(),
        rate_windows: rate_windows(),
        quota: calls(
            "quota",
            "Quota, in calls",
            "Against use beyond what was agreed. Empty: no such limit.",
            quota.map(|limit| limit.requests),
        ),
        quota_per: quota.map_or("day", |limit| limit.per.as_str()).to_owned(),
        quota_windows: quota_windows(),
        may_manage: me.may(Privilege::ManagePolicies),
        more: clients.total - site::text::length(clients.rows.len()),
        clients: clients.rows,
        problem: None,
    };
    if let Some((fields, error)) = failed {
        form.refill(fields, error);
    }
    Ok(Page::new(form))
}

impl Form {
    /// What was sent, with what is wrong.
    fn refill(&mut self, fields: &Fields, error: &Error) {
        self.name.refill(fields, error, "name");
        self.rate.refill(fields, error, "rate_limit.requests");
        self.quota.refill(fields, error, "quota.requests");
        fields.text("rate_per").clone_into(&mut self.rate_per);
        fields.text("quota_per").clone_into(&mut self.quota_per);
        match error {
            Error::Invalid(faults) if faults.iter().any(|(called, _)| called == "rate_limit") => {
                let message = "A rate limit or a quota is required; a policy without either limits nothing.";
                self.rate.error = Some(message.to_owned());
            }
            Error::Invalid(_) => {}
            Error::Conflict { message, .. } => self.name.error = Some(site::sentence(message)),
            error => self.problem = Some(site::sentence(&error.to_string())),
        }
    }
}

/// `POST /console/policies/new`
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePolicies)?;
    let made = async {
        let name = fields.text("name").to_owned();
        let draft = PolicyDraft { name, rate_limit: rate(&fields)?, quota: quota(&fields)? };
        console.actions.create_policy(&me.actor(), draft).await
    };
    match made.await {
        Ok(policy) => {
            let flash = Flash::good(format!(
                "{} is here. Give it to clients to limit how often they call.",
                policy.name
            ));
            Ok(flash.then(PATH, me.visit.secure))
        }
        Err(error) => {
            let error = beside(error)?;
            Ok(page(&console, &me, None, Some((&fields, &error))).await?.unprocessable().into_response())
        }
    }
}

/// `POST /console/policies/{id}`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let policy = find(&console, &me, id).await?;
    let saved = async {
        let patch = PolicyPatch {
            name: Some(fields.text("name").to_owned()),
            rate_limit: Some(rate(&fields)?),
            quota: Some(quota(&fields)?),
        };
        console.actions.update_policy(&me.actor(), id, patch).await
    };
    match saved.await {
        Ok(_) => {
            let flash = Flash::good("The policy is saved, and in force for all who have it.");
            Ok(flash.then(&format!("{PATH}/{id}"), me.visit.secure))
        }
        Err(error) => {
            let error = beside(error)?;
            let page = page(&console, &me, Some(policy), Some((&fields, &error))).await?;
            Ok(page.unprocessable().into_response())
        }
    }
}
