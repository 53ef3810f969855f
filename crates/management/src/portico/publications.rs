//! `/api/portico/v1/api_portals/{api_portal_id}/api_collections`: what a portal publishes, and to whom.

use actions::{Faults, PublicationPatch};
use axum::extract::State;
use model::id::{CollectionId, PortalId};
use model::portal::{Publication, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::api_portals::{PortalPath, find};
use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::{Given, Read};
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Missing, Problem};
use crate::request::{Body, Path, Query};

/// A collection in a portal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublishedCollection {
    /// The collection.
    #[schema(value_type = i64, example = 6883)]
    api_collection_id: CollectionId,
    /// Who finds it: `everyone` who signs in, or those alone whose clients may call it, `assigned`.
    #[schema(value_type = GivenVisibility, example = "everyone")]
    visibility: Visibility,
    /// Whether what developers ask for is granted without anybody deciding.
    #[schema(example = false)]
    auto_approve: bool,
}

impl From<Publication> for PublishedCollection {
    fn from(publication: Publication) -> Self {
        Self {
            api_collection_id: publication.collection,
            visibility: publication.visibility,
            auto_approve: publication.auto_approve,
        }
    }
}

/// Who finds a collection in a portal.
#[derive(ToSchema)]
#[schema(as = Visibility, rename_all = "lowercase")]
#[expect(dead_code, reason = "it stands for the values of `model::portal::Visibility` in the description")]
pub(crate) enum GivenVisibility {
    Everyone,
    Assigned,
}

impl Read for Visibility {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("everyone") => Ok(Self::Everyone),
            Some("assigned") => Ok(Self::Assigned),
            _ => Err("must be one of `everyone`, `assigned`".to_owned()),
        }
    }
}

/// Lists what a portal publishes, in the order of ids.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_portals/{api_portal_id}/api_collections",
    tag = "Portals",
    params(PortalPath, PageQuery),
    responses(
        (status = OK, description = "One page of collections", body = Listed<PublishedCollection>),
        Missing,
    ),
)]
pub(crate) async fn list_published_collections(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<PublishedCollection>>, Problem> {
    let page = page.page()?;
    let portal = find(&management, &caller, path.api_portal_id).await?;
    let published = store::publications::list(&management.db, portal.id, page).await?;
    Ok(Answer(Listed::new(published, page, PublishedCollection::from)))
}

/// A collection of a portal in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PublicationPath {
    /// Id of the portal.
    #[param(value_type = i64, example = 37)]
    api_portal_id: PortalId,
    /// Id of the collection.
    #[param(value_type = i64, example = 6883)]
    api_collection_id: CollectionId,
}

/// How a collection is to be published. What is absent stays, and is `everyone` and false at first.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PublicationChanges {
    /// Who finds it.
    #[schema(value_type = Option<GivenVisibility>, example = "everyone")]
    visibility: Given<Visibility>,
    /// Whether what developers ask for is granted without anybody deciding.
    #[schema(value_type = Option<bool>, example = false)]
    auto_approve: Given<bool>,
}

/// Lets a portal publish a collection, or changes to whom it does.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_portals/{api_portal_id}/api_collections/{api_collection_id}",
    tag = "Portals",
    params(PublicationPath, MustMatch),
    request_body = PublicationChanges,
    responses((status = OK, description = "The collection", body = Data<PublishedCollection>), Missing),
)]
pub(crate) async fn publish_collection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PublicationPath>,
    Body(body): Body<PublicationChanges>,
) -> Result<Tagged<Data<PublishedCollection>>, Problem> {
    let mut faults = Faults::default();
    let patch = PublicationPatch {
        visibility: body.visibility.optional("visibility", &mut faults),
        auto_approve: body.auto_approve.optional("auto_approve", &mut faults),
    };
    faults.check()?;
    let (portal, collection) = (path.api_portal_id, path.api_collection_id);
    let (publication, updated_at) =
        management.actions.publish_collection(caller.actor(), portal, collection, patch).await?;
    Ok(Tagged(updated_at, Data { data: publication.into() }))
}

/// Lets a portal publish a collection no more. Whoever may call it still may.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_portals/{api_portal_id}/api_collections/{api_collection_id}",
    tag = "Portals",
    params(PublicationPath, MustMatch),
    responses((status = OK, description = "It is not published", body = Success), Missing),
)]
pub(crate) async fn withdraw_collection(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PublicationPath>,
) -> Result<Answer<Success>, Problem> {
    let (portal, collection) = (path.api_portal_id, path.api_collection_id);
    management.actions.withdraw_collection(caller.actor(), portal, collection).await?;
    Ok(SUCCESS)
}
