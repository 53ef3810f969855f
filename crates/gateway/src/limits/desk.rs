//! Where blocks of quotas are asked for, and who reserves them.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::Environment;
use store::quotas::{self, Grant, Holder, Wish};
use store::{Db, Result};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, sleep};

use super::{Meter, QuotaRule};
use crate::gate::Gate;

/// How many holders can wait for a block. Each asks once at a time; one for whom there is no room asks
/// again with its next call.
const WAITING: usize = 65_536;

/// How many holders get their blocks in one transaction.
const BATCH: usize = 256;

/// How long to wait for the store after it failed.
const RETRY: Duration = Duration::from_secs(1);

/// How often windows of rates that are long over are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// A holder wants a block.
#[derive(Debug)]
struct Ask {
    holder: Holder,
    meter: Arc<Meter>,
    rule: QuotaRule,
}

/// Takes what is asked for in the course of calls, none of which waits here.
#[derive(Debug)]
pub(crate) struct Desk {
    asks: mpsc::Sender<Ask>,
    inbox: Mutex<Option<mpsc::Receiver<Ask>>>,
    /// Goes up whenever blocks were handed out, or could not be.
    rounds: watch::Sender<u64>,
    is_failing: AtomicBool,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let (asks, inbox) = mpsc::channel(WAITING);
        let (inbox, is_failing) = (Mutex::new(Some(inbox)), AtomicBool::new(false));
        Self { asks, inbox, rounds: watch::Sender::new(0), is_failing }
    }

    /// Asks for a block, unless that was done already.
    pub(super) fn ask(&self, holder: Holder, meter: &Arc<Meter>, rule: QuotaRule) {
        if !meter.quota.may_ask() {
            return;
        }
        if let Err(refused) = self.asks.try_send(Ask { holder, meter: Arc::clone(meter), rule }) {
            refused.into_inner().meter.quota.answered();
        }
    }

    /// Tells when blocks were handed out.
    pub(crate) fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }

    /// Whether the store cannot be reached, so that it makes no sense to wait for a block.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    fn open(&self) -> Option<mpsc::Receiver<Ask>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn next_round(&self, is_failing: bool) {
        self.is_failing.store(is_failing, Ordering::Relaxed);
        self.rounds.send_modify(|round| *round = round.wrapping_add(1));
    }
}

/// Reserves blocks of quotas in `db` for the keys of `gate`, until `shutdown` is true or its sender is
/// gone; then gives back what is left of them. There may be one of these for a gate.
///
/// While the store fails, calls are admitted out of the blocks that are there, and no others.
pub async fn run(gate: Arc<Gate>, db: Db, environment: Environment, mut shutdown: watch::Receiver<bool>) {
    let Some(mut inbox) = gate.keys.desk.open() else {
        tracing::error!("blocks of quotas are reserved elsewhere already");
        return;
    };
    // A sender that is gone asks for the same.
    let mut stopped = pin!(async move { drop(shutdown.wait_for(|stop| *stop).await) });
    let mut forget = interval(FORGET_EVERY);
    let mut asks = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            _ = forget.tick() => gate.keys.forget_rates(gate.uptime_ms(environment.clock.instant())),
            count = inbox.recv_many(&mut asks, BATCH) => {
                // The gate has the other end.
                debug_assert!(count > 0, "the desk is open as long as the gate is there");
                // Not to be broken off: what is reserved by then would be lost.
                let served = serve(&gate, &db, &asks, environment.now()).await;
                asks.clear();
                if served.is_err() {
                    tokio::select! {
                        () = &mut stopped => break,
                        () = sleep(RETRY) => {}
                    }
                }
            }
        }
    }
    if let Err(error) = give_back(&gate, &db).await {
        tracing::warn!(%error, "what is left of the quotas' blocks could not be given back, and is lost");
    }
}

/// Hands out blocks to those who asked.
async fn serve(gate: &Gate, db: &Db, asks: &[Ask], now: Timestamp) -> Result<()> {
    let desk = &gate.keys.desk;
    let now_s = u32::try_from(now.as_second()).unwrap_or(u32::MAX);
    let mut reserved = reserve(db, asks, now, now_s).await;
    if let Ok(grants) = &mut reserved {
        for ask in asks {
            // What was reserved once is handed out once.
            let Some(grant) = grants.remove(&ask.holder) else { continue };
            let number = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
            let (calls, rest) = (number(grant.calls), number(grant.rest));
            ask.meter.quota.add(ask.rule, grant.started_at.as_second(), calls, rest, now_s);
        }
    }
    asks.iter().for_each(|ask| ask.meter.quota.answered());
    match (&reserved, desk.is_failing()) {
        (Err(error), false) => {
            tracing::warn!(%error, "quotas cannot be reserved; calls are admitted as far as blocks last");
        }
        (Ok(_), true) => tracing::info!("quotas are reserved again"),
        _ => {}
    }
    desk.next_round(reserved.is_err());
    reserved.map(drop)
}

async fn reserve(db: &Db, asks: &[Ask], now: Timestamp, now_s: u32) -> Result<HashMap<Holder, Grant>> {
    let wish = |ask: &Ask| {
        let started = |second| Timestamp::from_second(second).ok();
        let back = ask.meter.quota.take_stale(ask.rule);
        Wish {
            holder: ask.holder,
            limit: i64::from(ask.rule.limit),
            seconds: i64::from(ask.rule.seconds),
            calls: i64::from(ask.meter.quota.next_size(now_s, ask.rule)),
            back: back.and_then(|(start, left)| Some((started(start)?, i64::from(left)))),
        }
    };
    let mut seen = HashSet::with_capacity(asks.len());
    let wishes: Vec<_> = asks.iter().filter(|ask| seen.insert(ask.holder)).map(wish).collect();
    let mut tx = db.begin().await?;
    let grants = quotas::reserve(&mut tx, &wishes, now).await?;
    tx.commit().await?;
    Ok(grants)
}

/// Gives back what is left of all blocks. Nothing is admitted out of them afterwards.
async fn give_back(gate: &Gate, db: &Db) -> Result<()> {
    let blocks = gate.keys.take_blocks();
    if blocks.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for (holder, start, left) in blocks {
        if let Ok(started_at) = Timestamp::from_second(start) {
            quotas::give_back(&mut tx, holder, started_at, i64::from(left)).await?;
        }
    }
    tx.commit().await
}
