//! `/api/activity_logs`: who did what.

use actions::Faults;
use axum::extract::State;
use jiff::Timestamp;
use model::id::{AuditId, WorkspaceId};
use model::page::PER_PAGE_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::audit::{Filter, Line};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::given::{Given, Ordinal};
use crate::problem::Problem;
use crate::request::Query;

/// One line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityLog {
    /// Its id; later lines have higher ones.
    #[schema(value_type = i64, example = 815)]
    id: AuditId,
    /// When it was done.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    timestamp: String,
    /// What was done, as `noun.verb`.
    #[schema(example = "key.disabled")]
    event_type: String,
    /// Where it was done.
    workspace: ActivityWorkspace,
    /// Who did it.
    user: ActivityUser,
    /// From where it was done, and how.
    details: ActivityDetails,
    /// What it was done to.
    resource: ActivityResource,
}

/// The workspace of a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityWorkspace {
    /// Its id.
    #[schema(value_type = i64, example = 1)]
    id: WorkspaceId,
    /// Its name.
    #[schema(example = "Main")]
    name: String,
    /// Whom to write to about it.
    #[schema(example = "ada@example.com")]
    email: String,
    /// Always null: a workspace has one environment.
    environment: Option<String>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityUser {
    /// Id of the developer API client, the member or the portal user, if it was one.
    #[schema(example = 40947)]
    id: Option<i64>,
    /// Name of the developer API client or of the command, or the e-mail address of the person.
    #[schema(example = "Build pipeline")]
    name: String,
    /// Their e-mail address, if it was a person.
    email: Option<String>,
    /// What it is: `token`, `member`, `portal_user`, `command_line` or `system`.
    #[schema(example = "token")]
    kind: String,
}

/// From where something was done, and how the thing was before and after.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityDetails {
    /// From where it was done.
    request: ActivityRequest,
    /// What was done, as `noun.verb`.
    #[schema(example = "key.disabled")]
    activity: String,
    /// How the thing was before; never a secret.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// How the thing was after; never a secret.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    after: Value,
}

/// The request that did something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityRequest {
    /// From where it came, if over the network.
    #[schema(example = "192.0.2.10")]
    ip_address: Option<String>,
    /// With what, if it said.
    #[schema(example = "curl/8.5.0")]
    user_agent: Option<String>,
}

/// What something was done to; it may be gone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityResource {
    /// Its id.
    #[schema(example = 37326)]
    id: i64,
    /// Its name then.
    #[schema(example = "Automation Inc.")]
    name: String,
    /// What kind of thing it is.
    #[serde(rename = "type")]
    #[schema(example = "key")]
    kind: String,
}

impl ActivityLog {
    fn new(caller: &Caller, line: Line) -> Self {
        let workspace = &caller.actor().workspace;
        let noun = line.deed.split('.').next().unwrap_or_default().to_owned();
        let mut details: Value = serde_json::from_str(&line.details).unwrap_or_default();
        let mut take = |field| details.get_mut(field).map(Value::take).unwrap_or_default();
        let (before, after) = (take("before"), take("after"));
        let is_person = matches!(&*line.actor_kind, "member" | "portal_user");
        let email = is_person.then(|| line.actor_name.clone());
        Self {
            id: line.id,
            timestamp: caller.zone().time(line.at),
            event_type: line.deed.clone(),
            workspace: ActivityWorkspace {
                id: workspace.id,
                name: workspace.name.clone(),
                email: workspace.contact_email.clone(),
                environment: None,
            },
            user: ActivityUser { id: line.actor, email, name: line.actor_name, kind: line.actor_kind },
            details: ActivityDetails {
                request: ActivityRequest { ip_address: line.address, user_agent: line.user_agent },
                activity: line.deed,
                before,
                after,
            },
            resource: ActivityResource { id: line.subject, name: line.subject_name, kind: noun },
        }
    }
}

/// Some lines of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityLogs {
    /// The lines, newest first.
    data: Vec<ActivityLog>,
    /// The number of lines that the filter leaves, on whichever page.
    #[schema(example = 1)]
    total: i64,
}

/// Which lines are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityFilter {
    /// Id of the last line of the page before.
    #[serde(rename = "page[after]")]
    #[param(value_type = Option<i64>, example = 815)]
    after: Given<AuditId>,
    /// Lines on a page. Above 100 it is taken as 100, which is also the default.
    #[serde(rename = "page[size]")]
    #[param(value_type = Option<i64>, example = 100, minimum = 1)]
    size: Given<Ordinal>,
    /// Only lines not before this time.
    #[param(value_type = Option<String>, example = "2025-02-01T00:00:00Z", format = DateTime)]
    from: Given<Timestamp>,
    /// Only lines before this time.
    #[param(value_type = Option<String>, example = "2025-03-01T00:00:00Z", format = DateTime)]
    to: Given<Timestamp>,
    /// Only lines of this kind.
    #[param(value_type = Option<String>, example = "key.disabled")]
    event_type: Given<String>,
}

/// Lists what was done in the workspace, newest first.
#[utoipa::path(
    get,
    path = "/api/activity_logs",
    tag = "Workspace",
    params(ActivityFilter),
    responses((status = OK, description = "Some lines of the audit trail", body = ActivityLogs)),
)]
pub(crate) async fn list_activity_logs(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<ActivityFilter>,
) -> Result<Answer<ActivityLogs>, Problem> {
    let mut faults = Faults::default();
    let after = filter.after.optional("page[after]", &mut faults);
    let size = filter.size.optional("page[size]", &mut faults).map_or(PER_PAGE_MAX, |size| size.0);
    let from = filter.from.optional("from", &mut faults);
    let to = filter.to.optional("to", &mut faults);
    let deed = filter.event_type.optional("event_type", &mut faults);
    faults.check()?;
    let filter = Filter { deed: deed.as_deref(), from, to };
    let size = size.min(PER_PAGE_MAX);
    let lines = store::audit::search(&management.db, caller.workspace(), filter, after, size).await?;
    let data = lines.rows.into_iter().map(|line| ActivityLog::new(&caller, line)).collect();
    Ok(Answer(ActivityLogs { data, total: lines.total }))
}
