//! What answers have in common. Every success is a `200`, also of what makes something: the
//! compatible clients know no other.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// The media type of every answer.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer in compact JSON, with the fields in the order in which they are declared.
pub(crate) struct Answer<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> axum::response::Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => {
                let mut response = Response::new(Body::from(json));
                response.headers_mut().insert(CONTENT_TYPE, JSON);
                response
            }
            Err(error) => Problem::internal(format!("an answer has no JSON form: {error}")).into_response(),
        }
    }
}

/// An answer about one thing, with the `ETag` of the state that it shows: when that was last changed.
pub(crate) struct Tagged<T>(pub(crate) Timestamp, pub(crate) T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> axum::response::Response {
        let Self(updated_at, answer) = self;
        let mut response = Answer(answer).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", updated_at.as_microsecond())) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// One thing, as the second version of the API wraps it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    /// The thing.
    pub(crate) data: T,
}

/// It was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true; what was not done is answered with an error.
    #[schema(example = true)]
    success: bool,
}

/// It was done.
pub(crate) const SUCCESS: Answer<Success> = Answer(Success { success: true });
