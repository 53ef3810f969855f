//! The course of one call: what becomes known about it, and what is counted and logged of it when
//! it is over, however it ends.

use std::rc::Rc;
use std::time::Instant;

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use model::Method;

use crate::cors::Dress;
use crate::decide::Known;
use crate::engine::Core;
use crate::engine::line::Line;
use crate::headers::{CallerValues, address_value};
use crate::log::{Event, Outcome, shown};
use crate::refusal::Refusal;

/// A call from its head to the end of its answer. Dropping it ends it.
pub(crate) struct Course {
    pub(crate) core: Rc<Core>,
    pub(crate) line: Rc<Line>,
    pub(crate) started: Instant,
    pub(crate) request_id: HeaderValue,
    pub(crate) known: Known,
    /// Which state of what is served it was decided by.
    pub(crate) version: u64,
    pub(crate) method: Option<Method>,
    /// Whether the answer is to have no body, whatever its length (RFC 9110, section 9.3.2).
    pub(crate) is_head: bool,
    /// As the caller sent it.
    pub(crate) uri: Uri,
    pub(crate) status: Option<StatusCode>,
    /// Of the answer's body.
    pub(crate) bytes: u64,
    /// Whose call it is, where a trusted proxy made it for someone else.
    caller: Option<CallerValues>,
    /// What pages of other sites may read of the answer, where any may.
    pub(crate) cors: Option<Dress>,
    outcome: Outcome,
    ended: Option<Instant>,
}

impl Course {
    /// A call begins now. What is boxed is not copied at each of the steps that it goes through.
    pub(crate) fn begin(core: Rc<Core>, line: Rc<Line>) -> Box<Self> {
        core.figures.calls_in_flight.add(1);
        let request_id = core.ids.next();
        let started = core.environment.clock.instant();
        let version = core.gate.version();
        Box::new(Self {
            version,
            core,
            line,
            started,
            request_id,
            known: Known::default(),
            method: None,
            is_head: false,
            uri: Uri::default(),
            status: None,
            bytes: 0,
            caller: None,
            cors: None,
            outcome: Outcome::Broken("the caller went away"),
            ended: None,
        })
    }

    /// The address of the caller, as far as proxies are trusted to say it. From then on the call is the
    /// caller's, for the log and for upstreams too.
    pub(crate) fn find_caller(&mut self, headers: &HeaderMap) -> Result<IpAddr, Refusal> {
        let (line, trust) = (&self.line, &self.core.trust);
        let address = trust.caller(line.peer, headers)?;
        let proto = trust.scheme(line.peer, headers);
        if address != line.peer || proto.is_some() {
            self.caller = Some(CallerValues {
                forwarded_for: address_value(address),
                proto: proto.unwrap_or_else(|| line.caller.proto.clone()),
            });
        }
        Ok(address)
    }

    /// What upstreams are told of the caller.
    pub(crate) fn caller(&self) -> &CallerValues {
        self.caller.as_ref().unwrap_or(&self.line.caller)
    }

    /// Adds what is said of the call's limits, and of the pages that may read the answer.
    pub(crate) fn dress(&self, headers: &mut HeaderMap) {
        self.known.limits.write(headers);
        if let Some(cors) = &self.cors {
            cors.write(headers);
        }
    }

    /// The gateway answers by itself, with `refusal`.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.core.figures.refused(&refusal);
        self.outcome = Outcome::Refused(refusal);
    }

    /// It is over with this outcome; gives the time.
    pub(crate) fn end(&mut self, outcome: Outcome) -> Instant {
        let now = self.core.environment.clock.instant();
        self.outcome = outcome;
        self.ended = Some(now);
        now
    }

    /// It ends early, after it had an answer.
    pub(crate) fn break_off(&mut self, why: &'static str) {
        self.outcome = Outcome::Broken(why);
    }

    /// The outcome of an answer of our own that was sent.
    pub(crate) fn end_own(&mut self) {
        let outcome = match self.outcome {
            refused @ Outcome::Refused(_) => refused,
            _ => Outcome::Answered,
        };
        self.end(outcome);
    }

    fn log(&self, duration_us: u64) {
        let Some(log) = self.core.log_for(self.outcome) else { return };
        log.push(&Event {
            at: self.core.environment.clock.now(),
            request_id: self.request_id.as_bytes(),
            known: self.known,
            method: self.method.map(Method::as_str),
            path: Some(shown(self.uri.path())),
            peer: self.caller().forwarded_for.as_bytes(),
            status: self.status.map(|status| status.as_u16()),
            outcome: self.outcome,
            duration_us,
            bytes: self.bytes,
        });
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        let ended = self.ended.unwrap_or_else(|| {
            match self.line.take_broken() {
                Some(why) => self.outcome = Outcome::Broken(why),
                None => self.line.set_abandoned(),
            }
            self.core.environment.clock.instant()
        });
        let duration = ended.saturating_duration_since(self.started);
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let figures = &self.core.figures;
        figures.answered(self.status);
        figures.durations.record(duration_us);
        figures.calls_in_flight.sub(1);
        self.log(duration_us);
        self.line.end_call();
    }
}
