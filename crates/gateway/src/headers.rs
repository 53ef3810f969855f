//! What of a message's headers goes on to the other side, and what the gateway adds.

use std::net::IpAddr;

use http::header::{
    CONNECTION, COOKIE, HOST, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use http::{HeaderMap as Headers, Version};

use crate::credential::API_TOKEN;

/// The call's id, on every answer and on every request upstream.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What upstreams are told of the caller. Mostly the same for all calls of a connection.
#[derive(Debug, Clone)]
pub(crate) struct CallerValues {
    /// The caller's address. What a caller says of itself counts for nothing.
    pub(crate) forwarded_for: HeaderValue,
    pub(crate) proto: HeaderValue,
}

/// An address as a header's value.
pub(crate) fn address_value(address: IpAddr) -> HeaderValue {
    HeaderValue::try_from(address.to_string()).expect("an address is a header value")
}

/// What differs from call to call.
pub(crate) struct CallValues<'a> {
    pub(crate) request_id: &'a HeaderValue,
    /// Host and port of the upstream.
    pub(crate) host: &'a HeaderValue,
    /// In which version of HTTP the call came.
    pub(crate) version: Version,
    /// The host that the target names, if it does.
    pub(crate) authority: Option<&'a str>,
    /// The protocol to which the connection is to be switched.
    pub(crate) upgrade: Option<&'a HeaderValue>,
    /// Whether `Authorization` carried our credential.
    pub(crate) in_authorization: bool,
    /// Whether the body comes without its length.
    pub(crate) is_chunked: bool,
}

/// The headers of the request upstream for those of a call: leaves out what only concerns this
/// connection, what carried the credential and what upstreams could take for our word; then adds
/// what is our word.
///
/// The call's own stay as they are. A call that has to be sent again can be made again, so none
/// has to be copied for that in advance, and no header is put into the map only to be taken out.
pub(crate) fn to_upstream(headers: &Headers, caller: &CallerValues, call: &CallValues<'_>) -> Headers {
    /// How many are added at most.
    const ADDED: usize = 10;
    let mut request = Headers::with_capacity(headers.len() + ADDED);
    request.insert(HOST, call.host.clone());
    let mut host = None;
    let mut has_connection = false;
    let (mut has_trailers, mut takes_trailers) = (false, false);
    for (name, value) in headers {
        match name.as_str() {
            "host" => host = Some(value),
            "connection" => has_connection = true,
            "trailer" => has_trailers = true,
            "te" => takes_trailers |= list(value).any(|token| token.eq_ignore_ascii_case(b"trailers")),
            "authorization" if call.in_authorization => {}
            other if is_hop_by_hop(other) || is_for_us_only(other) => {}
            _ => {
                request.append(name, value.clone());
            }
        }
    }
    if has_connection {
        connection_options(headers).filter_map(|name| HeaderName::from_bytes(name).ok()).for_each(|name| {
            request.remove(name);
        });
    }

    if let Some(host) = host.cloned().or_else(|| HeaderValue::from_str(call.authority?).ok()) {
        request.insert(X_FORWARDED_HOST, host);
    }
    request.insert(X_FORWARDED_FOR, caller.forwarded_for.clone());
    request.insert(X_FORWARDED_PROTO, caller.proto.clone());
    request.insert(X_REQUEST_ID, call.request_id.clone());
    let via = match call.version {
        Version::HTTP_10 => "1.0 portico",
        Version::HTTP_2 => "2.0 portico",
        _ => "1.1 portico",
    };
    request.append(VIA, HeaderValue::from_static(via));
    if call.version == Version::HTTP_2 {
        join_cookies(&mut request);
    }
    for_connection(&mut request, call.upgrade, takes_trailers);
    if call.is_chunked && has_trailers {
        announce_trailers(headers, &mut request);
    }
    if call.is_chunked {
        // Said here because hyper assumes that a GET without a length has no body.
        request.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    request
}

/// What is about our connection with the upstream.
fn for_connection(request: &mut Headers, upgrade: Option<&HeaderValue>, takes_trailers: bool) {
    let options = match (upgrade, takes_trailers) {
        (None, false) => return,
        (None, true) => "te",
        (Some(_), false) => "upgrade",
        (Some(_), true) => "te, upgrade",
    };
    request.insert(CONNECTION, HeaderValue::from_static(options));
    if takes_trailers {
        request.insert(TE, HeaderValue::from_static("trailers"));
    }
    if let Some(protocol) = upgrade {
        request.insert(UPGRADE, protocol.clone());
    }
}

/// Puts the pieces into one that HTTP/2 may cut a cookie header into (RFC 9113, section 8.2.3).
fn join_cookies(request: &mut Headers) {
    let mut pieces = request.get_all(COOKIE).into_iter().map(HeaderValue::as_bytes);
    let (Some(first), Some(second)) = (pieces.next(), pieces.next()) else { return };
    let pieces: Vec<_> = [first, second].into_iter().chain(pieces).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
        request.insert(COOKIE, joined);
    }
}

