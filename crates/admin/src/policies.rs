//! Policies: how often keys may call.

mod form;
mod limits;
mod list;
mod remove;

use axum::Router;
use axum::routing::get;

use crate::Console;

/// Where they are listed.
pub(crate) const PATH: &str = "/console/policies";

/// The pages of policies.
pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/console/policies", get(list::list))
        .route("/console/policies/new", get(form::new).post(form::create))
        .route("/console/policies/{id}", get(form::show).post(form::save))
        .route("/console/policies/{id}/delete", get(remove::ask).post(remove::remove))
}
