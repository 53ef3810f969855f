//! The one timer of a caller's connection.
//!
//! A timer per wait would be set and unset several times in each call. This one looks now and
//! then at what the connection waits for and since when, and a call costs it nothing. Waits can
//! therefore last one tick longer than their limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::config::Limits;
use crate::engine::line::{Line, Phase, Upload};
use crate::refusal::{Refusal, UpstreamFault};

/// Looks after the waits of one connection.
#[derive(Debug)]
pub(crate) struct Pulse {
    sleep: Pin<Box<Sleep>>,
    /// Whether the timer knows whom to wake. A connection is polled a few times in each call, and
    /// has to look at its timer only when that is over.
    is_watched: bool,
    limits: Limits,
    tick: Duration,
    /// How long the timer is set to at the moment.
    period: Duration,
    watch: Stopwatch,
}

/// What a look at a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Everything is in time.
    Fine,
    /// The call's wait is over; it knows why.
    Expired,
    /// The head did not come in time.
    HeadLate,
    /// Nobody waits for this connection any more.
    Close,
    /// The answer lasts.
    Lasts,
    /// The connection has had no call for a while, and may have none for a long time.
    Rest,
}

impl Pulse {
    pub(crate) fn new(limits: Limits) -> Self {
        let tick = limits.tick();
        Self {
            sleep: Box::pin(sleep(tick)),
            is_watched: false,
            limits,
            tick,
            period: tick,
            watch: Stopwatch::default(),
        }
    }

    /// Looks at the connection when it is time to. Never gives [`Beat::Fine`].
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, line: &Line) -> Poll<Beat> {
        if line.takes_timer() {
            self.set(line, Instant::now(), self.tick);
        }
        loop {
            if self.is_watched && !self.sleep.is_elapsed() {
                return Poll::Pending;
            }
            self.is_watched = true;
            ready!(self.sleep.as_mut().poll(cx));
            let beat = self.watch.look(line, self.period, &self.limits);
            // A connection without a call is looked at seldom: there can be many.
            let period = match beat {
                Beat::Rest => self.limits.header.min(self.limits.idle),
                _ => self.tick,
            };
            self.set(line, self.sleep.deadline(), period);
            if beat != Beat::Fine {
                return Poll::Ready(beat);
            }
        }
    }

    fn set(&mut self, line: &Line, from: Instant, period: Duration) {
        self.period = period;
        self.sleep.as_mut().reset(from + period);
        self.is_watched = false;
        line.set_timer_is_slow(period > self.tick);
    }
}

/// How long the present wait has lasted, as far as ticks tell.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    epoch: u64,
    moved: u64,
    /// Since the wait began.
    waited: Duration,
    /// Since bytes moved.
    quiet: Duration,
    /// The number of the call that is looked after.
    call: u64,
    /// Since it was first seen.
    taken: Duration,
}

impl Stopwatch {
    /// Looks at a line that was looked at before when `passed` was to come.
    pub(crate) fn look(&mut self, line: &Line, passed: Duration, limits: &Limits) -> Beat {
        let is_new = self.epoch != line.epoch();
        self.waited = if is_new { Duration::ZERO } else { self.waited + passed };
        self.quiet = if is_new || self.moved != line.moved() { Duration::ZERO } else { self.quiet + passed };
        self.taken = if self.call == line.call() { self.taken + passed } else { Duration::ZERO };
        (self.epoch, self.moved, self.call) = (line.epoch(), line.moved(), line.call());

        match line.phase() {
            Phase::Fresh | Phase::Head if self.waited >= limits.header => Beat::HeadLate,
            Phase::Idle if self.waited >= limits.idle => Beat::Close,
            Phase::Idle if !self.waited.is_zero() => Beat::Rest,
            Phase::Answer => self.look_at_answer(line, limits),
            Phase::Call => self.look_at_call(line, limits),
            _ => Beat::Fine,
        }
    }

    /// Whether all of the call has taken too long.
    fn is_over(&self, line: &Line, limits: &Limits) -> bool {
        self.taken >= line.patience().unwrap_or(limits.total)
    }

    /// An answer has to move, and to come to its end in time if it has one.
    fn look_at_answer(&self, line: &Line, limits: &Limits) -> Beat {
        if self.quiet >= limits.stall {
            line.break_off("the answer stood still for too long");
        } else if !line.is_endless() && self.is_over(line, limits) {
            line.break_off("the answer took too long");
        } else {
            return if self.waited.is_zero() { Beat::Fine } else { Beat::Lasts };
        }
        Beat::Close
    }

