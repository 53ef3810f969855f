//! The portal listener. A host without a portal is not found, and no portal is published yet.

use axum::Router;
use axum::http::{HeaderName, StatusCode, header};

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>No developer portal here</title>\
    <h1>No developer portal here</h1>\
    <p>No developer portal is published under this address. If you followed a link, ask whoever sent it.</p></html>";

/// Answers every host and path.
pub(crate) fn router() -> Router {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Router::new().fallback(move || async move { (StatusCode::NOT_FOUND, headers, PAGE) })
}
