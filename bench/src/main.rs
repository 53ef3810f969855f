//! `bench`: what a call costs in Portico and in a well-known proxy, side by side, and how soon a change
//! counts. What is measured and how to read it stands in `docs/benchmarks.md`.

mod bed;
mod changes;
mod clock;
mod console;
mod framing;
mod http;
mod import;
mod line;
mod load;
mod machine;
mod management;
mod nginx;
mod pace;
mod portico;
mod probe;
mod process;
mod random;
mod reads;
mod report;
mod run;
mod scenario;
mod soak;
mod statistics;
mod target;
mod upstream;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures what a call costs in Portico and in its peers, side by side, and how soon a change counts.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets everything up, measures in alternating rounds, prints a table and writes a JSON file.
    Run(run::Arguments),
    /// Measures how soon a change counts, and whether one costs others a call.
    Changes(changes::Arguments),
    /// Measures what importing a large document costs, and whether it disturbs calls.
    Import(import::Arguments),
    /// Calls and changes for a long time, and shows what becomes of the memory.
    Soak(soak::Arguments),
    /// Sends oddly framed requests to Portico and its peers, and tells what each made of them.
    Framing(framing::Arguments),
    /// Measures what reads of the management API cost, with many keys stored.
    Reads(reads::Arguments),
    /// Sends requests to one address and prints what came back as JSON.
    Load(load::Arguments),
    /// Serves the answers that the proxies fetch.
    Upstream(upstream::Arguments),
}

fn main() -> ExitCode {
    match work(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            console::note(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// One thread: the parts that are measured against each other are processes of their own.
fn work(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Run(arguments) => run::run(arguments).await,
            Command::Changes(arguments) => changes::run(arguments).await,
            Command::Import(arguments) => import::run(arguments).await,
            Command::Soak(arguments) => soak::run(arguments).await,
            Command::Framing(arguments) => framing::run(arguments).await,
            Command::Reads(arguments) => reads::run(arguments).await,
            Command::Load(arguments) => load::run(arguments).await.map(|()| ExitCode::SUCCESS),
            Command::Upstream(arguments) => upstream::run(arguments).await.map(|()| ExitCode::SUCCESS),
        }
    })
}
