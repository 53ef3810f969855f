//! One line of the call log.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Event, Outcome};

/// Writes lines. Remembers the text of the present second, which thousands of lines share.
///
/// Written by hand, since a line is a twentieth of what a call costs when a general serializer
/// writes it.
#[derive(Debug, Default)]
pub(super) struct Pen {
    second: i64,
    /// The time of `second` up to its seconds.
    text: String,
}

impl Pen {
    /// Appends the line of `event` to `out`. It has the form of [`Line`].
    pub(super) fn write(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let known = event.known;
        let (code, detail) = match &event.outcome {
            Outcome::Answered => (None, None),
            Outcome::Refused(refusal) => (Some(refusal.code()), Some(refusal.detail())),
            Outcome::Broken(detail) => (None, Some(*detail)),
        };
        out.extend_from_slice(br#"{"time":""#);
        self.time(event.at, out);
        out.extend_from_slice(br#"","request_id":""#);
        out.extend_from_slice(event.request_id);
        out.extend_from_slice(br#"","workspace_id":"#);
        number(known.workspace.map(i64::from), out);
        out.extend_from_slice(br#","collection_id":"#);
        number(known.collection.map(i64::from), out);
        out.extend_from_slice(br#","endpoint_id":"#);
        number(known.endpoint.map(i64::from), out);
        out.extend_from_slice(br#","client_id":"#);
        number(known.client.map(i64::from), out);
        out.extend_from_slice(br#","key_id":"#);
        number(known.key.map(i64::from), out);
        out.extend_from_slice(br#","method":"#);
        text(event.method, out);
        out.extend_from_slice(br#","path":"#);
        text(event.path.as_deref(), out);
        out.extend_from_slice(br#","peer":""#);
        out.extend_from_slice(event.peer);
        out.extend_from_slice(br#"","status":"#);
        number(event.status, out);
        out.extend_from_slice(br#","code":"#);
        number(code, out);
        out.extend_from_slice(br#","detail":"#);
        text(detail, out);
        out.extend_from_slice(br#","duration_us":"#);
        number(Some(event.duration_us), out);
        out.extend_from_slice(br#","bytes":"#);
        number(Some(event.bytes), out);
        out.extend_from_slice(b"}\n");
    }

    /// RFC 3339 with microseconds.
    fn time(&mut self, at: Timestamp, out: &mut Vec<u8>) {
        const MICROS: i64 = 1_000_000;
        let (second, micros) =
            (at.as_microsecond().div_euclid(MICROS), at.as_microsecond().rem_euclid(MICROS));
        if second != self.second || self.text.is_empty() {
            self.second = second;
            self.text = Timestamp::from_second(second).unwrap_or_default().to_string();
            // Up to the `Z`, which comes after the microseconds.
            self.text.pop();
        }
        out.extend_from_slice(self.text.as_bytes());
        let mut digits = *b".000000Z";
        let mut rest = micros;
        for place in digits[1..7].iter_mut().rev() {
            *place += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        out.extend_from_slice(&digits);
    }
}

fn number(value: Option<impl itoa::Integer>, out: &mut Vec<u8>) {
    match value {
        Some(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
        None => out.extend_from_slice(b"null"),
    }
}

fn text(value: Option<&str>, out: &mut Vec<u8>) {
    let Some(text) = value else { return out.extend_from_slice(b"null") };
    // Nearly every text is written as it stands; looking at all of its bytes without a branch for
    // each is the fastest way to know.
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        // A vector takes all that is written to it.
        let _ = serde_json::to_writer(out, text);
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

/// What a line says. Whatever a caller chose is a JSON string, escaped as such.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line<'a> {
    time: &'a str,
    request_id: &'a str,
    workspace_id: Option<i64>,
    collection_id: Option<i64>,
    endpoint_id: Option<i64>,
    client_id: Option<i64>,
    key_id: Option<i64>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
    peer: &'a str,
    status: Option<u16>,
    code: Option<u16>,
    #[serde(borrow)]
    detail: Option<Cow<'a, str>>,
    duration_us: u64,
    bytes: u64,
}

impl<'a> Line<'a> {
    /// Reads a line without its end; nothing for what is none.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// Goes where other log lines go, field by field, in the form that is set for them.
    pub(super) fn trace(&self) {
        tracing::info!(
            target: "portico::calls",
            request_id = self.request_id,
            workspace_id = self.workspace_id,
            collection_id = self.collection_id,
            endpoint_id = self.endpoint_id,
            client_id = self.client_id,
            key_id = self.key_id,
            method = self.method.as_deref(),
            path = self.path.as_deref(),
            peer = self.peer,
            status = self.status,
            code = self.code,
            detail = self.detail.as_deref(),
            duration_us = self.duration_us,
            bytes = self.bytes,
            "call",
        );
    }
}