/// Names the trailers that may follow, as far as they may be passed on.
fn announce_trailers(from: &Headers, to: &mut Headers) {
    let names = from.get_all(TRAILER).into_iter().flat_map(list);
    let names: Vec<_> = names
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| may_be_trailer(name.as_str()))
        .map(HeaderValue::from)
        .collect();
    to.remove(TRAILER);
    for name in names {
        to.append(TRAILER, name);
    }
}

/// The trailers that are passed on; `None` if there are none.
pub(crate) fn trailers(mut trailers: Headers) -> Option<Headers> {
    let forbidden: Vec<_> = trailers.keys().filter(|name| !may_be_trailer(name.as_str())).cloned().collect();
    for name in forbidden {
        trailers.remove(name);
    }
    (!trailers.is_empty()).then_some(trailers)
}

/// Whether a field may come after a body. What decides about the message or about who sends it has
/// been looked at by then (RFC 9110, section 6.5.1).
fn may_be_trailer(name: &str) -> bool {
    let is_decisive = matches!(
        name,
        "age"
            | "api-token"
            | "authorization"
            | "cache-control"
            | "content-encoding"
            | "content-length"
            | "content-range"
            | "content-type"
            | "cookie"
            | "date"
            | "expect"
            | "expires"
            | "forwarded"
            | "host"
            | "location"
            | "max-forwards"
            | "pragma"
            | "proxy-authenticate"
            | "range"
            | "retry-after"
            | "set-cookie"
            | "trailer"
            | "vary"
            | "via"
            | "www-authenticate"
            | "x-request-id"
    );
    !is_decisive && !is_hop_by_hop(name) && !is_for_us_only(name) && !name.starts_with("if-")
}

/// Turns the headers of an upstream's answer into those of ours. Most answers have nothing that
/// has to go.
pub(crate) fn to_caller(headers: &mut Headers, request_id: HeaderValue) {
    if headers.keys().any(|name| is_hop_by_hop(name.as_str()) || name == TRAILER) {
        strip_hop_by_hop(headers);
        announce_trailers(&headers.clone(), headers);
    }
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
                || names_another_path(name)
                || has_underscore(name)
        }
        _ => name == API_TOKEN || name == "forwarded" || name == "expect" || has_underscore(name),
    }
}

/// Whether some servers take a header for the path that was asked for. What was checked is the path of the
/// call, and no other may take its place behind us.
fn names_another_path(name: &str) -> bool {
    matches!(
        name,
        "x-original-url" | "x-original-uri" | "x-original-host" | "x-rewrite-url" | "x-envoy-original-path"
    )
}

fn has_underscore(name: &str) -> bool {
    name.as_bytes().contains(&b'_')
}

/// Whether a header is about one connection only (RFC 9110, section 7.6.1).
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authorization"
            | "te"
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
    headers.get_all(CONNECTION).into_iter().flat_map(list)
}

/// What stands between the commas of a value.
fn list(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Takes away what concerns one connection only.
fn strip_hop_by_hop(headers: &mut Headers) {
    let named = connection_options(headers).filter_map(|name| HeaderName::from_bytes(name).ok());
    let own = headers.keys().filter(|name| is_hop_by_hop(name.as_str())).cloned();
    for name in named.chain(own).collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
