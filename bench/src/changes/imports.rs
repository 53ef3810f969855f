//! Collections that another process imports, on the same database and beside the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::changes::Stage;
use crate::clock;
use crate::line::Line;
use crate::statistics::Durations;

/// How long the number of the last change that the gateway knows stays the same once it is final.
const FINAL_AFTER: Duration = Duration::from_millis(500);
/// How long the gateway may take to hear of a change; there is no figure for one that it never hears
/// of.
const IN_FORCE_WITHIN: Duration = Duration::from_secs(30);

/// What was measured on imports.
#[derive(Debug, Serialize)]
pub(crate) struct Imports {
    /// From the start of the other process to its end.
    pub(crate) process: Durations,
    /// From the end of the other process to sending the first look that showed all its changes.
    pub(crate) exit_to_in_force: Durations,
    /// How often the gateway did not know them all by the end of the process.
    pub(crate) late: usize,
}

/// Imports so many collections, one after the other.
pub(crate) async fn measure(stage: &Stage, count: usize) -> anyhow::Result<Imports> {
    let document = stage.folder.path().join("imported.json");
    std::fs::write(&document, openapi().to_string())?;
    let document = document.to_str().context("the folder's name is not UTF-8")?;
    let mut ready = Ready::open(stage).await?;
    let (mut process, mut in_force) = (Vec::new(), Vec::new());
    for number in 1..=count {
        let before = ready.seq().await?;
        let start = clock::now();
        let name = format!("Imported {number}");
        stage.running.beside(&["import", document, "--name", &name, "--activate"]).await?;
        let exit = clock::now();
        process.push(exit - start);
        in_force.push(ready.late_by(exit, before).await?);
    }
    Ok(Imports {
        process: Durations::of(process),
        late: in_force.iter().filter(|late| !late.is_zero()).count(),
        exit_to_in_force: Durations::of(in_force),
    })
}

/// A small document; its endpoints answer from its examples.
fn openapi() -> Value {
    let answer = json!({"description": "OK", "content": {"application/json": {"example": {"ok": true}}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "imported", "version": "1.0"},
        "paths": {"/first": {"get": {"operationId": "first", "responses": {"200": answer}}}},
    })
}

/// What the server says about itself.
struct Ready {
    line: Line,
    request: String,
}

impl Ready {
    async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let line = Line::open(stage.running.ops).await?;
        let request = line.request("/readyz", "");
        Ok(Self { line, request })
    }

    /// The number of the last change that the gateway knows.
    async fn seq(&mut self) -> anyhow::Result<i64> {
        let (status, body) = self.line.call(&self.request).await?;
        ensure!(status == 200, "/readyz is answered with {status}: {}", String::from_utf8_lossy(&body));
        let body: Value = serde_json::from_slice(&body)?;
        body["gateway"]["seq"].as_i64().context("/readyz shows no number of a change")
    }

    /// How long after `exit` the gateway knew all changes; 0 if the first look already shows them.
    async fn late_by(&mut self, exit: Instant, before: i64) -> anyhow::Result<Duration> {
        let mut last = self.seq().await?;
        let (mut in_force, mut late) = (exit, Duration::ZERO);
        loop {
            let sent = clock::now();
            if last > before && sent - in_force >= FINAL_AFTER {
                return Ok(late);
            }
            ensure!(sent - exit < IN_FORCE_WITHIN, "the gateway knows no end after {IN_FORCE_WITHIN:?}");
            let seq = self.seq().await?;
            if seq != last {
                (last, in_force, late) = (seq, sent, sent - exit);
            }
        }
    }
}
