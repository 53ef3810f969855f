//! What of a message's headers goes on to the other side, and what the gateway adds.

use http::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, VIA,
};
use http::{HeaderMap as Headers, Version};

use crate::credential::API_TOKEN;

/// The call's id, on every answer and on every request upstream.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What is the same for all calls of a connection.
#[derive(Debug)]
pub(crate) struct CallerValues {
    /// The caller's address. What a caller says of itself counts for nothing.
    pub(crate) forwarded_for: HeaderValue,
    pub(crate) proto: HeaderValue,
}

/// What differs from call to call.
pub(crate) struct CallValues<'a> {
    pub(crate) request_id: &'a HeaderValue,
    /// Host and port of the upstream.
    pub(crate) host: HeaderValue,
    /// In which version of HTTP the call came.
    pub(crate) version: Version,
    /// Whether `Authorization` carried our credential.
    pub(crate) in_authorization: bool,
    /// Whether the body comes without its length.
    pub(crate) is_chunked: bool,
}

/// Turns the headers of a call into those of the request upstream: first takes away what only
/// concerns this connection, what carried the credential and what upstreams could take for our
/// word; then adds what is our word.
pub(crate) fn to_upstream(headers: &mut Headers, caller: &CallerValues, call: CallValues<'_>) {
    strip_hop_by_hop(headers, is_for_us_only);
    if call.in_authorization {
        headers.remove(AUTHORIZATION);
    }

    if let Some(host) = headers.insert(HOST, call.host) {
        headers.insert(X_FORWARDED_HOST, host);
    }
    headers.insert(X_FORWARDED_FOR, caller.forwarded_for.clone());
    headers.insert(X_FORWARDED_PROTO, caller.proto.clone());
    headers.insert(X_REQUEST_ID, call.request_id.clone());
    let via = if call.version == Version::HTTP_10 { "1.0 portico" } else { "1.1 portico" };
    headers.append(VIA, HeaderValue::from_static(via));
    if call.is_chunked {
        // Said here because hyper assumes that a GET without a length has no body.
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

/// Turns the headers of an upstream's answer into those of ours.
pub(crate) fn to_caller(headers: &mut Headers, request_id: HeaderValue) {
    strip_hop_by_hop(headers, |_| false);
    headers.insert(X_REQUEST_ID, request_id);
}

/// Whether a header of a call must not reach an upstream: it is about the caller's identity, and
/// upstreams trust us for that. Names with an underscore are the same as those with a hyphen to
/// some of them.
fn is_for_us_only(name: &str) -> bool {
    match name.as_bytes() {
        [b'x', b'-', ..] => {
            name.starts_with("x-forwarded-")
                || name.starts_with("x-portico-")
                || name == "x-real-ip"
                || name.contains('_')
        }
        _ => name == API_TOKEN || name == "forwarded" || name == "expect" || name.contains('_'),
    }
}

/// Whether a header is about one connection only (RFC 9110, section 7.6.1), or announces
/// trailers, which are not passed on.
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Whether `Connection` must not name this header: taking it away would change what the message
/// is, or whose it is.
pub(crate) fn is_end_to_end(name: &[u8]) -> bool {
    const EXACT: [&str; 11] = [
        "content-length",
        "transfer-encoding",
        "content-type",
        "content-encoding",
        "host",
        "authorization",
        "api-token",
        "cookie",
        "forwarded",
        "x-real-ip",
        "x-request-id",
    ];
    const PREFIXES: [&str; 2] = ["x-forwarded-", "x-portico-"];
    let begins = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    EXACT.iter().any(|exact| name.eq_ignore_ascii_case(exact.as_bytes())) || PREFIXES.into_iter().any(begins)
}

/// The names in the values of `Connection`.
pub(crate) fn connection_options(headers: &Headers) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONNECTION).into_iter();
    values.flat_map(|value| value.as_bytes().split(|&byte| byte == b',')).map(<[u8]>::trim_ascii)
}

/// Takes away what concerns one connection only, and whatever else `goes`.
fn strip_hop_by_hop(headers: &mut Headers, goes: impl Fn(&str) -> bool) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<_> =
            connection_options(headers).filter_map(|name| HeaderName::from_bytes(name).ok()).collect();
        for name in named {
            headers.remove(name);
        }
    }
    strip(headers, |name| is_hop_by_hop(name) || goes(name));
}

/// Takes away every header whose name `goes`. Most messages have none or few such, so they are
/// looked for one after the other and nothing is set aside.
fn strip(headers: &mut HeaderMap, goes: impl Fn(&str) -> bool) {
    while let Some(name) = headers.keys().find(|name| goes(name.as_str())).cloned() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
