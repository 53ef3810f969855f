//! The commonest exchange by the shortest way: a request whose body, if it has one, is here already, and
//! an answer with a length.
//!
//! The protocol engine serves a connection by a task of its own, which trades requests, heads and
//! bodies with the task of the caller. Here the caller's task writes and reads by itself: a call
//! is two turns of one task instead of six of two. What is read is taken for an answer only if
//! nothing about it is out of the ordinary. If anything is, the engine gets the connection with all
//! that was read of it, and reads the answer as if it had asked.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// What is read at first: a head and a small body.
const FIRST_BYTES: usize = 8 << 10;

/// What is read of a body at a time at most. Each time costs two system calls and a turn of the caller's
/// connection, and a caller who reads slowly keeps as much from others.
const BODY_BYTES: usize = 128 << 10;

/// An answer with more headers is left to the engine.
const HEADERS: usize = 32;

/// How many headers may come to those of an answer on its way to the caller, in most cases: its id, and how
/// far the limits are.
const ADDED: usize = 7;

/// What came of a request.
#[derive(Debug)]
pub(super) enum Heard {
    /// An answer like any other, with what is still to come of its body.
    Plain(Response<()>, Rest),
    /// Something that the engine has to make sense of: these bytes, and those that follow.
    Other(Bytes),
}

/// Why nothing was heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// The request did not leave.
    Unsent,
    /// The connection ended without a byte of an answer.
    Closed,
}

/// The body of an answer, of which this much is left.
#[derive(Debug)]
pub(crate) struct Rest {
    /// What came with the head.
    first: Bytes,
    /// How many bytes follow it.
    left: u64,
    /// Whether more came than was announced. Nobody knows what follows on the connection then.
    has_surplus: bool,
}

/// Sends a request of these bytes, and listens for the answer.
pub(super) async fn ask<S>(stream: &mut S, request: &[u8], method: &Method) -> Result<Heard, Silence>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sent = stream.write(request).await.ok().filter(|&count| count > 0).ok_or(Silence::Unsent)?;
    let sent = match request.get(sent..) {
        Some(unsent) if !unsent.is_empty() => stream.write_all(unsent).await,
        _ => Ok(()),
    };
    // An upstream that does not take the request may still say why.
    if sent.is_ok() {
        let _ = stream.flush().await;
    }
    let mut read = BytesMut::with_capacity(FIRST_BYTES);
    match stream.read_buf(&mut read).await {
        Ok(0) | Err(_) => Err(Silence::Closed),
        Ok(_) => Ok(understand(read.freeze(), method)),
    }
}

/// Whether nothing has come over a connection that waits for a call: neither bytes that nobody
/// asked for, nor its end. Takes no system call while there is nothing.
pub(super) fn is_quiet<S: AsyncRead + Unpin>(stream: &mut S, cx: &mut Context<'_>) -> bool {
    let mut byte = [0];
    let mut buf = tokio::io::ReadBuf::new(&mut byte);
    Pin::new(stream).poll_read(cx, &mut buf).is_pending()
}

/// Takes what came first for an answer, if it is one like any other.
fn understand(read: Bytes, method: &Method) -> Heard {
    match plain(&read, method) {
        Some((response, rest)) => Heard::Plain(response, rest),
        None => Heard::Other(read),
    }
}

/// The whole head of an answer of HTTP/1.1 with one length and nothing else about its framing
/// (RFC 9112, section 6).
fn plain(read: &Bytes, method: &Method) -> Option<(Response<()>, Rest)> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(end)) = head.parse(read) else { return None };
    let status = head.code.and_then(|code| StatusCode::from_u16(code).ok())?;
    if head.version != Some(1) || !has_body(status) {
        return None;
    }
    let mut headers = HeaderMap::with_capacity(head.headers.len() + ADDED);
    let mut length = None;
    for field in &*head.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        match name {
            CONTENT_LENGTH if length.is_none() => length = Some(digits(field.value)?),
            CONTENT_LENGTH | TRANSFER_ENCODING | TRAILER | UPGRADE => return None,
            CONNECTION if !field.value.eq_ignore_ascii_case(b"keep-alive") => return None,
            _ => {}
        }
        headers.append(name, HeaderValue::from_maybe_shared(read.slice_ref(field.value)).ok()?);
    }
    // The length of an answer to HEAD is that of another one (RFC 9110, section 9.3.2).
    let length = length.map(|length| if method == Method::HEAD { 0 } else { length })?;
    let came = read.slice(end..);
    let announced = usize::try_from(length).map_or(came.len(), |length| length.min(came.len()));
    let rest = Rest {
        first: came.slice(..announced),
        left: length - announced as u64,
        has_surplus: announced < came.len(),
    };
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some((response, rest))
}

/// Whether an answer of this status has the body that its length announces (RFC 9110,
/// section 6.4.1), and ends the exchange.
fn has_body(status: StatusCode) -> bool {
    !status.is_informational() && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}

/// A length (RFC 9110, section 8.6): digits and nothing else.
fn digits(value: &[u8]) -> Option<u64> {
    let is_length = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| is_length)?.parse().ok()
}

impl Rest {
    /// How many bytes are still to come.
    pub(crate) fn len(&self) -> u64 {
        self.first.len() as u64 + self.left
    }

    /// Whether the connection can serve another call when the body is over.
    pub(super) fn is_clean(&self) -> bool {
        self.len() == 0 && !self.has_surplus
    }

    /// The next part of the body; nothing after its last one.
    pub(super) fn poll_data<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Bytes>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        // There is room for one more byte than should come: a read that leaves room says that nothing waits
        // behind it, which is asked before the connection serves another call.
        let wanted = usize::try_from(self.left).map_or(BODY_BYTES, |left| left.min(BODY_BYTES));
        let most = wanted + 1;
        let mut read = BytesMut::with_capacity(most).limit(most);
        let count = ready!(pin!(stream.read_buf(&mut read)).poll(cx));
        Poll::Ready(Some(match count {
            Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                let mut data = read.into_inner();
                match self.left.checked_sub(count as u64) {
                    Some(left) => self.left = left,
                    None => {
                        data.truncate(wanted);
                        (self.left, self.has_surplus) = (0, true);
                    }
                }
                Ok(data.freeze())
            }
            Err(error) => Err(error),
        }))
    }
}

#[cfg(test)]
mod tests;
