//! `/api/portico/v1`: what no other product's clients know. Shapes are those of the second version;
//! here an explicit null takes away what may be absent.

pub(crate) mod access_requests;
pub(crate) mod api_policies;
pub(crate) mod api_portals;
pub(crate) mod client_policies;
pub(crate) mod connections;
pub(crate) mod cors;
pub(crate) mod difference;
pub(crate) mod document_previews;
pub(crate) mod documents;
pub(crate) mod explain;
pub(crate) mod forwarding;
pub(crate) mod logos;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod portal_pages;
pub(crate) mod portal_settings;
pub(crate) mod portal_users;
pub(crate) mod publications;
pub(crate) mod workspace;
