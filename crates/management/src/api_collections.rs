//! `/api/api_collections`: versioned groups of endpoints.

use actions::{CollectionDraft, CollectionPatch, Error, Faults, ImportResults};
use axum::extract::State;
use model::collection::Collection;
use model::id::{CollectionId, ConnectionId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, SUCCESS, Success, Tagged};
use crate::api_endpoints::CollectionPath;
use crate::caller::Caller;
use crate::given::{Given, once};
use crate::matching::MayMatch;
use crate::openapi_spec::OpenApiSpec;
use crate::page::PageQuery;
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::project_id::ShownProjectId;
use crate::request::{Body, Path, Query};

/// A versioned group of endpoints under one URL.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiCollection {
    /// Its id.
    #[schema(value_type = i64, example = 1361)]
    id: CollectionId,
    /// Its name; unique in the workspace together with the version.
    #[schema(example = "Quote to cash")]
    name: String,
    /// Its version.
    #[schema(example = "1.0")]
    version: String,
    /// Where its endpoints are called.
    #[schema(example = "https://api.example.com/main/quote-to-cash-v1")]
    url: String,
    /// Where its OpenAPI document is read, without a token of this API.
    #[schema(
        example = "https://control.example.com/doc/service/quote-to-cash-v1/swagger?token=4cab5bdf2cebbe2b4a0d3cc9ac175f60"
    )]
    api_spec_url: String,
    /// When it was made.
    #[schema(example = "2020-06-15T22:20:15.327-07:00", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2020-06-15T22:20:15.327-07:00", format = DateTime)]
    updated_at: String,
    /// The project it lies in, if any. An integer for clients that cannot read a string.
    #[schema(value_type = Option<String>, example = "523144")]
    project_id: Option<ShownProjectId>,
}

impl ApiCollection {
    fn new(management: &Management, caller: &Caller, collection: Collection) -> Self {
        let token = collection.specification_token.expose();
        let control_url = &management.settings.control_url;
        Self {
            id: collection.id,
            name: collection.name,
            version: collection.version.to_string(),
            url: management.collection_url(&caller.actor().workspace, &collection.handle),
            api_spec_url: format!("{control_url}/doc/service/{}/swagger?token={token}", collection.handle),
            created_at: caller.zone().time(collection.created_at),
            updated_at: caller.zone().time(collection.updated_at),
            project_id: collection.project.map(|project| caller.project_ids().show(project)),
        }
    }
}

/// Lists API collections, oldest first.
#[utoipa::path(
    get,
    path = "/api/api_collections",
    tag = "Collections",
    params(PageQuery),
    responses((status = OK, description = "One page of collections", body = Vec<ApiCollection>)),
)]
pub(crate) async fn list_api_collections(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Vec<ApiCollection>>, Problem> {
    let collections = store::collections::list(&management.db, caller.scope(), page.page()?).await?;
    let show = |collection| ApiCollection::new(&management, &caller, collection);
    Ok(Answer(collections.into_iter().map(show).collect()))
}

/// Where a new collection goes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewCollectionQuery {
    /// The project that the collection is to lie in. The body can name it as well.
    #[param(value_type = Option<i64>, example = 523_144)]
    project_id: Given<ProjectId>,
}

/// A collection to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiCollection {
    /// Its name; unique in the workspace together with the version.
    #[schema(value_type = String, example = "Netsuite customers")]
    name: Given<String>,
    /// The project it is to lie in; the query can name it as well.
    #[schema(value_type = Option<i64>, example = 523_144)]
    project_id: Given<ProjectId>,
    /// Its version, 1 to 10 characters.
    #[schema(value_type = Option<String>, example = "1.0", default = "1.0")]
    version: Given<String>,
    /// The connection that its endpoints forward to. Without one they answer from the examples
    /// of the document.
    #[schema(value_type = Option<i64>, example = 7)]
    proxy_connection_id: Given<ConnectionId>,
    /// An OpenAPI document; an endpoint is made from each of its operations, inactive at first.
    #[schema(value_type = Option<OpenApiSpec>)]
    openapi_spec: Given<OpenApiSpec>,
}

/// A collection that was made, and what came of its document if one was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedApiCollection {
    #[serde(flatten)]
    collection: ApiCollection,
    /// What came of the document, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Import completed successfully")]
    message: Option<String>,
    /// What came of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_results: Option<ShownImportResults>,
}

/// What came of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportResults)]
pub(crate) struct ShownImportResults {
    /// Whether every operation became an endpoint.
    #[schema(example = true)]
    success: bool,
    /// The operations in the document.
    #[schema(example = 3)]
    total_endpoints: usize,
    /// The operations that cannot be served.
    #[schema(example = 0)]
    failed_endpoints: usize,
    /// The operations that cannot be served, each with its reason.
    failed_actions: Vec<String>,
    /// What is odd about the document but no reason to refuse it.
    warnings: Vec<String>,
}

