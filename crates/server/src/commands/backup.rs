//! `portico backup`

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::config::Config;
use crate::console;
use crate::house::House;

pub(super) async fn run(config: &Config, file: &Path) -> Result<()> {
    if file.exists() {
        bail!("{} exists; give a name that is free", file.display());
    }
    let house = House::open_as_it_is(config).await?;
    let copied = house.db.backup(file).await;
    if copied.is_err() {
        // A copy that broke off is no copy.
        let _ = std::fs::remove_file(file);
    }
    copied.with_context(|| format!("{} could not be written", file.display()))?;
    let bytes = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    console::say(format_args!("{} ({bytes} bytes) is a copy of {}", file.display(), house.db.describe()));
    console::note("The master key is not part of it: keep a copy of `master.key` in another place.");
    Ok(())
}
