//! One connection of a caller, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::fmt::rfc2822::DateTimePrinter;
use model::Environment;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::address::greeting;
use crate::engine::line::Line;
use crate::engine::pulse::{Beat, Pulse};
use crate::engine::rest::{Woken, rest};
use crate::engine::socket::{CallerSocket, Rewound};
use crate::engine::tunnel::{self, Tunnel};
use crate::engine::wire::Wire;
use crate::engine::{Core, streams};
use crate::exchange::exchange;
use crate::log::{Event, Outcome};
use crate::refusal::Refusal;

/// How long a caller may take to notice that the connection ends.
pub(super) const LINGER: Duration = Duration::from_secs(1);

const HEAD_LATE: Refusal = Refusal::CallerSlow("the headers did not come in time");

/// How a row of calls of HTTP/1 came to its end.
enum End {
    /// The protocol engine is done with the connection.
    Engine(Option<hyper::Error>),
    /// There is no call, and there was none for a while.
    Rest,
    /// A head did not come in time.
    HeadLate,
    /// Nobody waits for it any more.
    Quiet,
}

/// Lets a trusted proxy say whom a connection is from, where proxies do so, before anything else, also
/// before TLS. A proxy that does not, or not in time, is refused; everyone else's connection is as it is.
pub(crate) async fn greet(
    core: &Core,
    number: u64,
    line: Rc<Line>,
    mut stream: TcpStream,
) -> Option<(Rc<Line>, TcpStream)> {
    if !core.config.proxy_protocol || !core.trust.trusts(line.peer) {
        return Some((line, stream));
    }
    let is_tls = core.tls.is_some();
    let patience = Duration::from_millis(core.config.header_timeout_ms);
    let refusal = match timeout(patience, greeting::read(&mut stream)).await {
        Ok(Ok(None)) => return Some((line, stream)),
        Ok(Ok(Some(source))) => return Some((core.lines.speak_for(number, source, is_tls), stream)),
        Ok(Err(greeting::Fault::Gone)) => return None,
        Ok(Err(greeting::Fault::Malformed)) => Refusal::Malformed("the PROXY header is malformed"),
        Err(_) => Refusal::CallerSlow("the PROXY header did not come in time"),
    };
    if is_tls {
        core.figures.refused(&refusal);
        return None;
    }
    say(core, &line, &mut Wire::Plain(stream), refusal).await;
    None
}

/// What a connection goes on with.
enum Next {
    Nothing,
    /// It waits for a call.
    Rest(Wire),
    /// HTTP/2, of which this was read already.
    Http2(Wire, Bytes),
    /// Another protocol, of which this was read already.
    Tunnel(Wire, Bytes, Box<Tunnel>),
}

/// Serves the calls of a connection.
pub(crate) async fn serve(core: &Rc<Core>, line: &Rc<Line>, stream: TcpStream) {
    // Answers are written whole; waiting for more to write would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let wire = match &core.tls {
        None => Wire::Plain(stream),
        Some(tls) => match Box::pin(secure(core, line, tls, stream)).await {
            Some(wire) => wire,
            None => return,
        },
    };
    let next = match wire.agreed_on_http2() {
        true => Next::Http2(wire, Bytes::new()),
        false => http1(core, line, wire).await,
    };
    match next {
        Next::Nothing | Next::Rest(_) => {}
        Next::Http2(wire, read) => Box::pin(streams::serve(core, line, wire, read)).await,
        Next::Tunnel(wire, read, tunnel) => Box::pin(tunnel::run(core, wire, read, *tunnel)).await,
    }
}

/// The TLS handshake. Nothing can be answered before it.
async fn secure(core: &Core, line: &Line, tls: &TlsAcceptor, stream: TcpStream) -> Option<Wire> {
    let limit = Duration::from_millis(core.config.tls_handshake_timeout_ms);
    let mut handshake = pin!(timeout(limit, tls.accept(stream)));
    let ended = std::future::poll_fn(|cx| {
        line.keep_waker(cx.waker());
        if line.drains() { Poll::Ready(None) } else { handshake.as_mut().poll(cx).map(Some) }
    })
    .await?;
    let fault = match ended {
        Ok(Ok(stream)) => return Some(Wire::Tls(Box::new(stream.into()))),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it took too long".to_owned(),
    };
    core.figures.tls_failures.add(1);
    tracing::debug!(peer = %line.peer, fault, "a TLS handshake failed");
    None
}

