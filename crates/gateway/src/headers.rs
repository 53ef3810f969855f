//! What of a message's headers goes on to the other side, and what the gateway adds.

use std::collections::HashSet;
use std::net::IpAddr;

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::header::{
    CONNECTION, COOKIE, FORWARDED, HOST, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    VIA,
};
use http::{HeaderMap as Headers, Version};

use crate::credential::API_TOKEN;
use crate::proof::Proof;

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
    /// Whether the call has a `Connection`.
    pub(crate) has_connection: bool,
    /// The protocol to which the connection is to be switched.
    pub(crate) upgrade: Option<&'a HeaderValue>,
    /// Whether `Authorization` carried our credential.
    pub(crate) in_authorization: bool,
    /// What proves to the upstream who calls.
    pub(crate) proof: Option<&'a Proof>,
    /// Whether the body comes without its length.
    pub(crate) is_chunked: bool,
}

/// Where the headers of a request are written to.
pub(crate) trait Head {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue);

    /// A value in pieces, each of which may stand in a value.
    fn put_pieces(&mut self, name: &HeaderName, pieces: &[&[u8]]);
}

impl Head for Headers {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.append(name, value.clone());
    }

    fn put_pieces(&mut self, name: &HeaderName, pieces: &[&[u8]]) {
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(pieces.concat())) {
            self.append(name, value);
        }
    }
}

/// As it is sent, without the blank line at the end.
impl Head for Vec<u8> {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.put_pieces(name, &[value.as_bytes()]);
    }

    fn put_pieces(&mut self, name: &HeaderName, pieces: &[&[u8]]) {
        self.extend_from_slice(name.as_str().as_bytes());
        self.extend_from_slice(b": ");
        pieces.iter().for_each(|piece| self.extend_from_slice(piece));
        self.extend_from_slice(b"\r\n");
    }
}

/// Writes the headers of the request upstream for those of a call: leaves out what only concerns this
/// connection, what carried the credential and what upstreams could take for our word; then adds
/// what is our word.
///
/// The call's own stay as they are. A call that has to be sent again can be made again, so none
/// has to be copied for that in advance, and nothing is written only to be taken out.
pub(crate) fn to_upstream(
    headers: &Headers,
    caller: &CallerValues,
    call: &CallValues<'_>,
    request: &mut impl Head,
) {
    let is_http2 = call.version == Version::HTTP_2;
    let named = named_options(headers, call.has_connection);
    let mut host = None;
    let (mut has_cookies, mut has_trailers, mut takes_trailers) = (false, false, false);
    request.put(&HOST, call.host);
    for (name, value) in headers {
        match name.as_str() {
            "host" => host = Some(value.as_bytes()),
            "trailer" => has_trailers = true,
            "te" => takes_trailers |= list(value).any(|token| token.eq_ignore_ascii_case(b"trailers")),
            // Ours takes its place.
            "x-request-id" => {}
            "cookie" if is_http2 => has_cookies = true,
            "authorization" if call.in_authorization => {}
            other if is_hop_by_hop(other) || is_for_us_only(other) => {}
            _ if named.contains(name) => {}
            _ if call.proof.is_some_and(|proof| proof.name == *name) => {}
            _ => request.put(name, value),
        }
    }
    if has_cookies && !named.contains(&COOKIE) {
        join_cookies(headers, request);
    }

    let host = host.or_else(|| call.authority.map(str::as_bytes));
    if let Some(host) = host {
        request.put_pieces(&X_FORWARDED_HOST, &[host]);
    }
    request.put(&X_FORWARDED_FOR, &caller.forwarded_for);
    request.put(&X_FORWARDED_PROTO, &caller.proto);
    say_forwarded(request, caller, host);
    request.put(&X_REQUEST_ID, call.request_id);
    let via = match call.version {
        Version::HTTP_10 => "1.0 portico",
        Version::HTTP_2 => "2.0 portico",
        _ => "1.1 portico",
    };
    request.put_pieces(&VIA, &[via.as_bytes()]);
    if let Some(proof) = call.proof {
        request.put(&proof.name, &proof.value);
    }
    for_connection(request, call.upgrade, takes_trailers);
    if call.is_chunked {
        if has_trailers {
            announced_trailers(headers).for_each(|name| request.put(&TRAILER, &name));
        }
        // Said here because hyper assumes that a GET without a length has no body.
        request.put_pieces(&TRANSFER_ENCODING, &[b"chunked"]);
    }
}

/// The same as one header (RFC 7239). A host has no character that would have to be escaped in quotes, in
/// which those with a port have to stand.
fn say_forwarded(request: &mut impl Head, caller: &CallerValues, host: Option<&[u8]>) {
    let address = caller.forwarded_for.as_bytes();
    let (open, close): (&[u8], &[u8]) =
        if address.contains(&b':') { (b"for=\"[", b"]\";proto=") } else { (b"for=", b";proto=") };
    let start: [&[u8]; 4] = [open, address, close, caller.proto.as_bytes()];
    match host {
        Some(host) => {
            let [open, address, close, proto] = start;
            request.put_pieces(&FORWARDED, &[open, address, close, proto, b";host=\"", host, b"\""]);
        }
        None => request.put_pieces(&FORWARDED, &start),
    }
}

/// The headers that `Connection` names, and that would go on if it did not.
fn named_options(headers: &Headers, has_connection: bool) -> HashSet<HeaderName, RandomState> {
    if !has_connection {
        return HashSet::default();
    }
    let is_usual = |name: &[u8]| {
        [&b"keep-alive"[..], b"close", b"upgrade", b"te"].iter().any(|usual| name.eq_ignore_ascii_case(usual))
    };
    let named = connection_options(headers).filter(|name| !is_usual(name));
    named.filter_map(|name| HeaderName::from_bytes(name).ok()).collect()
}

/// What is about our connection with the upstream.
fn for_connection(request: &mut impl Head, upgrade: Option<&HeaderValue>, takes_trailers: bool) {
    let options: &[u8] = match (upgrade, takes_trailers) {
        (None, false) => return,
        (None, true) => b"te",
        (Some(_), false) => b"upgrade",
        (Some(_), true) => b"te, upgrade",
    };
    request.put_pieces(&CONNECTION, &[options]);
    if takes_trailers {
        request.put_pieces(&TE, &[b"trailers"]);
    }
    if let Some(protocol) = upgrade {
        request.put(&UPGRADE, protocol);
    }
}

/// Puts the pieces into one that HTTP/2 may cut a cookie header into (RFC 9113, section 8.2.3).
fn join_cookies(headers: &Headers, request: &mut impl Head) {
    let pieces = headers.get_all(COOKIE).into_iter().flat_map(|piece| [&b"; "[..], piece.as_bytes()]);
    let pieces: Vec<_> = pieces.skip(1).collect();
    request.put_pieces(&COOKIE, &pieces);
}

/// The names of the trailers that may follow, as far as they may be passed on.
fn announced_trailers(headers: &Headers) -> impl Iterator<Item = HeaderValue> {
    let names = headers.get_all(TRAILER).into_iter().flat_map(list);
    names
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| may_be_trailer(name.as_str()))
        .map(HeaderValue::from)
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
        let announced: Vec<_> = announced_trailers(headers).collect();
        headers.remove(TRAILER);
        for name in announced {
            headers.append(TRAILER, name);
        }
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
pub(crate) fn strip_hop_by_hop(headers: &mut Headers) {
    let named = connection_options(headers).filter_map(|name| HeaderName::from_bytes(name).ok());
    let own = headers.keys().filter(|name| is_hop_by_hop(name.as_str())).cloned();
    for name in named.chain(own).collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
