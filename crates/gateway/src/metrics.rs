//! What the gateway counts. Each thread has figures of its own, which only it writes; a scrape
//! adds them up.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::gate::Gate;
use crate::histogram::{Histogram, Merged};
use crate::log::Queue;
use crate::refusal::{Refusal, UpstreamFault};

/// A figure that one thread writes and any may read. A store is a third of the cost of an
/// addition that other threads could meet.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.store(self.get().wrapping_add(more), Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, less: u64) {
        self.0.store(self.get().wrapping_sub(less), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The status classes of answers, and a class for calls that got none.
const CLASSES: [&str; 5] = ["2xx", "3xx", "4xx", "5xx", "none"];

/// The figures of one thread. Aligned so that no two threads write to one cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Figures {
    classes: [Count; CLASSES.len()],
    refusals: [Count; Refusal::ALL.len()],
    upstream_faults: [Count; UpstreamFault::ALL.len()],
    pub(crate) durations: Histogram,
    pub(crate) connections: Count,
    pub(crate) calls_in_flight: Count,
    /// Connections that could not be accepted, for want of file descriptors mostly.
    pub(crate) accept_errors: Count,
    /// Connections opened to upstreams.
    pub(crate) upstream_connects: Count,
    /// Calls that were sent upstream a second time.
    pub(crate) upstream_retries: Count,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            classes: std::array::from_fn(|_| Count::default()),
            refusals: std::array::from_fn(|_| Count::default()),
            upstream_faults: std::array::from_fn(|_| Count::default()),
            durations: Histogram::default(),
            connections: Count::default(),
            calls_in_flight: Count::default(),
            accept_errors: Count::default(),
            upstream_connects: Count::default(),
            upstream_retries: Count::default(),
        }
    }
}

impl Figures {
    /// Counts the end of a call; without a status if the caller was gone before there was one.
    pub(crate) fn answered(&self, status: Option<StatusCode>) {
        let class = match status.map(|status| status.as_u16() / 100) {
            Some(class @ 2..=5) => usize::from(class - 2),
            _ => CLASSES.len() - 1,
        };
        self.classes[class].add(1);
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.refusals[refusal.slot()].add(1);
        if let Some(fault) = refusal.upstream_fault() {
            self.upstream_failed(fault);
        }
    }

    pub(crate) fn upstream_failed(&self, fault: UpstreamFault) {
        self.upstream_faults[fault.slot()].add(1);
    }
}

/// Everything that a scrape shows.
#[derive(Debug)]
pub(crate) struct Scrape {
    pub(crate) gate: Arc<Gate>,
    pub(crate) cores: Vec<(Arc<Figures>, Arc<Queue>)>,
}

