//! What every page about signing in needs, whichever site it is of.

use std::sync::Arc;

use actions::{Actions, Place, SignedIn, Whence};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::response::Response;
use cookie::time::OffsetDateTime;
use model::identity::Session;
use model::portal::Portal;

use crate::{Frame, Oops, Visit, cookies, own_path, see};

/// A site that people sign in to.
pub trait Entrances: Clone + Send + Sync + 'static {
    /// Its entrance, for this request.
    fn entrance(&self, parts: &mut Parts) -> impl Future<Output = Result<Entrance, Oops>> + Send;
}

/// Where somebody comes in.
#[derive(Clone)]
pub struct Entrance {
    /// What may be done.
    pub actions: Actions,
    /// The portal; none for the console.
    pub portal: Option<Arc<Portal>>,
    /// What its pages begin with: empty, or a path such as `/console`.
    pub base: &'static str,
    /// What surrounds its pages.
    pub frame: Frame,
    /// The cookie that holds its sessions.
    pub session_cookie: &'static str,
    /// From where and with what somebody comes.
    pub whence: Whence,
    /// What the browser holds already, if it does.
    pub held: Option<String>,
}

impl Entrance {
    /// The entrance of a request to a site.
    pub fn new(
        actions: Actions,
        portal: Option<Arc<Portal>>,
        (base, session_cookie): (&'static str, &'static str),
        frame: Frame,
        headers: &HeaderMap,
    ) -> Self {
        let held = cookies::find(headers, session_cookie).map(str::to_owned);
        let whence = whence(&frame.visit, headers);
        Self { actions, portal, base, frame, session_cookie, whence, held }
    }

    /// The place, as actions call it.
    pub fn place(&self) -> Place<'_> {
        self.portal.as_deref().map_or(Place::Console, Place::Portal)
    }

    /// Where one is after signing in, unless one wanted to go elsewhere.
    pub(super) fn home(&self) -> &str {
        if self.base.is_empty() { "/" } else { self.base }
    }

    /// The session of whoever is signed in.
    pub(super) async fn session(&self) -> Result<Option<Session>, Oops> {
        Ok(self.signed_in().await?.map(|(session, _)| session))
    }

    /// Their session, and the address under which they are known.
    pub(super) async fn signed_in(&self) -> Result<Option<(Session, String)>, Oops> {
        let Some(held) = &self.held else { return Ok(None) };
        Ok(match &self.portal {
            Some(portal) => {
                let developer = self.actions.developer(portal, held).await?;
                developer.map(|developer| (developer.session, developer.user.email))
            }
            None => {
                let operator = self.actions.operator(held).await?;
                operator.map(|operator| (operator.session, operator.member.person.email))
            }
        })
    }

    /// Gives the browser its session and leads it on, never to another site.
    pub(super) fn enter(&self, signed_in: &SignedIn) -> Response {
        let next = signed_in.next.as_deref().map(own_path).filter(|next| *next != "/");
        let mut response = see(next.unwrap_or(self.home()));
        let mut cookie = cookies::own(self.session_cookie, signed_in.token.expose(), self.frame.visit.secure);
        if let Ok(end) = OffsetDateTime::from_unix_timestamp(signed_in.expires_at.as_second()) {
            cookie.set_expires(end);
        }
        cookies::set(response.headers_mut(), &cookie);
        response
    }

    /// Takes the session from the browser and leads to where one signs in.
    pub(super) fn leave(&self) -> Response {
        let mut response = see(&format!("{}/sign-in", self.base));
        let cookie = cookies::gone(self.session_cookie, self.frame.visit.secure);
        cookies::set(response.headers_mut(), &cookie);
        response
    }
}

/// From where and with what a request comes.
pub fn whence(visit: &Visit, headers: &HeaderMap) -> Whence {
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Whence { address: visit.address, user_agent }
}

impl<S: Entrances> FromRequestParts<S> for Entrance {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, site: &S) -> Result<Self, Oops> {
        site.entrance(parts).await
    }
}
