//! Reads along while requests come in, for what the parser does not show later.

use std::collections::VecDeque;

use memchr::memchr;

use crate::protocol::Framing;

/// Counts the headers about framing in heads. The parser merges equal lengths and drops a length
/// beside a coding, which is within its rights, but then nobody knows that the request was
/// ambiguous.
///
/// Bodies are followed to their end, since the head of the next request can come in the same read.
/// What the parser would refuse need not be understood here: the connection ends with it.
#[derive(Debug)]
pub(crate) struct HeadScan {
    framing: Framing,
    place: Place,
    name: [u8; NAME_BYTES],
    len: usize,
    /// The value of `Content-Length`.
    length: u64,
    has_request_line: bool,
    /// What was seen of the heads that are complete, and not taken yet. One, unless requests are
    /// pipelined.
    complete: Option<Framing>,
    further: VecDeque<Framing>,
}

const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";

/// As long as the longest name that is looked for, and one more.
const NAME_BYTES: usize = CODING.len() + 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    Name,
    /// In the value of `Content-Length`.
    Length,
    RestOfLine,
    /// In a body of which so much is to come.
    Body(u64),
    /// In the size of a chunk, which is this so far.
    ChunkSize(u64),
    /// After the size of a chunk, in its line.
    ChunkLine(u64),
    /// In a chunk of which so much is to come, its line end included.
    Chunk(u64),
    /// At the beginning of a line after the last chunk.
    TrailerStart,
    Trailer,
    /// Where nothing can be followed any more.
    Lost,
}

impl HeadScan {
    pub(crate) fn new() -> Self {
        Self {
            framing: Framing::default(),
            place: Place::LineStart,
            name: [0; NAME_BYTES],
            len: 0,
            length: 0,
            has_request_line: false,
            complete: None,
            further: VecDeque::new(),
        }
    }

    /// What was seen of the first head that was not taken yet.
    pub(crate) fn take(&mut self) -> Framing {
        let framing = self.complete.take().unwrap_or_default();
        self.complete = self.further.pop_front();
        framing
    }

    /// Whether part of a request line has come, and not its end.
    pub(crate) fn is_in_request_line(&self) -> bool {
        self.place == Place::RestOfLine && !self.has_request_line
    }

    /// Whether all that has come belongs to requests that were taken and are complete.
    pub(crate) fn is_between_requests(&self) -> bool {
        self.place == Place::LineStart && !self.has_request_line && self.complete.is_none()
    }

    /// Whether part of a head has come, and not its end.
    pub(crate) fn is_in_head(&self) -> bool {
        let is_between = self.place == Place::LineStart && !self.has_request_line;
        !is_between
            && matches!(self.place, Place::LineStart | Place::Name | Place::Length | Place::RestOfLine)
    }

    pub(crate) fn read(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.place {
                Place::Lost => return,
                Place::RestOfLine => match memchr(b'\n', bytes) {
                    Some(end) => {
                        bytes = &bytes[end + 1..];
                        self.place = Place::LineStart;
                        self.has_request_line = true;
                        continue;
                    }
                    None => return,
                },
                Place::Body(left) => {
                    bytes = skip(bytes, left, Place::Body, Place::LineStart, &mut self.place);
                    continue;
                }
                Place::Chunk(left) => {
                    bytes = skip(bytes, left, Place::Chunk, Place::ChunkSize(0), &mut self.place);
                    continue;
                }
                Place::LineStart => {
                    bytes = &bytes[self.begin_line(bytes, byte)..];
                    continue;
                }
                Place::Name => self.name_byte(byte),
                Place::Length => self.length_byte(byte),
                Place::ChunkSize(size) => self.place = chunk_size(size, byte),
                Place::ChunkLine(size) if byte == b'\n' => {
                    self.place =
                        if size == 0 { Place::TrailerStart } else { Place::Chunk(size.saturating_add(2)) };
                }
                Place::TrailerStart => {
                    self.place = match byte {
                        b'\r' => Place::TrailerStart,
                        b'\n' => Place::LineStart,
                        _ => Place::Trailer,
                    }
                }
                Place::Trailer if byte == b'\n' => self.place = Place::TrailerStart,
                Place::ChunkLine(_) | Place::Trailer => {}
            }
            bytes = rest;
        }
    }

    /// Gives how many of the `bytes` of a line, the first of which is `byte`, were understood.
    fn begin_line(&mut self, bytes: &[u8], byte: u8) -> usize {
        match byte {
            b'\r' => {}
            // Blank lines before the request line are skipped, as the parser does.
            b'\n' if self.has_request_line => self.end_head(),
            b'\n' => {}
            b'c' | b'C' | b't' | b'T' if self.has_request_line => {
                // Nearly always the whole name is here.
                if let Some(start) = bytes.first_chunk::<NAME_BYTES>() {
                    return self.name_at_once(start);
                }
                self.place = Place::Name;
                self.name[0] = byte;
                self.len = 1;
            }
            _ => self.place = Place::RestOfLine,
        }
        1
    }

    fn name_at_once(&mut self, start: &[u8; NAME_BYTES]) -> usize {
        for name in [LENGTH, CODING] {
            if start[name.len()] == b':' && start[..name.len()].eq_ignore_ascii_case(name) {
                self.place = self.end_name(name);
                return name.len() + 1;
            }
        }
        self.place = Place::RestOfLine;
        0
    }

    fn end_head(&mut self) {
        let framing = std::mem::take(&mut self.framing);
        self.place = match (framing.codings, self.length) {
            (1.., _) => Place::ChunkSize(0),
            (0, 0) => Place::LineStart,
            (0, length) => Place::Body(length),
        };
        (self.length, self.has_request_line) = (0, false);
        match self.complete {
            None => self.complete = Some(framing),
            Some(_) => self.further.push_back(framing),
        }
    }

    fn name_byte(&mut self, byte: u8) {
        match byte {
            b':' => {
                let name = self.name;
                self.place = self.end_name(&name[..self.len]);
            }
            b'\n' => self.place = Place::LineStart,
            _ if self.len < NAME_BYTES => {
                self.name[self.len] = byte;
                self.len += 1;
            }
            _ => self.place = Place::RestOfLine,
        }
    }

    fn end_name(&mut self, name: &[u8]) -> Place {
        if name.eq_ignore_ascii_case(LENGTH) {
            self.framing.lengths = self.framing.lengths.saturating_add(1);
            self.length = 0;
            return Place::Length;
        }
        if name.eq_ignore_ascii_case(CODING) {
            self.framing.codings = self.framing.codings.saturating_add(1);
        }
        Place::RestOfLine
    }

    fn length_byte(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' => {
                self.length = self.length.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
            }
            b' ' | b'\t' | b'\r' => {}
            b'\n' => self.place = Place::LineStart,
            _ => self.place = Place::Lost,
        }
    }
}

