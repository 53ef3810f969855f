//! Opens connections to upstreams.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Connection, Engaged, Heir, Interim, Lease, Upstream};
use crate::engine::Core;
use crate::engine::socket::UpstreamSocket;
use crate::engine::wire::Wire;
use crate::origin::{Origin, is_own_listener, may_be_upstream};
use crate::outward;
use crate::refusal::{Refusal, UpstreamFault};

/// The most addresses of an upstream that are tried.
pub(crate) const ADDRESSES: usize = 4;

/// The addresses behind a name, as they were found.
#[derive(Debug)]
pub(crate) struct Resolved {
    addresses: Vec<SocketAddr>,
    at: Instant,
}

/// A new connection to `upstream`.
pub(super) async fn connect(core: &Rc<Core>, upstream: &Rc<Upstream>) -> Result<Lease, Refusal> {
    let limit = Duration::from_millis(core.config.connect_timeout_ms);
    let reach = async { secure(&upstream.origin, reach(core, upstream, limit).await?).await };
    let wire =
        timeout(limit, reach).await.unwrap_or(Err(Refusal::UpstreamSlow(UpstreamFault::ConnectTimeout)))?;
    core.figures.upstream_connects.add(1);
    Ok(Lease { connection: Connection::Bare(wire), upstream: Rc::clone(upstream), is_reused: false })
}

/// A socket to the first address that takes connections and may be connected to. None of several
/// gets all of the time.
async fn reach(core: &Rc<Core>, upstream: &Rc<Upstream>, limit: Duration) -> Result<TcpStream, Refusal> {
    let mut refusal = Refusal::UpstreamFailed(UpstreamFault::Resolve);
    let addresses = addresses(core, upstream).await?;
    let share = limit / u32::try_from(addresses.len().min(ADDRESSES)).unwrap_or(1).max(1);
    for address in addresses.into_iter().take(ADDRESSES) {
        let reached = timeout(share, reach_address(core, address)).await;
        match reached.unwrap_or(Err(Refusal::UpstreamSlow(UpstreamFault::ConnectTimeout))) {
            Ok(stream) => return Ok(stream),
            Err(fault) => refusal = fault,
        }
    }
    Err(refusal)
}

/// TLS over a socket, if the origin is reached over TLS.
pub(crate) async fn secure(origin: &Origin, stream: TcpStream) -> Result<Wire, Refusal> {
    let Some(tls) = &origin.tls else { return Ok(Wire::Plain(stream)) };
    let connector = TlsConnector::from(Arc::clone(&tls.config));
    match connector.connect(tls.name.clone(), stream).await {
        Ok(stream) => Ok(Wire::Tls(Box::new(stream.into()))),
        Err(error) => {
            let fault = outward::fault(&error);
            tracing::debug!(upstream = &*origin.authority, %error, "TLS with an upstream failed");
            Err(Refusal::UpstreamFailed(fault))
        }
    }
}

async fn reach_address(core: &Core, address: SocketAddr) -> Result<TcpStream, Refusal> {
    open(address, &core.forbidden()).await
}

/// A socket to an address, unless it is one that must not be forwarded to.
pub(crate) async fn open(address: SocketAddr, forbidden: &[SocketAddr]) -> Result<TcpStream, Refusal> {
    const FORBIDDEN: Refusal = Refusal::NoTarget("the upstream's address must not be forwarded to");
    if !may_be_upstream(address, forbidden) {
        return Err(FORBIDDEN);
    }
    let opened: io::Result<_> = async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?;
        Ok((stream, local))
    }
    .await;
    let (stream, local) = opened.map_err(|_| Refusal::UpstreamFailed(UpstreamFault::Connect))?;
    if is_own_listener(local, address, forbidden) {
        return Err(FORBIDDEN);
    }
    Ok(stream)
}

/// The addresses behind the origin's host. Those that were found some time ago are used while new
/// ones are looked up beside the call; it waits only if there are none, or very old ones.
async fn addresses(core: &Rc<Core>, upstream: &Rc<Upstream>) -> Result<Vec<SocketAddr>, Refusal> {
    let Origin { host, port, .. } = &*upstream.origin;
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = literal.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, *port)]);
    }
    let refresh = Duration::from_millis(core.config.resolve_refresh_ms);
    let now = core.environment.clock.instant();
    let known = upstream
        .resolved
        .borrow()
        .as_ref()
        .map(|known| (known.addresses.clone(), now.saturating_duration_since(known.at)));
    match known {
        Some((addresses, age)) if age < refresh => Ok(addresses),
        Some((addresses, age)) if age < refresh * 2 => {
            if !upstream.is_resolving.replace(true) {
                let (core, upstream) = (Rc::clone(core), Rc::clone(upstream));
                spawn_local(async move {
                    let limit = Duration::from_millis(core.config.connect_timeout_ms);
                    let _ = timeout(limit, look_up(&core, &upstream)).await;
                    upstream.is_resolving.set(false);
                });
            }
            Ok(addresses)
        }
        // What was found before may still be right, and is better than nothing.
        known => match (look_up(core, upstream).await, known) {
            (Some(addresses), _) | (None, Some((addresses, _))) => Ok(addresses),
            (None, None) => Err(Refusal::UpstreamFailed(UpstreamFault::Resolve)),
        },
    }
}

/// Asks the system, which does it on another thread, and remembers what it says.
async fn look_up(core: &Core, upstream: &Upstream) -> Option<Vec<SocketAddr>> {
    let Origin { host, port, .. } = &*upstream.origin;
    let found: Vec<_> = tokio::net::lookup_host((&**host, *port)).await.ok()?.collect();
    if found.is_empty() {
        return None;
    }
    let at = core.environment.clock.instant();
    upstream.resolved.replace(Some(Resolved { addresses: found.clone(), at }));
    Some(found)
}

/// Lets the protocol engine speak over a connection, if it does not yet: in a task that ends with
/// the connection, or when it speaks something else. If the connection was asked over already, this
/// much was `read` of the answer; else nothing.
pub(super) async fn engage(connection: Connection, read: Bytes) -> Result<Engaged, Refusal> {
    let wire = match connection {
        Connection::Engaged(engaged) => return Ok(engaged),
        Connection::Bare(wire) => wire,
    };
    let (reads, heir) = (Rc::new(Cell::new(0)), Heir::default());
    let socket = TokioIo::new(UpstreamSocket::new(wire, Rc::clone(&reads), read));
    let (sender, mut connection) = http1::Builder::new()
        .handshake(socket)
        .await
        .map_err(|_| Refusal::UpstreamFailed(UpstreamFault::Connect))?;
    let own = Rc::clone(&heir);
    spawn_local(async move {
        // What goes wrong is told to the call that it goes wrong for.
        let _ = (&mut connection).await;
        if let Some(heir) = own.take() {
            let parts = connection.into_parts();
            let _ = heir.send((parts.io.into_inner().into_wire(), parts.read_buf));
        }
    });
    Ok(Engaged { sender, reads, interim: Interim::new(), heir })
}
