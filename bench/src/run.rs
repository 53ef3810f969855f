//! A whole run: everything is set up, then every target gets its turn in every round, in random
//! order.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::bed::Bed;
use crate::load::{self, Tally};
use crate::machine::Machine;
use crate::nginx;
use crate::portico::{self, Prepared};
use crate::process::{self, Server, busy};
use crate::random::Random;
use crate::report::{CallLog, Measurement, Report, Settings, Versions};
use crate::scenario::{self, SCENARIOS, Scenario};
use crate::target::{About, Target, Tokens};
use crate::{clock, console, probe, upstream};

/// How long a target is called before each measurement.
const WARM_UP_SECONDS: f64 = 0.2;
/// How long after the last answer a target may finish what it puts off, such as its call log, before
/// its CPU time is read.
const SETTLE: Duration = Duration::from_millis(300);

/// How many connections are opened to see what one takes. Memory comes in pages of 2 MiB, and other things
/// come and go: with fewer, that would be most of the difference.
const HELD: usize = 4_000;

/// For how long nothing happens before memory is looked at: connections come to rest within two seconds, and
/// what was freed goes back to the system within some more.
const QUIET: Duration = Duration::from_secs(12);

/// The upstream itself: what the generator and the upstream could do without a proxy.
const DIRECT: About = About {
    name: "direct",
    does: "the upstream without a proxy: the limit of the load generator and the upstream on their core",
    missing: "",
    refuses: false,
    forwards: false,
};

/// Sets everything up, measures in alternating rounds, prints a table and writes a JSON file.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds; 9 unless given, 3 with --quick.
    #[arg(long)]
    rounds: Option<usize>,
    /// How long each target is called in each round; 2 unless given, 0.5 with --quick.
    #[arg(long)]
    seconds: Option<f64>,
    /// How many keys there are; 100,000 unless given, 1,000 with --quick.
    #[arg(long)]
    keys: Option<usize>,
    /// A short run that shows whether everything works; its figures mean little.
    #[arg(long)]
    quick: bool,
    /// Measure only this scenario; can be given several times.
    #[arg(long = "scenario", value_parser = scenario::named)]
    scenarios: Vec<&'static Scenario>,
    /// Measure nginx alone, with made-up keys.
    #[arg(long)]
    without_portico: bool,
    /// The `nginx` to measure.
    #[arg(long, default_value = "/usr/sbin/nginx")]
    nginx: PathBuf,
    #[command(flatten)]
    bed: Bed,
    /// The same seed measures in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Arguments {
    fn settings(&self) -> Settings {
        let (rounds, seconds, keys) = if self.quick { (3, 0.5, 1_000) } else { (9, 2.0, 100_000) };
        Settings {
            rounds: self.rounds.unwrap_or(rounds),
            seconds: self.seconds.unwrap_or(seconds),
            keys: self.keys.unwrap_or(keys),
            seed: self.seed,
        }
    }

    fn scenarios(&self) -> Vec<&'static Scenario> {
        if self.scenarios.is_empty() { SCENARIOS.iter().collect() } else { self.scenarios.clone() }
    }
}

/// Measures until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(measure_all(arguments)).await
}

