//! Listeners of everything but the gateway: bind with a clear error, serve a router, stop when
//! told to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

/// How long a caller may take to send the head of a request, and a connection to stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// How long calls in flight are given when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The most connections of one listener. Those are for administrators, pages and probes.
const MAX_CONNECTIONS: usize = 4096;

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Binds a listener; the error names what it is for and the setting to change.
pub(crate) async fn bind(what: &str, setting: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| bind_error(&error, what, setting, address))
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
pub(crate) fn own_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Serves a router until `stop` turns true, then finishes the calls in flight.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
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
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // What a caller breaks off is the caller's business.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, connections.shutdown()).await;
}
