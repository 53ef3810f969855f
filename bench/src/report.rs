//! The figures of a run: every round as JSON, and a table of what they say.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bed;
use crate::clock;
use crate::machine::Machine;
use crate::scenario::Scenario;
use crate::statistics::Spread;
use crate::target::{About, Target};

/// How the run was made.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Settings {
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) keys: usize,
    pub(crate) seed: u64,
}

/// Of the programs that were measured.
#[derive(Debug, Serialize)]
pub(crate) struct Versions {
    pub(crate) portico: Option<String>,
    pub(crate) nginx: String,
}

/// How much of its call log Portico wrote.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CallLog {
    /// How many calls it counted.
    pub(crate) calls: u64,
    /// For how many it wrote no line, because too many waited.
    pub(crate) dropped: u64,
}

/// One turn of one target.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    /// CPU time of the proxy for each answer, in all its threads and processes.
    pub(crate) cpu_us: Option<f64>,
    /// The share of it in user mode.
    pub(crate) user_share: Option<f64>,
    /// Answers a second.
    pub(crate) rate: f64,
    /// Half of the answers came faster.
    pub(crate) p50_us: f64,
    /// 99 of 100 answers came faster.
    pub(crate) p99_us: f64,
    /// 999 of 1,000 answers came faster.
    pub(crate) p999_us: f64,
    /// Memory after the turn.
    pub(crate) rss_mib: Option<f64>,
    /// How much of its core the proxy used.
    pub(crate) proxy_core_share: Option<f64>,
    /// How much of their core the load generator and the upstream used.
    pub(crate) load_core_share: f64,
    /// How much of the proxy's core others used, the host included.
    pub(crate) others_share: f64,
    /// Answers other than 2xx, and calls without an answer.
    pub(crate) failures: u64,
    /// Answers other than 2xx by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// What went wrong first with a call, in words.
    pub(crate) first_fault: Option<String>,
}

/// A run in the making.
pub(crate) struct Report {
    machine: Machine,
    versions: Versions,
    settings: Settings,
    targets: Vec<Described>,
    /// By scenario, by place of the target, by round.
    measured: Vec<(Scenario, Vec<Vec<Measurement>>)>,
}

/// A target as the report shows it.
#[derive(Debug, Clone, Serialize)]
struct Described {
    #[serde(flatten)]
    about: About,
    start_ms: Option<f64>,
    /// What a connection takes that is only open, if that was measured.
    idle_connection_kib: Option<f64>,
}

impl Report {
    /// Nothing is measured yet.
    pub(crate) fn new(machine: Machine, versions: Versions, settings: Settings, targets: &[Target]) -> Self {
        let targets = targets.iter().map(|target| Described {
            about: target.about,
            start_ms: target.start_ms,
            idle_connection_kib: None,
        });
        Self { machine, versions, settings, targets: targets.collect(), measured: Vec::new() }
    }

    /// Adds one turn of the target in this place.
    pub(crate) fn add(&mut self, scenario: &Scenario, place: usize, measurement: Measurement) {
        let known = self.measured.iter().position(|(other, _)| other.name == scenario.name);
        let known = known.unwrap_or_else(|| {
            self.measured.push((*scenario, self.targets.iter().map(|_| Vec::new()).collect()));
            self.measured.len() - 1
        });
        self.measured[known].1[place].push(measurement);
    }

    /// Adds what an idle connection takes at the target in this place.
    pub(crate) fn add_idle(&mut self, place: usize, kib: f64) {
        self.targets[place].idle_connection_kib = Some(kib);
    }

    /// Works out what the rounds say.
    pub(crate) fn finish(self, call_log: Option<CallLog>) -> Finished {
        let time = clock::timestamp();
        let targets = &self.targets;
        let scenarios =
            self.measured.into_iter().map(|(scenario, measured)| Outcome::of(scenario, targets, measured));
        Finished {
            time: time.strftime("%Y-%m-%dT%H-%M-%SZ").to_string(),
            scenarios: scenarios.collect(),
            machine: self.machine,
            versions: self.versions,
            settings: self.settings,
            targets: self.targets,
            call_log,
        }
    }
}

/// A finished run.
#[derive(Debug, Serialize)]
pub(crate) struct Finished {
    time: String,
    machine: Machine,
    versions: Versions,
    settings: Settings,
    targets: Vec<Described>,
    scenarios: Vec<Outcome>,
    call_log: Option<CallLog>,
}

/// What one scenario says.
#[derive(Debug, Serialize)]
struct Outcome {
    scenario: Scenario,
    targets: Vec<Figures>,
    ratios: Vec<Ratio>,
}

