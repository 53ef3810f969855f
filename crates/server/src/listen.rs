//! Listeners of everything but the gateway: bind with a clear error, serve a router, stop when
//! told to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::tls::Pair;

/// How long a caller may take to send the head of a request, and a connection to stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// How long calls in flight are given when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The most connections of one listener. Those are for administrators, pages and probes.
const MAX_CONNECTIONS: usize = 4096;

/// How many connections the kernel holds until they are accepted.
const BACKLOG: u32 = 1024;

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// A bound listener, over TLS or not.
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// The address that it is bound to.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.socket.local_addr().context("a listener has no address")
    }

    /// The URL of that address.
    pub(crate) fn url(&self) -> Result<String> {
        Ok(own_url(self.address()?, self.tls.is_some()))
    }
}

/// Binds a listener; the error names what it is for and the setting to change.
pub(crate) fn bind(
    what: &str,
    setting: &str,
    address: SocketAddr,
    tls: Option<&Arc<Pair>>,
    take_over: bool,
) -> Result<Listener> {
    let socket = open(address, take_over).map_err(|error| bind_error(&error, what, setting, address))?;
    let tls = tls.map(|pair| TlsAcceptor::from(pair.config(&["http/1.1"])));
    Ok(Listener { socket, tls })
}

/// A listener whose address another process can share to take over, and nobody shares yet unless this
/// one takes over.
fn open(address: SocketAddr, take_over: bool) -> io::Result<TcpListener> {
    let socket = |is_shared| -> io::Result<TcpSocket> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(is_shared)?;
        socket.bind(address)?;
        Ok(socket)
    };
    if address.port() != 0 && !take_over {
        socket(false)?;
    }
    socket(true)?.listen(BACKLOG)
}

/// Why an address cannot be listened on.
pub(crate) fn bind_error(error: &io::Error, what: &str, setting: &str, address: SocketAddr) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "{what} cannot listen on {address}, because another program does; end it, or choose another address \
             with the setting `{setting}`"
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "{what} may not listen on {address}; choose a port above 1023 with the setting `{setting}`, or give \
             the program the right"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow!(
            "{what} cannot listen on {address}, which is no address of this machine; choose another with the \
             setting `{setting}`"
        ),
        _ => anyhow!("{what} cannot listen on {address}: {error}"),
    }
}

/// The URL of a listener's own address; an unspecified address shows as `localhost`.
pub(crate) fn own_url(address: SocketAddr, is_tls: bool) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// Serves a router until `stop` turns true, then finishes the calls in flight.
pub(crate) async fn serve(listener: Listener, router: Router, mut stop: watch::Receiver<bool>) {
    let Listener { socket: listener, tls } = listener;
    let connections = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { continue };
        let (router, tls, watcher) = (router.clone(), tls.clone(), connections.watcher());
        tokio::spawn(async move {
            match tls {
                None => converse(stream, peer, router, watcher).await,
                // Whoever does not come to terms in time is not served.
                Some(tls) => {
                    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await;
                    match handshake.unwrap_or_else(|late| Err(late.into())) {
                        Ok(stream) => converse(stream, peer, router, watcher).await,
                        Err(error) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                    }
                }
            }
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, connections.shutdown()).await;
}

/// Serves the calls of a connection.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    // What a caller breaks off is the caller's business.
    let _ = watcher.watch(connection).await;
}
