//! Opens connections to upstreams.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::{Connection, Lease, Upstream};
use crate::engine::Core;
use crate::engine::socket::UpstreamSocket;
use crate::origin::{Origin, is_own_listener, may_be_upstream};
use crate::refusal::{Refusal, UpstreamFault};

/// The addresses behind a name, as they were found.
#[derive(Debug)]
pub(crate) struct Resolved {
    addresses: Vec<SocketAddr>,
    at: Instant,
}

/// A new connection to `upstream`.
pub(super) async fn connect(core: &Core, upstream: &Rc<Upstream>) -> Result<Lease, Refusal> {
    let limit = Duration::from_millis(core.config.connect_timeout_ms);
    let stream = timeout(limit, reach(core, upstream))
        .await
        .unwrap_or(Err(Refusal::UpstreamSlow(UpstreamFault::ConnectTimeout)))?;
    let connection = introduce(stream).await.map_err(|_| Refusal::UpstreamFailed(UpstreamFault::Connect))?;
    core.figures.upstream_connects.add(1);
    Ok(Lease { connection, upstream: Rc::clone(upstream), is_reused: false })
}

/// A socket to the first address that takes connections and may be connected to.
async fn reach(core: &Core, upstream: &Upstream) -> Result<TcpStream, Refusal> {
    let mut refusal = Refusal::UpstreamFailed(UpstreamFault::Resolve);
    for address in addresses(core, upstream).await? {
        match reach_address(core, address).await {
            Ok(stream) => return Ok(stream),
            Err(fault) => refusal = fault,
        }
    }
    Err(refusal)
}

async fn reach_address(core: &Core, address: SocketAddr) -> Result<TcpStream, Refusal> {
    const FORBIDDEN: Refusal = Refusal::NoTarget("the upstream's address must not be forwarded to");
    let forbidden = core.forbidden();
    if !may_be_upstream(address, &forbidden) {
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
    if is_own_listener(local, address, &forbidden) {
        return Err(FORBIDDEN);
    }
    Ok(stream)
}

/// The addresses behind the origin's host, looked up again if it is time to.
async fn addresses(core: &Core, upstream: &Upstream) -> Result<Vec<SocketAddr>, Refusal> {
    let Origin { host, port, .. } = &*upstream.origin;
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = literal.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, *port)]);
    }
    let now = core.environment.clock.instant();
    let refresh = Duration::from_millis(core.config.resolve_refresh_ms);
    if let Some(resolved) = &*upstream.resolved.borrow()
        && now.saturating_duration_since(resolved.at) < refresh
    {
        return Ok(resolved.addresses.clone());
    }
    match tokio::net::lookup_host((&**host, *port)).await.map(Vec::from_iter) {
        Ok(addresses) if !addresses.is_empty() => {
            let resolved = Resolved { addresses: addresses.clone(), at: now };
            upstream.resolved.replace(Some(resolved));
            Ok(addresses)
        }
        // What was found before may still be right, and is better than nothing.
        _ => match &*upstream.resolved.borrow() {
            Some(resolved) => Ok(resolved.addresses.clone()),
            None => Err(Refusal::UpstreamFailed(UpstreamFault::Resolve)),
        },
    }
}

/// Begins to speak HTTP over a socket. Its task ends with the connection.
async fn introduce(stream: TcpStream) -> hyper::Result<Connection> {
    let reads = Rc::new(Cell::new(0));
    let socket = TokioIo::new(UpstreamSocket::new(stream, Rc::clone(&reads)));
    let (sender, connection) = http1::Builder::new().handshake(socket).await?;
    spawn_local(async move {
        // What goes wrong is told to the call that it goes wrong for.
        let _ = connection.await;
    });
    Ok(Connection { sender, reads })
}
