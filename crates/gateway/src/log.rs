//! The call log: a line of JSON for each call that is to be logged.
//!
//! A thread that serves calls puts a small event into its own queue and goes on; if the queue is
//! full, the event is dropped and counted. One more thread writes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use jiff::Timestamp;
use serde::Serialize;

use crate::decide::Known;
use crate::metrics::Count;
use crate::refusal::Refusal;

/// How long an event waits at most until it is written.
const PAUSE: Duration = Duration::from_millis(100);

/// As much of a path as the log shows.
const PATH_BYTES: usize = 1024;

/// What the log tells of a call.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) request_id: [u8; 32],
    pub(crate) known: Known,
    /// Absent where the request could not be read.
    pub(crate) method: Option<Box<str>>,
    pub(crate) path: Option<Box<str>>,
    pub(crate) peer: IpAddr,
    /// Absent if the caller was gone before there was an answer.
    pub(crate) status: Option<u16>,
    pub(crate) outcome: Outcome,
    pub(crate) duration_us: u64,
    /// Of the answer's body, as far as it was handed to the caller's connection.
    pub(crate) bytes: u64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Refused(Refusal),
    /// Ended early for a reason that no answer could tell.
    Broken(&'static str),
}

impl Outcome {
    /// Whether the log is about it even if it is about refusals only.
    pub(crate) fn is_trouble(self) -> bool {
        self != Self::Answered
    }
}

/// Events on their way from one thread to the log.
#[derive(Debug)]
pub(crate) struct Queue {
    events: ArrayQueue<Event>,
    drops: Count,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { events: ArrayQueue::new(capacity.max(1)), drops: Count::default() }
    }

    /// Never waits.
    pub(crate) fn push(&self, event: Event) {
        if self.events.push(event).is_err() {
            self.drops.add(1);
        }
    }

    pub(crate) fn depth(&self) -> u64 {
        self.events.len() as u64
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.events.capacity() as u64
    }

    pub(crate) fn drops(&self) -> u64 {
        self.drops.get()
    }
}

/// The part of a path that the log shows: not all of a long one, and nothing in it that has the
/// form of a token.
pub(crate) fn shown(path: &str) -> Box<str> {
    let end = (0..=PATH_BYTES.min(path.len())).rev().find(|end| path.is_char_boundary(*end)).unwrap_or(0);
    let mut shown = String::with_capacity(end);
    let mut rest = &path[..end];
    while let Some((before, token, after)) = split_token(rest) {
        shown.push_str(before);
        shown.push_str(if token.is_empty() { "" } else { "[token]" });
        rest = after;
    }
    shown.push_str(rest);
    shown.into()
}

/// What stands before the first run of hex digits that is long enough for a token, the run, and
/// what stands after it.
fn split_token(text: &str) -> Option<(&str, &str, &str)> {
    const DIGITS: usize = 64;
    if text.len() < DIGITS {
        return None;
    }
    let is_digit = |byte: u8| byte.is_ascii_hexdigit();
    let mut run = 0;
    for (index, byte) in text.bytes().enumerate() {
        run = if is_digit(byte) { run + 1 } else { 0 };
        if run == DIGITS {
            let begin = index + 1 - DIGITS;
            let end =
                text.bytes().skip(begin).position(|byte| !is_digit(byte)).map_or(text.len(), |n| begin + n);
            return Some((&text[..begin], &text[begin..end], &text[end..]));
        }
    }
    None
}

/// The thread that writes. Dropping it writes what is left.
pub(crate) struct Writer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Begins to write what comes through `queues`, to the end of `file` or, without one, as log
    /// lines.
    pub(crate) fn start(queues: Vec<Arc<Queue>>, file: Option<&Path>) -> io::Result<Self> {
        let mut sink = match file {
            Some(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path);
                let named = |error: io::Error| {
                    io::Error::new(
                        error.kind(),
                        format!("cannot open the call log `{}`: {error}", path.display()),
                    )
                };
                Sink::File(BufWriter::new(file.map_err(named)?))
            }
            None => Sink::Log,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let write = move || {
            let mut works = true;
            loop {
                // Asked first, so that what came before the stop is written after it.
                let is_last = stopping.load(Ordering::Acquire);
                let written = sink.write(&queues);
                if let (Err(error), true) = (&written, works) {
                    tracing::error!(%error, "the call log cannot be written");
                }
                works = written.is_ok();
                if is_last {
                    break;
                }
                thread::park_timeout(PAUSE);
            }
        };
        let thread = thread::Builder::new().name("gateway-log".to_owned()).spawn(write)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the call log stopped early");
            }
        }
    }
}

enum Sink {
    File(BufWriter<File>),
    Log,
}

impl Sink {
    /// Writes what waits in all queues. What cannot be written is lost: calls go on.
    fn write(&mut self, queues: &[Arc<Queue>]) -> io::Result<()> {
        let mut result = Ok(());
        for event in queues.iter().flat_map(|queue| std::iter::from_fn(|| queue.events.pop())) {
            let line = Line::new(&event);
            match self {
                Self::File(file) => {
                    let written = serde_json::to_writer(&mut *file, &line).map_err(io::Error::from);
                    result = result.and(written.and_then(|()| file.write_all(b"\n")));
                }
                Self::Log => line.trace(),
            }
        }
        match self {
            Self::File(file) => result.and(file.flush()),
            Self::Log => result,
        }
    }
}

/// A line of the log. Whatever a caller chose is a JSON string, escaped as such.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    request_id: &'a str,
    workspace_id: Option<i64>,
    collection_id: Option<i64>,
    endpoint_id: Option<i64>,
    client_id: Option<i64>,
    key_id: Option<i64>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    peer: IpAddr,
    status: Option<u16>,
    code: Option<u16>,
    detail: Option<&'a str>,
    duration_us: u64,
    bytes: u64,
}

impl<'a> Line<'a> {
    fn new(event: &'a Event) -> Self {
        let known = event.known;
        let (code, detail) = match &event.outcome {
            Outcome::Answered => (None, None),
            Outcome::Refused(refusal) => (Some(refusal.code()), Some(refusal.detail())),
            Outcome::Broken(detail) => (None, Some(*detail)),
        };
        Self {
            time: format!("{:.6}", event.at),
            request_id: std::str::from_utf8(&event.request_id).unwrap_or_default(),
            workspace_id: known.workspace.map(i64::from),
            collection_id: known.collection.map(i64::from),
            endpoint_id: known.endpoint.map(i64::from),
            client_id: known.client.map(i64::from),
            key_id: known.key.map(i64::from),
            method: event.method.as_deref(),
            path: event.path.as_deref(),
            peer: event.peer,
            status: event.status,
            code,
            detail,
            duration_us: event.duration_us,
            bytes: event.bytes,
        }
    }

    /// Goes where other log lines go, field by field, in the form that is set for them.
    fn trace(&self) {
        tracing::info!(
            target: "portico::calls",
            request_id = self.request_id,
            workspace_id = self.workspace_id,
            collection_id = self.collection_id,
            endpoint_id = self.endpoint_id,
            client_id = self.client_id,
            key_id = self.key_id,
            method = self.method,
            path = self.path,
            peer = %self.peer,
            status = self.status,
            code = self.code,
            detail = self.detail,
            duration_us = self.duration_us,
            bytes = self.bytes,
            "call",
        );
    }
}

#[cfg(test)]
mod tests;
