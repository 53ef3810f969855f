//! `/api/portico/v1/api_collections/{id}/cors`: which pages of other sites may call a collection.

use actions::{CorsDraft, Faults};
use axum::extract::State;
use model::cors::{Cors, Origin};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::api_endpoints::CollectionPath;
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MustMatch;
use crate::problem::{Missing, Problem};
use crate::request::{Body, Path};

/// What pages of other sites may do. Pages of the portals that publish the collection may do everything
/// in any case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorsRules {
    /// Whose pages; empty if there are no rules.
    #[schema(example = json!(["https://app.example.com"]))]
    allowed_origins: Vec<String>,
    /// With which methods; empty for all.
    #[schema(example = json!(["GET", "POST"]))]
    allowed_methods: Vec<String>,
    /// With which headers; empty for all.
    #[schema(example = json!(["api-token", "content-type"]))]
    allowed_headers: Vec<String>,
    /// Which headers of answers they may read beside the gateway's own.
    #[schema(example = json!(["x-total-count"]))]
    exposed_headers: Vec<String>,
    /// For how many seconds browsers may remember it.
    #[schema(example = 600)]
    max_age: i64,
}

impl CorsRules {
    fn new(cors: Option<Cors>) -> Self {
        let cors = cors.unwrap_or_default();
        Self {
            allowed_origins: cors.origins.iter().map(|origin: &Origin| origin.as_str().to_owned()).collect(),
            allowed_methods: cors.methods,
            allowed_headers: cors.headers,
            exposed_headers: cors.exposed_headers,
            max_age: cors.max_age,
        }
    }
}

/// Shows which pages of other sites may call a collection.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_collections/{api_collection_id}/cors",
    tag = "Collections",
    params(CollectionPath),
    responses((status = OK, description = "The rules", body = Data<CorsRules>), Missing),
)]
pub(crate) async fn get_cors(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
) -> Result<Tagged<Data<CorsRules>>, Problem> {
    let (scope, id) = (caller.scope(), path.api_collection_id);
    // Rules that are newer than the tag are refused later; with older ones a change would be lost.
    let collection = store::collections::find(&management.db, scope, id).await?;
    let updated_at = collection.ok_or_else(|| Problem::missing("API collection"))?.updated_at;
    let cors = store::collections::cors(&management.db, scope, id).await?;
    let cors = cors.ok_or_else(|| Problem::missing("API collection"))?;
    Ok(Tagged(updated_at, Data { data: CorsRules::new(cors) }))
}

/// What pages of other sites are to be allowed, in place of what they were.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewCorsRules {
    /// Whose pages: origins such as `https://app.example.com`, or `*` for every site; at least one, and 50 at
    /// most, as of the other lists.
    #[schema(value_type = Vec<String>, example = json!(["https://app.example.com"]))]
    allowed_origins: Given<Vec<String>>,
    /// With which methods; empty or absent for all.
    #[schema(value_type = Option<Vec<String>>, example = json!(["GET", "POST"]))]
    allowed_methods: Given<Vec<String>>,
    /// With which headers; empty or absent for all.
    #[schema(value_type = Option<Vec<String>>, example = json!(["api-token", "content-type"]))]
    allowed_headers: Given<Vec<String>>,
    /// Which headers of answers they may read beside the gateway's own.
    #[schema(value_type = Option<Vec<String>>, example = json!(["x-total-count"]))]
    exposed_headers: Given<Vec<String>>,
    /// For how many seconds browsers may remember it, up to a day.
    #[schema(value_type = Option<i64>, example = 600, default = 600)]
    max_age: Given<i64>,
}

/// Lets pages of other sites call a collection.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_collections/{api_collection_id}/cors",
    tag = "Collections",
    params(CollectionPath, MustMatch),
    request_body = NewCorsRules,
    responses((status = OK, description = "The rules", body = Data<CorsRules>), Missing),
)]
pub(crate) async fn set_cors(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Body(body): Body<NewCorsRules>,
) -> Result<Tagged<Data<CorsRules>>, Problem> {
    let id = path.api_collection_id;
    let found = store::collections::find(&management.db, caller.scope(), id).await?;
    found.ok_or_else(|| Problem::missing("API collection"))?;
    let mut faults = Faults::default();
    let mut list = |field, given: Given<Vec<String>>| given.optional(field, &mut faults).unwrap_or_default();
    let draft = CorsDraft {
        origins: list("allowed_origins", body.allowed_origins),
        methods: list("allowed_methods", body.allowed_methods),
        headers: list("allowed_headers", body.allowed_headers),
        exposed_headers: list("exposed_headers", body.exposed_headers),
        max_age: body.max_age.optional("max_age", &mut faults),
    };
    faults.check()?;
    let (cors, updated_at) = management.actions.set_cors(caller.actor(), id, Some(draft)).await?;
    Ok(Tagged(updated_at, Data { data: CorsRules::new(cors) }))
}

/// Lets no page of another site call a collection, those of its portals aside.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_collections/{api_collection_id}/cors",
    tag = "Collections",
    params(CollectionPath, MustMatch),
    responses((status = OK, description = "There are no rules any more", body = Success), Missing),
)]
pub(crate) async fn delete_cors(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.set_cors(caller.actor(), path.api_collection_id, None).await?;
    Ok(SUCCESS)
}
