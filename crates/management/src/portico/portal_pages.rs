//! `/api/portico/v1/api_portals/{api_portal_id}/pages`: texts of a portal's own.

use actions::{Faults, PortalPageDraft, PortalPagePatch};
use axum::extract::State;
use model::id::{PortalId, PortalPageId};
use model::portal::PortalPage;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::api_portals::{PortalPath, find};
use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::given::Given;
use crate::matching::MustMatch;
use crate::page::{Listed, PageQuery};
use crate::problem::{Conflict, Missing, Problem, Refused};
use crate::request::{Body, Path, Query};
use crate::zone::Zone;

/// A text of a portal's own, such as its terms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiPortalPage {
    /// Its id.
    #[schema(value_type = i64, example = 5)]
    id: PortalPageId,
    /// The last part of its address; unique in the portal.
    #[schema(example = "terms")]
    slug: String,
    /// Its heading.
    #[schema(example = "Terms of use")]
    title: String,
    /// Its text, in Markdown.
    #[schema(example = "# Terms of use\n\nBe kind.")]
    content: String,
    /// Its place among the pages; smaller ones come first.
    #[schema(example = 1)]
    position: i64,
    /// When it was made.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    updated_at: String,
}

impl ApiPortalPage {
    fn new(zone: &Zone, page: PortalPage) -> Self {
        Self {
            id: page.id,
            slug: page.slug,
            title: page.title,
            content: page.content,
            position: page.position,
            created_at: zone.time(page.created_at),
            updated_at: zone.time(page.updated_at),
        }
    }
}

/// Lists the pages of a portal, in their order.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_portals/{api_portal_id}/pages",
    tag = "Portals",
    params(PortalPath, PageQuery),
    responses((status = OK, description = "One page of pages", body = Listed<ApiPortalPage>), Missing),
)]
pub(crate) async fn list_api_portal_pages(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ApiPortalPage>>, Problem> {
    let page = page.page()?;
    let portal = find(&management, &caller, path.api_portal_id).await?;
    let pages = store::portal_pages::list(&management.db, portal.id, page).await?;
    Ok(Answer(Listed::new(pages, page, |page| ApiPortalPage::new(caller.zone(), page))))
}

/// A page to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewApiPortalPage {
    /// The last part of its address; unique in the portal.
    #[schema(value_type = String, example = "terms", min_length = 1, max_length = 63)]
    slug: Given<String>,
    /// Its heading.
    #[schema(value_type = String, example = "Terms of use", min_length = 1, max_length = 255)]
    title: Given<String>,
    /// Its text, in Markdown.
    #[schema(value_type = String, example = "# Terms of use\n\nBe kind.", max_length = 100_000)]
    content: Given<String>,
    /// Its place among the pages; the last one unless given.
    #[schema(value_type = Option<i64>, example = 1, minimum = 0, maximum = 1_000_000)]
    position: Given<i64>,
}

/// Gives a portal a page; it can have 50.
#[utoipa::path(
    post,
    path = "/api/portico/v1/api_portals/{api_portal_id}/pages",
    tag = "Portals",
    params(PortalPath),
    request_body = NewApiPortalPage,
    responses(
        (status = OK, description = "The page", body = Data<ApiPortalPage>),
        Missing,
        Conflict,
        Refused,
    ),
)]
pub(crate) async fn create_api_portal_page(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Body(body): Body<NewApiPortalPage>,
) -> Result<Tagged<Data<ApiPortalPage>>, Problem> {
    let portal = find(&management, &caller, path.api_portal_id).await?.id;
    let mut faults = Faults::default();
    let slug = body.slug.required("slug", &mut faults);
    let title = body.title.required("title", &mut faults);
    let content = body.content.required("content", &mut faults);
    let position = body.position.optional("position", &mut faults);
    faults.check()?;
    let draft = PortalPageDraft {
        slug: slug.unwrap_or_default(),
        title: title.unwrap_or_default(),
        content: content.unwrap_or_default(),
        position,
    };
    let page = management.actions.create_portal_page(caller.actor(), portal, draft).await?;
    Ok(Tagged(page.updated_at, Data { data: ApiPortalPage::new(caller.zone(), page) }))
}

/// A page of a portal in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PortalPagePath {
    /// Id of the portal.
    #[param(value_type = i64, example = 37)]
    api_portal_id: PortalId,
    /// Id of the page.
    #[param(value_type = i64, example = 5)]
    page_id: PortalPageId,
}

/// Shows a page of a portal.
#[utoipa::path(
    get,
    path = "/api/portico/v1/api_portals/{api_portal_id}/pages/{page_id}",
    tag = "Portals",
    params(PortalPagePath),
    responses((status = OK, description = "The page", body = Data<ApiPortalPage>), Missing),
)]
pub(crate) async fn get_api_portal_page(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPagePath>,
) -> Result<Tagged<Data<ApiPortalPage>>, Problem> {
    let portal = find(&management, &caller, path.api_portal_id).await?.id;
    let page = store::portal_pages::find(&management.db, portal, path.page_id).await?;
    let page = page.ok_or_else(|| Problem::missing("page of this portal"))?;
    Ok(Tagged(page.updated_at, Data { data: ApiPortalPage::new(caller.zone(), page) }))
}

/// What is to change about a page. What is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApiPortalPageChanges {
    /// The last part of its address; unique in the portal.
    #[schema(value_type = Option<String>, example = "terms", min_length = 1, max_length = 63)]
    slug: Given<String>,
    /// Its heading.
    #[schema(value_type = Option<String>, example = "Terms of use", min_length = 1, max_length = 255)]
    title: Given<String>,
    /// Its text, in Markdown.
    #[schema(value_type = Option<String>, example = "# Terms of use\n\nBe kind.", max_length = 100_000)]
    content: Given<String>,
    /// Its place among the pages.
    #[schema(value_type = Option<i64>, example = 1, minimum = 0, maximum = 1_000_000)]
    position: Given<i64>,
}

/// Changes a page of a portal.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_portals/{api_portal_id}/pages/{page_id}",
    tag = "Portals",
    params(PortalPagePath, MustMatch),
    request_body = ApiPortalPageChanges,
    responses((status = OK, description = "The page", body = Data<ApiPortalPage>), Missing, Conflict),
)]
pub(crate) async fn update_api_portal_page(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPagePath>,
    Body(body): Body<ApiPortalPageChanges>,
) -> Result<Tagged<Data<ApiPortalPage>>, Problem> {
    let portal = find(&management, &caller, path.api_portal_id).await?.id;
    let mut faults = Faults::default();
    let patch = PortalPagePatch {
        slug: body.slug.optional("slug", &mut faults),
        title: body.title.optional("title", &mut faults),
        content: body.content.optional("content", &mut faults),
        position: body.position.optional("position", &mut faults),
    };
    faults.check()?;
    let page = management.actions.update_portal_page(caller.actor(), portal, path.page_id, patch).await?;
    Ok(Tagged(page.updated_at, Data { data: ApiPortalPage::new(caller.zone(), page) }))
}

/// Takes a page from a portal.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_portals/{api_portal_id}/pages/{page_id}",
    tag = "Portals",
    params(PortalPagePath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_portal_page(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPagePath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.delete_portal_page(caller.actor(), path.api_portal_id, path.page_id).await?;
    Ok(SUCCESS)
}
