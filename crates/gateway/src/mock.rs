//! What mock recipes answer: the examples of the collection's document, chosen by what the caller
//! accepts and prefers.

mod accept;
mod prefer;
pub(crate) mod shelf;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use openapi::{MockResponse, StandsFor};
use serde_json::json;

use crate::headers::is_hop_by_hop;
use crate::refusal::Refusal;
use accept::Accept;
use prefer::Preferences;

/// How many statuses and names a refusal tells of.
const TOLD: usize = 100;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The answers of one operation. Never empty; the one to give unless another is asked for first.
#[derive(Debug)]
pub(crate) struct Mock {
    answers: Vec<Answer>,
}

/// A response that the document declares.
#[derive(Debug)]
struct Answer {
    status: u16,
    stands_for: StandsFor,
    headers: Vec<(HeaderName, HeaderValue)>,
    contents: Vec<Content>,
}

/// A body that it can have.
#[derive(Debug)]
struct Content {
    content_type: Option<HeaderValue>,
    name: Option<Box<str>>,
    body: Bytes,
}

/// What a call to a mock is answered.
pub(crate) struct Reply {
    pub(crate) response: Response<Bytes>,
    /// If it is not what was asked for.
    pub(crate) refusal: Option<Refusal>,
}

impl Mock {
    /// `None` if nothing is declared. `keep` gives a body a place; equal ones may share it.
    pub(crate) fn new(responses: Vec<MockResponse>, mut keep: impl FnMut(Vec<u8>) -> Bytes) -> Option<Self> {
        let answers: Vec<_> = responses
            .into_iter()
            .map(|response| Answer {
                status: response.status,
                stands_for: response.stands_for,
                headers: response.headers.iter().filter_map(declared).collect(),
                contents: response
                    .contents
                    .into_iter()
                    .map(|content| Content {
                        content_type: content.content_type.and_then(|text| HeaderValue::try_from(text).ok()),
                        name: content.name.map(String::into_boxed_str),
                        body: keep(content.body),
                    })
                    .collect(),
            })
            .collect();
        (!answers.is_empty()).then_some(Self { answers })
    }

