//! What a mock answers: the examples of an operation, or values made from its schemas.
//!
//! An example that its publisher wrote is answered as written when it is asked for by its name.
//! What is answered unasked is valid: an example that is, else a value that is made.

mod content;
mod form;
mod header;
mod response;
mod stream;
mod write;
mod xml;

use serde_json::Value;

use crate::bounds::Budget;
use crate::sample::Sampler;
use crate::{Document, Version};
use content::Draft;
use response::responses;

/// The most that the bodies of one operation take together unless another size is said.
const BODIES_BYTES: usize = 8 << 20;

/// What a body takes beside its bytes, about.
const OVERHEAD_BYTES: usize = 128;

/// The most responses of an operation that are looked at: as many as there are statuses in use.
const RESPONSES: usize = 64;

/// The most headers of a response, and the longest value of one, in bytes.
const HEADERS: usize = 40;
const HEADER_BYTES: usize = 2048;

/// One response that a document declares for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockResponse {
    /// The status it answers with, from 200 to 599.
    pub status: u16,
    /// Which other statuses it stands for.
    pub stands_for: StandsFor,
    /// Its headers: names as they are written, values fit for a header.
    pub headers: Vec<(String, String)>,
    /// What it can answer with, the one to answer with unless another is asked for first. Empty if
    /// it has no body.
    pub contents: Vec<MockContent>,
}

/// Which statuses a response stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandsFor {
    /// The one that it has.
    Itself,
    /// All with the same first digit: it is declared as `2XX` or the like.
    Class,
    /// All that no other response stands for: it is declared as `default`.
    Others,
}

/// One body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockContent {
    /// Fit for a header; absent if the document leaves it open.
    pub content_type: Option<String>,
    /// The name of the example, if it has one.
    pub name: Option<String>,
    /// The example.
    pub body: Vec<u8>,
}

/// Makes the mock answers of a document, one operation after the other. What it learns of schemas
/// on the way is kept, and what it may take for all of them together is bounded.
pub struct Mocks<'d> {
    document: &'d Document,
    sampler: Sampler<'d>,
}

impl Document {
    /// The mock answers of this document.
    pub fn mocks(&self) -> Mocks<'_> {
        Mocks { document: self, sampler: Sampler::new(self) }
    }

    /// The answers of one operation; see [`Mocks::responses`].
    pub fn mock(&self, method: &str, path: &str) -> Option<Vec<MockResponse>> {
        self.mocks().responses(method, path, BODIES_BYTES)
    }
}

impl<'d> Mocks<'d> {
    /// The responses of an operation, the one to give unless another is asked for first. `None`
    /// if there is no such operation. The path is the template as it is written.
    ///
    /// `2XX` answers as 200, and so on. `default` answers as 200 if no success is declared, and
    /// else, as the error that it then describes, as 500 and last.
    ///
    /// All bodies together take no more than `size_bytes`: further examples are left out, and
    /// responses of which no body is left.
    pub fn responses(&mut self, method: &str, path: &str, size_bytes: usize) -> Option<Vec<MockResponse>> {
        let document = self.document;
        let operation = document.operation(method, path)?;
        let mut budget = Budget::new(size_bytes);
        let mut drafts = Vec::new();
        for declared in responses(operation).into_iter().take(RESPONSES) {
            let response = document.resolve(declared.response).unwrap_or(&Value::Null);
            let contents = match may_have_body(declared.status) {
                true => self.drafts(operation, response),
                false => Vec::new(),
            };
            drafts.push((declared, response, contents));
        }
        let bodies = self.bodies(drafts.iter().map(|(.., contents)| contents.as_slice()), &mut budget);
        let responses =
            drafts.into_iter().zip(bodies).filter_map(|((declared, response, drafts), contents)| {
                // An empty answer would not be what the document says.
                let is_lost = contents.is_empty() && !drafts.is_empty();
                (!is_lost).then(|| MockResponse {
                    status: declared.status,
                    stands_for: declared.stands_for,
                    headers: self.headers(response),
                    contents,
                })
            });
        Some(responses.collect())
    }

    /// What a request of an operation can carry: the examples of its body, or values made from its
    /// schema, the first of each media type before what else it has. `None` if there is no such
    /// operation; empty if it takes no body.
    pub fn requests(&mut self, method: &str, path: &str, size_bytes: usize) -> Option<Vec<MockContent>> {
        let document = self.document;
        let operation = document.operation(method, path)?;
        let drafts = match operation.get("requestBody").and_then(|body| document.resolve(body)) {
            Some(body) => self.drafts(operation, body),
            None => self.request_drafts_v2(operation),
        };
        let mut budget = Budget::new(size_bytes);
        self.bodies(std::iter::once(drafts.as_slice()), &mut budget).pop()
    }

    /// The bodies of all responses: first one for each media type, then what is left to name, as far
    /// as the size goes.
    fn bodies<'a>(
        &mut self,
        responses: impl Iterator<Item = &'a [Draft<'d>]>,
        budget: &mut Budget,
    ) -> Vec<Vec<MockContent>>
    where
        'd: 'a,
    {
        let responses: Vec<_> = responses.collect();
        let mut bodies: Vec<Vec<Option<MockContent>>> =
            responses.iter().map(|drafts| drafts.iter().map(|_| None).collect()).collect();
        for is_first in [true, false] {
            for (drafts, bodies) in responses.iter().zip(&mut bodies) {
                for (draft, body) in drafts.iter().zip(bodies) {
                    if draft.is_first == is_first {
                        *body = self.body(draft, budget);
                    }
                }
            }
        }
        bodies.into_iter().map(|bodies| bodies.into_iter().flatten().collect()).collect()
    }

    fn body(&mut self, draft: &Draft<'d>, budget: &mut Budget) -> Option<MockContent> {
        let left = budget.left().checked_sub(OVERHEAD_BYTES)?;
        let body = draft.write(self.document, left).or_else(|| {
            // An example that is too large may leave room for less.
            let schema = draft.schema.filter(|_| draft.is_first)?;
            let least = self.sampler.least(schema)?;
            draft.write_made(self.document, &least).filter(|body| body.len() <= left)
        })?;
        budget.spend(body.len() + OVERHEAD_BYTES)?;
        Some(MockContent {
            content_type: draft.content_type.clone(),
            name: draft.name.map(str::to_owned),
            body,
        })
    }

    fn is_v2(&self) -> bool {
        self.document.version == Version::V2_0
    }
}

/// RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
fn may_have_body(status: u16) -> bool {
    !matches!(status, 204 | 205 | 304)
}

#[cfg(test)]
mod tests;
