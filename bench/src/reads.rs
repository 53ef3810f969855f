//! What reading through the management API costs, with all keys stored: on SQLite, and beside it on PostgreSQL
//! where there is one.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::bed::{self, Bed};
use crate::machine::Machine;
use crate::management::{KEYS_PER_CLIENT, Management};
use crate::pace::{self, Pace};
use crate::portico::{self, Administered, Prepared};
use crate::process;
use crate::random::Random;
use crate::statistics::Durations;
use crate::{clock, console};

/// Connections over which the mixed reads come.
const CALLERS: usize = 16;
/// How many pages are read one after the other.
const PAGES: usize = 500;
/// Rows on a page, the most there can be.
const ROWS: usize = 100;
/// Reads before those that count, so that connections and caches are there.
const WARM_UP: usize = 50;

/// Measures what reads of the management API cost, with many keys stored.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many keys are stored.
    #[arg(long, default_value_t = 100_000)]
    keys: usize,
    /// How many mixed reads a second.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how long.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// An empty PostgreSQL database to measure beside SQLite, or one of an earlier run.
    #[arg(long, env = "PORTICO_BENCH_POSTGRES", value_name = "URL")]
    postgres: Option<String>,
    #[command(flatten)]
    bed: Bed,
}

/// A finished run.
#[derive(Debug, Serialize)]
struct Report {
    time: String,
    machine: Machine,
    portico: String,
    keys: usize,
    databases: Vec<Figures>,
}

/// What reads cost on one database.
#[derive(Debug, Serialize)]
struct Figures {
    database: &'static str,
    asked_per_second: u32,
    answered_per_second: f64,
    failed: usize,
    /// Reads that were due before the end and had to wait until then: the server cannot keep up.
    unsent: usize,
    /// CPU time of the server for a read, the mean; PostgreSQL's own is not in it.
    cpu_us: f64,
    /// From when a read was due.
    mixed: Durations,
    kinds: Vec<(&'static str, Durations)>,
    /// Pages of keys, one after the other.
    pages: Durations,
}

/// Something that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Client,
    KeysOfClient,
    PageOfKeys,
    PageOfClients,
    Endpoints,
    Workspace,
}

impl Kind {
    /// Each as often as it stands here.
    const MIX: [Self; 10] = [
        Self::Client,
        Self::Client,
        Self::Client,
        Self::KeysOfClient,
        Self::KeysOfClient,
        Self::KeysOfClient,
        Self::PageOfKeys,
        Self::PageOfClients,
        Self::Endpoints,
        Self::Workspace,
    ];

    const ALL: [Self; 6] = [
        Self::Client,
        Self::KeysOfClient,
        Self::PageOfKeys,
        Self::PageOfClients,
        Self::Endpoints,
        Self::Workspace,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Client => "a client with its keys",
            Self::KeysOfClient => "the keys of a client",
            Self::PageOfKeys => "100 of all keys",
            Self::PageOfClients => "100 clients",
            Self::Endpoints => "the endpoints",
            Self::Workspace => "the workspace",
        }
    }

    /// Where one of them is, of a store with so many keys.
    fn path(self, keys: usize, random: &mut Random) -> String {
        let clients = keys.div_ceil(KEYS_PER_CLIENT).max(1);
        let page = |rows: usize, random: &mut Random| random.below(rows.div_ceil(ROWS).max(1)) + 1;
        match self {
            Self::Client => format!("/api/v2/api_clients/{}", random.below(clients) + 1),
            Self::KeysOfClient => format!("/api/v2/api_clients/{}/api_keys", random.below(clients) + 1),
            Self::PageOfKeys => format!("/api/v2/api_keys?per_page={ROWS}&page={}", page(keys, random)),
            Self::PageOfClients => {
                format!("/api/v2/api_clients?per_page={ROWS}&page={}", page(clients, random))
            }
            Self::Endpoints => "/api/api_endpoints".to_owned(),
            Self::Workspace => "/api/users/me".to_owned(),
        }
    }
}

/// Measures until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(measure(arguments)).await
}

