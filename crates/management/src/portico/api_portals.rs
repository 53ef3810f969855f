//! `/api/v2/api_portals` and `/api/portico/v1/api_portals`: sites for developers.

use actions::{Faults, PortalDraft, PortalPatch};
use axum::extract::State;
use model::id::{CollectionId, PortalId, WorkspaceId};
use model::portal::Portal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// A site on which developers find published collections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPortal {
    /// Its id.
    #[schema(value_type = i64, example = 37)]
    id: PortalId,
    /// The workspace it belongs to, as `GET /api/users/me` shows it.
    #[schema(value_type = i64, example = 14487)]
    user_id: WorkspaceId,
    /// For people.
    #[schema(example = "IDEA Lifestyle")]
    name: String,
    /// The first label of its host name.
    #[schema(example = "idea")]
    subdomain: String,
    /// The colour of headings and buttons.
    #[schema(example = "#371093")]
    brand_color: String,
    /// What it publishes.
    #[schema(value_type = Vec<i64>, example = json!([6883]))]
    api_collection_ids: Vec<CollectionId>,
    /// When it was made.
    #[schema(example = "2024-12-13T08:46:37.125+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-10T14:10:21.440+05:30", format = DateTime)]
    updated_at: String,
    /// Its logo, for screens with one dot per pixel.
    #[schema(example = "https://control.example.com/api/logos/3b1f…")]
    logo: Option<String>,
    /// Its logo, for screens with two dots per pixel.
    #[schema(example = "https://control.example.com/api/logos/9c07…")]
    logo_2x: Option<String>,
    /// Whom developers turn to: an e-mail address or an `https` URL.
    #[schema(example = "apis@example.com")]
    support: Option<String>,
}

impl ApiPortal {
    fn new(management: &Management, zone: &Zone, portal: Portal) -> Self {
        let (logo, logo_2x) = management.logo_urls(portal.logo);
        Self {
            id: portal.id,
            user_id: portal.workspace,
            name: portal.name,
            subdomain: portal.subdomain,
            brand_color: portal.brand_color,
            api_collection_ids: portal.collections,
            created_at: zone.time(portal.created_at),
            updated_at: zone.time(portal.updated_at),
            logo,
            logo_2x,
            support: portal.support,
        }
    }
}

/// Lists developer portals, oldest first.
#[utoipa::path(
    get,
    path = "/api/v2/api_portals",
    tag = "Portals",
    params(PageQuery),
    responses((status = OK, description = "One page of portals", body = Listed<ApiPortal>)),
)]
pub(crate) async fn list_api_portals(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ApiPortal>>, Problem> {
    let page = page.page()?;
    let portals = store::portals::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(Listed::new(portals, page, |portal| ApiPortal::new(&management, caller.zone(), portal))))
}

/// A portal to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiPortal {
    /// For people.
    #[schema(value_type = String, example = "IDEA Lifestyle")]
    name: Given<String>,
    /// The first label of its host name; unique among all portals. 1 to 63 letters, digits and
    /// hyphens, beginning with a letter and not ending with a hyphen.
    #[schema(value_type = String, example = "idea")]
    subdomain: Given<String>,
    /// The colour of headings and buttons.
    #[schema(value_type = Option<String>, example = "#371093", default = "#371093")]
    brand_color: Given<String>,
    /// What it publishes.
    #[schema(value_type = Option<Vec<i64>>, example = json!([6883]))]
    api_collection_ids: Given<Vec<CollectionId>>,
}