/// Passes over as much of `bytes` as belongs to something of which `left` bytes are to come.
fn skip<'b>(bytes: &'b [u8], left: u64, on: fn(u64) -> Place, after: Place, place: &mut Place) -> &'b [u8] {
    match usize::try_from(left) {
        Ok(count) if count <= bytes.len() => {
            *place = after;
            &bytes[count..]
        }
        _ => {
            *place = on(left - bytes.len() as u64);
            &[]
        }
    }
}

fn chunk_size(size: u64, byte: u8) -> Place {
    match char::from(byte).to_digit(16) {
        Some(digit) => match size.checked_mul(16) {
            Some(size) => Place::ChunkSize(size + u64::from(digit)),
            None => Place::Lost,
        },
        None if byte == b'\n' && size == 0 => Place::TrailerStart,
        None if byte == b'\n' => Place::Chunk(size.saturating_add(2)),
        None => Place::ChunkLine(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of the heads in `bytes` when they come in pieces.
    fn scan(bytes: &str, piece: usize) -> Vec<(u8, u8)> {
        let mut scan = HeadScan::new();
        bytes.as_bytes().chunks(piece).for_each(|bytes| scan.read(bytes));
        let mut seen = Vec::new();
        while scan.complete.is_some() {
            let framing = scan.take();
            seen.push((framing.lengths, framing.codings));
        }
        seen
    }

    #[test]
    fn headers_about_framing_are_counted_however_the_head_arrives() {
        let cases: [(&str, &[(u8, u8)]); 9] = [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[(0, 0)]),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", &[(1, 1)]),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\nCONTENT-LENGTH: 1\n\n", &[(1, 1)]),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nCookie: a\r\nContent-Length: 1\r\n\r\nx", &[(2, 0)]),
            ("\r\nPOST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n\r\nContent-Length: 1\r\n", &[(1, 0)]),
            ("Content-Length: / HTTP/1.1\r\nContent-Lengthy: 1\r\nX: Content-Length: 1\r\n\r\n", &[(0, 0)]),
            (
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                &[(1, 0), (1, 1)],
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\r\n\r\n00\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                &[(0, 1), (0, 0), (1, 0)],
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                &[(0, 1), (0, 0)],
            ),
        ];
        for (head, expected) in cases {
            for piece in 1..=head.len() {
                assert_eq!(scan(head, piece), expected, "{head:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_request_line_without_an_end_is_noticed() {
        let mut scan = HeadScan::new();
        assert!(!scan.is_in_head());
        scan.read(b"GET /aaaa");
        assert!(scan.is_in_request_line() && scan.is_in_head());
        scan.read(b"aa HTTP/1.1\r\n");
        assert!(!scan.is_in_request_line() && scan.is_in_head());
        scan.read(b"\r\n");
        assert!(!scan.is_in_head());
    }

    #[test]
    fn what_cannot_be_followed_is_left_alone() {
        for body in ["Content-Length: x\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"]
        {
            let head = format!("POST / HTTP/1.1\r\n{body}GET / HTTP/1.1\r\n\r\n");
            assert!(scan(&head, 1000).len() <= 1, "{body}");
        }
    }
}
