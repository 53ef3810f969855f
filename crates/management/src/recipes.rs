//! `/api/recipes`: what stands behind endpoints and can be started and stopped.

use actions::Faults;
use axum::extract::State;
use model::endpoint::{Recipe, RecipeKind};
use model::id::{ConnectionId, FolderId, ProjectId, RecipeId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::recipes::Filter;
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success};
use crate::caller::Caller;
use crate::given::{Flag, Given};
use crate::page::PageQuery;
use crate::problem::{Missing, Problem};
use crate::request::{Path, Query};

/// The application that a recipe forwards with.
const HTTP: &str = "http";

/// What stands behind an endpoint. Existing clients need every field to be there; those of
/// things that Portico does not have are null, empty or 0.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipe)]
pub(crate) struct ShownRecipe {
    /// Its id; the `flow_id` of its endpoints.
    #[schema(value_type = i64, example = 39999)]
    id: RecipeId,
    /// For people.
    #[schema(example = "salesforce search")]
    name: String,
    /// Id of the workspace.
    #[schema(value_type = i64, example = 1)]
    user_id: WorkspaceId,
    /// When it was made.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-07-31T03:44:22.435-07:00", format = DateTime)]
    updated_at: String,
    /// Always 0: recipes cannot be copied.
    #[schema(example = 0)]
    copy_count: i64,
    /// Always null: a recipe is triggered by a call of an endpoint.
    trigger_application: Option<String>,
    /// `http` if it forwards, else empty.
    action_applications: Vec<&'static str>,
    /// `http` if it forwards, else empty.
    applications: Vec<&'static str>,
    /// For people; may be empty.
    #[schema(example = "Finds customers by name.")]
    description: String,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    parameters_schema: [(); 0],
    /// Always empty.
    #[schema(value_type = Object)]
    parameters: Nothing,
    /// Always null.
    webhook_url: Option<String>,
    /// The folder it lies in.
    #[schema(value_type = i64, example = 1563029)]
    folder_id: FolderId,
    /// The project it lies in, if any.
    #[schema(value_type = Option<i64>, example = 649122)]
    project_id: Option<ProjectId>,
    /// Whether it is started.
    #[schema(example = true)]
    running: bool,
    /// Always 0: calls are not counted as jobs.
    #[schema(example = 0)]
    job_succeeded_count: i64,
    /// Always 0: calls are not counted as jobs.
    #[schema(example = 0)]
    job_failed_count: i64,
    /// Always 0: calls are not counted as tasks.
    #[schema(example = 0)]
    lifetime_task_count: i64,
    /// Always null: calls are not counted as jobs.
    last_run_at: Option<String>,
    /// When it was stopped, if it is.
    #[schema(example = json!(null), format = DateTime)]
    stopped_at: Option<String>,
    /// How often it was changed, beginning with 1.
    #[schema(example = 1)]
    version_no: i64,
    /// Always null: recipes are only ever stopped by someone.
    stop_cause: Option<String>,
    /// The connection it forwards to, if it forwards.
    config: Vec<RecipeConfig>,
    /// Always null.
    trigger_closure: Option<String>,
    /// What it does, as JSON.
    #[schema(example = r#"{"kind":"proxy","connection_id":7}"#)]
    code: String,
    /// Name of the workspace.
    #[schema(example = "Main")]
    author_name: String,
    /// Name of the workspace.
    #[schema(example = "Main")]
    version_author_name: String,
    /// Whom to write to about the workspace.
    #[schema(example = "ada@example.com")]
    version_author_email: String,
    /// Always null.
    version_comment: Option<String>,
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    tags: [String; 0],
}

/// An object without fields.
#[derive(Debug, Serialize)]
pub(crate) struct Nothing {}

/// A connection that a recipe uses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipeConfig {
    /// Always `application`.
    #[schema(example = "application")]
    keyword: &'static str,
    /// Always `http`.
    #[schema(example = "http")]
    name: &'static str,
    /// Always `http`.
    #[schema(example = "http")]
    provider: &'static str,
    /// Always false.
    #[schema(example = false)]
    skip_validation: bool,
    /// Id of the connection.
    #[schema(value_type = i64, example = 7)]
    account_id: ConnectionId,
}

