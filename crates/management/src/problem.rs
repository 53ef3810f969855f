//! Everything that is not a success: the one place that turns errors into answers and names
//! their status codes.

use std::collections::BTreeMap;

use actions::Faults;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{Content, Header, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::answer::JSON;

/// How a caller can prove who it is.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// How long a caller should wait for a store that has to recover.
const RECOVERY_SECONDS: i64 = 5;

/// Why a call was not answered with a success.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    message: String,
    /// The same per field.
    faults: Faults,
    /// For the log only.
    detail: Option<String>,
    /// Seconds after which it can be tried again.
    retry_after: Option<i64>,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), faults: Faults::default(), detail: None, retry_after: None }
    }

    /// The request cannot be read.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// No token, or none that may be used. It does not say which, so that tokens cannot be probed.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// The token's role lacks the privilege. The compatible clients expect a 401 here too.
    pub(crate) fn lacking() -> Self {
        let message = "Unauthorized: the role of this token does not include this action";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// The token is restricted to projects, and this is about more than what lies in some. A 401, as it is
    /// where the role lacks the privilege.
    pub(crate) fn out_of_reach() -> Self {
        let message =
            "Unauthorized: this token is restricted to projects, and this is about the whole workspace";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// No such route, or an id that is none.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    /// There is no such thing in the caller's workspace.
    pub(crate) fn missing(noun: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Not found: there is no such {noun}"))
    }

    /// Too many calls in too short a time.
    pub(crate) fn too_many(retry_after: i64) -> Self {
        let unit = if retry_after == 1 { "second" } else { "seconds" };
        let message = format!("too many requests; try again in {retry_after} {unit}");
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// A change that does not say what it changes.
    pub(crate) fn unconditional() -> Self {
        let message = "send `If-Match` with the `ETag` of what you saw, so that nobody's change is lost; `*` stands for whatever is there";
        Self::new(StatusCode::PRECONDITION_REQUIRED, message)
    }

    /// A call with the same key is not answered yet.
    pub(crate) fn still_running() -> Self {
        let message = "a call with this `Idempotency-Key` is still under way; wait for its answer, or send it again later";
        Self::new(StatusCode::CONFLICT, message)
    }

    /// The key came with another call before.
    pub(crate) fn key_of_another_call() -> Self {
        let message =
            "this `Idempotency-Key` was sent with another call before; give each call a key of its own";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// The call with the key was done, and what it was answered with was too large to be kept.
    pub(crate) fn answer_not_kept() -> Self {
        let message = "the call with this `Idempotency-Key` was done; its answer was too large to be kept, so look at what it made";
        Self::new(StatusCode::CONFLICT, message)
    }

    /// The body is larger than the route takes.
    pub(crate) fn too_large() -> Self {
        let message = "the body is too large; the limit is 1 MB, 10 MB for a logo, and 32 MB where an OpenAPI document is sent";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// The body says that it is something other than JSON.
    pub(crate) fn not_json() -> Self {
        let message = "the body must be JSON; send it with `Content-Type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    /// It took too long and was given up.
    pub(crate) fn late() -> Self {
        let message = "this took longer than 40 seconds and was given up; look whether it was done before you send it again";
        Self::unavailable(message, "the request ran into its deadline")
    }

    /// A mistake of ours. The caller learns where to find what it was.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "");
        Self { detail: Some(detail.into()), ..problem }
    }

    fn unavailable(message: &str, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            retry_after: Some(RECOVERY_SECONDS),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }
}

impl From<actions::Error> for Problem {
    fn from(error: actions::Error) -> Self {
        use actions::Error as E;
        match error {
            E::Missing(noun) => Self::missing(noun),
            E::Forbidden(_) | E::OnlyInPortal => Self::lacking(),
            E::Invalid(faults) => faults.into(),
            E::Unknown(faults) => Self { status: StatusCode::NOT_FOUND, ..faults.into() },
            E::Conflict { field, message } => {
                let faults = Faults::of(field, message);
                let message = faults.to_string();
                Self { faults, ..Self::new(StatusCode::CONFLICT, message) }
            }
            E::Moved(message) => Self::new(StatusCode::PRECONDITION_FAILED, message),
            // What existing clients expect where a folder cannot go.
            E::NotEmpty(message) => Self::new(StatusCode::FORBIDDEN, message),
            E::Refused(message) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, message),
            E::Store(error) => error.into(),
        }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let message = faults.to_string();
        Self { faults, ..Self::bad_request(message) }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        let detail = error.to_string();
        match error {
            E::Taken(_) => {
                let message = "someone else made the same thing at the same moment; look, and try again";
                Self::new(StatusCode::CONFLICT, message)
            }
            E::Full => Self::unavailable(
                "nothing was written, because the disk is full; try again when there is room",
                detail,
            ),
            E::Locked => Self::unavailable("the database is busy; try again in a moment", detail),
            E::ReadOnly(_) => Self::unavailable(
                "nothing was written, because the database can only be read at present",
                detail,
            ),
            E::Unreachable(_) => {
                Self::unavailable("the database cannot be reached; try again in a moment", detail)
            }
            // What waiting does not mend.
            _ => Self::internal(detail),
        }
    }
}

/// What is wrong, for people and for programs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
struct Shown {
    /// What is wrong and what to do, in one sentence.
    #[schema(example = "name can't be blank")]
    message: String,
    /// The same per field, where single fields are wrong.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>, example = json!({ "name": ["can't be blank"] }))]
    errors: Map<String, Value>,
}

/// What the log has to say about an answer; travels with the response to [`complete`].
#[derive(Clone)]
struct Detail(String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = shown(&Shown { message: self.message, errors: by_field(&self.faults) });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, BEARER);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(detail) = self.detail {
            response.extensions_mut().insert(Detail(detail));
        }
        response
    }
}

fn by_field(faults: &Faults) -> Map<String, Value> {
    let mut errors = Map::new();
    for (field, message) in faults.iter() {
        let messages = errors.entry(field).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(messages) = messages {
            messages.push(message.into());
        }
    }
    errors
}

fn shown(problem: &Shown) -> Response {
    let json = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Body::from(json));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Logs what went wrong with us, if anything did, and tells the caller under which id.
pub(crate) fn complete(response: Response, request_id: &str) -> Response {
    let Some(Detail(detail)) = response.extensions().get() else { return response };
    tracing::error!(request_id, detail, "a call could not be answered: {detail}");
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let message = format!("something went wrong here; the log has it under request id {request_id}");
    let mut answer = shown(&Shown { message, errors: Map::new() });
    *answer.status_mut() = response.status();
    answer
}

/// The answer to a path that is none of ours.
pub(crate) async fn no_such_route() -> Problem {
    Problem::not_found()
}

/// The answer to a method that the path does not have; the router adds `Allow`.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed; `Allow` names those that are")
}

