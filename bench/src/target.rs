//! What is measured: a running proxy, or the upstream itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::process::Server;

/// Something that calls can be sent to.
#[derive(Debug)]
pub(crate) struct Target {
    /// What it is and does.
    pub(crate) about: About,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its paths begin with.
    pub(crate) prefix: String,
    /// The file of tokens that its calls carry.
    pub(crate) tokens: Option<PathBuf>,
    /// The program; none where the upstream is called directly.
    pub(crate) server: Option<Server>,
    /// Where it tells its metrics.
    pub(crate) metrics: Option<SocketAddr>,
    /// From its start to its first answer from the upstream.
    pub(crate) start_ms: Option<f64>,
}

/// What a target is and does.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct About {
    /// As the table names it.
    pub(crate) name: &'static str,
    /// The work that it does for each call.
    pub(crate) does: &'static str,
    /// What it does not do, of all that Portico does.
    pub(crate) missing: &'static str,
    /// Whether it answers an unknown key with 401 and a denied address with 403.
    pub(crate) refuses: bool,
    /// Whether it tells the upstream whom it forwards for.
    pub(crate) forwards: bool,
}
