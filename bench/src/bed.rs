//! What every measurement of a `portico` needs: the program, the cores, a folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::process;

/// The program that is measured and where it is done.
#[derive(Debug, clap::Args)]
pub(crate) struct Bed {
    /// The `portico` to measure.
    #[arg(long, default_value = "target/dist/portico")]
    pub(crate) portico: PathBuf,
    /// The core of what is measured.
    #[arg(long, default_value_t = 0)]
    pub(crate) proxy_core: usize,
    /// The core of everything else.
    #[arg(long, default_value_t = 1)]
    pub(crate) load_core: usize,
    /// Where the report and the prepared keys go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
}

impl Bed {
    /// Checks the cores and makes the folder; gives its whole path.
    pub(crate) fn prepare(&self) -> anyhow::Result<PathBuf> {
        process::check_cores(self.proxy_core, self.load_core)?;
        fs::create_dir_all(&self.out)?;
        Ok(fs::canonicalize(&self.out)?)
    }
}

/// Writes all figures of a run to `<folder>/<name>.json`.
pub(crate) fn write(folder: &Path, name: &str, report: &impl Serialize) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, serde_json::to_vec_pretty(report)?)?;
    Ok(path)
}
