//! Reads along while the head of a request comes in, for what the parser does not show later.

use memchr::memchr;

use crate::protocol::Framing;

/// Counts the headers about framing in a head. The parser merges equal lengths and drops a
/// length beside a coding, which is within its rights, but then nobody knows that the request was
/// ambiguous.
///
/// A head that was read together with the end of the request before it is not seen; the parser's
/// own way is safe there too, as it closes the connection after such a request.
#[derive(Debug)]
pub(crate) struct HeadScan {
    framing: Framing,
    place: Place,
    name: [u8; NAME_BYTES],
    len: usize,
    has_request_line: bool,
}

/// As long as the longest name that is looked for, and one more.
const NAME_BYTES: usize = 18;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    Name,
    RestOfLine,
    /// After the blank line that ends the head.
    Body,
}

impl HeadScan {
    pub(crate) fn new() -> Self {
        Self {
            framing: Framing::default(),
            place: Place::LineStart,
            name: [0; NAME_BYTES],
            len: 0,
            has_request_line: false,
        }
    }

    /// What was seen; begins anew.
    pub(crate) fn take(&mut self) -> Framing {
        let framing = self.framing;
        *self = Self::new();
        framing
    }

    /// Whether the request line came to its end.
    pub(crate) fn has_request_line(&self) -> bool {
        self.has_request_line
    }

    pub(crate) fn read(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.place {
                Place::Body => return,
                Place::RestOfLine => match memchr(b'\n', bytes) {
                    Some(end) => {
                        bytes = &bytes[end + 1..];
                        self.place = Place::LineStart;
                        self.has_request_line = true;
                        continue;
                    }
                    None => return,
                },
                Place::LineStart => self.begin_line(byte),
                Place::Name => self.name_byte(byte),
            }
            bytes = rest;
        }
    }

    fn begin_line(&mut self, byte: u8) {
        match byte {
            b'\r' => {}
            // Blank lines before the request line are skipped, as the parser does.
            b'\n' => self.place = if self.has_request_line { Place::Body } else { Place::LineStart },
            b'c' | b'C' | b't' | b'T' if self.has_request_line => {
                self.place = Place::Name;
                self.name[0] = byte;
                self.len = 1;
            }
            _ => self.place = Place::RestOfLine,
        }
    }

    fn name_byte(&mut self, byte: u8) {
        match byte {
            b':' => {
                self.count_name();
                self.place = Place::RestOfLine;
            }
            b'\n' => self.place = Place::LineStart,
            _ if self.len < NAME_BYTES => {
                self.name[self.len] = byte;
                self.len += 1;
            }
            _ => self.place = Place::RestOfLine,
        }
    }

    fn count_name(&mut self) {
        let name = &self.name[..self.len];
        if name.eq_ignore_ascii_case(b"content-length") {
            self.framing.lengths = self.framing.lengths.saturating_add(1);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.framing.codings = self.framing.codings.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(head: &str, piece: usize) -> (u8, u8) {
        let mut scan = HeadScan::new();
        head.as_bytes().chunks(piece).for_each(|bytes| scan.read(bytes));
        let framing = scan.take();
        (framing.lengths, framing.codings)
    }

    #[test]
    fn headers_about_framing_are_counted_however_the_head_arrives() {
        let cases = [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (0, 0)),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", (1, 1)),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\nCONTENT-LENGTH: 1\n\n", (1, 1)),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nCookie: a\r\nContent-Length: 1\r\n\r\nx", (2, 0)),
            ("\r\nPOST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n\r\nContent-Length: 1\r\n", (1, 0)),
            ("Content-Length: / HTTP/1.1\r\nContent-Lengthy: 1\r\nX: Content-Length: 1\r\n\r\n", (0, 0)),
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
        scan.read(b"GET /aaaa");
        assert!(!scan.has_request_line());
        scan.read(b"aa HTTP/1.1\r\n");
        assert!(scan.has_request_line());
    }
}
