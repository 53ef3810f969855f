//! The request target: what of it is matched, and what of it is forwarded.

use memchr::memchr;
use model::CanonicalPath;
use model::path::PathFault;

use crate::refusal::Refusal;

/// A token in the query is not taken as a credential; it is not forwarded either. Written with a hyphen, as
/// the header is, it is the same.
const SECRET_PARAMETER: &[u8] = b"api_token";

/// A target in origin form, read once for everything that goes by it.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) path: CanonicalPath<'a>,
    /// As it was sent.
    pub(crate) query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Path and query as they were sent; refuses a path that has no canonical form.
    pub(crate) fn parse(target: &'a str) -> Result<Self, Refusal> {
        let (raw, query) = split(target);
        let path = CanonicalPath::parse(raw).map_err(|fault| Refusal::Malformed(text(fault)))?;
        Ok(Self { path, query })
    }
}

/// Constant texts for the log.
const fn text(fault: PathFault) -> &'static str {
    match fault {
        PathFault::NotAbsolute => "the path does not begin with a slash",
        PathFault::BadEscape => "the path has a bad escape",
        PathFault::HiddenSlash => "the path has an escaped slash or a backslash",
        PathFault::Control => "the path has a control character",
        PathFault::Climbs => "the path climbs",
        PathFault::Fragment => "the path has a fragment",
    }
}

/// Splits a target in origin form into path and query.
fn split(target: &str) -> (&str, Option<&str>) {
    match memchr(b'?', target.as_bytes()) {
        Some(end) => (&target[..end], Some(&target[end + 1..])),
        None => (target, None),
    }
}

/// Workspace and collection of a canonical path, as one piece with the slash between them, and
/// the rest: empty, or beginning with a slash.
pub(crate) fn collection(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let first = memchr(b'/', path.as_bytes())?;
    let second = memchr(b'/', &path.as_bytes()[first + 1..]).map_or(path.len(), |at| first + 1 + at);
    (second > first + 1).then(|| path.split_at(second))
}

/// The target that goes upstream: the base URL's path, the endpoint's path and the query less
/// the parameter that could carry a token.
pub(crate) fn upstream(base: &str, path: &str, query: Option<&str>) -> String {
    // Nearly always the exact length, with which the text becomes the request's without a copy.
    let length = base.len() + path.len() + query.map_or(0, |query| 1 + query.len());
    let mut target = String::with_capacity(length);
    target.push_str(base);
    target.push_str(path);
    if target.is_empty() {
        target.push('/');
    }
    if let Some(query) = query {
        push_query(query, &mut target);
    }
    target
}

fn push_query(query: &str, target: &mut String) {
    if !query.split('&').any(is_secret) {
        target.push('?');
        target.push_str(query);
        return;
    }
    let mut separator = '?';
    for parameter in query.split('&').filter(|parameter| !is_secret(parameter)) {
        target.push(separator);
        target.push_str(parameter);
        separator = '&';
    }
}

/// Whether the name of a parameter is [`SECRET_PARAMETER`], escaped or not, in any case.
fn is_secret(parameter: &str) -> bool {
    let mut bytes = parameter.bytes();
    let mut name = std::iter::from_fn(|| match bytes.next()? {
        b'=' => None,
        b'%' => {
            let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
            let value = digit()? * 16 + digit()?;
            u8::try_from(value).ok()
        }
        byte => Some(byte),
    });
    let begins = SECRET_PARAMETER.iter().all(|expected| {
        name.next()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(expected) || (*expected, byte) == (b'_', b'-'))
    });
    begins && name.next().is_none()
}

#[cfg(test)]
mod tests;
