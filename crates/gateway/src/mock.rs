//! What mock recipes answer: examples of the collection's document, prepared when the collection
//! is loaded.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use model::{Method, PathTemplate};
use openapi::{Document, MockAnswer};

/// The answers of one operation: those with the lowest status of success, as the document orders
/// them. Never empty.
#[derive(Debug)]
pub(crate) struct Mock {
    answers: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

impl Mock {
    /// `None` if the document has no such operation, or one that never succeeds.
    pub(crate) fn new(document: &Document, method: Method, path: &PathTemplate) -> Option<Self> {
        let answers = answers(document, method, path)?;
        let lowest = answers.iter().map(|answer| answer.status).filter(|s| (200..300).contains(s)).min()?;
        let answers = answers.into_iter().filter(|answer| answer.status == lowest);
        let answers: Vec<_> = answers.filter_map(Prepared::new).collect();
        (!answers.is_empty()).then_some(Self { answers })
    }

    /// The first answer of a type that `accept` takes, or else the first.
    pub(crate) fn answer(&self, accept: Option<&[u8]>) -> Response<Bytes> {
        let taken = |answer: &&Prepared| answer.is_taken_by(accept);
        let chosen = self.answers.iter().find(taken).unwrap_or(&self.answers[0]);
        let mut response = Response::new(chosen.body.clone());
        *response.status_mut() = chosen.status;
        if let Some(content_type) = &chosen.content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type.clone());
        }
        response
    }
}

/// A document writes its paths as it likes; an endpoint has the canonical form of one.
fn answers(document: &Document, method: Method, path: &PathTemplate) -> Option<Vec<MockAnswer>> {
    let method = method.as_str();
    let written = format!("/{path}");
    document.mock(method, &written).or_else(|| {
        let is_it = |text: &str| PathTemplate::parse(text).is_ok_and(|template| template == *path);
        let paths = document.as_value()["paths"].as_object()?;
        paths.keys().filter(|text| is_it(text)).find_map(|text| document.mock(method, text))
    })
}

impl Prepared {
    fn new(answer: MockAnswer) -> Option<Self> {
        Some(Self {
            status: StatusCode::from_u16(answer.status).ok()?,
            content_type: answer.content_type.and_then(|text| HeaderValue::try_from(text).ok()),
            body: answer.body.into(),
        })
    }

    /// Whether one of the ranges in `accept` covers its type (RFC 9110, section 12.5.1). Weights
    /// are not compared; one of zero refuses.
    fn is_taken_by(&self, accept: Option<&[u8]>) -> bool {
        let (Some(accept), Some(own)) = (accept, &self.content_type) else { return true };
        let own = essence(own.as_bytes());
        let kind = own.split(|&byte| byte == b'/').next().unwrap_or_default();
        accept.split(|&byte| byte == b',').any(|range| {
            let wanted = essence(range);
            let covers = wanted == b"*/*"
                || wanted.eq_ignore_ascii_case(own)
                || wanted.strip_suffix(b"/*").is_some_and(|wanted| wanted.eq_ignore_ascii_case(kind));
            covers && !is_refused(range)
        })
    }
}

/// A media type or range without its parameters.
fn essence(range: &[u8]) -> &[u8] {
    range.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Whether a range has the weight zero.
fn is_refused(range: &[u8]) -> bool {
    range.split(|&byte| byte == b';').skip(1).any(|parameter| {
        let parameter = parameter.trim_ascii();
        let weight = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="));
        weight.is_some_and(|weight| weight.iter().all(|byte| matches!(byte, b'0' | b'.')))
    })
}

#[cfg(test)]
mod tests;
