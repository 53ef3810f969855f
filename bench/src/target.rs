//! What is measured: a running proxy, or the upstream itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::process::Server;
use crate::scenario::{Credential, Scenario};

/// Something that calls can be sent to.
#[derive(Debug)]
pub(crate) struct Target {
    /// What it is and does.
    pub(crate) about: About,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its paths begin with.
    pub(crate) prefix: String,
    /// What its calls carry; nothing where nobody asks.
    pub(crate) tokens: Option<Tokens>,
    /// The program; none where the upstream is called directly.
    pub(crate) server: Option<Server>,
    /// Where it tells its metrics.
    pub(crate) metrics: Option<SocketAddr>,
    /// From its start to its first answer from the upstream.
    pub(crate) start_ms: Option<f64>,
}

/// Files of credentials, one a line.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    /// Of all keys.
    pub(crate) keys: PathBuf,
    /// Of keys under a policy, where it can be called with them.
    pub(crate) governed: Option<PathBuf>,
    /// Signed ones, where it can be called with them.
    pub(crate) signed: Option<PathBuf>,
}

impl Target {
    /// Whether it does what a scenario is about.
    pub(crate) fn serves(&self, scenario: &Scenario) -> bool {
        self.tokens.is_none() || self.credentials(scenario).is_some()
    }

    /// What calls carry in a scenario.
    pub(crate) fn credentials(&self, scenario: &Scenario) -> Option<&Path> {
        let tokens = self.tokens.as_ref()?;
        match scenario.credential {
            Credential::Key => Some(&tokens.keys),
            Credential::Governed => tokens.governed.as_deref(),
            Credential::Signed => tokens.signed.as_deref(),
        }
    }
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
