//! The operations listener: `/healthz`, `/readyz`, `/metrics`, and nothing else.

use std::sync::{Arc, RwLock};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, body::Body};
use gateway::Gate;
use prometheus_client::registry::Registry;
use serde_json::json;
use store::Db;
use tokio::sync::watch;

/// What the probes look at.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) gate: Option<Arc<Gate>>,
    pub(crate) db: Db,
    pub(crate) registry: Arc<RwLock<Registry>>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Operations {
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .fallback(|| async { StatusCode::NOT_FOUND })
            .with_state(self)
    }
}

/// The process runs. Nothing else is asked, so that a database that is away restarts nobody.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether calls should be sent here.
async fn readyz(State(operations): State<Operations>) -> Response {
    let stopping = *operations.stopping.borrow();
    let gate = operations.gate.as_deref().map(Gate::state);
    let loaded = gate.as_ref().is_none_or(|state| state.ready);
    // The gateway goes on with what it knows while the store is away; the control plane cannot.
    let store = operations.db.ping().await;
    let ready = !stopping && loaded && (gate.is_some() || store.is_ok());
    let body = json!({
        "ready": ready,
        "stopping": stopping,
        "store": store.as_ref().err().map_or_else(|| "ok".to_owned(), ToString::to_string),
        "gateway": gate.map(|state| json!({
            "loaded": state.ready,
            "seq": state.seq,
            "error": state.error,
        })),
    });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, "application/json")], Body::from(body.to_string())).into_response()
}

/// Everything that is counted, in the text format of Prometheus.
async fn metrics(State(operations): State<Operations>) -> Response {
    let mut text = String::new();
    let encoded = match operations.registry.read() {
        Ok(registry) => prometheus_client::encoding::text::encode(&mut text, &registry).is_ok(),
        Err(_) => false,
    };
    if !encoded {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
