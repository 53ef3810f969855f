//! Keys that are disabled, enabled and given another token, each watched by calls with it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use crate::changes::Stage;
use crate::clock;
use crate::line::Line;
use crate::management::{KEYS_PER_CLIENT, Key};
use crate::statistics::Durations;

/// How long calls are sent before the change.
const BEFORE: Duration = Duration::from_millis(5);
/// How many calls in a row, all sent after the change was answered, end the watch.
const IN_A_ROW: usize = 3;
/// How long a change may take until it counts; there is no figure for one that never does.
const IN_FORCE_WITHIN: Duration = Duration::from_secs(30);

/// What was measured on keys.
#[derive(Debug, Serialize)]
pub(crate) struct Keys {
    /// By change.
    pub(crate) changes: Vec<Figures>,
    /// How long each of the calls took that looked whether a change counts.
    pub(crate) call: Durations,
}

/// What was measured on one kind of change.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// Its name.
    pub(crate) change: &'static str,
    /// How one tells that it counts.
    pub(crate) in_force_when: &'static str,
    /// From sending the request to its answer.
    pub(crate) request_to_answer: Durations,
    /// From sending the request to sending the first call that was treated in the new way.
    pub(crate) request_to_in_force: Durations,
    /// The same from the answer; 0 where all calls sent after it were treated in the new way.
    pub(crate) answer_to_in_force: Durations,
    /// How often a call sent after the answer was still treated in the former way.
    pub(crate) late: usize,
}

/// Changes so many keys, one after the other, in each way.
pub(crate) async fn measure(stage: &Stage, turns: usize) -> anyhow::Result<Keys> {
    let mut watch = Watch { line: Line::open(stage.running.target.address).await?, took: Vec::new() };
    let (mut disable, mut enable, mut refresh) = (Vec::new(), Vec::new(), Vec::new());
    let mut client = 0;
    for turn in 0..turns {
        if turn.is_multiple_of(KEYS_PER_CLIENT) {
            let name = format!("Changed {}", turn / KEYS_PER_CLIENT + 1);
            client = stage.api.make_client(stage.collection.id, &name).await?;
        }
        let mut key = stage.api.make_key(client, &format!("Changed {}", turn + 1)).await?;
        watch.made(stage, &key).await?;
        disable.push(watch.through(stage, &key, Outcome::Refused, stage.api.disable(&key)).await?);
        enable.push(watch.through(stage, &key, Outcome::Served, stage.api.enable(&key)).await?);
        refresh.push(watch.refreshed(stage, &mut key).await?);
    }
    let changes = vec![
        Figures::of("disable", "the key is refused", &disable),
        Figures::of("enable", "the key is served", &enable),
        Figures::of("refresh_secret", "the new token is served", &refresh),
    ];
    Ok(Keys { changes, call: Durations::of(watch.took) })
}

impl Figures {
    fn of(change: &'static str, in_force_when: &'static str, turns: &[Turn]) -> Self {
        let durations = |figure: fn(&Turn) -> Duration| Durations::of(turns.iter().map(figure));
        Self {
            change,
            in_force_when,
            request_to_answer: durations(|turn| turn.answered - turn.requested),
            request_to_in_force: durations(|turn| turn.in_force.saturating_duration_since(turn.requested)),
            answer_to_in_force: durations(Turn::late_by),
            late: turns.iter().filter(|turn| turn.late).count(),
        }
    }
}

/// One change of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    requested: Instant,
    answered: Instant,
    /// When the first call was sent after which none was treated in the former way.
    in_force: Instant,
    /// A call that was sent after the answer was treated in the former way.
    late: bool,
}

impl Turn {
    /// `None` if the last call was treated in the former way, or there are no calls.
    fn of(requested: Instant, answered: Instant, calls: &[Call], wanted: Outcome) -> Option<Self> {
        let former = calls.iter().rposition(|call| call.outcome != wanted);
        let in_force = calls.get(former.map_or(0, |former| former + 1))?.sent;
        let late = former.is_some_and(|former| calls[former].sent >= answered);
        Some(Self { requested, answered, in_force, late })
    }

