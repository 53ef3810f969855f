//! How a portal looks: its colour, seen at once on light and on dark ground, its logo, its favicon.

use actions::{Error, Faults, LogoOf, PortalPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PortalId;
use model::portal::Portal;
use site::brand::{Brand, Legibility};
use site::request::Path;
use site::{Flash, Frame, Oops, Page, Posted, Uploaded, assets};

use super::{Head, PATH, address, find};
use crate::Console;
use crate::me::{Me, Side};
use crate::pictures;

#[derive(Template)]
#[template(path = "admin/portal_branding.html")]
struct Branding {
    frame: Frame,
    side: Side,
    head: Head,
    color: String,
    color_error: Option<String>,
    /// The style sheet that shows the colour within the preview.
    swatch: String,
    seen: Vec<Seen>,
    sign: String,
    favicon: Option<String>,
    logo_error: Option<String>,
    favicon_error: Option<String>,
    is_saved: bool,
    may_manage: bool,
}

/// The colour on one ground.
struct Seen {
    class: &'static str,
    ground: &'static str,
    color: String,
    contrast: String,
    own_contrast: String,
    is_changed: bool,
}

impl Seen {
    fn new((class, ground): (&'static str, &'static str), seen: Legibility) -> Self {
        Self {
            class,
            ground,
            color: seen.color,
            contrast: format!("{:.1}", seen.contrast),
            own_contrast: format!("{:.1}", seen.own_contrast),
            is_changed: seen.is_changed,
        }
    }
}

/// The page with this colour in the field, or the portal's own.
async fn page(
    console: &Console,
    me: &Me,
    portal: &Portal,
    color: Option<&str>,
    fault: Option<&Faults>,
) -> Result<Page<Branding>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let color = color.unwrap_or(&portal.brand_color).trim().to_lowercase();
    let brand = Brand::of(&color);
    let [light, dark] = brand.legibility();
    let said = |field: &str| {
        let found = fault.and_then(|faults| faults.iter().find(|(own, _)| *own == field));
        found.map(|(_, message)| message.to_owned())
    };
    let page = Branding {
        frame,
        side,
        head: Head::of(console, me, portal, "branding"),
        color_error: said("brand_color").map(|message| format!("The colour {message}.")),
        swatch: assets::swatch_url(brand),
        seen: vec![
            Seen::new(("light", "On light ground"), light),
            Seen::new(("dark", "On dark ground"), dark),
        ],
        sign: Frame::new(portal.name.clone(), brand, me.visit.clone()).sign(),
        favicon: portal.favicon.map(|digest| crate::clients::picture(&digest)),
        logo_error: said("logo").map(|message| format!("The file {message}.")),
        favicon_error: said("favicon").map(|message| format!("The file {message}.")),
        is_saved: color == portal.brand_color,
        may_manage: me.may(Privilege::ManagePortals),
        color,
    };
    Ok(Page::new(page).unprocessable_if(fault.is_some()))
}

/// `GET /console/portals/{id}/branding`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    Ok(page(&console, &me, &portal, None, None).await?.into_response())
}

/// `POST /console/portals/{id}/branding`: saves the colour, or only shows it.
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let color = fields.text("color").trim();
    if fields.has("preview") {
        return Ok(page(&console, &me, &portal, Some(color), None).await?.into_response());
    }
    let patch = PortalPatch { brand_color: Some(color.to_owned()), ..PortalPatch::default() };
    match console.actions.update_portal(&me.actor(), id, patch).await {
        Ok(_) => Ok(Flash::good("The colour is saved.").then(&address(id, "branding"), me.visit.secure)),
        Err(Error::Invalid(faults)) => {
            Ok(page(&console, &me, &portal, Some(color), Some(&faults)).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/portals/{id}/logo`
pub(super) async fn put_logo(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    form: Uploaded,
) -> Result<Response, Oops> {
    put(&console, &me, id, form, "logo").await
}

/// `POST /console/portals/{id}/favicon`
pub(super) async fn put_favicon(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    form: Uploaded,
) -> Result<Response, Oops> {
    put(&console, &me, id, form, "favicon").await
}

/// Gives the portal the picture that was chosen, or takes the present one away.
async fn put(
    console: &Console,
    me: &Me,
    id: PortalId,
    form: Uploaded,
    what: &'static str,
) -> Result<Response, Oops> {
    let portal = find(console, me, id).await?;
    let of = if what == "logo" { LogoOf::Portal(id) } else { LogoOf::Favicon(id) };
    match pictures::put(console, me, of, form, what).await? {
        Ok(flash) => Ok(flash.then(&address(id, "branding"), me.visit.secure)),
        Err(faults) => Ok(page(console, me, &portal, None, Some(&faults)).await?.into_response()),
    }
}