/// The problems that the description of this API knows: name, status code, what it is.
const DESCRIBED: [(&str, &str, &str); 13] = [
    ("BadRequest", "400", "The request cannot be read, or a field is wrong; `errors` names it."),
    ("Unauthorized", "401", "No valid token, or its role does not include this action."),
    ("NotEmpty", "403", "It cannot be deleted, because something is in it."),
    (
        "NotFound",
        "404",
        "There is no such thing in this workspace; where the request refers to it, `errors` names the field.",
    ),
    (
        "Conflict",
        "409",
        "The value of a field is taken or contradicts another one, and `errors` names it; or a call with the same `Idempotency-Key` is under way.",
    ),
    ("Moved", "412", "What `If-Match` names is not what is there now."),
    ("TooLarge", "413", "The body is too large."),
    ("NotJson", "415", "The body is not sent as JSON."),
    (
        "Refused",
        "422",
        "The request is sound, but cannot be done in the present state or version; or its `Idempotency-Key` was sent with another call.",
    ),
    ("Unconditional", "428", "It is changed only with `If-Match`."),
    ("TooMany", "429", "Too many requests in too short a time; `Retry-After` says when to try again."),
    ("Internal", "500", "Something went wrong in Portico; the message has the request id."),
    ("Unavailable", "503", "The database cannot do it at present; `Retry-After` says when to try again."),
];

