//! As much HTTP/1.1 as a load generator and a fixed upstream need: where a message ends. Written
//! for well-behaved peers and for speed; anything else is reported as a fault and fails the run.

/// The longest head that is read.
pub(crate) const HEAD_MAX_BYTES: usize = 16 * 1024;

/// What the head of a message says about the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its own length, the blank line included.
    pub(crate) size_bytes: usize,
    /// How long the body is.
    pub(crate) body: Body,
    /// The sender closes the connection after this message.
    pub(crate) closes: bool,
}

/// How long the body of a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// As many bytes; 0 where nothing is said.
    Sized(usize),
    /// Until the last chunk.
    Chunked,
}

impl Head {
    /// Reads a head from the beginning of `bytes`; `None` until it is complete. `searched` bytes are
    /// known not to end one.
    pub(crate) fn read(bytes: &[u8], searched: usize) -> Option<Self> {
        let from = searched.saturating_sub(3);
        let end = bytes[from..].windows(4).position(|four| four == b"\r\n\r\n")? + from;
        let mut head = Self { size_bytes: end + 4, body: Body::Sized(0), closes: false };
        for line in bytes[..end].split(|&b| b == b'\n').skip(1) {
            head.take(line);
        }
        Some(head)
    }

    fn take(&mut self, line: &[u8]) {
        if let Some(value) = value_of(line, b"content-length:") {
            self.body = Body::Sized(number(value));
        } else if value_of(line, b"transfer-encoding:").is_some() {
            self.body = Body::Chunked;
        } else if let Some(value) = value_of(line, b"connection:") {
            self.closes = value.eq_ignore_ascii_case(b"close");
        }
    }
}

/// The status of an answer; 0 if it has none.
pub(crate) fn status(answer: &[u8]) -> u16 {
    answer.get(9..12).map_or(0, |digits| u16::try_from(number(digits)).unwrap_or(0))
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn number(digits: &[u8]) -> usize {
    digits
        .iter()
        .fold(0, |n: usize, d| n.saturating_mul(10).saturating_add(usize::from(d.wrapping_sub(b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-Length:  12 \r\nConnection: close\r\n\r\n";

    #[test]
    fn a_head_is_read_once_its_blank_line_is_there() {
        for cut in 0..ANSWER.len() {
            assert_eq!(Head::read(&ANSWER[..cut], 0), None);
        }
        let whole = Head { size_bytes: ANSWER.len(), body: Body::Sized(12), closes: true };
        for searched in 0..ANSWER.len() {
            assert_eq!(Head::read(ANSWER, searched), Some(whole));
        }
        assert_eq!(status(ANSWER), 200);
    }

    #[test]
    fn a_message_without_a_length_has_no_body_and_a_chunked_one_says_so() {
        let head = Head::read(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0).expect("it is whole");
        assert_eq!((head.body, head.closes), (Body::Sized(0), false));
        let head =
            Head::read(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 0).expect("it is whole");
        assert_eq!(head.body, Body::Chunked);
    }
}