/// Rows of calls of HTTP/1, and the rests between them, until the connection goes on with something else.
async fn http1(core: &Rc<Core>, line: &Rc<Line>, mut wire: Wire) -> Next {
    // Over TLS the handshake has decided.
    let mut may_be_http2 = core.config.http2 && matches!(wire, Wire::Plain(_));
    let mut pulse = Pulse::new(core.config.limits());
    loop {
        let first = match rest(line, &mut wire, &mut pulse, may_be_http2).await {
            Woken::Call(first) => first,
            Woken::Http2(read) => return Next::Http2(wire, read),
            Woken::Late => {
                Box::pin(say(core, line, &mut wire, HEAD_LATE)).await;
                return Next::Nothing;
            }
            Woken::Over => {
                // TLS says that this is the end.
                let _ = Box::pin(timeout(LINGER, wire.shutdown())).await;
                return Next::Nothing;
            }
        };
        may_be_http2 = false;
        // Boxed so that a rest does not take the room of a call.
        match Box::pin(calls(core, line, Rewound::new(wire, first), &mut pulse)).await {
            Next::Rest(rested) => wire = rested,
            next => return next,
        }
    }
}

/// Calls of HTTP/1, one after the other.
async fn calls(core: &Rc<Core>, line: &Rc<Line>, wire: Rewound, pulse: &mut Pulse) -> Next {
    let socket = TokioIo::new(CallerSocket::new(wire, Rc::clone(line)));
    let service = service_fn(|request| exchange(Rc::clone(core), Rc::clone(line), request));
    let mut connection =
        http1::Builder::new().max_buf_size(core.config.head_bytes()).serve_connection(socket, service);
    let mut is_draining = false;
    let end = std::future::poll_fn(|cx| {
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
                Poll::Ready(Beat::Rest) if line.is_at_rest() => return Poll::Ready(End::Rest),
                Poll::Ready(Beat::Fine | Beat::Expired | Beat::Rest) => {}
                Poll::Ready(Beat::Lasts) => line.want_look(),
                Poll::Ready(Beat::HeadLate) => return Poll::Ready(End::HeadLate),
                Poll::Ready(Beat::Close) => return Poll::Ready(End::Quiet),
            }
        }
    })
    .await;
    let parts = connection.into_parts();
    let (mut wire, unread) = parts.io.into_inner().into_rewound().into_parts();
    if let (End::Engine(None), Some(tunnel)) = (&end, line.take_tunnel()) {
        return Next::Tunnel(wire, parts.read_buf, tunnel);
    }
    if let End::Rest = end {
        // There is nothing at rest. If there were, nobody could say what it is the beginning of.
        let is_empty = parts.read_buf.is_empty() && unread.is_empty();
        return if is_empty { Next::Rest(wire) } else { Next::Nothing };
    }
    let refusal = refusal(line, &end, !parts.read_buf.is_empty());
    if let Some(refusal) = refusal {
        say(core, line, &mut wire, refusal).await;
    } else if line.lingers() {
        linger(&mut wire).await;
    }
    Next::Nothing
}

/// What there is to say about a head that could not be read.
fn refusal(line: &Line, end: &End, has_more: bool) -> Option<Refusal> {
    match end {
        End::Quiet | End::Rest => None,
        End::HeadLate => (has_more || line.has_part_of_head()).then_some(HEAD_LATE),
        End::Engine(error) => line.own_answer().or_else(|| {
            let is_unreadable = error.as_ref().is_some_and(hyper::Error::is_parse) && !line.is_answering();
            is_unreadable.then_some(Refusal::Malformed("the request is not HTTP"))
        }),
    }
}

/// Answers with a refusal, and lets the caller read it.
async fn say(core: &Core, line: &Line, wire: &mut Wire, refusal: Refusal) {
    refuse(core, line, wire, refusal).await;
    linger(wire).await;
}

/// Answers a head that could not be read, and counts and logs the answer.
async fn refuse(core: &Core, line: &Line, stream: &mut Wire, refusal: Refusal) {
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
async fn write(environment: &Environment, stream: &mut Wire, refusal: Refusal, request_id: &[u8]) {
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
async fn linger(stream: &mut Wire) {
    let mut scratch = vec![0; 16 << 10];
    let _ = timeout(LINGER, async { while let Ok(1..) = stream.read(&mut scratch).await {} }).await;
}

/// Answers a connection that is one too many.
pub(crate) async fn turn_away(core: Rc<Core>, stream: TcpStream, peer: SocketAddr, why: Refusal) {
    // Nothing can be said to a caller who waits for a handshake, which would cost more than a call.
    if core.tls.is_some() {
        core.figures.refused(&why);
        return;
    }
    say(&core, &Line::new(peer, false), &mut Wire::Plain(stream), why).await;
}