impl From<ImportResults> for ShownImportResults {
    fn from(results: ImportResults) -> Self {
        Self {
            success: results.unserved.is_empty(),
            total_endpoints: results.total,
            failed_endpoints: results.unserved.len(),
            failed_actions: results.unserved.iter().map(ToString::to_string).collect(),
            warnings: results.warnings,
        }
    }
}

fn summary(results: &ImportResults) -> String {
    if results.unserved.is_empty() {
        return "Import completed successfully".to_owned();
    }
    let (served, total) = (results.served(), results.total);
    format!("Imported {served} of {total} operations; `failed_actions` says why the others cannot be served")
}

/// Makes an API collection, empty or from an OpenAPI document.
#[utoipa::path(
    post,
    path = "/api/api_collections",
    tag = "Collections",
    params(NewCollectionQuery),
    request_body = NewApiCollection,
    responses((status = OK, description = "The collection", body = CreatedApiCollection), Missing, Conflict),
)]
pub(crate) async fn create_api_collection(
    caller: Caller,
    State(management): State<Management>,
    Query(query): Query<NewCollectionQuery>,
    Body(body): Body<NewApiCollection>,
) -> Result<Tagged<CreatedApiCollection>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let project = once("project_id", query.project_id, body.project_id, &mut faults)?;
    let version = body.version.optional("version", &mut faults);
    let connection = body.proxy_connection_id.optional("proxy_connection_id", &mut faults);
    let specification = body.openapi_spec.optional("openapi_spec", &mut faults);
    let specification = specification.and_then(|specification| specification.source(&mut faults));
    faults.check()?;
    let draft = CollectionDraft {
        name: name.unwrap_or_default(),
        version,
        project,
        connection,
        specification,
        ..CollectionDraft::default()
    };
    let created = management.actions.create_collection(caller.actor(), draft).await?;
    Ok(Tagged(
        created.collection.updated_at,
        CreatedApiCollection {
            collection: ApiCollection::new(&management, &caller, created.collection),
            message: created.import.as_ref().map(summary),
            import_results: created.import.map(Into::into),
        },
    ))
}

/// What is to change about a collection. What is absent stays; its URL always does.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiCollectionChanges {
    /// Its name; unique in the workspace together with the version.
    #[schema(value_type = Option<String>, example = "Netsuite customers")]
    name: Given<String>,
    /// The connection that its endpoints are to forward to, in place of the present one.
    #[schema(value_type = Option<i64>, example = 7)]
    proxy_connection_id: Given<ConnectionId>,
    /// Whether everybody may call it without a credential. True is not supported in this version.
    #[schema(value_type = Option<bool>, example = false)]
    public_access: Given<bool>,
}

/// Changes an API collection.
#[utoipa::path(
    put,
    path = "/api/api_collections/{api_collection_id}",
    tag = "Collections",
    params(CollectionPath, MayMatch),
    request_body = ApiCollectionChanges,
    responses((status = OK, description = "The collection", body = ApiCollection), Missing, Conflict, Refused),
)]
pub(crate) async fn update_api_collection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
    Body(body): Body<ApiCollectionChanges>,
) -> Result<Tagged<ApiCollection>, Problem> {
    let found = store::collections::find(&management.db, caller.scope(), path.api_collection_id).await?;
    let id = found.ok_or_else(|| Problem::missing("API collection"))?.id;
    let mut faults = Faults::default();
    let patch = CollectionPatch {
        name: body.name.optional("name", &mut faults),
        connection: body.proxy_connection_id.optional("proxy_connection_id", &mut faults),
    };
    let is_public = body.public_access.optional("public_access", &mut faults).unwrap_or(false);
    faults.check()?;
    if is_public {
        let message = "public_access asks for calls without a credential, which this version does not let through; leave it out";
        return Err(Error::Refused(message.to_owned()).into());
    }
    let collection = management.actions.update_collection(caller.actor(), id, patch).await?;
    Ok(Tagged(collection.updated_at, ApiCollection::new(&management, &caller, collection)))
}

/// Deletes an API collection with its endpoints, whoever may call them: the next call is a 404. Its
/// recipes and connections stay.
#[utoipa::path(
    delete,
    path = "/api/api_collections/{api_collection_id}",
    tag = "Collections",
    params(CollectionPath, MayMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_collection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<CollectionPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_collection(caller.actor(), path.api_collection_id).await?;
    Ok(SUCCESS)
}
