//! Whose call it is, by address: the socket's peer, or what proxies that are trusted say of it. Address
//! rules, logs and what upstreams are told go by this one answer.

mod forwarded;
pub(crate) mod greeting;

use std::net::{IpAddr, SocketAddr};

use http::HeaderValue;
use model::IpRange;
use model::net::{IpNet, canonical_address};
use serde::Deserialize;

use crate::decide::Headers;
use crate::refusal::Refusal;

/// How many proxies a call may have come through. A list that is longer was not written by them alone.
const HOPS: usize = 32;

/// The header in which trusted proxies say whom they speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// The widespread one: addresses with commas between them.
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// Which proxies are trusted, and where they say what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    proxies: Box<[IpNet]>,
    header: ForwardedHeader,
}

impl Trust {
    pub(crate) fn new(proxies: &[IpRange], header: ForwardedHeader) -> Self {
        Self { proxies: proxies.iter().map(IpRange::net).collect(), header }
    }

    /// Whether what comes from this address is a proxy's word.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(&address))
    }

    /// The address of the caller whose call came from `peer`: the first from the right in what proxies
    /// say that is no trusted proxy itself. Whoever could have written what stands to the left of it is
    /// not asked.
    ///
    /// What trusted proxies pass on that is no address, such as `unknown`, a name or an address with a
    /// zone, is nobody's; then the call is the peer's. A `Forwarded` that cannot be read is refused: with an
    /// open quotation mark a caller could hide what the proxy wrote behind it.
    pub(crate) fn caller(&self, peer: IpAddr, headers: &impl Headers) -> Result<IpAddr, Refusal> {
        if self.proxies.is_empty() || !self.trusts(peer) {
            return Ok(peer);
        }
        let mut hops = Hops::default();
        let is_sound = match self.header {
            ForwardedHeader::XForwardedFor => {
                let lines = headers.all("x-forwarded-for");
                lines.flat_map(|line| line.split(|&byte| byte == b',')).for_each(|hop| hops.push(hop));
                true
            }
            ForwardedHeader::Forwarded => {
                headers.all("forwarded").all(|line| forwarded::read(line, |hop| hops.push(hop)))
            }
        };
        if !is_sound {
            return Err(Refusal::Malformed("`Forwarded` is malformed"));
        }
        Ok(self.walk(peer, &hops))
    }

    fn walk(&self, peer: IpAddr, hops: &Hops<'_>) -> IpAddr {
        let mut caller = peer;
        for hop in hops.latest_first() {
            let Some(address) = hop.and_then(address) else { return peer };
            caller = address;
            if !self.trusts(address) {
                return caller;
            }
        }
        // Trusted proxies all the way: the first of them made the call.
        caller
    }

    /// Whether a trusted proxy says that it was called with TLS, or without.
    pub(crate) fn scheme(&self, peer: IpAddr, headers: &impl Headers) -> Option<HeaderValue> {
        if self.proxies.is_empty() || !self.trusts(peer) {
            return None;
        }
        let mut values = headers.all("x-forwarded-proto");
        match (values.next(), values.next()) {
            (Some(b"https"), None) => Some(HeaderValue::from_static("https")),
            (Some(b"http"), None) => Some(HeaderValue::from_static("http")),
            _ => None,
        }
    }
}

/// The last of what proxies say, as it stands there; `None` for one who does not say an address.
#[derive(Default)]
struct Hops<'h> {
    last: [Option<&'h [u8]>; HOPS],
    count: usize,
}

impl<'h> Hops<'h> {
    fn push(&mut self, hop: impl Into<Option<&'h [u8]>>) {
        self.last[self.count % HOPS] = hop.into();
        self.count += 1;
    }

    /// From the last one on; ends with one without an address if there were more than are kept.
    fn latest_first(&self) -> impl Iterator<Item = Option<&'h [u8]>> {
        let kept = self.count.min(HOPS);
        let overflow = (self.count > HOPS).then_some(None);
        (1..=kept).map(|back| self.last[(self.count - back) % HOPS]).chain(overflow)
    }
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets (which a port
/// needs). Octal and shortened forms, names and zones are none, since others could read them differently.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(bare) => bare.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse::<IpAddr>().ok().or_else(|| with_port(text)),
    };
    address.map(canonical_address)
}

fn with_port(text: &str) -> Option<IpAddr> {
    // The standard library takes a zone in brackets for a number.
    if text.contains('%') {
        return None;
    }
    text.parse::<SocketAddr>().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests;
