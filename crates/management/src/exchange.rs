//! What happens to every call, whatever its route: an id, a deadline, a line in the log, and the
//! headers that keep answers where they belong.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::Management;
use crate::caller::TokenName;
use crate::problem::{self, Problem};

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(40);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Takes a call through its route and completes the answer.
pub(crate) async fn exchange(State(management): State<Management>, request: Request, next: Next) -> Response {
    let request_id = hex::encode(management.environment.bytes::<16>());
    let method = named(request.method());
    // Never what was asked for: a path may hold the token of a link that was meant for another face or
    // mistyped, and a query the one of a specification.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begin = management.environment.clock.instant();

    let answered = tokio::time::timeout(DEADLINE, next.run(request)).await;
    let response = answered.unwrap_or_else(|_| Problem::late().into_response());
    let mut response = problem::complete(response, &request_id);

    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(X_REQUEST_ID, id);
    }

    let took = management.environment.clock.instant().saturating_duration_since(begin);
    tracing::info!(
        method,
        route = route.as_ref().map(MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        token = response.extensions().get::<TokenName>().map(|name| name.0.as_str()),
        request_id,
        "answered a call of the management API"
    );
    response
}

/// The name of a method as the log shows it: any other one is text that the caller made up.
fn named(method: &Method) -> &'static str {
    const KNOWN: [(&Method, &str); 9] = [
        (&Method::GET, "GET"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::HEAD, "HEAD"),
        (&Method::OPTIONS, "OPTIONS"),
        (&Method::TRACE, "TRACE"),
        (&Method::CONNECT, "CONNECT"),
    ];
    KNOWN.iter().find(|(known, _)| *known == method).map_or("other", |(_, name)| name)
}
