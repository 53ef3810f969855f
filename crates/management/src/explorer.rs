//! `/api/docs`: the description of this API as a page, on which an administrator can try it. It holds no
//! secret and needs no token; whoever tries something types theirs.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use swagger_ui_dist::{ApiDefinition, OpenApiSource};

use crate::Management;

/// Scripts and styles from files of this server, requests to this server, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The files change with the version of Portico only.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("private, max-age=3600");

/// The page, its script, and the files of Swagger UI.
pub(crate) fn router() -> Router<Management> {
    // The page that comes with the files has a script in it, which the policy keeps from running.
    let files = swagger_ui_dist::generate_routes(ApiDefinition {
        uri_prefix: "/api/docs/swagger-ui",
        api_definition: OpenApiSource::Uri("/api/openapi.json"),
        title: None,
    });
    let files = files.layer(map_response(async |mut response: Response| {
        response.headers_mut().insert(CACHE_CONTROL, FOR_AN_HOUR);
        guarded(response)
    }));
    Router::new()
        .route("/api/docs", get(page))
        .route("/api/docs/start.js", get(script))
        .route_service("/api/docs/swagger-ui/{file}", files)
}

async fn page() -> Response {
    text("text/html; charset=utf-8", include_str!("explorer/page.html"))
}

async fn script() -> Response {
    text("text/javascript; charset=utf-8", include_str!("explorer/start.js"))
}

fn text(kind: &'static str, text: &'static str) -> Response {
    guarded(([(CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response())
}

fn guarded(mut response: Response) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, HeaderValue::from_static("no-referrer"))];
    response.headers_mut().extend(headers);
    response
}
