//! To an identity provider and back.

use actions::Answer;
use axum::http::HeaderMap;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cookie::time::Duration;
use serde::Deserialize;

use super::{Entrance, Way, Why, asking, refused, told};
use crate::request::Query;
use crate::{Oops, cookies, own_path};

/// Ties a sign-in that is under way to the browser that began it.
const COOKIE: &str = "portico_sso";

/// How long that takes at most.
const UNDER_WAY: Duration = Duration::minutes(15);

/// `GET /sign-in/sso`: leads to the provider. What it begins is worth nothing in another browser.
pub(super) async fn depart(entrance: Entrance, Query(way): Query<Way>) -> Result<Response, Oops> {
    let next = own_path(&way.next);
    let invitation = Some(way.invitation.as_str()).filter(|token| !token.is_empty());
    let begun = entrance.actions.begin_sso(entrance.place(), Some(next), invitation, &entrance.whence).await;
    let departure = match begun {
        Ok(departure) => departure,
        Err(fault) => {
            let (status, problem) = told(fault)?;
            let page = asking(&entrance, Why::Entering, (next, ""), Some(problem.clone())).await?;
            return Ok(refused(page.status(status).into_response(), &problem));
        }
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(departure.url.as_str());
    let location = location.map_err(|_| Oops::internal("the provider's address fits in no header"))?;
    response.headers_mut().insert(LOCATION, location);
    let secure = entrance.frame.visit.secure;
    let mut cookie = cookies::own(COOKIE, departure.browser.expose(), secure);
    cookie.set_max_age(UNDER_WAY);
    cookies::set(response.headers_mut(), &cookie);
    Ok(response)
}

/// What a provider sends back with the browser.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /sign-in/sso/callback`
pub(super) async fn arrive(
    entrance: Entrance,
    Query(sent): Query<Sent>,
    headers: HeaderMap,
) -> Result<Response, Oops> {
    let browser = cookies::find(&headers, COOKIE).unwrap_or_default();
    let answer = Answer { state: sent.state, code: sent.code, iss: sent.iss, error: sent.error };
    let held = entrance.held.as_deref();
    let arrived =
        entrance.actions.finish_sso(entrance.place(), &answer, browser, &entrance.whence, held).await;
    let mut response = match arrived {
        Ok(signed_in) => entrance.enter(&signed_in),
        Err(fault) => {
            let (status, problem) = told(fault)?;
            let page = asking(&entrance, Why::Entering, ("", ""), Some(problem.clone())).await?;
            refused(page.status(status).into_response(), &problem)
        }
    };
    let gone = cookies::gone(COOKIE, entrance.frame.visit.secure);
    cookies::set(response.headers_mut(), &gone);
    Ok(response)
}