async fn measure(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let out = arguments.bed.prepare()?;
    let (machine, version) = (Machine::describe(), portico::version(&arguments.bed.portico)?);
    let prepared = Prepared::find_or_make(&arguments.bed.portico, &out, arguments.keys).await?;
    process::stay_on(arguments.bed.load_core)?;
    let mut databases = Vec::new();
    {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&out)?;
        let server =
            prepared.administer(&arguments.bed.portico, arguments.bed.proxy_core, folder.path()).await?;
        databases.push(figures("SQLite", &server, &arguments).await?);
    }
    if let Some(url) = &arguments.postgres {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&out)?;
        let (program, core) = (&arguments.bed.portico, arguments.bed.proxy_core);
        let server = portico::administer_postgres(program, core, folder.path(), url, arguments.keys).await?;
        databases.push(figures("PostgreSQL", &server, &arguments).await?);
    }
    let report = Report {
        time: clock::timestamp().strftime("%Y-%m-%dT%H-%M-%SZ").to_string(),
        machine,
        portico: version,
        keys: arguments.keys,
        databases,
    };
    report.print();
    let path = bed::write(&out, &format!("reads-{}", report.time), &report)?;
    console::print(format_args!("All figures: {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

async fn figures(
    database: &'static str,
    server: &Administered,
    arguments: &Arguments,
) -> anyhow::Result<Figures> {
    let Arguments { keys, rate, seconds, .. } = *arguments;
    console::note(format_args!(
        "{database}: {rate} reads a second for {seconds} seconds, then {PAGES} pages"
    ));
    let mut random = Random::new(7);
    for kind in Kind::MIX.iter().cycle().take(WARM_UP) {
        server.api.read(&kind.path(keys, &mut random)).await?;
    }
    let before = server.server.usage()?;
    let start = clock::now();
    let end = start + Duration::from_secs(seconds);
    let mut callers = JoinSet::new();
    for (number, pace) in (1..).zip(pace::share(rate, start, CALLERS)) {
        callers.spawn(call(server.api.clone(), keys, pace, end, Random::new(number)));
    }
    let (mut times, mut failed, mut unsent) = (Vec::new(), 0, 0);
    while let Some(done) = callers.join_next().await {
        let of_caller = done?;
        times.extend(of_caller.times);
        failed += of_caller.failed;
        unsent += of_caller.unsent;
    }
    let spent = (clock::now() - start).as_secs_f64();
    let cpu = server.server.usage()?.since(&before).cpu;
    let mut pages = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let path = Kind::PageOfKeys.path(keys, &mut random);
        let start = clock::now();
        server.api.read(&path).await.context("a page of keys")?;
        pages.push(clock::now() - start);
    }
    let of = |kind: Kind| {
        let times = times.iter().filter(|(own, _)| *own == kind).map(|(_, time)| *time);
        (kind.name(), Durations::of(times))
    };
    Ok(Figures {
        database,
        asked_per_second: rate,
        answered_per_second: times.len() as f64 / spent,
        failed,
        unsent,
        cpu_us: cpu.as_secs_f64() * 1e6 / (times.len() + failed).max(1) as f64,
        mixed: Durations::of(times.iter().map(|(_, time)| *time)),
        kinds: Kind::ALL.map(of).into(),
        pages: Durations::of(pages),
    })
}

/// What became of the reads of one caller.
#[derive(Debug, Default)]
struct Called {
    times: Vec<(Kind, Duration)>,
    failed: usize,
    unsent: usize,
}

/// Reads whenever it is due until the end, also where more is due than is answered.
async fn call(api: Management, keys: usize, mut pace: Pace, end: Instant, mut random: Random) -> Called {
    let mut called = Called::default();
    while let Some(due) = pace.recv().await {
        if due >= end {
            break;
        }
        if clock::now() >= end {
            called.unsent += 1;
            continue;
        }
        let kind = Kind::MIX[random.below(Kind::MIX.len())];
        match api.read(&kind.path(keys, &mut random)).await {
            Ok(()) => called.times.push((kind, clock::now() - due)),
            Err(_) => called.failed += 1,
        }
    }
    called
}

impl Report {
    fn print(&self) {
        console::print(format_args!("{}; {}", self.portico, self.machine.line()));
        console::print(format_args!("{} keys stored", self.keys));
        for it in &self.databases {
            console::print(format_args!(
                "{}: {} reads a second asked, {:.0} answered, {} failed, {} not sent in time; {:.0} µs of CPU each; \
                 {} ms (p50 / p99 / max)",
                it.database,
                it.asked_per_second,
                it.answered_per_second,
                it.failed,
                it.unsent,
                it.cpu_us,
                it.mixed
            ));
            for (name, times) in &it.kinds {
                console::print(format_args!("  {name}: {times} ms"));
            }
            console::print(format_args!("  pages of {ROWS} keys, one after the other: {} ms", it.pages));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_there() {
        let mut random = Random::new(1);
        for _ in 0..1_000 {
            let path = Kind::Client.path(45, &mut random);
            let id: usize = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
            assert!((1..=3).contains(&id), "{path}");
            let path = Kind::PageOfKeys.path(250, &mut random);
            let page: usize = path.rsplit('=').next().and_then(|page| page.parse().ok()).expect("a page");
            assert!((1..=3).contains(&page), "{path}");
        }
    }
}
