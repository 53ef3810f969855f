//! `/api/api_endpoints`: the methods and paths of collections.

use actions::{EndpointDraft, EndpointPatch, Faults};
use axum::extract::State;
use model::endpoint::{Endpoint, Method};
use model::id::{CollectionId, EndpointId, RecipeId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MayMatch;
use crate::page::PageQuery;
use crate::problem::{Conflict, Invalid, Missing, Problem};
use crate::request::{Body, Path, Query};

/// A method and a path in a collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiEndpoint {
    /// Its id.
    #[schema(value_type = i64, example = 9903)]
    id: EndpointId,
    /// For people.
    #[schema(example = "salesforce search")]
    name: String,
    /// The collection it belongs to.
    #[schema(value_type = i64, example = 1391)]
    api_collection_id: CollectionId,
    /// The recipe behind it.
    #[schema(value_type = i64, example = 39999)]
    flow_id: RecipeId,
    /// For people.
    description: Option<String>,
    /// The method it answers.
    #[schema(value_type = String, example = "GET")]
    method: Method,
    /// Where it is called: the URL of its collection, a slash, and its path.
    #[schema(example = "https://api.example.com/main/netsuite-customers-v1/salesforce/search")]
    url: String,
    /// Always null: there was no other URL before.
    #[schema(value_type = Option<String>)]
    legacy_url: Option<String>,
    /// The path of `url`.
    #[schema(example = "/main/netsuite-customers-v1/salesforce/search")]
    base_path: String,
    /// The path under its collection, without a leading slash, with parameters in braces.
    #[schema(example = "salesforce/search")]
    path: String,
    /// Whether it can be called.
    #[schema(example = false)]
    active: bool,
    /// Always false.
    #[schema(example = false)]
    legacy: bool,
    /// When it was made.
    #[schema(example = "2020-08-05T05:59:55.991-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-08-05T05:59:55.991-07:00", format = DateTime)]
    updated_at: String,
}

impl ApiEndpoint {
    fn new(management: &Management, caller: &Caller, handle: &str, endpoint: Endpoint) -> Self {
        let collection_url = management.collection_url(&caller.actor().workspace, handle);
        let url = format!("{collection_url}/{}", endpoint.path);
        Self {
            id: endpoint.id,
            name: endpoint.name,
            api_collection_id: endpoint.collection,
            flow_id: endpoint.recipe,
            description: endpoint.description,
            method: endpoint.method,
            base_path: path_of(&url).to_owned(),
            url,
            legacy_url: None,
            path: endpoint.path.to_string(),
            active: endpoint.active,
            legacy: false,
            created_at: caller.zone().time(endpoint.created_at),
            updated_at: caller.zone().time(endpoint.updated_at),
        }
    }
}

/// What comes after scheme and authority.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |start| &rest[start..])
}

/// Which endpoints are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndpointFilter {
    /// Only those of this collection.
    #[param(value_type = Option<i64>, example = 1391)]
    api_collection_id: Given<CollectionId>,
}

/// Lists the API endpoints of the workspace, or of one collection, oldest first.
#[utoipa::path(
    get,
    path = "/api/api_endpoints",
    tag = "Endpoints",
    params(EndpointFilter, PageQuery),
    responses((status = OK, description = "One page of endpoints", body = Vec<ApiEndpoint>)),
)]
pub(crate) async fn list_api_endpoints(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<EndpointFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<ApiEndpoint>>, Problem> {
    let mut faults = Faults::default();
    let collection = filter.api_collection_id.optional("api_collection_id", &mut faults);
    faults.check()?;
    let (db, scope) = (&management.db, caller.scope());
    let endpoints = store::endpoints::list(db, scope, collection, page.page()?).await?;
    let collections: Vec<_> = endpoints.iter().map(|endpoint| endpoint.collection).collect();
    let handles = store::collections::handles(db, scope.workspace, &collections).await?;
    let show = |endpoint: Endpoint| {
        let handle = handles.get(&endpoint.collection).map_or("", String::as_str);
        ApiEndpoint::new(&management, &caller, handle, endpoint)
    };
    Ok(Answer(endpoints.into_iter().map(show).collect()))
}

/// A collection in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CollectionPath {
    /// Id of the collection.
    #[param(value_type = i64, example = 1391)]
    pub(crate) api_collection_id: CollectionId,
}

/// An endpoint to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiEndpoint {
    /// For people.
    #[schema(value_type = String, example = "salesforce search")]
    name: Given<String>,
    /// The method it is to answer, in any case.
    #[schema(value_type = String, example = "GET")]
    method: Given<String>,
    /// The path under the collection, with parameters in braces and with or without a leading
    /// slash.
    #[schema(value_type = String, example = "customers/{id}")]
    path: Given<String>,
    /// The recipe that is to stand behind it. Without one, or with 0, one is made that forwards
    /// to the connection of the collection or, if it has none, answers from examples.
    #[schema(value_type = Option<i64>, example = 39999)]
    flow_id: Given<RecipeId>,
    /// For people.
    #[schema(value_type = Option<String>, example = "Finds customers by name.")]
    description: Given<String>,
}

