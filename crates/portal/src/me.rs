//! Who is signed in, and for whom they act.

use std::sync::Arc;

use actions::{Actor, Developer, Whence};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::client::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use site::{Frame, Link, Oops, Person, Search, Visit, When, cookies, see};
use store::catalog::Reader;

use crate::Portals;
use crate::here::Here;

/// Where people sign in.
const SIGN_IN: &str = "/sign-in";

/// Where the form that signs people out goes.
const SIGN_OUT: &str = "/sign-out";

/// A developer who is signed in to this portal. Whoever is not is led to where one signs in.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) here: Here,
    pub(crate) visit: Visit,
    pub(crate) developer: Arc<Developer>,
    /// The client that they act for at the moment.
    pub(crate) client: Option<Arc<Client>>,
    user_agent: Option<String>,
    now: Timestamp,
}

/// The frame of whoever was signed in when something went wrong.
#[derive(Clone)]
pub(crate) struct Shown(pub(crate) Frame);

impl FromRequestParts<Portals> for Me {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portals: &Portals) -> Result<Self, Response> {
        let refuse = |oops: Oops| oops.into_response();
        let here = Here::from_request_parts(parts, portals).await.map_err(refuse)?;
        let visit = Visit::from_request_parts(parts, portals).await.map_err(refuse)?;
        let token = cookies::find(&parts.headers, portals.session_cookie());
        let developer = match token {
            Some(token) => {
                portals.actions.developer(&here.portal, token).await.map_err(|error| refuse(error.into()))?
            }
            None => None,
        };
        let Some(developer) = developer else { return Err(turned_away(&visit)) };
        let client = match developer.client {
            Some(id) => store::clients::find(&portals.db, developer.workspace.id, id).await,
            None => Ok(None),
        };
        let client = client.map_err(|error| refuse(error.into()))?.map(|listed| Arc::new(listed.client));
        let user_agent =
            parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let now = portals.environment.now();
        Ok(Self { here, visit, developer: Arc::new(developer), client, user_agent, now })
    }
}

/// To where one signs in, and back afterwards.
fn turned_away(visit: &Visit) -> Response {
    if visit.wants_json {
        let message = "Sign in again, then repeat this.";
        return Oops::new(StatusCode::UNAUTHORIZED, "You are signed out", message).into_response();
    }
    see(&format!("{SIGN_IN}?next={}", utf8_percent_encode(&visit.path, NON_ALPHANUMERIC)))
}

impl Me {
    /// The developer as one who acts.
    pub(crate) fn actor(&self) -> Actor {
        self.developer.actor(self.whence())
    }

    pub(crate) fn whence(&self) -> Whence {
        Whence { address: self.visit.address, user_agent: self.user_agent.clone() }
    }

    /// Whose catalog it is.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            workspace: self.here.workspace.id,
            portal: self.here.portal.id,
            client: self.client.as_ref().map(|client| client.id),
        }
    }

    /// The client that they act for; without one there is nothing to manage.
    pub(crate) fn client(&self) -> Result<&Client, Oops> {
        self.client.as_deref().ok_or_else(|| {
            Oops::new(
                StatusCode::NOT_FOUND,
                "You do not act for an API client yet",
                "Keys and access belong to an API client, and you were not given one. Ask whoever invited you.",
            )
        })
    }

    /// A moment as they see it.
    pub(crate) fn when(&self, at: Timestamp) -> When {
        let zone = TimeZone::get(&self.here.workspace.time_zone).unwrap_or(TimeZone::UTC);
        When::new(at, self.now, zone)
    }

    /// The frame around their pages. `current` is the way in the bar that leads here.
    pub(crate) fn frame(&self, current: &str) -> Frame {
        let user = &self.developer.user;
        let link = |label: &str, href: &str| Link::new(label, href).marked(href == current);
        let name = if user.name.is_empty() { user.email.clone() } else { user.name.clone() };
        Frame {
            nav: vec![link("My APIs", "/"), link("Discover new APIs", "/discover")],
            search: Some(Search {
                action: "/search".to_owned(),
                label: "Search APIs, operations and schemas".to_owned(),
                value: String::new(),
            }),
            person: Some(Person {
                name,
                email: user.email.clone(),
                acts_for: self.client.as_ref().map(|client| client.name.clone()),
                menu: vec![
                    link("Manage API keys", "/keys"),
                    link("My requests", "/requests"),
                    link("Account", "/account"),
                ],
                sign_out: SIGN_OUT.to_owned(),
            }),
            ..self.here.frame(self.visit.clone())
        }
    }

    /// Lets an error keep the bar of whoever sees it.
    pub(crate) fn with_bar(&self, oops: Oops) -> Response {
        let mut response = oops.into_response();
        response.extensions_mut().insert(Shown(self.frame("")));
        response
    }
}

/// JSON for the script.
pub(crate) fn json(value: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