type Label = [(&'static str, String); 1];

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out { encoder: &mut encoder };
        let sum = |of: &dyn Fn(&Figures) -> u64| self.cores.iter().map(|(core, _)| of(core)).sum::<u64>();
        let core = |of: &dyn Fn(&Figures, &Queue) -> u64| -> Vec<(Label, u64)> {
            let cores = self.cores.iter().enumerate();
            cores.map(|(index, (core, log))| ([("core", index.to_string())], of(core, log))).collect()
        };
        let labelled = |name, texts: Vec<String>, of: &dyn Fn(&Figures, usize) -> u64| -> Vec<(Label, u64)> {
            let texts = texts.into_iter().enumerate();
            texts.map(|(slot, text)| ([(name, text)], sum(&|core| of(core, slot)))).collect()
        };

        let classes = CLASSES.map(str::to_owned).to_vec();
        let classes = labelled("status", classes, &|core, slot| core.classes[slot].get());
        out.counters("calls", "Calls by the class of their status", classes)?;
        let codes = Refusal::ALL.iter().map(|refusal| refusal.code().to_string()).collect();
        let refusals = labelled("code", codes, &|core, slot| core.refusals[slot].get());
        out.counters("refusals", "Calls answered by the gateway itself, by code", refusals)?;
        let kinds = UpstreamFault::ALL.iter().map(|fault| fault.as_str().to_owned()).collect();
        let faults = labelled("kind", kinds, &|core, slot| core.upstream_faults[slot].get());
        out.counters("upstream_errors", "What went wrong on the way to upstreams", faults)?;

        let connects = sum(&|core| core.upstream_connects.get());
        out.counter("upstream_connects", "Connections opened to upstreams", connects)?;
        let retries = sum(&|core| core.upstream_retries.get());
        out.counter("upstream_retries", "Calls sent upstream a second time", retries)?;
        let errors = sum(&|core| core.accept_errors.get());
        out.counter("accept_errors", "Connections that could not be accepted", errors)?;
        out.durations(self.cores.iter().map(|(core, _)| &core.durations))?;

        out.gauges("connections", "Open connections of callers", core(&|core, _| core.connections.get()))?;
        out.gauges("calls_in_flight", "Calls being answered", core(&|core, _| core.calls_in_flight.get()))?;
        out.gauges("log_queue_depth", "Calls waiting to be written", core(&|_, log| log.depth()))?;
        out.gauges("log_queue_capacity", "How many can wait", core(&|_, log| log.capacity()))?;
        out.counters("log_drops", "Calls not written because too many waited", core(&|_, log| log.drops()))?;

        let issuers = self.gate.keys.issuers().health();
        let by = |name, text: &str| [(name, text.to_owned())];
        let states = [("fresh", issuers.fresh), ("stale", issuers.stale), ("missing", issuers.missing)];
        let states = states.map(|(text, count)| (by("keys", text), count));
        out.gauges("identity_providers", "Identity providers by the state of their keys", states.to_vec())?;
        let fetches = [("ok", issuers.fetched), ("failed", issuers.failed)];
        let fetches = fetches.map(|(text, count)| (by("outcome", text), count));
        out.counters("key_fetches", "Fetches of keys of identity providers", fetches.to_vec())?;

        let state = self.gate.state();
        out.gauge("snapshot_seq", "The latest change that is served", state.seq.cast_unsigned())?;
        out.gauge("ready", "Whether there is a snapshot to serve", u64::from(state.ready))?;
        out.gauge("keys", "Keys in the snapshot", self.gate.keys_held())?;
        out.gauge("endpoints", "Endpoints in the snapshot", self.gate.endpoints_held())
    }
}

/// Writes one family after the other.
struct Out<'a, 'e> {
    encoder: &'a mut DescriptorEncoder<'e>,
}

impl Out<'_, '_> {
    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let name = format!("portico_gateway_{name}");
        let encoder = self.encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(encoder)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let name = format!("portico_gateway_{name}");
        let encoder = self.encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
        ConstGauge::new(value).encode(encoder)
    }

    fn counters(&mut self, name: &str, help: &str, values: Vec<(Label, u64)>) -> fmt::Result {
        let name = format!("portico_gateway_{name}");
        let mut encoder = self.encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
        values
            .into_iter()
            .try_for_each(|(label, value)| ConstCounter::new(value).encode(encoder.encode_family(&label)?))
    }

    fn gauges(&mut self, name: &str, help: &str, values: Vec<(Label, u64)>) -> fmt::Result {
        let name = format!("portico_gateway_{name}");
        let mut encoder = self.encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
        values
            .into_iter()
            .try_for_each(|(label, value)| ConstGauge::new(value).encode(encoder.encode_family(&label)?))
    }

    fn durations<'h>(&mut self, threads: impl Iterator<Item = &'h Histogram>) -> fmt::Result {
        let mut merged = Merged::default();
        threads.for_each(|one| merged.add(one));
        let mut encoder = self.encoder.encode_descriptor(
            "portico_gateway_call_duration_seconds",
            "From the head of a call to the end of its answer",
            None,
            MetricType::Histogram,
        )?;
        encoder.encode_histogram::<Label>(merged.sum_seconds(), merged.count(), &merged.buckets(), None)
    }
}

#[cfg(test)]
mod tests;
