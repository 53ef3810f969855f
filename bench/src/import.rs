//! What importing a large document costs a running server, and what callers notice of it.

mod document;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::bed::{self, Bed};
use crate::changes::Stage;
use crate::load::Tally;
use crate::machine::Machine;
use crate::process::{self, Server};
use crate::statistics::Durations;
use crate::{clock, console, portico};

/// How often the server's memory is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long the load runs without an import, to compare with.
const QUIET: Duration = Duration::from_secs(5);
/// How long the server rests between imports, so that what one leaves behind is not counted for the
/// next.
const REST: Duration = Duration::from_secs(1);

/// Measures what importing a large document costs, and whether it disturbs calls.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many times the document is imported, once without and once with calls beside it.
    #[arg(long, default_value_t = 5)]
    imports: usize,
    /// How many operations the document has.
    #[arg(long, default_value_t = 1_100)]
    operations: usize,
    /// How many bytes the document has, about.
    #[arg(long, default_value_t = 12_000_000)]
    bytes: usize,
    /// How many calls a second the load makes.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    #[command(flatten)]
    bed: Bed,
}

/// Keys beside the imports; few, since they are not what is measured.
const KEYS: usize = 1_000;

/// A finished run.
#[derive(Debug, Serialize)]
struct Report {
    time: String,
    machine: Machine,
    portico: String,
    document_bytes: usize,
    operations: usize,
    /// Without calls.
    alone: Imports,
    /// With calls.
    beside_calls: Imports,
    calls_before: Tally,
    calls_during: Tally,
}

/// What imports cost.
#[derive(Debug, Serialize)]
struct Imports {
    /// From sending the request to its answer.
    answer: Durations,
    /// CPU time of the server meanwhile, its calls included; the mean.
    cpu_seconds: f64,
    /// How far memory rose above what it was before, at most, in bytes.
    rss_growth: u64,
}

/// Measures until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(measure(arguments)).await
}

async fn measure(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let out = arguments.bed.prepare()?;
    let (machine, portico) = (Machine::describe(), portico::version(&arguments.bed.portico)?);
    let stage = Stage::set_up(&arguments.bed, &out, KEYS, arguments.rate).await?;
    process::stay_on(arguments.bed.load_core)?;
    let text = document::document(arguments.operations, arguments.bytes);
    console::note(format_args!("{} bytes, {} times without calls", text.len(), arguments.imports));
    let alone = imports(&stage, &text, "Alone", &arguments).await?;
    console::note(format_args!("calls without imports, then {} imports beside calls", arguments.imports));
    let quiet = async {
        sleep(QUIET).await;
        Ok(())
    };
    let before = stage.under_load(quiet).await?;
    let during = stage.under_load(imports(&stage, &text, "Beside", &arguments)).await?;
    let report = Report {
        time: clock::timestamp().strftime("%Y-%m-%dT%H-%M-%SZ").to_string(),
        machine,
        portico,
        document_bytes: text.len(),
        operations: arguments.operations,
        alone,
        beside_calls: during.figures,
        calls_before: before.load,
        calls_during: during.load,
    };
    report.print();
    let path = bed::write(&out, &format!("import-{}", report.time), &report)?;
    console::print(format_args!("All figures: {}", path.display()));
    let lost = report.calls_before.failures() + report.calls_during.failures();
    if lost > 0 {
        console::note(format_args!("{lost} calls of the load were lost"));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn imports(stage: &Stage, text: &str, name: &str, arguments: &Arguments) -> anyhow::Result<Imports> {
    let server = stage.running.target.server.as_ref().context("the server is no process of ours")?;
    let (mut answers, mut cpu, mut growth) = (Vec::new(), Duration::ZERO, 0);
    for number in 1..=arguments.imports {
        let spec = json!({"content": text, "format": "json"});
        let body = json!({"name": format!("{name} {number}"), "openapi_spec": spec}).to_string().into_bytes();
        sleep(REST).await;
        let before = server.usage()?;
        let start = clock::now();
        let (answer, peak) = peak_during(server, stage.api.import(body)).await?;
        answers.push(clock::now() - start);
        cpu += server.usage()?.since(&before).cpu;
        growth = growth.max(peak.saturating_sub(before.rss_bytes));
        let total = &answer["import_results"]["total_endpoints"];
        ensure!(*total == arguments.operations, "{total} operations were imported");
    }
    let cpu_seconds = cpu.as_secs_f64() / arguments.imports.max(1) as f64;
    Ok(Imports { answer: Durations::of(answers), cpu_seconds, rss_growth: growth })
}

/// What comes of `work`, and the most memory that the server had meanwhile.
async fn peak_during<T>(
    server: &Server,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, u64)> {
    let mut work = std::pin::pin!(work);
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut peak = 0;
    loop {
        tokio::select! {
            done = &mut work => return Ok((done?, peak)),
            _ = look.tick() => peak = peak.max(server.usage()?.rss_bytes),
        }
    }
}

impl Report {
    fn print(&self) {
        console::print(format_args!("{}; {}", self.portico, self.machine.line()));
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let size = self.document_bytes as u64;
        console::print(format_args!("{:.1} MB, {} operations", mb(size), self.operations));
        for (when, imports) in [("alone", &self.alone), ("beside calls", &self.beside_calls)] {
            console::print(format_args!(
                "{when}: answer in {} ms (p50 / p99 / max), {:.2} s of CPU, {:.1} MB more memory ({:.1} times the document)",
                imports.answer,
                imports.cpu_seconds,
                mb(imports.rss_growth),
                imports.rss_growth as f64 / size.max(1) as f64,
            ));
        }
        for (when, load) in [("before", &self.calls_before), ("during", &self.calls_during)] {
            console::print(format_args!(
                "calls {when}: {} good, {} lost; p50 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs",
                load.good,
                load.failures(),
                load.p50_us,
                load.p99_us,
                load.p999_us
            ));
        }
    }
}
