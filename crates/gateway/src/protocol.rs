//! Whether a request is one thing to every reader. What is not is refused before anything else:
//! two readers that disagree about a message are how requests are smuggled.

use http::header::UPGRADE;
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Version};
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

/// What the headers of a request say about the request itself. Found in one pass, which costs less
/// than looking each of them up.
#[derive(Debug, Default)]
struct Survey<'h> {
    hosts: usize,
    host: Option<&'h [u8]>,
    has_length: bool,
    codings: usize,
    coding: Option<&'h [u8]>,
    has_connection: bool,
    has_upgrade: bool,
    /// Name and value of the largest header together, in bytes.
    largest: usize,
    /// Names and values of all headers together.
    total: usize,
}

/// What is not the same for all requests that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) method: Method,
    /// Whether the request names a protocol to switch to.
    pub(crate) has_upgrade: bool,
    /// Whether it says something about its connection.
    pub(crate) has_connection: bool,
}

/// How large heads may be, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) header: usize,
    pub(crate) head: usize,
}

/// How many headers a request may have. The parser of HTTP/1 has the same limit.
const HEADERS: usize = 100;

impl<'h> Survey<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        let mut survey = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            let size = name.len() + value.len();
            survey.largest = survey.largest.max(size);
            survey.total += size;
            match name {
                "host" => {
                    survey.hosts += 1;
                    survey.host = Some(value.as_bytes());
                }
                "content-length" => survey.has_length = true,
                "transfer-encoding" => {
                    survey.codings += 1;
                    survey.coding = Some(value.as_bytes());
                }
                "connection" => survey.has_connection = true,
                "upgrade" => survey.has_upgrade = true,
                _ => {}
            }
        }
        survey
    }
}

/// Checks a request and reads its method.
pub(crate) fn check(parts: &Parts, framing: Framing, sizes: Sizes) -> Result<Checked, Refusal> {
    let method = Method::from_request(parts.method.as_str()).ok_or(Refusal::MethodUnknown)?;
    let survey = Survey::of(&parts.headers);
    check_framing(&survey, framing)?;
    check_host(&survey, parts)?;
    if survey.largest > sizes.header {
        return Err(Refusal::HeaderTooLarge);
    }
    if parts.version == Version::HTTP_2 {
        check_size(&survey, parts, sizes)?;
    }
    if survey.has_connection && connection_options(&parts.headers).any(is_end_to_end) {
        return Err(Refusal::Malformed("`Connection` names a header that is not about the connection"));
    }
    Ok(Checked { method, has_upgrade: survey.has_upgrade, has_connection: survey.has_connection })
}

/// What the parser of HTTP/1 does by itself.
fn check_size(survey: &Survey<'_>, parts: &Parts, sizes: Sizes) -> Result<(), Refusal> {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > sizes.head {
        return Err(Refusal::TargetTooLong);
    }
    if target + survey.total > sizes.head || parts.headers.len() > HEADERS {
        return Err(Refusal::HeaderTooLarge);
    }
    Ok(())
}

/// One length or one coding (RFC 9112, section 6). A recipient may prefer the coding where both
/// are there; we do not, since the upstream may prefer the length.
fn check_framing(survey: &Survey<'_>, framing: Framing) -> Result<(), Refusal> {
    let Some(coding) = survey.coding else {
        return match framing.lengths {
            0 | 1 => Ok(()),
            _ => Err(Refusal::Malformed("the request has two lengths")),
        };
    };
    if framing.lengths > 0 || survey.has_length {
        return Err(Refusal::Malformed("the request has a length and a transfer coding"));
    }
    if framing.codings > 1 || survey.codings > 1 || !coding.eq_ignore_ascii_case(b"chunked") {
        return Err(Refusal::TransferCoding);
    }
    Ok(())
}

/// One `Host` (RFC 9112, section 3.2), and the same authority in the target if it has one. In HTTP/2
/// `:authority` is in its place (RFC 9113, section 8.3.1).
fn check_host(survey: &Survey<'_>, parts: &Parts) -> Result<(), Refusal> {
    if survey.hosts > 1 {
        return Err(Refusal::Malformed("the request has two hosts"));
    }
    match survey.host {
        None if parts.version == Version::HTTP_10 => {}
        None if parts.version == Version::HTTP_2 && parts.uri.authority().is_some() => {}
        None => return Err(Refusal::Malformed("the request has no host")),
        Some(host) if is_host(host) => {}
        Some(_) => return Err(Refusal::Malformed("the host is malformed")),
    }
    let scheme = parts.uri.scheme();
    if scheme.is_some_and(|scheme| *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS) {
        return Err(Refusal::Malformed("the target has a scheme other than HTTP"));
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    match (authority, survey.host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            Err(Refusal::Malformed("the target names another host"))
        }
        (Some(authority), None) if !is_host(authority) => Err(Refusal::Malformed("the host is malformed")),
        _ => Ok(()),
    }
}

/// The protocol to which the connection is to be switched (RFC 9110, section 7.8), if it is one of
/// those that may be. A request for another one is an ordinary request.
pub(crate) fn upgrade(parts: &Parts, allowed: &[String]) -> Option<HeaderValue> {
    let mut values = parts.headers.get_all(UPGRADE).into_iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let is_allowed = allowed.iter().any(|name| value.as_bytes().eq_ignore_ascii_case(name.as_bytes()));
    let is_asked = connection_options(&parts.headers).any(|name| name.eq_ignore_ascii_case(b"upgrade"));
    (parts.version == Version::HTTP_11 && is_allowed && is_asked).then(|| value.clone())
}

/// A name or an address with or without a port. What has other characters could be two hosts to
/// two readers.
fn is_host(host: &[u8]) -> bool {
    !host.is_empty() && host.iter().all(|byte| HOST_BYTES[usize::from(*byte)])
}

/// Which bytes may stand in a host: every call is asked for all of its.
static HOST_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_sign = matches!(byte, b'-' | b'.' | b'_' | b'~' | b'[' | b']' | b':' | b'%');
        table[byte as usize] = byte.is_ascii_alphanumeric() || is_sign;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;