/// Makes a developer portal.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_portals",
    tag = "Portals",
    request_body = NewApiPortal,
    responses((status = OK, description = "The portal", body = Data<ApiPortal>), Missing, Conflict),
)]
pub(crate) async fn create_api_portal(
    caller: Caller,
    State(management): State<Management>,
    Body(body): Body<NewApiPortal>,
) -> Result<Tagged<Data<ApiPortal>>, Problem> {
    let mut faults = Faults::default();
    let name = body.name.required("name", &mut faults);
    let subdomain = body.subdomain.required("subdomain", &mut faults);
    let brand_color = body.brand_color.optional("brand_color", &mut faults);
    let collections = body.api_collection_ids.optional("api_collection_ids", &mut faults);
    faults.check()?;
    let draft = PortalDraft {
        name: name.unwrap_or_default(),
        subdomain: subdomain.unwrap_or_default(),
        brand_color,
        collections: collections.unwrap_or_default(),
    };
    let portal = management.actions.create_portal(caller.actor(), draft).await?;
    Ok(Tagged(portal.updated_at, Data { data: ApiPortal::new(&management, caller.zone(), portal) }))
}

/// A portal in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PortalPath {
    /// Id of the portal.
    #[param(value_type = i64, example = 37)]
    pub(super) api_portal_id: PortalId,
}

/// Shows a developer portal.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_portals/{api_portal_id}",
    tag = "Portals",
    params(PortalPath),
    responses((status = OK, description = "The portal", body = Data<ApiPortal>), Missing),
)]
pub(crate) async fn get_api_portal(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
) -> Result<Tagged<Data<ApiPortal>>, Problem> {
    let portal = find(&management, &caller, path.api_portal_id).await?;
    Ok(Tagged(portal.updated_at, Data { data: ApiPortal::new(&management, caller.zone(), portal) }))
}

/// The portal with this id that exists for the caller.
pub(super) async fn find(management: &Management, caller: &Caller, id: PortalId) -> Result<Portal, Problem> {
    let portal = store::portals::find(&management.db, caller.workspace(), id).await?;
    portal.ok_or_else(|| Problem::missing("API portal"))
}

/// What is to change about a portal. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiPortalChanges {
    /// For people.
    #[schema(value_type = Option<String>, example = "IDEA Lifestyle")]
    name: Given<String>,
    /// The first label of its host name; unique among all portals.
    #[schema(value_type = Option<String>, example = "idea")]
    subdomain: Given<String>,
    /// The colour of headings and buttons.
    #[schema(value_type = Option<String>, example = "#371093")]
    brand_color: Given<String>,
    /// Whom developers turn to: an e-mail address or an `https` URL; an empty text takes it away.
    #[schema(value_type = Option<String>, example = "apis@example.com")]
    support: Given<String>,
    /// What it publishes, and nothing else.
    #[schema(value_type = Option<Vec<i64>>, example = json!([6883]))]
    api_collection_ids: Given<Vec<CollectionId>>,
}

/// Changes a developer portal.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_portals/{api_portal_id}",
    tag = "Portals",
    params(PortalPath, MustMatch),
    request_body = ApiPortalChanges,
    responses((status = OK, description = "The portal", body = Data<ApiPortal>), Missing, Conflict),
)]
pub(crate) async fn update_api_portal(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Body(body): Body<ApiPortalChanges>,
) -> Result<Tagged<Data<ApiPortal>>, Problem> {
    let id = find(&management, &caller, path.api_portal_id).await?.id;
    let mut faults = Faults::default();
    let patch = PortalPatch {
        name: body.name.optional("name", &mut faults),
        subdomain: body.subdomain.optional("subdomain", &mut faults),
        brand_color: body.brand_color.optional("brand_color", &mut faults),
        support: body.support.optional("support", &mut faults),
        collections: body.api_collection_ids.optional("api_collection_ids", &mut faults),
    };
    faults.check()?;
    let portal = management.actions.update_portal(caller.actor(), id, patch).await?;
    Ok(Tagged(portal.updated_at, Data { data: ApiPortal::new(&management, caller.zone(), portal) }))
}

/// Deletes a developer portal in which no client is managed.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_portals/{api_portal_id}",
    tag = "Portals",
    params(PortalPath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing, Refused),
)]
pub(crate) async fn delete_api_portal(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_portal(caller.actor(), path.api_portal_id).await?;
    Ok(SUCCESS)
}
