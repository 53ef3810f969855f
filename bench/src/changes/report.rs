//! The figures of a run: all as JSON, and tables for people.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bed;
use crate::changes::imports::Imports;
use crate::changes::keys::{Figures, Keys};
use crate::changes::many::Many;
use crate::changes::{Part, Settings};
use crate::clock;
use crate::load::Tally;
use crate::machine::Machine;
use crate::report::table;

/// A finished run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    time: String,
    machine: Machine,
    portico: String,
    settings: Settings,
    keys: Part<Keys>,
    imports: Part<Imports>,
    many: Part<Many>,
}

impl Report {
    /// Puts it together.
    pub(super) fn new(
        machine: Machine,
        portico: String,
        settings: Settings,
        keys: Part<Keys>,
        imports: Part<Imports>,
        many: Part<Many>,
    ) -> Self {
        let time = clock::timestamp().strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        Self { time, machine, portico, settings, keys, imports, many }
    }

    /// Writes all figures to `<folder>/changes-<time>.json`.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        bed::write(folder, &format!("changes-{}", self.time), self)
    }

    /// What makes the run fail: a call of somebody whom no change concerns. No time does.
    pub(super) fn failure(&self) -> Option<String> {
        let lost: u64 = self.loads().iter().map(|(_, load)| load.failures()).sum();
        let statuses: Vec<_> = self.loads().iter().flat_map(|(_, load)| load.refused.keys()).collect();
        let fault = self.loads().iter().find_map(|(_, load)| load.first_fault.as_ref());
        (lost > 0).then(|| {
            format!("{lost} calls of the load were lost (statuses {statuses:?}, first fault {fault:?})")
        })
    }

    fn loads(&self) -> [(&'static str, &Tally); 3] {
        [("keys", &self.keys.load), ("imports", &self.imports.load), ("many changes", &self.many.load)]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { turns, imports, keys, rate, .. } = self.settings;
        writeln!(f, "{}; {}", self.portico, self.machine.line())?;
        writeln!(f, "{keys} keys, {rate} calls a second all the while; times in ms: p50 / p99 / max")?;

        writeln!(f, "\nA key is changed over the management API, {turns} times\n")?;
        table(f, KEYS, self.keys.figures.changes.iter().map(key_row).collect())?;
        writeln!(f, "\nThe calls that looked took {} each", self.keys.figures.call)?;

        let Imports { process, exit_to_in_force, late } = &self.imports.figures;
        writeln!(f, "\nAnother process imports a collection, {imports} times\n")?;
        let row = [process.to_string(), exit_to_in_force.to_string(), late.to_string()];
        table(f, IMPORTS, vec![row])?;

        let Many { made, at_once, seconds } = self.many.figures;
        let rate = made as f64 / seconds;
        writeln!(f, "\n{made} changes, {at_once} at a time, in {seconds:.1} s: {rate:.0} changes/s")?;

        writeln!(f, "\nThe load, which none of this concerns\n")?;
        table(f, LOADS, self.loads().into_iter().map(load_row).collect())
    }
}

const KEYS: [&str; 6] =
    ["change", "in force when", "request to answer", "request to in force", "answer to in force", "late"];
const IMPORTS: [&str; 3] = ["the process", "exit to in force", "late"];
const LOADS: [&str; 6] = ["during", "calls", "calls/s", "p50 µs", "p99 µs", "lost"];

fn key_row(figures: &Figures) -> [String; 6] {
    [
        figures.change.to_owned(),
        figures.in_force_when.to_owned(),
        figures.request_to_answer.to_string(),
        figures.request_to_in_force.to_string(),
        figures.answer_to_in_force.to_string(),
        figures.late.to_string(),
    ]
}

fn load_row((during, load): (&str, &Tally)) -> [String; 6] {
    [
        during.to_owned(),
        (load.answers() + load.faults).to_string(),
        format!("{:.0}", load.answers() as f64 / load.seconds),
        format!("{:.0}", load.p50_us),
        format!("{:.0}", load.p99_us),
        load.failures().to_string(),
    ]
}
