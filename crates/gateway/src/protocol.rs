//! Whether a request is one thing to every reader. What is not is refused before anything else:
//! two readers that disagree about a message are how requests are smuggled.

use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderMap, Version};
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
    /// Name and value of the largest header together, in bytes.
    largest: usize,
}

impl<'h> Survey<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        let mut survey = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            survey.largest = survey.largest.max(name.len() + value.len());
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
                _ => {}
            }
        }
        survey
    }
}

/// Checks a request and reads its method.
pub(crate) fn check(parts: &Parts, framing: Framing, max_header_bytes: usize) -> Result<Method, Refusal> {
    let method = Method::from_request(parts.method.as_str()).ok_or(Refusal::MethodUnknown)?;
    let survey = Survey::of(&parts.headers);
    check_framing(&survey, framing)?;
    check_host(&survey, parts)?;
    if survey.largest > max_header_bytes {
        return Err(Refusal::HeaderTooLarge);
    }
    if survey.has_connection && connection_options(&parts.headers).any(is_end_to_end) {
        return Err(Refusal::Malformed("`Connection` names a header that is not about the connection"));
    }
    Ok(method)
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

/// One `Host` (RFC 9112, section 3.2), and the same authority in the target if it has one.
fn check_host(survey: &Survey<'_>, parts: &Parts) -> Result<(), Refusal> {
    if survey.hosts > 1 {
        return Err(Refusal::Malformed("the request has two hosts"));
    }
    match survey.host {
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
    match (authority, survey.host) {
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