    /// Answers a call with these headers.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Reply {
        let preferences = Preferences::of(headers);
        match self.choose(&preferences, headers) {
            Ok((answer, status, content)) => {
                let mut response = answer.respond(status, content);
                if let Some(applied) = preferences.applied() {
                    response.headers_mut().insert(PREFERENCE_APPLIED, applied);
                }
                Reply { response, refusal: None }
            }
            Err(refusal) => Reply { response: self.refuse(refusal), refusal: Some(refusal) },
        }
    }

    fn choose(
        &self,
        preferences: &Preferences,
        headers: &HeaderMap,
    ) -> Result<(&Answer, u16, Option<&Content>), Refusal> {
        let named = |content: &&Content| preferences.names(content.name.as_deref());
        let (answer, status) = match preferences.status() {
            Some(status) => (self.of_status(status).ok_or(Refusal::NoSuchAnswer)?, status),
            None => {
                let has_it = |answer: &&Answer| answer.contents.iter().any(|content| named(&content));
                let first = self.answers.first().filter(|_| !preferences.name_one());
                let answer = first.or_else(|| self.answers.iter().find(has_it));
                let answer = answer.ok_or(Refusal::NoSuchAnswer)?;
                (answer, answer.status)
            }
        };
        let contents: Vec<_> = answer.contents.iter().filter(named).collect();
        if contents.is_empty() {
            // An example was asked for that is not there; or there is no body at all.
            return if preferences.name_one() {
                Err(Refusal::NoSuchAnswer)
            } else {
                Ok((answer, status, None))
            };
        }
        let types = contents.iter().map(|content| content.content_type.as_ref().map(HeaderValue::as_bytes));
        let best = Accept::of(headers.get_all(ACCEPT)).best(types);
        // An error in another form tells more than that there is none in this one (RFC 9110,
        // section 15.5.7).
        let best = best.or((status >= 400).then_some(0));
        let content = best.and_then(|best| contents.get(best)).ok_or(Refusal::NotAcceptable)?;
        Ok((answer, status, Some(content)))
    }

    /// The response for a status: the one that has it, else its range, else `default`.
    fn of_status(&self, status: u16) -> Option<&Answer> {
        let find = |stands_for, is_it: &dyn Fn(&Answer) -> bool| {
            self.answers.iter().find(|answer| answer.stands_for == stands_for && is_it(answer))
        };
        find(StandsFor::Itself, &|answer| answer.status == status)
            .or_else(|| find(StandsFor::Class, &|answer| answer.status / 100 == status / 100))
            .or_else(|| find(StandsFor::Others, &|_| (200..600).contains(&status)))
    }

    /// Says what there is instead.
    fn refuse(&self, refusal: Refusal) -> Response<Bytes> {
        let mut response = refusal.respond();
        let mut body: serde_json::Value = serde_json::from_str(refusal.body()).unwrap_or_default();
        let contents = || self.answers.iter().flat_map(|answer| &answer.contents);
        if refusal == Refusal::NotAcceptable {
            let mut types: Vec<_> =
                contents().filter_map(|content| content.content_type.as_ref()?.to_str().ok()).collect();
            types.sort_unstable();
            types.dedup();
            body["content_types"] = json!(types);
        } else {
            let statuses: Vec<_> = self.answers.iter().map(Answer::shown_status).collect();
            let mut examples: Vec<_> = contents().filter_map(|content| content.name.as_deref()).collect();
            examples.sort_unstable();
            examples.dedup();
            examples.truncate(TOLD);
            body["statuses"] = json!(statuses);
            body["examples"] = json!(examples);
        }
        *response.body_mut() = body.to_string().into();
        response
    }
}

impl Answer {
    fn respond(&self, status: u16, content: Option<&Content>) -> Response<Bytes> {
        // A range may stand for a status that has no body (RFC 9110, section 6.4.1).
        let content = content.filter(|_| !matches!(status, 204 | 205 | 304));
        let mut response = Response::new(content.map(|content| content.body.clone()).unwrap_or_default());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        if let Some(content_type) = content.and_then(|content| content.content_type.as_ref()) {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        headers.insert(VARY, HeaderValue::from_static("accept, prefer"));
        response
    }

    /// As the document declares it.
    fn shown_status(&self) -> String {
        match self.stands_for {
            StandsFor::Itself => self.status.to_string(),
            StandsFor::Class => format!("{}XX", self.status / 100),
            StandsFor::Others => "default".to_owned(),
        }
    }
}

/// A header that a document declares, if answers may have it from there.
fn declared((name, value): &(String, String)) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::try_from(name).ok().filter(|name| is_for_documents(name.as_str()))?;
    Some((name, HeaderValue::try_from(value).ok()?))
}

/// Whether a document may say what a header is. Not those about the connection or the form of the
/// body, which are what they are; not ours; and not those by which one answer speaks for the whole
/// host, on which others' APIs are served as well.
fn is_for_documents(name: &str) -> bool {
    const OURS: [&str; 8] = [
        "content-length",
        "content-type",
        "content-encoding",
        "date",
        "preference-applied",
        "vary",
        "via",
        "x-request-id",
    ];
    const HOST_WIDE: [&str; 10] = [
        "alt-svc",
        "clear-site-data",
        "nel",
        "origin-agent-cluster",
        "public-key-pins",
        "report-to",
        "reporting-endpoints",
        "set-cookie",
        "set-cookie2",
        "strict-transport-security",
    ];
    name != "trailer"
        && !is_hop_by_hop(name)
        && !OURS.contains(&name)
        && !HOST_WIDE.contains(&name)
        && !name.starts_with("access-control-")
        && !name.starts_with("x-portico-")
}

#[cfg(test)]
mod tests;
