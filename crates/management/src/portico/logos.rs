//! Logos of clients and portals: uploaded as the image itself, and served to everyone under an address
//! that never shows anything else.

use actions::LogoOf;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::logo::Logo;
use model::secret::Digest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::api_portals::{PortalPath, find as find_portal};
use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success, Tagged};
use crate::caller::Caller;
use crate::matching::MustMatch;
use crate::problem::{Invalid, Missing, Problem};
use crate::request::{Path, Raw};
use crate::v2::api_clients::{ClientPath, find as find_client};

/// For a year, which caches take for ever: an address has the digest of what it shows.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Should a browser take an image for a page after all, that page may do nothing.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Where a logo is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Logo)]
pub(crate) struct ShownLogo {
    /// For screens with one dot per pixel: at most 160 pixels wide and high.
    #[schema(example = "https://control.example.com/api/logos/3b1f…")]
    logo: Option<String>,
    /// For screens with two: at most 320 pixels wide and high.
    #[schema(example = "https://control.example.com/api/logos/9c07…")]
    logo_2x: Option<String>,
}

impl ShownLogo {
    fn new(management: &Management, logo: Logo) -> Self {
        Self { logo: Some(management.logo_url(logo.small)), logo_2x: Some(management.logo_url(logo.large)) }
    }
}

impl Management {
    /// Where everyone can see an image.
    pub(crate) fn logo_url(&self, digest: Digest) -> String {
        format!("{}/api/logos/{}", self.settings.control_url, digest.to_hex())
    }

    /// Where everyone can see a logo, in both sizes.
    pub(crate) fn logo_urls(&self, logo: Option<Logo>) -> (Option<String>, Option<String>) {
        logo.map(|logo| (self.logo_url(logo.small), self.logo_url(logo.large))).unzip()
    }
}

/// Gives a client a logo: a PNG or JPEG image of at most 10 MB, drawn anew in two sizes.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_clients/{api_client_id}/logo",
    tag = "Clients",
    params(ClientPath, MustMatch),
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"))),
    responses((status = OK, description = "Where it is shown", body = Data<ShownLogo>), Missing, Invalid),
)]
pub(crate) async fn put_api_client_logo(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
    Raw(image): Raw,
) -> Result<Tagged<Data<ShownLogo>>, Problem> {
    let id = find_client(&management, &caller, path.api_client_id).await?.client.id;
    put(&management, &caller, LogoOf::Client(id), image).await
}

/// Takes the logo of a client away.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_clients/{api_client_id}/logo",
    tag = "Clients",
    params(ClientPath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_client_logo(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<ClientPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.remove_logo(caller.actor(), LogoOf::Client(path.api_client_id)).await?;
    Ok(SUCCESS)
}

/// Gives a portal a logo: a PNG or JPEG image of at most 10 MB, drawn anew in two sizes.
#[utoipa::path(
    put,
    path = "/api/portico/v1/api_portals/{api_portal_id}/logo",
    tag = "Portals",
    params(PortalPath, MustMatch),
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"))),
    responses((status = OK, description = "Where it is shown", body = Data<ShownLogo>), Missing, Invalid),
)]
pub(crate) async fn put_api_portal_logo(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
    Raw(image): Raw,
) -> Result<Tagged<Data<ShownLogo>>, Problem> {
    let id = find_portal(&management, &caller, path.api_portal_id).await?.id;
    put(&management, &caller, LogoOf::Portal(id), image).await
}

/// Takes the logo of a portal away.
#[utoipa::path(
    delete,
    path = "/api/portico/v1/api_portals/{api_portal_id}/logo",
    tag = "Portals",
    params(PortalPath, MustMatch),
    responses((status = OK, description = "It is gone", body = Success), Missing),
)]
pub(crate) async fn delete_api_portal_logo(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<PortalPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.remove_logo(caller.actor(), LogoOf::Portal(path.api_portal_id)).await?;
    Ok(SUCCESS)
}

async fn put(
    management: &Management,
    caller: &Caller,
    of: LogoOf,
    image: axum::body::Bytes,
) -> Result<Tagged<Data<ShownLogo>>, Problem> {
    let (logo, updated_at) = management.actions.set_logo(caller.actor(), of, image.into()).await?;
    Ok(Tagged(updated_at, Data { data: ShownLogo::new(management, logo) }))
}

/// An image in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct LogoPath {
    /// SHA-256 of the image, in hex.
    #[param(example = "3b1f0c5d", pattern = "^[0-9a-f]{64}$")]
    digest: String,
}

/// An image of a logo. Its address is in `logo` and `logo_2x` of clients and portals.
#[utoipa::path(
    get,
    path = "/api/logos/{digest}",
    tag = "Clients",
    params(LogoPath),
    responses(
        (status = OK, description = "The image", content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"))),
        Missing,
    ),
)]
pub(crate) async fn get_logo(
    State(management): State<Management>,
    Path(path): Path<LogoPath>,
) -> Result<Response, Problem> {
    let digest = Digest::from_hex(&path.digest).ok_or_else(Problem::not_found)?;
    let image = store::logos::find(&management.db, digest).await?.ok_or_else(Problem::not_found)?;
    let media_type = HeaderValue::from_str(&image.media_type)
        .map_err(|_| Problem::internal("an image has no media type that can be sent"))?;
    let headers = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, FOR_EVER), (CONTENT_SECURITY_POLICY, NOTHING)];
    Ok((headers, image.bytes).into_response())
}
