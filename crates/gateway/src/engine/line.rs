//! A caller's connection, as everything that works on it sees it. There is one call at a time: each
//! stream of HTTP/2 is a line of its own.

use std::cell::{Cell, RefCell, RefMut};
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;
use std::time::Duration;

use http::HeaderValue;
use hyper::body::Incoming;
use model::net::canonical_address;

use crate::engine::scan::HeadScan;
use crate::engine::tunnel::Tunnel;
use crate::headers::{CallerValues, address_value};
use crate::protocol::Framing;
use crate::refusal::Refusal;
use crate::upstream::INTERIM_BYTES;

/// What a connection is about at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Accepted, and no head has come yet.
    Fresh,
    /// Open after a call, waiting for the next.
    Idle,
    /// A head is coming in after a call.
    Head,
    /// A call has no answer yet.
    Call,
    /// An answer is on its way.
    Answer,
}

/// How far the body of a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upload {
    /// There is none, or it is complete.
    Done,
    Flowing,
    /// It is over because of this.
    Failed(Refusal),
}

/// The state of a connection. One thread has it, so plain cells do.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) peer: IpAddr,
    pub(crate) caller: CallerValues,
    phase: Cell<Phase>,
    /// Goes up whenever a wait ends and another begins.
    epoch: Cell<u64>,
    /// Goes up whenever bytes came or went.
    moved: Cell<u64>,
    /// Whether it is a stream of a connection that speaks HTTP/2.
    is_stream: bool,
    /// The number of the call. A body that outlives its call must not speak for the next one.
    call: Cell<u64>,
    upload: Cell<Upload>,
    /// Whether it is the caller, not the upstream, who lets the body wait.
    caller_owes: Cell<bool>,
    /// How long the upstream may take to begin its answer, if the endpoint has a limit of its own.
    patience: Cell<Option<Duration>>,
    /// What the timer found about the call.
    expired: Cell<Option<Refusal>>,
    /// Whether the answer may have no end.
    is_endless: Cell<bool>,
    /// Whether it is time to look whether the call is still permitted.
    wants_look: Cell<bool>,
    /// Why the answer is ended before its time.
    broken: Cell<Option<&'static str>>,
    /// Whether the stream is to end where it is.
    cut: Cell<bool>,
    /// Whether the caller went away before the end of the answer.
    abandoned: Cell<bool>,
    /// The rest of a body that nobody wants.
    unread: RefCell<Option<Incoming>>,
    /// What the connection becomes when the answer is sent.
    tunnel: RefCell<Option<Box<Tunnel>>>,
    /// Whether bytes that are written belong to an answer of ours.
    answering: Cell<bool>,
    /// What is to be said before the answer.
    before: RefCell<Vec<u8>>,
    /// How much was said before it.
    said_before: Cell<usize>,
    /// The status of an answer that the protocol engine wanted to give by itself.
    own_answer: Cell<Option<u16>>,
    scan: RefCell<HeadScan>,
    lingers: Cell<bool>,
    timer_is_slow: Cell<bool>,
    wants_timer: Cell<bool>,
    leaves: Cell<bool>,
    drains: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Line {
    pub(crate) fn new(peer: SocketAddr, is_tls: bool) -> Self {
        let peer = canonical_address(peer.ip());
        let proto = HeaderValue::from_static(if is_tls { "https" } else { "http" });
        Self::of(peer, CallerValues { forwarded_for: address_value(peer), proto }, false)
    }

    /// A stream of this connection.
    pub(crate) fn stream(&self) -> Self {
        Self::of(self.peer, self.caller.clone(), true)
    }

    fn of(peer: IpAddr, caller: CallerValues, is_stream: bool) -> Self {
        Self {
            peer,
            caller,
            phase: Cell::new(Phase::Fresh),
            epoch: Cell::new(0),
            moved: Cell::new(0),
            is_stream,
            call: Cell::new(0),
            upload: Cell::new(Upload::Done),
            caller_owes: Cell::new(false),
            patience: Cell::new(None),
            expired: Cell::new(None),
            is_endless: Cell::new(false),
            wants_look: Cell::new(false),
            broken: Cell::new(None),
            cut: Cell::new(false),
            abandoned: Cell::new(false),
            unread: RefCell::new(None),
            tunnel: RefCell::new(None),
            answering: Cell::new(false),
            before: RefCell::new(Vec::new()),
            said_before: Cell::new(0),
            own_answer: Cell::new(None),
            scan: RefCell::new(HeadScan::new()),
            lingers: Cell::new(false),
            timer_is_slow: Cell::new(false),
            wants_timer: Cell::new(false),
            leaves: Cell::new(false),
            drains: Cell::new(false),
            waker: RefCell::new(None),
        }
    }

    /// Whether it is a stream of a connection that speaks HTTP/2.
    pub(crate) fn is_stream(&self) -> bool {
        self.is_stream
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.get()
    }

    pub(crate) fn moved(&self) -> u64 {
        self.moved.get()
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.turn();
    }

    fn turn(&self) {
        self.epoch.set(self.epoch.get() + 1);
    }

    // === A call and its parts

    /// A head is complete. Gives what the head said about framing, and the number of the call.
    pub(crate) fn begin_call(&self) -> (Framing, u64) {
        self.enter(Phase::Call);
        self.call.set(self.call.get() + 1);
        self.upload.set(Upload::Done);
        self.caller_owes.set(false);
        self.patience.set(None);
        self.expired.set(None);
        self.broken.set(None);
        self.answering.set(true);
        self.said_before.set(0);
        self.wants_timer.set(self.timer_is_slow.get());
        (self.scan.borrow_mut().take(), self.call.get())
    }

    /// The head of the answer is there; whether it may have no end.
    pub(crate) fn begin_answer(&self, is_endless: bool) {
        self.is_endless.set(is_endless);
        self.enter(Phase::Answer);
    }

    pub(crate) fn is_endless(&self) -> bool {
        self.is_endless.get()
    }

    /// The number of the call.
    pub(crate) fn call(&self) -> u64 {
        self.call.get()
    }

    /// The answer is complete, or nobody wants it any more.
    pub(crate) fn end_call(&self) {
        // The beginning of the next one may have come along with this one.
        self.enter(if self.scan.borrow().is_in_head() { Phase::Head } else { Phase::Idle });
    }

    /// How long the upstream may take to begin its answer, if the endpoint has a limit of its own.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.patience.get()
    }

    pub(crate) fn set_patience(&self, patience: Option<Duration>) {
        self.patience.set(patience);
    }

    pub(crate) fn upload(&self) -> Upload {
        self.upload.get()
    }

    /// How far the body of call number `call` is.
    pub(crate) fn set_upload(&self, call: u64, upload: Upload) {
        if self.call.get() == call {
            self.upload.set(upload);
            self.caller_owes.set(false);
            self.turn();
        }
    }

    pub(crate) fn caller_owes(&self) -> bool {
        self.caller_owes.get()
    }

    pub(crate) fn set_caller_owes(&self, call: u64, owes: bool) {
        if self.call.get() == call {
            self.caller_owes.set(owes);
        }
    }

    /// Ends the call's wait with a refusal.
    pub(crate) fn expire(&self, refusal: Refusal) {
        self.expired.set(Some(refusal));
    }

    pub(crate) fn take_expired(&self) -> Option<Refusal> {
        self.expired.take()
    }

    /// Asks whoever gives the answer to look whether the call is still permitted.
    pub(crate) fn want_look(&self) {
        self.wants_look.set(true);
    }

    pub(crate) fn takes_look(&self) -> bool {
        self.wants_look.take()
    }

    /// Says why the answer is ended before its time.
    pub(crate) fn break_off(&self, why: &'static str) {
        self.broken.set(Some(why));
    }

    pub(crate) fn take_broken(&self) -> Option<&'static str> {
        self.broken.take()
    }

    /// Ends the stream where it is.
    pub(crate) fn cut(&self) {
        self.cut.set(true);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get()
    }

    /// Says that the caller went away before the end of the answer.
    pub(crate) fn set_abandoned(&self) {
        self.abandoned.set(true);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.get()
    }

    /// Keeps the rest of a body that nobody wants. A stream of which nobody has the body is reset as soon as
    /// its answer is sent, and some callers, curl 7.88 among them, forget the answer over that if they were
    /// still sending.
    pub(crate) fn keep_unread(&self, rest: Incoming) {
        self.unread.replace(Some(rest));
    }

    /// The rest of a body that nobody wants.
    pub(crate) fn take_unread(&self) -> Option<Incoming> {
        self.unread.take()
    }

    /// Says what the connection becomes when the answer is sent.
    pub(crate) fn set_tunnel(&self, tunnel: Box<Tunnel>) {
        self.tunnel.replace(Some(tunnel));
    }

    pub(crate) fn take_tunnel(&self) -> Option<Box<Tunnel>> {
        self.tunnel.take()
    }

    // === Bytes

    /// Bytes came from the caller.
    pub(crate) fn read(&self, bytes: &[u8]) {
        self.moved.set(self.moved.get() + 1);
        if self.phase.get() == Phase::Idle {
            self.enter(Phase::Head);
        }
        self.scan.borrow_mut().read(bytes);
    }

    /// Bytes went to the caller, or a body came on.
    pub(crate) fn wrote(&self) {
        self.moved.set(self.moved.get() + 1);
    }

    /// Everything that was to be written is.
    pub(crate) fn flushed(&self) {
        if !matches!(self.phase.get(), Phase::Call | Phase::Answer) {
            self.answering.set(false);
        }
    }

    /// Whether bytes to be written belong to an answer of ours. If not, the protocol engine
    /// speaks for itself: about a head that it could not read.
    pub(crate) fn is_answering(&self) -> bool {
        self.answering.get()
    }

    /// Says something before the answer (1xx), if not too much was said already. It goes out as soon as the
    /// connection's task has its turn, which is the one that the call is a part of.
    pub(crate) fn say_before(&self, head: &[u8]) {
        let said = self.said_before.get() + head.len();
        if said <= INTERIM_BYTES {
            self.said_before.set(said);
            self.before.borrow_mut().extend_from_slice(head);
        }
    }

    /// What is to be said before the answer and was not yet.
    pub(crate) fn unsaid(&self) -> RefMut<'_, Vec<u8>> {
        self.before.borrow_mut()
    }

    /// Remembers what the protocol engine wanted to say by its first bytes.
    pub(crate) fn keep_own_answer(&self, bytes: &[u8]) {
        if self.own_answer.get().is_none() {
            let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
            self.own_answer.set(status.and_then(|digits| digits.parse().ok()).or(Some(400)));
        }
    }

    /// What the protocol engine wanted to say, as a refusal.
    pub(crate) fn own_answer(&self) -> Option<Refusal> {
        self.own_answer.get().map(|status| match status {
            414 => Refusal::TargetTooLong,
            431 if self.scan.borrow().is_in_request_line() => Refusal::TargetTooLong,
            431 => Refusal::HeaderTooLarge,
            _ => Refusal::Malformed("the request is not HTTP"),
        })
    }

    /// Whether part of a head has come.
    pub(crate) fn has_part_of_head(&self) -> bool {
        self.scan.borrow().is_in_head() && !matches!(self.phase.get(), Phase::Call | Phase::Answer)
    }

    /// Whether the connection waits for a call and nothing is left of the one before: not of its body, nor
    /// of the answer, nor has anything of the next one come.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.phase.get() == Phase::Idle
            && self.upload.get() == Upload::Done
            && !self.answering.get()
            && self.scan.borrow().is_between_requests()
    }

    // === The end

    /// Says that the caller may still be sending when the connection ends, so that closing it at
    /// once would reset it and take the answer away from the caller.
    pub(crate) fn linger(&self) {
        self.lingers.set(true);
    }

    pub(crate) fn lingers(&self) -> bool {
        self.lingers.get()
    }

    /// Says that the connection ends with its next answer, while it may still wait for a call.
    pub(crate) fn leave(&self) {
        self.leaves.set(true);
        self.wake();
    }

    pub(crate) fn leaves(&self) -> bool {
        self.leaves.get()
    }

    /// Asks the connection to end after its call.
    pub(crate) fn drain(&self) {
        self.drains.set(true);
        self.wake();
    }

    /// Wakes the task that serves the connection or stream.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn drains(&self) -> bool {
        self.drains.get()
    }

    /// Remembers whom to wake. A connection's task stays the same for its whole life.
    pub(crate) fn keep_waker(&self, waker: &Waker) {
        let mut kept = self.waker.borrow_mut();
        if kept.is_none() {
            *kept = Some(waker.clone());
        }
    }

    // === The timer

    /// Notes whether the timer looks seldom.
    pub(crate) fn set_timer_is_slow(&self, slow: bool) {
        self.timer_is_slow.set(slow);
    }

    #[cfg(test)]
    pub(crate) fn timer_is_slow(&self) -> bool {
        self.timer_is_slow.get()
    }

    /// Whether a call began while the timer looked seldom.
    pub(crate) fn takes_timer(&self) -> bool {
        self.wants_timer.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line::new("[::ffff:203.0.113.7]:1".parse().unwrap(), false)
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_one() {
        assert_eq!(line().caller.forwarded_for, "203.0.113.7");
        assert_eq!(line().stream().caller.forwarded_for, "203.0.113.7");
    }

    #[test]
    fn the_beginning_of_a_head_that_came_with_the_call_before_is_no_rest() {
        let line = line();
        line.read(b"GET / HTTP/1.1\r\n\r\nGET /");
        line.begin_call();
        line.end_call();
        assert_eq!(line.phase(), Phase::Head);
        assert!(line.has_part_of_head());
        line.read(b" HTTP/1.1\r\n\r\n");
        line.begin_call();
        line.end_call();
        assert_eq!(line.phase(), Phase::Idle);
    }

    #[test]
    fn a_body_does_not_speak_for_the_next_call() {
        let line = line();
        let (_, first) = line.begin_call();
        line.set_upload(first, Upload::Flowing);
        line.end_call();
        let (_, second) = line.begin_call();
        line.set_upload(first, Upload::Failed(Refusal::BodyBroken));
        assert_eq!(line.upload(), Upload::Done);
        line.set_upload(second, Upload::Flowing);
        assert_eq!(line.upload(), Upload::Flowing);
    }

    #[test]
    fn only_bytes_outside_of_answers_are_the_engines_own() {
        let line = line();
        assert!(!line.is_answering());
        line.begin_call();
        line.flushed();
        line.begin_answer(false);
        line.flushed();
        assert!(line.is_answering());
        line.end_call();
        assert!(line.is_answering());
        line.flushed();
        assert!(!line.is_answering());
    }

    #[test]
    fn what_the_engine_wanted_to_say_is_a_refusal() {
        let line = line();
        assert_eq!(line.own_answer(), None);
        line.read(b"GET /a HTTP/1.1\r\nx: y");
        line.keep_own_answer(b"HTTP/1.1 431 Request Header Fields Too Large\r\n");
        line.keep_own_answer(b"more");
        assert_eq!(line.own_answer(), Some(Refusal::HeaderTooLarge));
    }
}