impl ShownRecipe {
    fn new(caller: &Caller, recipe: Recipe) -> Self {
        let zone = caller.zone();
        let workspace = &caller.actor().workspace;
        let applications = match recipe.kind {
            RecipeKind::Proxy => vec![HTTP],
            RecipeKind::Mock => Vec::new(),
        };
        let config = recipe.connection.map(|connection| RecipeConfig {
            keyword: "application",
            name: HTTP,
            provider: HTTP,
            skip_validation: false,
            account_id: connection,
        });
        let stopped_at = recipe.toggled_at.filter(|_| !recipe.running);
        Self {
            id: recipe.id,
            name: recipe.name,
            user_id: recipe.workspace,
            created_at: zone.time(recipe.created_at),
            updated_at: zone.time(recipe.updated_at),
            copy_count: 0,
            trigger_application: None,
            action_applications: applications.clone(),
            applications,
            description: recipe.description.unwrap_or_default(),
            parameters_schema: [],
            parameters: Nothing {},
            webhook_url: None,
            folder_id: recipe.folder,
            project_id: recipe.project,
            running: recipe.running,
            job_succeeded_count: 0,
            job_failed_count: 0,
            lifetime_task_count: 0,
            last_run_at: None,
            stopped_at: stopped_at.map(|at| zone.time(at)),
            version_no: recipe.version,
            stop_cause: None,
            config: config.into_iter().collect(),
            trigger_closure: None,
            code: json!({ "kind": recipe.kind, "connection_id": recipe.connection }).to_string(),
            author_name: workspace.name.clone(),
            version_author_name: workspace.name.clone(),
            version_author_email: workspace.contact_email.clone(),
            version_comment: None,
            tags: [],
        }
    }
}

/// Which recipes are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecipeFilter {
    /// Only those in this folder, folders inside it left out.
    #[param(value_type = Option<i64>, example = 1563029)]
    folder_id: Given<FolderId>,
    /// Only those that are started. `false` asks for all: clients send it whenever they do not
    /// ask for running ones.
    #[param(value_type = Option<bool>, example = true)]
    running: Given<Flag>,
    /// Only those with ids below this one.
    #[param(value_type = Option<i64>, example = 39999)]
    since_id: Given<RecipeId>,
}

/// One page of recipes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipeItems {
    /// The recipes.
    items: Vec<ShownRecipe>,
}

/// Lists recipes, newest first.
#[utoipa::path(
    get,
    path = "/api/recipes",
    tag = "Recipes",
    params(RecipeFilter, PageQuery),
    responses((status = OK, description = "One page of recipes", body = RecipeItems)),
)]
pub(crate) async fn list_recipes(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<RecipeFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<RecipeItems>, Problem> {
    let mut faults = Faults::default();
    let filter = Filter {
        folder: filter.folder_id.optional("folder_id", &mut faults),
        running: filter.running.optional("running", &mut faults).filter(|flag| flag.0).map(|flag| flag.0),
        below: filter.since_id.optional("since_id", &mut faults),
    };
    faults.check()?;
    let recipes = store::recipes::list(&management.db, caller.scope(), filter, page.page()?).await?;
    let items = recipes.into_iter().map(|recipe| ShownRecipe::new(&caller, recipe)).collect();
    Ok(Answer(RecipeItems { items }))
}

/// A recipe in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RecipePath {
    /// Id of the recipe.
    #[param(value_type = i64, example = 39999)]
    recipe_id: RecipeId,
}

/// Starts a recipe. Its endpoints can be enabled and called.
#[utoipa::path(
    put,
    path = "/api/recipes/{recipe_id}/start",
    tag = "Recipes",
    params(RecipePath),
    responses((status = OK, description = "It is started", body = Success), Missing),
)]
pub(crate) async fn start_recipe(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<RecipePath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.start_recipe(caller.actor(), path.recipe_id).await?;
    Ok(SUCCESS)
}

/// Stops a recipe. Its endpoints answer 404 from now on.
#[utoipa::path(
    put,
    path = "/api/recipes/{recipe_id}/stop",
    tag = "Recipes",
    params(RecipePath),
    responses((status = OK, description = "It is stopped", body = Success), Missing),
)]
pub(crate) async fn stop_recipe(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<RecipePath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.stop_recipe(caller.actor(), path.recipe_id).await?;
    Ok(SUCCESS)
}
