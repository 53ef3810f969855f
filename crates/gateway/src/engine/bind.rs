//! The listeners: one for each thread, all on one address.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Opens `count` listeners on one address, between which the kernel shares out connections. Port
/// 0 picks a free port for all of them. To take over from another process, its port is shared.
///
/// If the address is taken the error's kind is [`io::ErrorKind::AddrInUse`].
pub(crate) fn bind(
    address: SocketAddr,
    count: usize,
    backlog: u16,
    take_over: bool,
) -> io::Result<Vec<TcpListener>> {
    if address.port() != 0 && !take_over {
        // Another process that shares its port would let us share it, and get half of the calls.
        open(address, false)?;
    }
    let first = listen(address, backlog)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..count {
        listeners.push(listen(address, backlog)?);
    }
    Ok(listeners)
}

fn listen(address: SocketAddr, backlog: u16) -> io::Result<TcpListener> {
    let socket = open(address, true)?;
    socket.listen(backlog.into())?;
    Ok(socket.into())
}

fn open(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Not to wait for connections of an earlier process to time out.
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_the_same_for_all() {
        let listeners = bind(SocketAddr::from(([127, 0, 0, 1], 0)), 3, 16, false).unwrap();
        let ports: Vec<_> = listeners.iter().map(|one| one.local_addr().unwrap().port()).collect();
        assert_ne!(ports[0], 0);
        assert!(ports.iter().all(|port| *port == ports[0]));
    }

    #[test]
    fn a_port_in_use_is_told_even_if_its_user_would_share_it() {
        let listeners = bind(SocketAddr::from(([127, 0, 0, 1], 0)), 1, 16, false).unwrap();
        let address = listeners[0].local_addr().unwrap();
        let error = bind(address, 1, 16, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(bind(address, 2, 16, true).unwrap().len(), 2);
    }
}
