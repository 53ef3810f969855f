//! The call log: a line of JSON for each call that is to be logged.
//!
//! A thread that serves calls writes the line into a buffer of its own and goes on; if too much
//! waits there, the line is dropped and counted. One more thread takes the buffers and writes them
//! out. Handing over lines costs less than handing over what they are made of: nothing of a call
//! is allocated on one thread and freed on another.

mod line;

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use memchr::memmem;

use crate::decide::Known;
use crate::log::line::{Line, Pen};
use crate::metrics::Count;
use crate::refusal::Refusal;

/// How long a line waits at most until it is written.
const PAUSE: Duration = Duration::from_millis(100);

/// As much of a path as the log shows.
const PATH_BYTES: usize = 1024;

/// What a waiting line may take on average; most take a third of it.
const LINE_BYTES: usize = 1024;

/// A buffer that is this large is kept when it is empty, a larger one is given back.
const KEPT_BYTES: usize = 1 << 20;

/// What the log tells of a call.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) at: Timestamp,
    /// Hex digits.
    pub(crate) request_id: &'a [u8],
    pub(crate) known: Known,
    /// Absent where the request could not be read.
    pub(crate) method: Option<&'static str>,
    pub(crate) path: Option<Cow<'a, str>>,
    /// The caller's address as it is written.
    pub(crate) peer: &'a [u8],
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

/// Lines on their way from one thread to the log.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Contended only while the writer exchanges the buffer for an empty one.
    waiting: Mutex<Waiting>,
    capacity: usize,
    drops: Count,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    count: usize,
    pen: Pen,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { waiting: Mutex::default(), capacity: capacity.max(1), drops: Count::default() }
    }

    pub(crate) fn push(&self, event: &Event<'_>) {
        let mut waiting = self.waiting();
        let Waiting { lines, count, pen } = &mut *waiting;
        if *count < self.capacity && lines.len() / LINE_BYTES < self.capacity {
            pen.write(event, lines);
            *count += 1;
        } else {
            self.drops.add(1);
        }
    }

    /// Puts the lines that wait into `lines`, which has to be empty.
    fn take(&self, lines: &mut Vec<u8>) {
        let mut waiting = self.waiting();
        std::mem::swap(&mut waiting.lines, lines);
        waiting.count = 0;
    }

    pub(crate) fn depth(&self) -> u64 {
        self.waiting().count as u64
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.capacity as u64
    }

    pub(crate) fn drops(&self) -> u64 {
        self.drops.get()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a path that the log shows: not all of a long one, and nothing in it that has the
/// form of a token.
pub(crate) fn shown(path: &str) -> Cow<'_, str> {
    let end = (0..=PATH_BYTES.min(path.len())).rev().find(|end| path.is_char_boundary(*end)).unwrap_or(0);
    let mut rest = &path[..end];
    let mut shown = String::new();
    while let Some((begin, end)) = first_token(rest) {
        shown.push_str(&rest[..begin]);
        shown.push_str("[token]");
        rest = &rest[end..];
    }
    if shown.is_empty() { Cow::Borrowed(rest) } else { Cow::Owned(shown + rest) }
}

/// Where the first thing that looks like a token begins and ends.
fn first_token(text: &str) -> Option<(usize, usize)> {
    match (digits(text), signed(text)) {
        (Some(one), Some(other)) => Some(if one.0 <= other.0 { one } else { other }),
        (one, other) => one.or(other),
    }
}

/// The first run of hex digits that is long enough for a token.
fn digits(text: &str) -> Option<(usize, usize)> {
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
            return Some((begin, run_end(text, begin, is_digit)));
        }
    }
    None
}

/// The first thing that begins as a signed token does: with an object in base64.
fn signed(text: &str) -> Option<(usize, usize)> {
    const OBJECT: &[u8] = b"eyJ";
    let mut from = 0;
    while let Some(at) = memmem::find(text.as_bytes().get(from..)?, OBJECT) {
        let begin = from + at;
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let header = run_end(text, begin, is_base64);
        if text.as_bytes().get(header) == Some(&b'.') {
            return Some((
                begin,
                run_end(text, header, |byte| is_base64(byte) || matches!(byte, b'.' | b'=')),
            ));
        }
        from = header;
    }
    None
}

/// Where the run of such bytes that begins at `begin` ends.
fn run_end(text: &str, begin: usize, is_part: impl Fn(u8) -> bool) -> usize {
    text.bytes().skip(begin).position(|byte| !is_part(byte)).map_or(text.len(), |length| begin + length)
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
                Sink::File(file.map_err(named)?)
            }
            None => Sink::Log,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let write = move || {
            let mut works = true;
            let mut lines = Vec::new();
            loop {
                // Asked first, so that what came before the stop is written after it.
                let is_last = stopping.load(Ordering::Acquire);
                let written = sink.write(&queues, &mut lines);
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
    File(File),
    Log,
}

impl Sink {
    /// Writes what waits in all queues. What cannot be written is lost: calls go on.
    fn write(&mut self, queues: &[Arc<Queue>], lines: &mut Vec<u8>) -> io::Result<()> {
        let mut result = Ok(());
        for queue in queues {
            queue.take(lines);
            match self {
                Self::File(file) => result = result.and(file.write_all(lines)),
                Self::Log => {
                    lines.split(|&byte| byte == b'\n').filter_map(Line::read).for_each(|line| line.trace());
                }
            }
            lines.clear();
            lines.shrink_to(KEPT_BYTES);
        }
        result
    }
}

#[cfg(test)]
mod tests;