/// What the rounds say about one target.
#[derive(Debug, Serialize)]
struct Figures {
    name: &'static str,
    cpu_us: Option<Spread>,
    user_us: Option<Spread>,
    rate: Option<Spread>,
    p50_us: Option<Spread>,
    p99_us: Option<Spread>,
    p999_us: Option<Spread>,
    rss_mib: Option<Spread>,
    proxy_core_share: Option<Spread>,
    load_core_share: Option<Spread>,
    others_share: Option<Spread>,
    failures: u64,
    rounds: Vec<Measurement>,
}

/// The first target as a multiple of another, round by round.
#[derive(Debug, Serialize)]
struct Ratio {
    of: &'static str,
    to: &'static str,
    cpu: Option<Spread>,
    rate: Option<Spread>,
    p99: Option<Spread>,
}

impl Outcome {
    fn of(scenario: Scenario, targets: &[Described], measured: Vec<Vec<Measurement>>) -> Self {
        let figures: Vec<_> = targets
            .iter()
            .zip(measured)
            .map(|(target, rounds)| Figures::of(target.about.name, rounds))
            .collect();
        let figures: Vec<_> = figures.into_iter().filter(|figures| !figures.rounds.is_empty()).collect();
        let proxies = figures.iter().filter(|figures| figures.cpu_us.is_some());
        let ratios = match figures.first() {
            Some(first) => proxies.skip(1).map(|other| Ratio::of(first, other)).collect(),
            None => Vec::new(),
        };
        Self { scenario, targets: figures, ratios }
    }
}

impl Figures {
    fn of(name: &'static str, rounds: Vec<Measurement>) -> Self {
        let spread = |figure: fn(&Measurement) -> Option<f64>| Spread::of(rounds.iter().filter_map(figure));
        Self {
            name,
            cpu_us: spread(|m| m.cpu_us),
            user_us: spread(|m| Some(m.cpu_us? * m.user_share?)),
            rate: spread(|m| Some(m.rate)),
            p50_us: spread(|m| Some(m.p50_us)),
            p99_us: spread(|m| Some(m.p99_us)),
            p999_us: spread(|m| Some(m.p999_us)),
            rss_mib: spread(|m| m.rss_mib),
            proxy_core_share: spread(|m| m.proxy_core_share),
            load_core_share: spread(|m| Some(m.load_core_share)),
            others_share: spread(|m| Some(m.others_share)),
            failures: rounds.iter().map(|m| m.failures).sum(),
            rounds,
        }
    }

    fn row(&self) -> [String; 10] {
        let middle = |spread: Option<Spread>, decimals: usize| match spread {
            Some(spread) => format!("{:.decimals$}", spread.median),
            None => "-".to_owned(),
        };
        let share = |spread: Option<Spread>| {
            spread.map_or_else(|| "-".to_owned(), |spread| format!("{:.0} %", spread.median * 100.0))
        };
        [
            self.name.to_owned(),
            range(self.cpu_us, 1),
            middle(self.user_us, 1),
            range(self.rate, 0),
            middle(self.p50_us, 0),
            middle(self.p99_us, 0),
            middle(self.rss_mib, 1),
            share(self.proxy_core_share),
            share(self.load_core_share),
            self.failures.to_string(),
        ]
    }
}

impl Ratio {
    fn of(first: &Figures, other: &Figures) -> Self {
        let paired = |figure: fn(&Measurement) -> Option<f64>| {
            let rounds = first.rounds.iter().zip(&other.rounds);
            Spread::of(rounds.filter_map(|(a, b)| Some(figure(a)? / figure(b)?)))
        };
        Self {
            of: first.name,
            to: other.name,
            cpu: paired(|m| m.cpu_us),
            rate: paired(|m| Some(m.rate)),
            p99: paired(|m| Some(m.p99_us)),
        }
    }

    fn row(&self) -> [String; 4] {
        [format!("{} : {}", self.of, self.to), quartiles(self.cpu), quartiles(self.rate), quartiles(self.p99)]
    }
}

fn range(spread: Option<Spread>, decimals: usize) -> String {
    spread.map_or_else(
        || "-".to_owned(),
        |s| format!("{:.decimals$} / {:.decimals$} / {:.decimals$}", s.min, s.median, s.max),
    )
}

fn quartiles(spread: Option<Spread>) -> String {
    spread.map_or_else(|| "-".to_owned(), |s| format!("{:.2} ({:.2}-{:.2})", s.median, s.p25, s.p75))
}