    fn late_by(&self) -> Duration {
        if self.late { self.in_force - self.answered } else { Duration::ZERO }
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Served,
    Refused,
}

/// A call that looked whether a change counts.
#[derive(Debug, Clone, Copy)]
struct Call {
    sent: Instant,
    outcome: Outcome,
}

/// Calls one after the other on one connection.
struct Watch {
    line: Line,
    took: Vec<Duration>,
}

impl Watch {
    /// Calls until a new key is served.
    async fn made(&mut self, stage: &Stage, key: &Key) -> anyhow::Result<()> {
        self.calls(stage, &key.token, Outcome::Served, &Cell::new(Some(clock::now()))).await.map(drop)
    }

    /// Calls before, during and after the change.
    async fn through(
        &mut self,
        stage: &Stage,
        key: &Key,
        wanted: Outcome,
        change: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Turn> {
        let answer = Cell::new(None);
        let calls = self.calls(stage, &key.token, wanted, &answer);
        let change = async {
            sleep(BEFORE).await;
            let requested = clock::now();
            change.await?;
            let answered = clock::now();
            answer.set(Some(answered));
            Ok((requested, answered))
        };
        let (calls, (requested, answered)) = tokio::try_join!(calls, change)?;
        Turn::of(requested, answered, &calls, wanted).context("it does not count")
    }

    /// Calls after the change: the new token is not known before.
    async fn refreshed(&mut self, stage: &Stage, key: &mut Key) -> anyhow::Result<Turn> {
        let requested = clock::now();
        stage.api.refresh(key).await?;
        let answered = clock::now();
        let wanted = Outcome::Served;
        let calls = self.calls(stage, &key.token, wanted, &Cell::new(Some(answered))).await?;
        Turn::of(requested, answered, &calls, wanted).context("it does not count")
    }

    /// Calls until the change is answered and counts.
    async fn calls(
        &mut self,
        stage: &Stage,
        token: &str,
        wanted: Outcome,
        answered: &Cell<Option<Instant>>,
    ) -> anyhow::Result<Vec<Call>> {
        let request = self.line.request(&stage.path(), token);
        let calls = async {
            let (mut calls, mut in_a_row) = (Vec::new(), 0);
            while in_a_row < IN_A_ROW {
                let call = self.call(&request).await?;
                let after = answered.get().is_some_and(|answered| call.sent >= answered);
                in_a_row = if after && call.outcome == wanted { in_a_row + 1 } else { 0 };
                calls.push(call);
            }
            Ok(calls)
        };
        let calls = timeout(IN_FORCE_WITHIN, calls).await;
        calls.with_context(|| format!("a change of a key does not count after {IN_FORCE_WITHIN:?}"))?
    }

    async fn call(&mut self, request: &str) -> anyhow::Result<Call> {
        let sent = clock::now();
        let (status, body) = self.line.call(request).await?;
        self.took.push(clock::now() - sent);
        let outcome = match status {
            200 => Outcome::Served,
            401 | 403 => Outcome::Refused,
            _ => bail!("a call is answered with {status}: {}", String::from_utf8_lossy(&body)),
        };
        Ok(Call { sent, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// One call each millisecond from the start: `s` is served, `r` is refused. The request is sent
    /// after 2 ms and answered after 4 ms.
    fn disabled(calls: &str) -> (Instant, Option<Turn>) {
        let start = clock::now();
        let outcomes = calls.chars().map(|c| if c == 's' { Outcome::Served } else { Outcome::Refused });
        let calls: Vec<_> =
            outcomes.zip(0..).map(|(outcome, n)| Call { sent: start + MILLISECOND * n, outcome }).collect();
        (start, Turn::of(start + MILLISECOND * 2, start + MILLISECOND * 4, &calls, Outcome::Refused))
    }

    #[test]
    fn a_change_that_counts_with_its_answer_is_not_late() {
        for (calls, in_force) in [("sssrrr", 3), ("ssssrrr", 4), ("srrrrr", 1)] {
            let (start, turn) = disabled(calls);
            let turn = turn.expect("it counts");
            assert_eq!((turn.in_force - start, turn.late_by()), (MILLISECOND * in_force, Duration::ZERO));
        }
    }

    #[test]
    fn a_change_counts_once_no_call_is_treated_in_the_former_way() {
        let (start, turn) = disabled("sssrsssrrr");
        let turn = turn.expect("it counts");
        assert_eq!((turn.in_force - start, turn.late_by()), (MILLISECOND * 7, MILLISECOND * 3));
        assert_eq!(disabled("sssrrs").1, None);
    }
}
