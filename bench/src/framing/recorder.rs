//! An upstream that answers everything that it can read, and keeps what it got byte by byte.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, spawn_local};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What arrived since the beginning of a case.
#[derive(Debug, Default, Clone)]
pub(crate) struct Received {
    /// Requests that are whole, as they came.
    pub(crate) requests: Vec<Vec<u8>>,
    /// What came and is no whole request, of each connection.
    pub(crate) rest: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct State {
    received: Received,
    connections: Vec<AbortHandle>,
}

/// The upstream of one proxy.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) address: SocketAddr,
    state: Rc<RefCell<State>>,
}

impl Recorder {
    /// Listens on this address.
    pub(crate) async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Rc::new(RefCell::new(State::default()));
        let accepting = Rc::clone(&state);
        spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Rc::clone(&accepting);
                let place = {
                    let mut state = state.borrow_mut();
                    state.received.rest.push(Vec::new());
                    state.received.rest.len() - 1
                };
                let task = spawn_local(serve(stream, Rc::clone(&state), place));
                state.borrow_mut().connections.push(task.abort_handle());
            }
        });
        Ok(Self { address, state })
    }

    /// A new case begins: connections are closed, so that none has anything left of the one before.
    pub(crate) fn begin(&self) {
        let mut state = self.state.borrow_mut();
        state.connections.drain(..).for_each(|connection| connection.abort());
        state.received = Received::default();
    }

    /// What has arrived in this case.
    pub(crate) fn received(&self) -> Received {
        let mut received = self.state.borrow().received.clone();
        received.rest.retain(|rest| !rest.is_empty());
        received
    }
}

async fn serve(mut stream: TcpStream, state: Rc<RefCell<State>>, place: usize) {
    let mut bytes = Vec::new();
    let mut expected = false;
    while let Ok(1..) = stream.read_buf(&mut bytes).await {
        while let Some(end) = end(&bytes) {
            let rest = bytes.split_off(end);
            state.borrow_mut().received.requests.push(std::mem::replace(&mut bytes, rest));
            expected = false;
            if stream.write_all(ANSWER).await.is_err() {
                return;
            }
        }
        let waits = head(&bytes).is_some_and(|head| value(head, "expect").is_some());
        if waits && !expected {
            expected = true;
            drop(stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await);
        }
        if let Some(rest) = state.borrow_mut().received.rest.get_mut(place) {
            rest.clone_from(&bytes);
        }
    }
}

fn head(bytes: &[u8]) -> Option<&[u8]> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|end| &bytes[..end + 4])
}

fn value(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line =
        head.lines().skip(1).find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned()));
    line.map(|value| value.trim().to_owned())
}

/// Where the first request in the bytes ends, as a plain server reads it.
fn end(bytes: &[u8]) -> Option<usize> {
    let head = head(bytes)?;
    if value(head, "transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        return chunks(&bytes[head.len()..]).map(|length| head.len() + length);
    }
    let length = value(head, "content-length").and_then(|value| value.parse::<usize>().ok()).unwrap_or(0);
    let end = head.len().checked_add(length)?;
    (bytes.len() >= end).then_some(end)
}

/// The length of a chunked body with its trailers.
fn chunks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = bytes.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
        let text = String::from_utf8_lossy(&bytes[at..at + line]).into_owned();
        let size = usize::from_str_radix(text.split(';').next()?.trim(), 16).ok()?;
        at += line + 2;
        if size == 0 {
            loop {
                let line = bytes.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
                at += line + 2;
                if line == 0 {
                    return Some(at);
                }
            }
        }
        at = at.checked_add(size)?.checked_add(2)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_where_its_framing_says() {
        let plain = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET";
        assert_eq!(end(plain), Some(plain.len() - 3));
        let sized = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab!";
        assert_eq!(end(sized), Some(sized.len() - 1));
        assert_eq!(end(&sized[..sized.len() - 2]), None);
        let chunked =
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nx: 1\r\n\r\n!";
        assert_eq!(end(chunked), Some(chunked.len() - 1));
        assert_eq!(end(&chunked[..chunked.len() - 4]), None);
    }
}
