//! Telling HTTP/2 from HTTP/1 by the first bytes of a connection ("prior knowledge", RFC 9113,
//! section 3.3). No request of HTTP/1 begins like this.

/// What a caller who speaks HTTP/2 says first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the first bytes of a connection tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Http1,
    Http2,
    /// They could become either.
    Open,
}

/// Judges a connection by all bytes that came through it so far.
pub(crate) fn judge(bytes: &[u8]) -> Verdict {
    let length = bytes.len().min(PREFACE.len());
    match bytes[..length] == PREFACE[..length] {
        true if length == PREFACE.len() => Verdict::Http2,
        true => Verdict::Open,
        false => Verdict::Http1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preface_alone_is_http2() {
        assert_eq!(judge(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Verdict::Http2);
        assert_eq!(judge(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"), Verdict::Http2);
        for open in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
            assert_eq!(judge(open), Verdict::Open);
        }
        for other in [&b"PRI * HTTP/2.0\r\nhost"[..], b"POST /", b"GET / HTTP/1.1", b"\r\nPRI"] {
            assert_eq!(judge(other), Verdict::Http1);
        }
    }
}
