//! How soon a change counts, and whether one costs others a call: keys changed over the management
//! API, collections imported by another process, and many changes at once, all under load.

mod imports;
mod keys;
pub(crate) mod many;
mod report;

use std::fs;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Serialize;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::bed::Bed;
use crate::load::{self, Tally};
use crate::machine::Machine;
use crate::management::{Collection, Management};
use crate::portico::{self, Prepared, Running};
use crate::process::{self, Server};
use crate::scenario::{self, Scenario};
use crate::{console, probe, upstream};
use report::Report;

/// How long the load runs before the first change, and after the last, so that each change falls
/// into it with all its effects.
const MARGIN: Duration = Duration::from_secs(1);
/// How long a part may take.
const PART_WITHIN: Duration = Duration::from_secs(300);
/// When the load ends by itself; it is ended before.
const LOAD_SECONDS: f64 = 360.0;
/// How long the load may take to end.
const LOAD_ENDS_WITHIN: Duration = Duration::from_secs(20);
/// What the load calls, as one of the scenarios does.
const CALLED: (&str, &str) = ("GET", "kib");

/// Measures how soon a change counts, and whether one costs others a call.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many keys are changed, one after the other; 200 unless given, 20 with --quick.
    #[arg(long)]
    turns: Option<usize>,
    /// How many collections another process imports; 20 unless given, 3 with --quick.
    #[arg(long)]
    imports: Option<usize>,
    /// How many changes are made as fast as possible; 1,000 unless given, 100 with --quick.
    #[arg(long)]
    changes: Option<usize>,
    /// How many keys there are; 100,000 unless given, 1,000 with --quick.
    #[arg(long)]
    keys: Option<usize>,
    /// How many calls a second the load makes all the while.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// A short run that shows whether everything works; its figures mean little.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    bed: Bed,
}

/// How much is done.
#[derive(Debug, Clone, Copy, Serialize)]
struct Settings {
    turns: usize,
    imports: usize,
    changes: usize,
    keys: usize,
    rate: u32,
}

impl Arguments {
    fn settings(&self) -> anyhow::Result<Settings> {
        let (turns, imports, changes, keys) =
            if self.quick { (20, 3, 100, 1_000) } else { (200, 20, 1_000, 100_000) };
        let settings = Settings {
            turns: self.turns.unwrap_or(turns),
            imports: self.imports.unwrap_or(imports),
            changes: self.changes.unwrap_or(changes),
            keys: self.keys.unwrap_or(keys),
            rate: self.rate,
        };
        let Settings { turns, imports, changes, keys, .. } = settings;
        ensure!(
            [turns, imports, changes, keys].iter().all(|&n| n > 0),
            "0 of something is nothing to measure"
        );
        Ok(settings)
    }
}

/// Measures until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(measure_all(arguments)).await
}

async fn measure_all(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments.settings()?;
    let out = arguments.bed.prepare()?;
    let (machine, version) = (Machine::describe(), portico::version(&arguments.bed.portico)?);
    let stage = Stage::set_up(&arguments.bed, &out, settings.keys, arguments.rate).await?;
    process::stay_on(arguments.bed.load_core)?;
    console::note(format_args!("{} keys, one after the other", settings.turns));
    let keys = stage.under_load(keys::measure(&stage, settings.turns)).await?;
    console::note(format_args!("{} imports by another process", settings.imports));
    let imports = stage.under_load(imports::measure(&stage, settings.imports)).await?;
    console::note(format_args!("{} changes as fast as possible", settings.changes));
    let many = stage.under_load(many::measure(&stage, settings.changes)).await?;
    let report = Report::new(machine, version, settings, keys, imports, many);
    console::print(&report);
    console::print(format_args!("All figures: {}", report.write(&out)?.display()));
    if let Some(failure) = report.failure() {
        console::note(failure);
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// What was measured, and what the load saw meanwhile.
#[derive(Debug, Serialize)]
pub(crate) struct Part<T> {
    #[serde(flatten)]
    pub(crate) figures: T,
    pub(crate) load: Tally,
}

/// Everything that runs during the measurement. Dropping it ends all of it.
pub(crate) struct Stage {
    pub(crate) running: Running,
    pub(crate) api: Management,
    collection: Collection,
    rate: u32,
    load_core: usize,
    _upstream: Server,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn set_up(bed: &Bed, out: &Path, keys: usize, rate: u32) -> anyhow::Result<Self> {
        let Bed { portico, proxy_core, load_core, .. } = bed;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(out)?;
        let prepared = Prepared::find_or_make(portico, out, keys).await?;
        let tokens = fs::read_to_string(prepared.tokens().keys)?;
        let token = tokens.lines().next().context("there are no keys")?;
        let upstream = upstream::start(*load_core, prepared.upstream(), folder.path()).await?;
        let running = prepared.start(portico, *proxy_core, folder.path(), token).await?;
        probe::check(&running.target, token).await?;
        let api = running.api().await?;
        let collection = api.collection().await?;
        Ok(Self { running, api, collection, rate, load_core: *load_core, _upstream: upstream, folder })
    }

    /// Does this while all keys that were there before are called with.
    pub(crate) async fn under_load<T>(
        &self,
        part: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Part<T>> {
        let load = Load::start(self)?;
        sleep(MARGIN).await;
        let figures = timeout(PART_WITHIN, part).await;
        let figures = figures.with_context(|| format!("it takes longer than {PART_WITHIN:?}"))??;
        sleep(MARGIN).await;
        Ok(Part { figures, load: load.end().await? })
    }

    /// The memory that the server holds.
    pub(crate) fn rss_mib(&self) -> anyhow::Result<f64> {
        let server = self.running.target.server.as_ref().context("the server was not started here")?;
        Ok(server.usage()?.rss_bytes as f64 / 1024.0 / 1024.0)
    }

    /// The path that the load calls, and whoever looks whether a key counts.
    fn path(&self) -> String {
        format!("{}/{}", self.collection.prefix, CALLED.1)
    }
}

/// A load generator at a fixed rate; ended when dropped.
pub(crate) struct Load(tokio::process::Child);

impl Load {
    pub(crate) fn start(stage: &Stage) -> anyhow::Result<Self> {
        let steady: &Scenario = scenario::named("steady").map_err(anyhow::Error::msg)?;
        let mut command = load::command(stage.load_core, &stage.running.target, steady, LOAD_SECONDS)?;
        command.args(["--rate", &stage.rate.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = tokio::process::Command::from(command).kill_on_drop(true).spawn();
        Ok(Self(child.context("cannot start the load generator")?))
    }

    pub(crate) async fn end(self) -> anyhow::Result<Tally> {
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id {
            kill(Pid::from_raw(id), Signal::SIGTERM)?;
        }
        let output = timeout(LOAD_ENDS_WITHIN, self.0.wait_with_output()).await;
        let tally = load::tally(&output.context("the load generator hangs")??)?;
        ensure!(tally.answers() + tally.failures() > 0, "the load generator made no calls");
        Ok(tally)
    }
}