    /// Whoever has the next move has a limit: the caller in the middle of a body, else the
    /// upstream.
    fn look_at_call(&self, line: &Line, limits: &Limits) -> Beat {
        let first_byte = line.patience().unwrap_or(limits.first_byte);
        let is_over = self.is_over(line, limits);
        let owes = line.upload() == Upload::Flowing && line.caller_owes();
        let silent = if line.upload() == Upload::Flowing { self.quiet } else { self.waited };
        let refusal = if owes {
            (is_over || self.quiet >= limits.body)
                .then_some(Refusal::CallerSlow("the body did not come in time"))
        } else if silent >= first_byte {
            Some(Refusal::UpstreamSlow(UpstreamFault::FirstByteTimeout))
        } else {
            is_over.then_some(Refusal::UpstreamSlow(UpstreamFault::TotalTimeout))
        };
        match refusal {
            Some(refusal) => {
                line.expire(refusal);
                Beat::Expired
            }
            None => Beat::Fine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        body: Duration::from_secs(30),
        stall: Duration::from_secs(300),
        first_byte: Duration::from_secs(20),
        total: Duration::from_secs(240),
    };

    fn is_fine(beat: Beat) -> bool {
        matches!(beat, Beat::Fine | Beat::Lasts | Beat::Rest)
    }

    /// Seconds until something happens, in ticks of a second.
    fn first_beat(line: &Line) -> (u64, Beat) {
        let mut watch = Stopwatch::default();
        watch.look(line, Duration::ZERO, &LIMITS);
        (1..)
            .map(|second| (second, watch.look(line, Duration::from_secs(1), &LIMITS)))
            .find(|(_, beat)| !is_fine(*beat))
            .unwrap()
    }

    fn line() -> Line {
        Line::new("203.0.113.7:1".parse().unwrap(), false)
    }

    #[test]
    fn every_wait_has_its_limit() {
        let line = line();
        assert_eq!(first_beat(&line), (10, Beat::HeadLate));
        let (_, call) = line.begin_call();
        assert_eq!(first_beat(&line), (20, Beat::Expired));
        assert_eq!(line.take_expired().unwrap().code(), 5041);
        line.set_upload(call, Upload::Flowing);
        line.set_caller_owes(call, true);
        assert_eq!(first_beat(&line), (30, Beat::Expired));
        assert_eq!(line.take_expired().unwrap().code(), 4080);
        line.set_caller_owes(call, false);
        assert_eq!(first_beat(&line), (20, Beat::Expired));
        line.set_patience(Some(Duration::from_secs(2)));
        assert_eq!(first_beat(&line), (2, Beat::Expired));
        assert_eq!(line.take_expired().unwrap().code(), 5041);
        line.begin_answer(true);
        assert_eq!(first_beat(&line), (300, Beat::Close));
        assert_eq!(line.take_broken(), Some("the answer stood still for too long"));
        line.begin_answer(false);
        assert_eq!(first_beat(&line), (2, Beat::Close));
        line.set_patience(None);
        assert_eq!(first_beat(&line), (240, Beat::Close));
        assert_eq!(line.take_broken(), Some("the answer took too long"));
        line.end_call();
        assert_eq!(first_beat(&line), (60, Beat::Close));
        line.read(b"GET");
        assert_eq!(first_beat(&line), (10, Beat::HeadLate));
    }

    async fn next_beat(pulse: &mut Pulse, line: &Line) -> Beat {
        std::future::poll_fn(|cx| pulse.poll(cx, line)).await
    }

    #[tokio::test]
    async fn a_call_after_a_long_rest_is_looked_at_soon() {
        let short = Duration::from_millis(20);
        let limits = Limits { first_byte: short, idle: LIMITS.idle, ..LIMITS };
        let (line, mut pulse) = (line(), Pulse::new(limits));
        line.begin_call();
        line.end_call();
        assert_eq!(next_beat(&mut pulse, &line).await, Beat::Rest);
        assert!(line.timer_is_slow());
        line.begin_call();
        let expired = tokio::time::timeout(LIMITS.header / 2, next_beat(&mut pulse, &line));
        assert_eq!(expired.await, Ok(Beat::Expired));
    }

    #[test]
    fn bytes_prolong_a_body_but_not_a_head_and_not_for_ever() {
        let dribble = |line: &Line| {
            let mut watch = Stopwatch::default();
            watch.look(line, Duration::ZERO, &LIMITS);
            (1..1000).find(|_| {
                line.read(b"x");
                !is_fine(watch.look(line, Duration::from_secs(1), &LIMITS))
            })
        };
        let line = line();
        assert_eq!(dribble(&line), Some(10));
        let (_, call) = line.begin_call();
        line.set_upload(call, Upload::Flowing);
        line.set_caller_owes(call, true);
        assert_eq!(dribble(&line), Some(240));
        assert_eq!(line.take_expired().unwrap().code(), 4080);
        line.set_caller_owes(call, false);
        line.set_patience(Some(Duration::from_secs(40)));
        assert_eq!(dribble(&line), Some(40));
        assert_eq!(line.take_expired().unwrap().detail(), "the call took too long");
        line.begin_answer(false);
        assert_eq!(dribble(&line), Some(40));
        line.begin_answer(true);
        assert_eq!(dribble(&line), None);
    }
}
