//! A call as it is sent upstream.

use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Uri};

use crate::headers::{self, CallValues, CallerValues};
use crate::upload::CallerBody;

/// Holds the heads of most requests.
const HEAD_BYTES: usize = 1 << 10;

/// What a request upstream is made of. It may be made more than once.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a Method,
    pub(crate) target: &'a PathAndQuery,
    /// Those of the call.
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: &'a CallerValues,
    pub(crate) call: CallValues<'a>,
}

impl Outgoing<'_> {
    /// As the protocol engine takes it.
    pub(super) fn request(&self, body: CallerBody) -> Request<CallerBody> {
        /// How many headers are added at most.
        const ADDED: usize = 13;
        let mut request = Request::new(body);
        request.method_mut().clone_from(self.method);
        *request.uri_mut() = Uri::from(self.target.clone());
        let mut headers = HeaderMap::with_capacity(self.headers.len() + ADDED);
        headers::to_upstream(self.headers, self.caller, &self.call, &mut headers);
        *request.headers_mut() = headers;
        request
    }

    /// As it is sent, with this body.
    pub(super) fn write(&self, body: &[u8]) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD_BYTES + body.len());
        for part in [self.method.as_str(), " ", self.target.as_str(), " HTTP/1.1\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
        headers::to_upstream(self.headers, self.caller, &self.call, &mut head);
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(body);
        head
    }

    /// Whether sending it twice is no more than sending it once (RFC 9110, section 9.2.2), if it has no
    /// body.
    pub(super) fn is_idempotent(&self) -> bool {
        model::Method::from_request(self.method.as_str()).is_some_and(model::Method::is_idempotent)
    }

    /// Whether it needs nothing but its head, its body and one answer: the commonest way will do.
    pub(super) fn is_plain(&self) -> bool {
        self.call.upgrade.is_none() && !self.call.is_chunked
    }
}
