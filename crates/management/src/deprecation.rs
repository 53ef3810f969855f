//! The rows that are on their way out: they work, and say so in headers, in the log and in metrics.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::caller::TokenName;

/// RFC 9745, section 2.1: the first of December 2025, at midnight UTC, as a structured date.
const SINCE: HeaderValue = HeaderValue::from_static("@1764547200");

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Where it is said what to do.
const ABOUT: &str = "/api/openapi.json";

/// Each such operation and the path that takes its place.
const SUCCESSORS: [(&str, &str); 8] = [
    ("list_legacy_api_clients", "/api/v2/api_clients"),
    ("create_legacy_api_client", "/api/v2/api_clients"),
    ("list_api_access_profiles", "/api/v2/api_keys"),
    ("create_api_access_profile", "/api/v2/api_clients/{api_client_id}/api_keys"),
    ("update_api_access_profile", "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}"),
    ("enable_api_access_profile", "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/enable"),
    ("disable_api_access_profile", "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/disable"),
    (
        "refresh_api_access_profile_secret",
        "/api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/refresh_secret",
    ),
];

/// The most tokens and rows whose use is remembered as logged.
const REMEMBERED: usize = 10_000;

/// What takes the place of an operation, if it is deprecated.
pub(crate) fn successor(operation: &str) -> Option<&'static str> {
    SUCCESSORS.iter().find(|(name, _)| *name == operation).map(|(_, path)| *path)
}

/// The use of deprecated rows, in this process.
#[derive(Clone, Default)]
pub(crate) struct Deprecations {
    calls: Family<Row, Counter>,
    logged: Arc<Mutex<HashSet<(String, &'static str)>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Row {
    operation: String,
}

impl Deprecations {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "portico_management_deprecated_calls",
            "Calls of operations of the management API that are deprecated",
            self.calls.clone(),
        );
    }

    /// What stands before a deprecated row, or nothing before any other.
    pub(crate) fn notice(&self, operation: &str, sunset: Option<Timestamp>) -> Option<Notice> {
        let (operation, successor) = SUCCESSORS.iter().find(|(name, _)| *name == operation)?;
        let link = format!(
            "<{ABOUT}>; rel=\"deprecation\"; type=\"application/json\", <{}>; rel=\"successor-version\"",
            escaped(successor)
        );
        Some(Notice {
            deprecations: self.clone(),
            operation,
            successor,
            link: HeaderValue::from_str(&link).ok()?,
            sunset: sunset.and_then(|at| HeaderValue::from_str(&http_date(at)).ok()),
        })
    }
}

/// Braces do not stand in a URI reference: RFC 3986, section 2.
fn escaped(path: &str) -> String {
    path.replace('{', "%7B").replace('}', "%7D")
}

/// RFC 9110, section 5.6.7.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What stands before a deprecated row.
#[derive(Clone)]
pub(crate) struct Notice {
    deprecations: Deprecations,
    operation: &'static str,
    successor: &'static str,
    link: HeaderValue,
    sunset: Option<HeaderValue>,
}

/// Says in the answer, the log and the metrics that the row is deprecated: RFC 9745, RFC 8594.
pub(crate) async fn announce(State(notice): State<Notice>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(DEPRECATION, SINCE);
    headers.insert(LINK, notice.link.clone());
    if let Some(sunset) = &notice.sunset {
        headers.insert(SUNSET, sunset.clone());
    }
    // Only those with a token have been let through.
    if let Some(TokenName(token)) = response.extensions().get() {
        notice.count(token);
    }
    response
}

impl Notice {
    fn count(&self, token: &str) {
        self.deprecations.calls.get_or_create(&Row { operation: self.operation.to_owned() }).inc();
        let mut logged = self.deprecations.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() < REMEMBERED && logged.insert((token.to_owned(), self.operation)) {
            tracing::warn!(
                token,
                operation = self.operation,
                successor = self.successor,
                "a deprecated operation of the management API is in use; move to its successor"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_are_those_that_are_meant() {
        let since: Timestamp = "2025-12-01T00:00:00Z".parse().unwrap();
        assert_eq!(SINCE, format!("@{}", since.as_second()));
        assert_eq!(http_date(since), "Mon, 01 Dec 2025 00:00:00 GMT");
    }

    #[test]
    fn every_deprecated_operation_and_its_successor_are_there() {
        let routes = crate::routes();
        for (operation, successor) in SUCCESSORS {
            assert!(routes.iter().any(|route| route.operation == operation), "{operation}");
            assert!(routes.iter().any(|route| route.path == successor), "{successor}");
        }
    }
}
