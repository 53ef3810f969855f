//! Connections: how backends are reached.

mod credential;
mod form;
mod list;
mod remove;
mod tried;

use axum::Router;
use axum::routing::get;

use crate::Console;

/// Where they are listed.
pub(crate) const PATH: &str = "/console/connections";

/// The pages of connections.
pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/console/connections", get(list::list))
        .route("/console/connections/new", get(form::new).post(form::create))
        .route("/console/connections/{id}", get(form::show).post(form::save))
        .route("/console/connections/{id}/delete", get(remove::ask).post(remove::remove))
}
