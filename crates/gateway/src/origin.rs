//! Upstreams by host and port, and the addresses that must not be one.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use model::{Authorities, BaseUrl};

use crate::outward::{Outward, Trust};

/// Host and port of an upstream, and how it is reached. Endpoints that share all of this share
/// connections.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Different for any two origins of a process, so that a thread finds its own connections
    /// by it.
    pub(crate) id: u64,
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) host: Box<str>,
    pub(crate) port: u16,
    /// As it stands in `Host`.
    pub(crate) authority: Box<str>,
    /// TLS, if it is reached over TLS.
    pub(crate) tls: Option<Outward>,
}

/// The origins in use. Only those who build routes come here, never a call.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: Mutex<Known>,
    trust: Trust,
}

/// What tells origins apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    authority: Box<str>,
    is_tls: bool,
    authorities: Option<Authorities>,
}

#[derive(Debug, Default)]
struct Known {
    by_name: HashMap<Name, Weak<Origin>>,
    count: u64,
}

impl Origins {
    /// The one origin for this base URL, with these authorities trusted besides the system's. `None`
    /// if TLS with it is impossible.
    pub(crate) fn of(&self, url: &BaseUrl, authorities: Option<&Authorities>) -> Option<Arc<Origin>> {
        let name = Name {
            authority: url.authority().into(),
            is_tls: url.is_tls(),
            authorities: authorities.filter(|_| url.is_tls()).cloned(),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = known.by_name.get(&name).and_then(Weak::upgrade) {
            return Some(origin);
        }
        let tls = match name.is_tls {
            true => Some(self.trust.towards(url.host(), name.authorities.as_ref())?),
            false => None,
        };
        known.by_name.retain(|_, origin| origin.strong_count() > 0);
        known.count += 1;
        let origin = Arc::new(Origin {
            id: known.count,
            host: url.host().into(),
            port: url.port(),
            authority: url.authority().into(),
            tls,
        });
        known.by_name.insert(name, Arc::downgrade(&origin));
        Some(origin)
    }
}

/// Whether a call may be forwarded to `target`, as the name was resolved. Upstreams may be
/// private, that is their point; link-local ones (where clouds keep their metadata) and the
/// program's own listeners may not be reached.
pub(crate) fn may_be_upstream(target: SocketAddr, forbidden: &[SocketAddr]) -> bool {
    let ip = target.ip().to_canonical();
    let is_link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let is_here = ip.is_loopback() || ip.is_unspecified();
    let is_own = |own: &SocketAddr| {
        let own_ip = own.ip().to_canonical();
        let own_is_here = own_ip.is_loopback() || own_ip.is_unspecified();
        own.port() == target.port() && (own_ip == ip || (own_is_here && is_here))
    };
    !is_link_local && !forbidden.iter().any(is_own)
}

/// Whether a connection that leads from `local` to `target` ends at a listener of this program.
/// A listener on an unspecified address has every address of the machine; a connection that
/// stays on the machine has the same address at both ends.
pub(crate) fn is_own_listener(local: SocketAddr, target: SocketAddr, forbidden: &[SocketAddr]) -> bool {
    let stays_here = local.ip().to_canonical() == target.ip().to_canonical();
    stays_here && forbidden.iter().any(|own| own.port() == target.port() && own.ip().is_unspecified())
}

#[cfg(test)]
mod tests;
