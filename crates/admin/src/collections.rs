//! Collections: the APIs of the workspace, how they come in, and how they are published.

mod access;
mod documents;
mod endpoint;
mod endpoints;
mod head;
mod import;
mod list;
mod preview;
mod remove;
mod replace;
mod settings;
mod size;
mod source;

use actions::DOCUMENT_BYTES;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::Console;

/// Where they are listed.
pub(crate) const PATH: &str = "/console/collections";

/// The most bytes of a form with a document: that of the document, and room for the other fields.
const FORM_BYTES: usize = DOCUMENT_BYTES + (1 << 20);

/// The pages of collections.
pub(crate) fn routes() -> Router<Console> {
    let large = DefaultBodyLimit::max(FORM_BYTES);
    Router::new()
        .route("/console/collections", get(list::list))
        .route("/console/collections/new", get(import::form))
        .route("/console/collections/new", post(import::give).layer(large))
        .route("/console/collections/new/{draft}", get(preview::show).post(preview::decide))
        .route("/console/collections/{id}", get(endpoints::show).post(endpoints::toggle))
        .route("/console/collections/{id}/endpoints/{endpoint}", get(endpoint::show).post(endpoint::change))
        .route("/console/collections/{id}/access", get(access::show).post(access::change))
        .route("/console/collections/{id}/documents", get(documents::show))
        .route("/console/collections/{id}/documents", post(documents::give).layer(large))
        .route(
            "/console/collections/{id}/documents/new/{draft}",
            get(replace::show_new).post(replace::put_new),
        )
        .route(
            "/console/collections/{id}/documents/{document}",
            get(replace::show_kept).post(replace::put_kept),
        )
        .route("/console/collections/{id}/documents/{document}/content", get(documents::download))
        .route("/console/collections/{id}/settings", get(settings::show).post(settings::change))
        .route("/console/collections/{id}/delete", get(remove::ask).post(remove::remove))
}