/// Adds an API endpoint, inactive at first, to a collection.
#[utoipa::path(
    post,
    path = "/api/api_collections/{api_collection_id}/api_endpoints",
    tag = "Endpoints",
    params(CollectionPath),
    request_body = NewApiEndpoint,
    responses((status = OK, description = "The endpoint", body = ApiEndpoint), Missing, Conflict),
)]
pub(crate) async fn create_api_endpoint(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Body(body): Body<NewApiEndpoint>,
) -> Result<Tagged<ApiEndpoint>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let method = body.method.required("method", &mut faults);
    let path_template = body.path.required("path", &mut faults);
    let recipe = body.flow_id.optional("flow_id", &mut faults).filter(|recipe| recipe.0 != 0);
    let description = body.description.optional("description", &mut faults);
    let collection = store::collections::find(&management.db, caller.scope(), path.api_collection_id).await?;
    let collection = collection.ok_or_else(|| Problem::missing("API collection"))?;
    faults.check()?;
    let draft = EndpointDraft {
        name: name.unwrap_or_default(),
        description,
        method: method.unwrap_or_default(),
        path: path_template.unwrap_or_default(),
        recipe,
    };
    let endpoint = management.actions.create_endpoint(caller.actor(), collection.id, draft).await?;
    Ok(Tagged(endpoint.updated_at, ApiEndpoint::new(&management, &caller, &collection.handle, endpoint)))
}

/// An endpoint in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EndpointPath {
    /// Id of the endpoint.
    #[param(value_type = i64, example = 9903)]
    api_endpoint_id: EndpointId,
}

/// Enables an API endpoint. Its recipe must be started first.
#[utoipa::path(
    put,
    path = "/api/api_endpoints/{api_endpoint_id}/enable",
    tag = "Endpoints",
    params(EndpointPath, MayMatch),
    responses((status = OK, description = "It can be called", body = Success), Invalid, Missing),
)]
pub(crate) async fn enable_api_endpoint(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<EndpointPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.enable_endpoint(caller.actor(), path.api_endpoint_id).await?;
    Ok(SUCCESS)
}

/// Disables an API endpoint. It can no longer be called.
#[utoipa::path(
    put,
    path = "/api/api_endpoints/{api_endpoint_id}/disable",
    tag = "Endpoints",
    params(EndpointPath, MayMatch),
    responses((status = OK, description = "It can no longer be called", body = Success), Missing),
)]
pub(crate) async fn disable_api_endpoint(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<EndpointPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.disable_endpoint(caller.actor(), path.api_endpoint_id).await?;
    Ok(SUCCESS)
}

/// What is to change about an endpoint. What is absent stays; method and path always do.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiEndpointChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "salesforce search")]
    name: Given<String>,
    /// For people.
    #[schema(value_type = Option<String>, example = "Finds customers by name.")]
    description: Given<String>,
    /// The recipe that is to stand behind it; must be started if the endpoint is active.
    #[schema(value_type = Option<i64>, example = 39999)]
    flow_id: Given<RecipeId>,
}

/// Changes an API endpoint.
#[utoipa::path(
    put,
    path = "/api/api_endpoints/{api_endpoint_id}",
    tag = "Endpoints",
    params(EndpointPath, MayMatch),
    request_body = ApiEndpointChanges,
    responses((status = OK, description = "The endpoint", body = ApiEndpoint), Missing),
)]
pub(crate) async fn update_api_endpoint(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<EndpointPath>,
    Body(body): Body<ApiEndpointChanges>,
) -> Result<Tagged<ApiEndpoint>, Problem> {
    let (db, scope) = (&management.db, caller.scope());
    let found = store::endpoints::find(db, scope, path.api_endpoint_id).await?;
    let id = found.ok_or_else(|| Problem::missing("API endpoint"))?.id;
    let mut faults = Faults::default();
    let patch = EndpointPatch {
        name: body.name.optional("name", &mut faults),
        description: body.description.optional("description", &mut faults),
        recipe: body.flow_id.optional("flow_id", &mut faults).filter(|recipe| recipe.0 != 0),
    };
    faults.check()?;
    let endpoint = management.actions.update_endpoint(caller.actor(), id, patch).await?;
    let handles = store::collections::handles(db, scope.workspace, &[endpoint.collection]).await?;
    let handle = handles.get(&endpoint.collection).map_or("", String::as_str);
    Ok(Tagged(endpoint.updated_at, ApiEndpoint::new(&management, &caller, handle, endpoint)))
}
