//! Log lines on standard error.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Sends log lines to standard error from here on.
pub(crate) fn start(log: &Log) -> Result<()> {
    // PostgreSQL's notices are not the operator's, and below `info` the HTTP/2 library shows paths that it
    // cannot read, with whatever secret stands in them. A level for one of them in the setting wins.
    let filter = EnvFilter::try_new(format!("sqlx=warn,h2=info,{}", log.level)).with_context(|| {
        format!("the setting `log.level` is wrong: `{}` is neither a level nor a filter", log.level)
    })?;
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    match log.format {
        LogFormat::Text => builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
