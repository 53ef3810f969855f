//! `/api/users/me`: the workspace of the token, under the name that clients look for.

use axum::extract::State;
use model::id::{FolderId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Management;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::problem::Problem;

/// There are no plans; clients need a word.
const PLAN: &str = "portico";

/// The workspace of a token. What Portico does not know is null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CurrentUser {
    /// Id of the workspace.
    #[schema(value_type = i64, example = 1)]
    id: WorkspaceId,
    /// Name of the workspace.
    #[schema(example = "Main")]
    name: String,
    /// When it was made.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    created_at: String,
    /// Always `portico`.
    #[schema(example = "portico")]
    plan_id: &'static str,
    /// When the present calendar month began.
    #[schema(example = "2025-02-01T00:00:00.000-08:00", format = DateTime)]
    current_billing_period_start: String,
    /// When the next calendar month begins.
    #[schema(example = "2025-03-01T00:00:00.000-08:00", format = DateTime)]
    current_billing_period_end: String,
    /// Always null.
    expert: Option<bool>,
    /// Always null.
    avatar_url: Option<String>,
    /// How many recipes there are.
    #[schema(example = 12)]
    recipes_count: i64,
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    interested_applications: [String; 0],
    /// Always null.
    company_name: Option<String>,
    /// Always null.
    location: Option<String>,
    /// Always null.
    last_seen: Option<String>,
    /// Always null.
    contact_phone: Option<String>,
    /// Whom to write to about the workspace.
    #[schema(example = "ada@example.com")]
    contact_email: String,
    /// Always null.
    about_me: Option<String>,
    /// Whom to write to about the workspace.
    #[schema(example = "ada@example.com")]
    email: String,
    /// Always null.
    phone: Option<String>,
    /// How many recipes are started.
    #[schema(example = 12)]
    active_recipes_count: i64,
    /// The folder that the projects lie in.
    #[schema(value_type = i64, example = 1)]
    root_folder_id: FolderId,
}

/// Shows the workspace of the token.
#[utoipa::path(
    get,
    path = "/api/users/me",
    tag = "Workspace",
    responses((status = OK, description = "The workspace", body = CurrentUser)),
)]
pub(crate) async fn get_current_user(
    caller: Caller,
    State(management): State<Management>,
) -> Result<Answer<CurrentUser>, Problem> {
    let recipes = store::recipes::count(&management.db, caller.scope()).await?;
    let workspace = &caller.actor().workspace;
    let [start, end] = caller.zone().month(management.environment.now());
    Ok(Answer(CurrentUser {
        id: workspace.id,
        name: workspace.name.clone(),
        created_at: caller.zone().time(workspace.created_at),
        plan_id: PLAN,
        current_billing_period_start: start,
        current_billing_period_end: end,
        expert: None,
        avatar_url: None,
        recipes_count: recipes.total,
        interested_applications: [],
        company_name: None,
        location: None,
        last_seen: None,
        contact_phone: None,
        contact_email: workspace.contact_email.clone(),
        about_me: None,
        email: workspace.contact_email.clone(),
        phone: None,
        active_recipes_count: recipes.running,
        root_folder_id: workspace.root_folder,
    }))
}