/// The schema of all problems, and its name.
pub(crate) fn schema() -> (String, RefOr<utoipa::openapi::Schema>) {
    use utoipa::PartialSchema as _;
    (Shown::name().into_owned(), Shown::schema())
}

/// All described problems by name, to stand among the components.
pub(crate) fn components() -> impl Iterator<Item = (&'static str, Described)> {
    DESCRIBED.into_iter().map(|(name, status, description)| {
        let content = Content::new(Some(Ref::from_schema_name(Shown::name())));
        let mut response =
            ResponseBuilder::new().description(description).content("application/json", content);
        if status == "401" {
            response = response.header("WWW-Authenticate", Header::default());
        }
        if matches!(status, "429" | "503") {
            response = response.header("Retry-After", number("Seconds after which it can be tried again."));
        }
        if status == "429" {
            let text = |about: &str| {
                let mut header = Header::default();
                header.description = Some(about.to_owned());
                header
            };
            response = response
                .header("RateLimit", text("The calls that are left, and the seconds until all are there again."))
                .header("RateLimit-Policy", text("The calls that can be made at once, and the seconds in which so many are worked off."));
        }
        (name, response.build())
    })
}

fn number(about: &str) -> Header {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build());
    header.description = Some(about.to_owned());
    header
}

fn described(names: &[&str]) -> BTreeMap<String, RefOr<Described>> {
    let named = DESCRIBED.into_iter().filter(|(name, ..)| names.contains(name));
    named.map(|(name, status, _)| (status.to_owned(), Ref::from_response_name(name).into())).collect()
}

/// What every call can be answered with.
pub(crate) fn of_every_call() -> BTreeMap<String, RefOr<Described>> {
    described(&["TooMany", "Internal", "Unavailable"])
}

/// What every call with a token can be answered with.
pub(crate) fn of_every_token() -> BTreeMap<String, RefOr<Described>> {
    described(&["Unauthorized"])
}

/// What every call that can be sent again with a key can be answered with.
pub(crate) fn of_every_key() -> BTreeMap<String, RefOr<Described>> {
    described(&["BadRequest", "Conflict", "Refused"])
}

/// What every call that minds `If-Match` can be answered with.
pub(crate) fn of_every_match(is_required: bool) -> BTreeMap<String, RefOr<Described>> {
    described(if is_required { &["Moved", "Unconditional"] } else { &["Moved"] })
}

/// What every call with a query or a body can be answered with.
pub(crate) fn of_every_input(has_body: bool) -> BTreeMap<String, RefOr<Described>> {
    described(if has_body { &["BadRequest", "TooLarge", "NotJson"] } else { &["BadRequest"] })
}

macro_rules! documented {
    ($($(#[$doc:meta])* $marker:ident $name:literal)*) => {$(
        $(#[$doc])*
        pub(crate) struct $marker;

        impl IntoResponses for $marker {
            fn responses() -> BTreeMap<String, RefOr<Described>> {
                described(&[$name])
            }
        }
    )*};
}

documented! {
    /// Documents a handler that answers for one thing that may not be there.
    Missing "NotFound"
    /// Documents a handler that deletes only what is empty.
    NotEmpty "NotEmpty"
    /// Documents a handler that makes something whose name may be taken.
    Conflict "Conflict"
    /// Documents a handler that minds `If-Match`.
    Moved "Moved"
    /// Documents a handler that may refuse what is sound.
    Refused "Refused"
    /// Documents a handler that checks more than its query and body.
    Invalid "BadRequest"
}

#[cfg(test)]
mod tests;
