//! `/api/portico/v1`: what goes beyond the API that others know.

pub(crate) mod difference;
pub(crate) mod document_previews;
pub(crate) mod documents;
