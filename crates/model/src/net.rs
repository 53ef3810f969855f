//! Addresses: ranges, allow and deny lists, and who may call under them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

pub use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// An address or a CIDR range, with the text it was given as.
///
/// Host bits are masked for matching and kept for display: the seeds give `106.226.100.3/20` as
/// a valid range. An IPv4-mapped IPv6 address is the IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpRange {
    text: String,
    net: IpNet,
}

/// Why a text is not an [`IpRange`]; says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IpRangeFault {
    /// Dropping a blank entry would turn an unset variable into "any address".
    #[error("has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`")]
    Blank,
    /// Neither an address nor a range.
    #[error("has `{0}`, which is neither an IP address nor a range such as `203.0.113.0/24`")]
    Malformed(String),
}

impl IpRange {
    /// Reads an address or a CIDR range, IPv4 or IPv6.
    pub fn parse(text: &str) -> Result<Self, IpRangeFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IpRangeFault::Blank);
        }
        let net = text
            .parse::<IpNet>()
            .ok()
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
            .and_then(unmapped)
            .ok_or_else(|| IpRangeFault::Malformed(text.chars().take(64).collect()))?;
        Ok(Self { text: text.to_owned(), net: net.trunc() })
    }

    /// The range that is matched, host bits masked.
    pub fn net(&self) -> IpNet {
        self.net
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// `::ffff:a.b.c.d/96+n` is `a.b.c.d/n`. A shorter prefix that still begins in the mapped block
/// would cover more than IPv4 and has no IPv4 form; it stays IPv6.
fn unmapped(net: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = net else { return Some(net) };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(v4), Some(prefix)) => IpNet::new(v4.into(), prefix).ok(),
        _ => Some(net),
    }
}

/// The address that lists are matched against: IPv4 where an IPv6 socket shows an IPv4 caller.
pub fn canonical_address(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whose an address is, for counting: itself, and of IPv6 its network of /64, of whose addresses one caller has
/// as many as they like.
pub fn network(address: IpAddr) -> IpAddr {
    match canonical_address(address) {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for IpRange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for IpRange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Who may call with a key, by address. Deny wins over allow; an empty allow list allows all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IpRules {
    /// If not empty, only these may call.
    pub allow: Vec<IpRange>,
    /// These may never call.
    pub deny: Vec<IpRange>,
}

/// Why an address may not call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRefusal {
    /// It is on the deny list.
    Denied,
    /// There is an allow list and it is not on it.
    NotAllowed,
}

impl IpRules {
    /// Whether `address`, in its [canonical form](canonical_address), may call.
    pub fn admit(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        admit(address, self.allow.iter().map(|range| &range.net), self.deny.iter().map(|range| &range.net))
    }

    /// Whether every address may call.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

fn admit<'n>(
    address: IpAddr,
    allow: impl ExactSizeIterator<Item = &'n IpNet>,
    mut deny: impl Iterator<Item = &'n IpNet>,
) -> Result<(), AddressRefusal> {
    let has_allow_list = allow.len() > 0;
    let mut allow = allow;
    if deny.any(|net| net.contains(&address)) {
        Err(AddressRefusal::Denied)
    } else if has_allow_list && !allow.any(|net| net.contains(&address)) {
        Err(AddressRefusal::NotAllowed)
    } else {
        Ok(())
    }
}

/// [`IpRules`] for whoever asks them a million times: without the texts, in one piece of memory that
/// copies share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedIpRules {
    /// The allow list, then the deny list.
    nets: Arc<[IpNet]>,
    allowed: usize,
}

impl PackedIpRules {
    /// Whether `address`, in its [canonical form](canonical_address), may call.
    pub fn admit(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        let (allow, deny) = self.nets.split_at(self.allowed);
        admit(address, allow.iter(), deny.iter())
    }
}

impl PackedIpRules {
    /// As [`Self::admit`], with the range that keeps the address out if it is one of the deny list.
    pub fn deciding(&self, address: IpAddr) -> Result<(), (AddressRefusal, Option<IpNet>)> {
        let deny = self.nets.iter().skip(self.allowed);
        let net = deny.copied().find(|net| net.contains(&address));
        self.admit(address).map_err(|refusal| (refusal, net))
    }
}

impl From<&IpRules> for PackedIpRules {
    fn from(rules: &IpRules) -> Self {
        let nets = rules.allow.iter().chain(&rules.deny).map(IpRange::net).collect();
        Self { nets, allowed: rules.allow.len() }
    }
}

#[cfg(test)]
mod tests;
