//! `If-Match`: a change of what was seen, and of nothing else (RFC 9110, section 13.1.1). A route says by
//! one of these parameters that it minds the header, and the guard does the rest.

use actions::Expected;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use jiff::Timestamp;
use utoipa::IntoParams;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{RefOr, Required};

/// The name of the header.
const NAME: &str = "If-Match";

/// For routes of clients that exist, which do not send it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes a header")]
pub(crate) struct MayMatch {
    /// The `ETag` of what the caller saw. If something else is there by now, nothing is done.
    #[param(rename = "If-Match", value_type = Option<String>)]
    tag: Option<String>,
}

/// For all other routes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes a header")]
pub(crate) struct MustMatch {
    /// The `ETag` of what the caller saw, or `*` for whatever is there. If something else is there by
    /// now, nothing is done.
    #[param(rename = "If-Match", value_type = String)]
    tag: String,
}

/// Whether an operation is done only with the header.
pub(crate) fn is_required(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(one) => {
            one.name == NAME && one.parameter_in == ParameterIn::Header && one.required == Required::True
        }
        RefOr::Ref(_) => false,
    })
}

/// What the caller saw; nothing in particular without the header or with `*`. A tag that is none of ours
/// is the tag of nothing.
pub(crate) fn expected(headers: &HeaderMap) -> Option<Expected> {
    let mut values = headers.get_all(IF_MATCH).iter().peekable();
    values.peek()?;
    let tags: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .collect();
    if tags == ["*"] {
        return None;
    }
    let state = |tag: &str| {
        let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
        Timestamp::from_microsecond(digits.parse().ok()?).ok()
    };
    Some(Expected(tags.into_iter().filter_map(state).collect()))
}
