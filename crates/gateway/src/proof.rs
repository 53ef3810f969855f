//! What proves to an upstream that it is the gateway that calls.

use http::{HeaderName, HeaderValue};
use model::BackendCredential;

/// A header that is made once for all calls of an endpoint, and stands in place of any that the caller has
/// under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

impl Proof {
    /// The header for a credential; `None` if it cannot stand in one.
    pub(crate) fn new(credential: &BackendCredential) -> Option<Self> {
        let (name, value) = credential.header();
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        Some(Self { name, value })
    }
}
