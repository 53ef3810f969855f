//! Which portal a request is for: its `Host` says so.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use model::page::Page;
use model::portal::Portal;
use model::secret::Digest;
use model::workspace::Workspace;
use site::brand::Brand;
use site::request::Path;
use site::sign_in::{Entrance, Entrances};
use site::{Frame, Link, Logo, Oops, Visit, assets};

use crate::Portals;

/// How many of a portal's own pages its foot leads to.
const FOOT_LINKS: i64 = 12;

/// The portal that was asked for.
#[derive(Clone)]
pub(crate) struct Here {
    pub(crate) portal: Arc<Portal>,
    pub(crate) workspace: Arc<Workspace>,
    foot: Arc<Vec<Link>>,
}

impl Here {
    /// The portal of a `Host` header. An address literal or a host that is none of a portal's leads to the
    /// only portal, if there is but one.
    pub(crate) async fn find(portals: &Portals, host: &str) -> Result<Option<Self>, Oops> {
        let subdomain = subdomain(&portals.settings.portals_url, host);
        let portal = match subdomain {
            Some(subdomain) => store::portals::by_subdomain(&portals.db, subdomain).await?,
            None => store::portals::only(&portals.db).await?,
        };
        let Some(portal) = portal else { return Ok(None) };
        let Some(workspace) = store::workspaces::find(&portals.db, portal.workspace).await? else {
            return Ok(None);
        };
        let pages = store::portal_pages::list(&portals.db, portal.id, Page::new(1, FOOT_LINKS)).await?;
        let pages = pages.rows.into_iter().map(|page| Link::new(page.title, format!("/pages/{}", page.slug)));
        let foot = pages.chain(portal.support.as_deref().map(support));
        Ok(Some(Self {
            portal: Arc::new(portal),
            workspace: Arc::new(workspace),
            foot: Arc::new(foot.collect()),
        }))
    }

    /// A frame without a person in it.
    pub(crate) fn frame(&self, visit: Visit) -> Frame {
        let logo = self.portal.logo.map(|logo| {
            let address = |digest: Digest| format!("/-/logo/{}", digest.to_hex());
            Logo { src: address(logo.small), src_2x: Some(address(logo.large)) }
        });
        let favicon = self.portal.favicon.map(|digest| format!("/-/logo/{}", digest.to_hex()));
        let brand = Brand::of(&self.portal.brand_color);
        let foot = self.foot.to_vec();
        Frame { logo, favicon, foot, ..Frame::new(self.portal.name.clone(), brand, visit) }
    }
}

/// The way to whoever helps.
fn support(contact: &str) -> Link {
    match contact.contains("://") {
        true => Link::new("Support", contact),
        false => Link::new("Support", format!("mailto:{contact}")),
    }
}

/// What stands in a `Host` header where the address of portals has `{subdomain}`.
fn subdomain<'h>(portals_url: &str, host: &'h str) -> Option<&'h str> {
    let (before, after) = name(portals_url.split_once("://")?.1).split_once("{subdomain}")?;
    name(host).strip_prefix(before)?.strip_suffix(after)
}

/// A host without its port.
fn name(host: &str) -> &str {
    let with_port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    with_port.map_or(host, |(name, _)| name).trim_end_matches('.')
}

impl Entrances for Portals {
    async fn entrance(&self, parts: &mut Parts) -> Result<Entrance, Oops> {
        let here = Here::from_request_parts(parts, self).await?;
        let visit = Visit::from_request_parts(parts, self).await?;
        let portal = Some(Arc::clone(&here.portal));
        let base = ("", self.session_cookie());
        Ok(Entrance::new(self.actions.clone(), portal, base, here.frame(visit), &parts.headers))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Oops> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(|| Oops::internal("a page was asked for outside of a portal"))
    }
}

/// The frame where there is no portal.
pub(crate) fn nowhere(visit: Visit) -> Frame {
    Frame::new("Portico", Brand::of(""), visit)
}

/// `GET /-/logo/{digest}`: the picture of this portal. Its address changes with it.
pub(crate) async fn logo(
    State(portals): State<Portals>,
    here: Here,
    Path(digest): Path<String>,
) -> Result<Response, Oops> {
    let digest = Digest::from_hex(&digest).ok_or_else(Oops::no_page)?;
    let is_ours = here.portal.logo.is_some_and(|logo| logo.small == digest || logo.large == digest)
        || here.portal.favicon == Some(digest);
    let image = match is_ours {
        true => store::logos::find(&portals.db, digest).await?,
        false => None,
    };
    let image = image.ok_or_else(Oops::no_page)?;
    // Whatever was given was decoded and written anew, as one of these.
    let media_type = if image.media_type == "image/jpeg" { "image/jpeg" } else { "image/png" };
    Ok(assets::lasting(media_type, image.bytes))
}

/// The address in a text, without the brackets that IPv6 has in URLs.
pub(crate) fn shown_address(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::subdomain;

    #[test]
    fn a_portal_is_told_by_its_host_whatever_the_port() {
        let local = "http://{subdomain}.localhost:8070";
        assert_eq!(subdomain(local, "idea.localhost:8070"), Some("idea"));
        assert_eq!(subdomain(local, "idea.localhost"), Some("idea"));
        assert_eq!(subdomain("https://{subdomain}.dev.example.com", "idea.dev.example.com."), Some("idea"));
        assert_eq!(subdomain("https://api-{subdomain}.example.com", "api-idea.example.com"), Some("idea"));
        for host in ["127.0.0.1:8070", "[::1]:8070", "localhost:8070", "idea.example.com", ""] {
            assert_eq!(subdomain(local, host), None, "{host}");
        }
        assert_eq!(subdomain("https://one.example", "one.example"), None);
    }
}
