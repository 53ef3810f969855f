//! One connection of a caller, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::fmt::rfc2822::DateTimePrinter;
use model::Environment;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::address::greeting;
use crate::engine::Core;
use crate::engine::line::Line;
use crate::engine::pulse::{Beat, Pulse};
use crate::engine::socket::CallerSocket;
use crate::exchange::exchange;
use crate::log::{Event, Outcome};
use crate::refusal::Refusal;

/// How long a caller may take to notice that the connection ends.
const LINGER: Duration = Duration::from_secs(1);

/// How a connection came to its end.
enum End {
    /// The protocol engine is done with it.
    Engine(Option<hyper::Error>),
    /// A head did not come in time.
    HeadLate,
    /// Nobody waits for it any more.
    Quiet,
}

/// Lets a trusted proxy say whom a connection is from, where proxies do so. A proxy that does not, or not in
/// time, is refused; everyone else's connection is as it is.
pub(crate) async fn greet(
    core: &Core,
    number: u64,
    line: Rc<Line>,
    mut stream: TcpStream,
) -> Option<(Rc<Line>, TcpStream)> {
    if !core.config.proxy_protocol || !core.trust.trusts(line.peer) {
        return Some((line, stream));
    }
    let patience = Duration::from_millis(core.config.header_timeout_ms);
    let refusal = match timeout(patience, greeting::read(&mut stream)).await {
        Ok(Ok(None)) => return Some((line, stream)),
        Ok(Ok(Some(source))) => return Some((core.lines.speak_for(number, source), stream)),
        Ok(Err(greeting::Fault::Gone)) => return None,
        Ok(Err(greeting::Fault::Malformed)) => Refusal::Malformed("the PROXY header is malformed"),
        Err(_) => Refusal::CallerSlow("the PROXY header did not come in time"),
    };
    refuse(core, &line, &mut stream, refusal).await;
    linger(&mut stream).await;
    None
}

/// Serves the calls of a connection.
pub(crate) async fn serve(core: &Rc<Core>, line: &Rc<Line>, stream: TcpStream) {
    // Answers are written whole; waiting for more to write would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let socket = TokioIo::new(CallerSocket::new(stream, Rc::clone(line)));
    let service = service_fn(|request| exchange(Rc::clone(core), Rc::clone(line), request));
    let mut connection =
        http1::Builder::new().max_buf_size(core.config.head_bytes()).serve_connection(socket, service);
    let mut pulse = Pulse::new(core.config.limits());
    let mut is_draining = false;
    let end = std::future::poll_fn(|cx| {
        line.keep_waker(cx.waker());
        loop {
            if line.drains() && !is_draining {
                is_draining = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(End::Engine(ended.err()));
            }
            match pulse.poll(cx, line) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Beat::Fine | Beat::Expired) => {}
                Poll::Ready(Beat::HeadLate) => return Poll::Ready(End::HeadLate),
                Poll::Ready(Beat::Close) => return Poll::Ready(End::Quiet),
            }
        }
    })
    .await;
    let parts = connection.into_parts();
    let refusal = refusal(line, &end, !parts.read_buf.is_empty());
    let mut stream = parts.io.into_inner().into_stream();
    if let Some(refusal) = refusal {
        refuse(core, line, &mut stream, refusal).await;
    }
    if refusal.is_some() || line.lingers() {
        linger(&mut stream).await;
    }
}

/// What there is to say about a head that could not be read.
fn refusal(line: &Line, end: &End, has_more: bool) -> Option<Refusal> {
    match end {
        End::Quiet => None,
        End::HeadLate => (has_more || line.has_part_of_head())
            .then_some(Refusal::CallerSlow("the headers did not come in time")),
        End::Engine(error) => line.own_answer().or_else(|| {
            let is_unreadable = error.as_ref().is_some_and(hyper::Error::is_parse) && !line.is_answering();
            is_unreadable.then_some(Refusal::Malformed("the request is not HTTP"))
        }),
    }
}

/// Answers a head that could not be read, and counts and logs the answer.
async fn refuse(core: &Core, line: &Line, stream: &mut TcpStream, refusal: Refusal) {
    let request_id = core.ids.next_bytes();
    core.figures.refused(&refusal);
    core.figures.answered(Some(refusal.status()));
    let outcome = Outcome::Refused(refusal);
    if let Some(log) = core.log_for(outcome) {
        log.push(&Event {
            at: core.environment.clock.now(),
            request_id: &request_id,
            known: crate::decide::Known::default(),
            method: None,
            path: None,
            peer: line.caller.forwarded_for.as_bytes(),
            status: Some(refusal.status().as_u16()),
            outcome,
            duration_us: 0,
            bytes: refusal.body().len() as u64,
        });
    }
    write(&core.environment, stream, refusal, &request_id).await;
}

/// Writes a refusal without the protocol engine, and closes our side.
async fn write(environment: &Environment, stream: &mut TcpStream, refusal: Refusal, request_id: &[u8]) {
    let date =
        DateTimePrinter::new().timestamp_to_rfc9110_string(&environment.clock.now()).unwrap_or_default();
    let response = refusal.respond();
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(format!("date: {date}\r\n").as_bytes());
    bytes
        .extend_from_slice(format!("content-length: {}\r\nx-request-id: ", response.body().len()).as_bytes());
    for part in [request_id, b"\r\n\r\n", response.body()] {
        bytes.extend_from_slice(part);
    }
    // A caller who is gone or does not read gets no answer.
    let _ = timeout(LINGER, async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    })
    .await;
}

/// Reads on for a while. Closing a socket that has bytes to read resets the connection, and a
/// caller who is still sending would lose the answer.
async fn linger(stream: &mut TcpStream) {
    let mut scratch = vec![0; 16 << 10];
    let _ = timeout(LINGER, async { while let Ok(1..) = stream.read(&mut scratch).await {} }).await;
}

/// Answers a connection that is one too many.
pub(crate) async fn turn_away(core: Rc<Core>, mut stream: TcpStream, peer: SocketAddr) {
    let line = Line::new(peer);
    refuse(&core, &line, &mut stream, Refusal::Busy("there are too many connections")).await;
    linger(&mut stream).await;
}
