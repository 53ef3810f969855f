//! The extractors of this API. They differ from axum's in that their rejections are a
//! [`Problem`].
#![expect(clippy::disallowed_types, reason = "these are the wrappers that everyone else uses")]

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::json;
use crate::problem::Problem;

/// The largest body that is read where it arrives. A larger one takes long enough that other calls
/// would wait for it.
const ASIDE_BYTES: usize = 256 << 10;

/// The parameters of the path. What does not fit is an id that nothing has: a `404`.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

/// The parameters of the query. Unknown ones are ignored.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let cause = text.rsplit(": ").next().unwrap_or_default();
                Err(Problem::bad_request(format!("the query cannot be read: {cause}")))
            }
        }
    }
}

/// The fields of a JSON body. Unknown ones are ignored; no body is one without fields.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = may_be_json(request.headers());
        let bytes = whole(request, state).await?;
        if bytes.len() <= ASIDE_BYTES {
            return fields(&bytes, is_json).map(Self);
        }
        let read = tokio::task::spawn_blocking(move || fields(&bytes, is_json)).await;
        read.map_err(|error| Problem::internal(error.to_string()))?.map(Self)
    }
}

/// A body as it stands, whatever it is.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        whole(request, state).await.map(Self)
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::bad_request("the body broke off before its end; send it again"),
    })
}

fn fields<T: DeserializeOwned>(bytes: &[u8], is_json: bool) -> Result<T, Problem> {
    let fields = if bytes.trim_ascii().is_empty() {
        Value::Object(Map::new())
    } else if is_json {
        json::read(bytes).map_err(Problem::bad_request)?
    } else {
        return Err(Problem::not_json());
    };
    if !fields.is_object() {
        return Err(Problem::bad_request("the body must be a JSON object, such as `{\"name\": \"Sales\"}`"));
    }
    T::deserialize(fields).map_err(|error| Problem::bad_request(format!("the body cannot be read: {error}")))
}

/// Whether a body with these headers can be JSON: it says so, or it says nothing.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(CONTENT_TYPE) else { return true };
    let given = given.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(&*essence, "" | "application/json" | "text/json") || essence.ends_with("+json")
}