async fn measure_all(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments.settings();
    check(&settings)?;
    let out = arguments.bed.prepare()?;
    let machine = Machine::describe();
    let versions = Versions {
        nginx: nginx::version(&arguments.nginx)?,
        portico: if arguments.without_portico {
            None
        } else {
            Some(portico::version(&arguments.bed.portico)?)
        },
    };
    process::raise_files()?;
    let stage = Stage::set_up(&arguments, &settings, &out).await?;
    let mut report = Report::new(machine, versions, settings, &stage.targets);
    let mut random = Random::new(settings.seed);
    for round in 1..=settings.rounds {
        for &scenario in &arguments.scenarios() {
            console::note(format_args!("round {round} of {}, {}", settings.rounds, scenario.name));
            let serves = |place: &usize| stage.targets[*place].serves(scenario);
            let mut order: Vec<_> = (0..stage.targets.len()).filter(serves).collect();
            random.shuffle(&mut order);
            for place in order {
                let target = &stage.targets[place];
                let measured = stage.measure(target, scenario, settings.seconds, random.next()).await;
                let measured =
                    measured.with_context(|| format!("{}, {}", target.about.name, scenario.name))?;
                report.add(scenario, place, measured);
            }
        }
    }
    if let Some(scenario) = arguments.scenarios().into_iter().find(|scenario| scenario.idle > 0) {
        for (place, kib) in stage.idle(scenario, random.next()).await? {
            report.add_idle(place, kib);
        }
    }
    let finished = report.finish(stage.call_log().await?);
    console::print(&finished);
    console::print(format_args!("\nThe figures of every round: {}", finished.write(&out)?.display()));
    if let Some(failure) = finished.failure() {
        console::note(failure);
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn check(settings: &Settings) -> anyhow::Result<()> {
    ensure!(settings.rounds > 0 && settings.keys > 0, "there must be at least one round and one key");
    ensure!((0.1..=600.0).contains(&settings.seconds), "--seconds must be between 0.1 and 600");
    Ok(())
}

/// Everything that runs during the measurement. Dropping it ends all of it.
struct Stage {
    targets: Vec<Target>,
    upstream: Server,
    proxy_core: usize,
    load_core: usize,
    _folder: TempDir,
}

impl Stage {
    async fn set_up(arguments: &Arguments, settings: &Settings, out: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(out)?;
        let prepared = if arguments.without_portico {
            None
        } else {
            Some(Prepared::find_or_make(&arguments.bed.portico, out, settings.keys).await?)
        };
        let tokens = match &prepared {
            Some(prepared) => prepared.tokens(),
            None => Tokens { keys: made_up_tokens(folder.path(), settings)?, governed: None, signed: None },
        };
        let address =
            prepared.as_ref().map_or_else(nginx::free_address, |prepared| Ok(prepared.upstream()))?;
        let upstream = upstream::start(arguments.bed.load_core, address, folder.path()).await?;
        let all_tokens = fs::read_to_string(&tokens.keys)?;
        let token = all_tokens.lines().next().context("there are no keys")?;
        let mut targets = Vec::new();
        if let Some(prepared) = &prepared {
            let core = arguments.bed.proxy_core;
            let portico = prepared.start(&arguments.bed.portico, core, folder.path(), token).await?.target;
            probe::check_credentials(&portico, &tokens).await.context(portico.about.name)?;
            targets.push(portico);
        }
        let nginx = nginx::Setting {
            program: &arguments.nginx,
            core: arguments.bed.proxy_core,
            folder: folder.path(),
            upstream: address,
            prefix: prepared.as_ref().map_or("/main/bench-v1", |prepared| prepared.prefix()),
            tokens: &tokens,
            token,
        };
        targets.push(nginx.same_job().await?);
        targets.push(nginx.bare().await?);
        targets.push(direct(address));
        for target in &targets {
            probe::check(target, token).await.context(target.about.name)?;
        }
        let Bed { proxy_core, load_core, .. } = arguments.bed;
        Ok(Self { targets, upstream, proxy_core, load_core, _folder: folder })
    }

    /// One turn of one target.
    async fn measure(
        &self,
        target: &Target,
        scenario: &'static Scenario,
        seconds: f64,
        seed: u64,
    ) -> anyhow::Result<Measurement> {
        let idle = load::hold(target, scenario, scenario.idle, seed).await?;
        let warm_up = self.load(target, scenario, WARM_UP_SECONDS, seed).await?;
        let usage = || target.server.as_ref().map(Server::usage).transpose();
        let (before, upstream_before) = (usage()?, self.upstream.usage()?);
        let (start, busy_before) = (clock::now(), busy(self.proxy_core)?);
        let tally = self.load(target, scenario, seconds, !seed).await?;
        drop(idle);
        let upstream = self.upstream.usage()?.since(&upstream_before);
        tokio::time::sleep(SETTLE).await;
        let (after, busy_after) = (usage()?, busy(self.proxy_core)?);
        let proxy = before.zip(after.as_ref()).map(|(before, after)| after.since(&before));
        let busy = busy_after.saturating_sub(busy_before);
        let others = busy.saturating_sub(proxy.map_or(Duration::ZERO, |used| used.cpu));
        Ok(Measurement {
            rate: tally.answers() as f64 / tally.seconds,
            p50_us: tally.p50_us,
            p99_us: tally.p99_us,
            p999_us: tally.p999_us,
            cpu_us: proxy.map(|used| used.cpu.as_secs_f64() * 1e6 / tally.answers().max(1) as f64),
            user_share: proxy.map(|used| used.user_share),
            rss_mib: after.map(|after| after.rss_bytes as f64 / 1024.0 / 1024.0),
            proxy_core_share: proxy.map(|used| used.cpu.as_secs_f64() / tally.seconds),
            load_core_share: (tally.generator_cpu_seconds + upstream.cpu.as_secs_f64()) / tally.seconds,
            others_share: others.as_secs_f64() / (clock::now() - start).as_secs_f64(),
            failures: tally.failures() + warm_up.failures(),
            refused: tally.refused,
            first_fault: warm_up.first_fault.or(tally.first_fault),
        })
    }

    /// What a connection takes at each target that has made a call of a scenario and is only open, in KiB:
    /// the difference that so many of them make to a process that does nothing else.
    async fn idle(&self, scenario: &'static Scenario, seed: u64) -> anyhow::Result<Vec<(usize, f64)>> {
        console::note(format_args!("{HELD} idle connections each"));
        let rss = |target: &Target| -> anyhow::Result<Option<u64>> {
            let usage = target.server.as_ref().map(Server::usage).transpose()?;
            Ok(usage.map(|usage| usage.rss_bytes))
        };
        tokio::time::sleep(QUIET).await;
        let mut open = Vec::new();
        for (place, target) in self.targets.iter().enumerate() {
            let Some(before) = rss(target)? else { continue };
            let held = load::hold(target, scenario, HELD, seed).await;
            open.push((place, before, held.context(target.about.name)?));
        }
        tokio::time::sleep(QUIET).await;
        let mut figures = Vec::new();
        for (place, before, held) in &open {
            let after = rss(&self.targets[*place])?.unwrap_or_default();
            figures.push((*place, (after as f64 - *before as f64) / held.len() as f64 / 1024.0));
        }
        Ok(figures)
    }

    /// How much of its call log Portico wrote; nothing if it was not measured.
    async fn call_log(&self) -> anyhow::Result<Option<CallLog>> {
        match self.targets.iter().find_map(|target| target.metrics) {
            Some(address) => Ok(Some(portico::call_log(address).await?)),
            None => Ok(None),
        }
    }

    /// Lets a load generator of its own call the target.
    async fn load(
        &self,
        target: &Target,
        scenario: &Scenario,
        seconds: f64,
        seed: u64,
    ) -> anyhow::Result<Tally> {
        let mut command = load::command(self.load_core, target, scenario, seconds)?;
        command.args(["--seed", &seed.to_string()]);
        let limit = Duration::from_secs_f64(seconds) + Duration::from_secs(20);
        let output = tokio::process::Command::from(command).kill_on_drop(true).output();
        let output = tokio::time::timeout(limit, output).await.context("the load generator hangs")??;
        load::tally(&output)
    }
}

fn direct(address: SocketAddr) -> Target {
    Target {
        about: DIRECT,
        address,
        prefix: String::new(),
        tokens: None,
        server: None,
        metrics: None,
        start_ms: None,
    }
}

fn made_up_tokens(folder: &Path, settings: &Settings) -> anyhow::Result<PathBuf> {
    let mut random = Random::new(settings.seed);
    let tokens: String = (0..settings.keys).map(|_| random.token() + "\n").collect();
    let path = folder.join("tokens");
    fs::write(&path, tokens)?;
    Ok(path)
}