impl Finished {
    /// Writes all figures to `<folder>/<time>.json`.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        bed::write(folder, &self.time, self)
    }

    /// What makes the run fail: a figure over wrong answers is not one.
    pub(crate) fn failure(&self) -> Option<String> {
        let figures = || self.scenarios.iter().flat_map(|outcome| &outcome.targets);
        let failures: u64 = figures().map(|figures| figures.failures).sum();
        let rounds = || figures().flat_map(|figures| &figures.rounds);
        let fault = rounds().find_map(|round| round.first_fault.as_ref());
        let statuses: Vec<_> = rounds().flat_map(|round| round.refused.keys()).collect();
        (failures > 0).then(|| {
            format!(
                "{failures} calls did not end in a good answer (statuses {statuses:?}, first fault {fault:?})"
            )
        })
    }

    /// How much of the proxies' core others used in the median of all turns.
    fn others_share(&self) -> f64 {
        let figures = self.scenarios.iter().flat_map(|outcome| &outcome.targets);
        let rounds = figures.filter(|figures| figures.cpu_us.is_some()).flat_map(|figures| &figures.rounds);
        Spread::of(rounds.map(|round| round.others_share)).map_or(0.0, |spread| spread.median)
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { rounds, seconds, keys, .. } = self.settings;
        let portico = self.versions.portico.as_deref().unwrap_or("no portico");
        writeln!(f, "{portico}, {}; {}", self.versions.nginx, self.machine.line())?;
        writeln!(
            f,
            "{rounds} rounds of {seconds} s for each target, {keys} keys in random order, one core for each proxy"
        )?;
        writeln!(f, "Others used {:.0} % of the proxies' core (median)", self.others_share() * 100.0)?;
        for outcome in &self.scenarios {
            writeln!(f, "\n{}: {}\n", outcome.scenario.name, outcome.scenario.title)?;
            table(f, FIGURES, outcome.targets.iter().map(Figures::row).collect())?;
            writeln!(f)?;
            table(f, RATIOS, outcome.ratios.iter().map(Ratio::row).collect())?;
        }
        for Described { about, start_ms, idle_connection_kib } in &self.targets {
            writeln!(f, "\n{}: {}", about.name, about.does)?;
            if !about.missing.is_empty() {
                writeln!(f, "  does not do: {}", about.missing)?;
            }
            if let Some(start_ms) = start_ms {
                writeln!(f, "  first answer {start_ms:.0} ms after its start")?;
            }
            if let Some(kib) = idle_connection_kib {
                writeln!(f, "  {kib:.1} KiB of memory for each idle connection")?;
            }
        }
        if let Some(CallLog { calls, dropped }) = self.call_log {
            writeln!(f, "\nportico counted {calls} calls and wrote no line for {dropped} of them")?;
        }
        Ok(())
    }
}

const FIGURES: [&str; 10] = [
    "target",
    "CPU µs/call min / median / max",
    "of it user",
    "calls/s min / median / max",
    "p50 µs",
    "p99 µs",
    "RSS MiB",
    "its core",
    "load's core",
    "failed",
];
const RATIOS: [&str; 4] = ["ratio by round: median (p25-p75)", "CPU/call", "calls/s", "p99"];

/// A table with columns as wide as what they hold, the first to the left.
pub(crate) fn table<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: Vec<[String; N]>,
) -> fmt::Result {
    let rows: Vec<_> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    for row in &rows {
        let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(cpu_us: f64) -> Measurement {
        Measurement {
            cpu_us: Some(cpu_us),
            user_share: Some(0.25),
            rate: 1000.0 / cpu_us,
            p50_us: 1.0,
            p99_us: 2.0,
            p999_us: 3.0,
            rss_mib: Some(4.0),
            proxy_core_share: Some(1.0),
            load_core_share: 0.5,
            others_share: 0.0,
            failures: 0,
            refused: BTreeMap::new(),
            first_fault: None,
        }
    }

    #[test]
    fn ratios_are_paired_by_round_not_taken_of_medians() {
        let figures = |name, cpus: [f64; 3]| Figures::of(name, cpus.map(measurement).into());
        // The machine became slower from round to round; the first target always costs double.
        let ratio = Ratio::of(&figures("a", [2.0, 4.0, 20.0]), &figures("b", [1.0, 2.0, 10.0]));
        let cpu = ratio.cpu.expect("there are rounds");
        assert!((cpu.min - 2.0).abs() < 1e-9 && (cpu.max - 2.0).abs() < 1e-9);
        assert_eq!(ratio.row()[0], "a : b");
    }
}
