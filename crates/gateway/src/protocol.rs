//! Whether a request is one thing to every reader. What is not is refused before anything else:
//! two readers that disagree about a message are how requests are smuggled.

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderValue, Version};
use model::Method;

use crate::headers::{connection_options, is_end_to_end};
use crate::refusal::Refusal;

/// How many headers about framing stand in the head of a request as it came over the wire. The
/// parser merges or drops some of them before anyone sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Framing {
    pub(crate) lengths: u8,
    pub(crate) codings: u8,
}

/// Checks a request and reads its method.
pub(crate) fn check(parts: &Parts, framing: Framing, max_header_bytes: usize) -> Result<Method, Refusal> {
    let method = Method::from_request(parts.method.as_str()).ok_or(Refusal::MethodUnknown)?;
    check_framing(parts, framing)?;
    check_host(parts)?;
    check_headers(parts, max_header_bytes)?;
    Ok(method)
}

/// One length or one coding (RFC 9112, section 6). A recipient may prefer the coding where both
/// are there; we do not, since the upstream may prefer the length.
fn check_framing(parts: &Parts, framing: Framing) -> Result<(), Refusal> {
    let has_length = framing.lengths > 0 || parts.headers.contains_key(CONTENT_LENGTH);
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return match framing.lengths {
            0 | 1 => Ok(()),
            _ => Err(Refusal::Malformed("the request has two lengths")),
        };
    };
    if has_length {
        return Err(Refusal::Malformed("the request has a length and a transfer coding"));
    }
    if framing.codings > 1 || codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked")
    {
        return Err(Refusal::TransferCoding);
    }
    Ok(())
}

/// One `Host` (RFC 9112, section 3.2), and the same authority in the target if it has one.
fn check_host(parts: &Parts) -> Result<(), Refusal> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = hosts.next().map(HeaderValue::as_bytes);
    if hosts.next().is_some() {
        return Err(Refusal::Malformed("the request has two hosts"));
    }
    match host {
        None if parts.version == Version::HTTP_10 => {}
        None => return Err(Refusal::Malformed("the request has no host")),
        Some(host) if is_host(host) => {}
        Some(_) => return Err(Refusal::Malformed("the host is malformed")),
    }
    let scheme = parts.uri.scheme();
    if scheme.is_some_and(|scheme| *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS) {
        return Err(Refusal::Malformed("the target has a scheme other than HTTP"));
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    match (authority, host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            Err(Refusal::Malformed("the target names another host"))
        }
        (Some(authority), None) if !is_host(authority) => Err(Refusal::Malformed("the host is malformed")),
        _ => Ok(()),
    }
}

/// A name or an address with or without a port. What has other characters could be two hosts to
/// two readers.
fn is_host(host: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~[]:%".contains(byte);
    !host.is_empty() && host.iter().all(is_part)
}

fn check_headers(parts: &Parts, max_header_bytes: usize) -> Result<(), Refusal> {
    let is_large = |name: &str, value: &HeaderValue| name.len() + value.len() > max_header_bytes;
    if parts.headers.iter().any(|(name, value)| is_large(name.as_str(), value)) {
        return Err(Refusal::HeaderTooLarge);
    }
    if parts.headers.contains_key(CONNECTION) && connection_options(&parts.headers).any(is_end_to_end) {
        return Err(Refusal::Malformed("`Connection` names a header that is not about the connection"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
