//! A long run: calls at a modest rate and a change every second, while memory is looked at. What leaks,
//! leaks slowly.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::bed::{self, Bed};
use crate::changes::many::{self, Hand};
use crate::changes::{Load, Stage};
use crate::machine::Machine;
use crate::{clock, console, portico, process};

/// For so long, or half of the run if that is less, what the server keeps is still growing: its pools,
/// caches, and the allocator's arenas.
const WARM_UP_MINUTES: usize = 5;

/// In which second of a minute the server is looked at, while it is called.
const LOOK_AT_SECOND: u64 = 50;

/// Calls a server and changes what it serves for a long time, and shows what becomes of its memory.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// How many calls a second the load makes all the while.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// How many keys there are.
    #[arg(long, default_value_t = 100_000)]
    keys: usize,
    #[command(flatten)]
    bed: Bed,
}

/// What a minute was like.
#[derive(Debug, Clone, Copy, Serialize)]
struct Minute {
    /// Memory in use.
    rss_mib: f64,
    /// Open connections of callers.
    connections: u64,
    /// Calls with a whole answer.
    calls: u64,
    /// Calls that did not end in a good answer.
    failures: u64,
    /// Changes that were made.
    changes: usize,
    p99_us: f64,
}

/// A finished run.
#[derive(Debug, Serialize)]
struct Report<'a> {
    time: String,
    machine: Machine,
    portico: String,
    rate: u32,
    keys: usize,
    minutes: &'a [Minute],
}

/// Goes on until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(measure(arguments)).await
}

async fn measure(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { minutes, rate, keys, bed } = arguments;
    let out = bed.prepare()?;
    let (machine, portico) = (Machine::describe(), portico::version(&bed.portico)?);
    let stage = Stage::set_up(&bed, &out, keys, rate).await?;
    process::stay_on(bed.load_core)?;
    console::print(format_args!("{portico}; {}", machine.line()));
    console::print(format_args!("{keys} keys, {rate} calls and one change a second"));
    let mut hand = many::hands(&stage).await?.into_iter().next().context("nothing can be changed")?;
    let mut past = Vec::new();
    for number in 1..=minutes {
        let minute = one_minute(&stage, &mut hand).await?;
        let Minute { rss_mib, connections, calls, failures, changes, p99_us } = minute;
        console::print(format_args!(
            "minute {number:3}: {rss_mib:6.1} MiB, {connections} connections, {calls} calls, {failures} failures, \
             {changes} changes, p99 {p99_us:.0} µs"
        ));
        past.push(minute);
    }
    let time = clock::timestamp().strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
    let report = Report { time, machine, portico, rate, keys, minutes: &past };
    console::print(summary(&past));
    console::print(format_args!(
        "All figures: {}",
        bed::write(&out, &format!("soak-{}", report.time), &report)?.display()
    ));
    let failures: u64 = past.iter().map(|minute| minute.failures).sum();
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A minute of calls, with a change each second.
async fn one_minute(stage: &Stage, hand: &mut Hand) -> anyhow::Result<Minute> {
    let (load, start) = (Load::start(stage)?, Instant::from_std(clock::now()));
    let (mut look, mut changes) = (None, 0);
    for second in 0..60 {
        hand.make_next().await?;
        changes += 1;
        if second == LOOK_AT_SECOND {
            let rss_mib = stage.rss_mib()?;
            look = Some((rss_mib, portico::connections(stage.running.ops).await?));
        }
        sleep_until(start + Duration::from_secs(second + 1)).await;
    }
    let tally = load.end().await?;
    let (rss_mib, connections) = look.context("a minute has too few seconds")?;
    let (calls, failures) = (tally.answers(), tally.failures());
    if let Some(fault) = &tally.first_fault {
        console::note(fault);
    }
    Ok(Minute { rss_mib, connections, calls, failures, changes, p99_us: tally.p99_us })
}

/// Memory at the first look after the warm-up and at the last, and what was done.
fn summary(past: &[Minute]) -> String {
    let warm = WARM_UP_MINUTES.min(past.len() / 2);
    let rss = |minute: Option<&Minute>| minute.map_or(0.0, |minute| minute.rss_mib);
    let sum = |figure: fn(&Minute) -> u64| past.iter().map(figure).sum::<u64>();
    format!(
        "memory after {} minutes {:.1} MiB, after {} minutes {:.1} MiB; {} calls, {} failures, {} changes",
        warm + 1,
        rss(past.get(warm)),
        past.len(),
        rss(past.last()),
        sum(|minute| minute.calls),
        sum(|minute| minute.failures),
        past.iter().map(|minute| minute.changes).sum::<usize>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_compares_the_end_with_what_came_after_the_warm_up() {
        let minute =
            |rss_mib| Minute { rss_mib, connections: 64, calls: 100, failures: 1, changes: 60, p99_us: 1.0 };
        let past: Vec<_> = (1..=12).map(|number| minute(f64::from(number))).collect();
        let expected =
            "memory after 6 minutes 6.0 MiB, after 12 minutes 12.0 MiB; 1200 calls, 12 failures, 720 changes";
        assert_eq!(summary(&past), expected);
        let short = summary(&past[..2]);
        assert!(short.starts_with("memory after 2 minutes 2.0 MiB, after 2 minutes 2.0 MiB"), "{short}");
    }
}
