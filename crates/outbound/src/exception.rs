//! What an operator allows although it is not public.

use std::net::IpAddr;

use model::net::{IpRange, canonical_address};
use serde::Deserialize;
use url::Host;

/// Somewhere that may be reached although it is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exception {
    /// Every address in a range.
    Range(IpRange),
    /// A name, whatever it leads to; in lower case.
    Host(String),
}

impl Exception {
    /// Reads an address, a range or a name. The fault goes on from the entry.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Ok(range) = IpRange::parse(text) {
            return Ok(Self::Range(range));
        }
        match Host::parse(text.trim()) {
            // What has a slash or a colon was meant as something else.
            Ok(Host::Domain(name)) => Ok(Self::Host(name.to_ascii_lowercase())),
            _ => Err("is neither an address, nor a range such as `10.1.0.0/16`, nor a host's name"),
        }
    }

    /// Whether it covers this address, to which this host of a URL led.
    pub(crate) fn covers(&self, host: &Host<&str>, address: IpAddr) -> bool {
        match self {
            Self::Range(range) => range.net().contains(&canonical_address(address)),
            Self::Host(name) => matches!(host, Host::Domain(domain) if domain.eq_ignore_ascii_case(name)),
        }
    }
}

impl<'de> Deserialize<'de> for Exception {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| serde::de::Error::custom(format!("`{text}` {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_an_address_a_range_or_a_name() {
        assert!(matches!(Exception::parse("10.0.0.7"), Ok(Exception::Range(_))));
        assert!(matches!(Exception::parse("fd00::/8"), Ok(Exception::Range(_))));
        let host = Exception::Host("specs.example.test".to_owned());
        assert_eq!(Exception::parse(" Specs.Example.Test "), Ok(host));
        for text in ["", "http://specs.example.test", "specs.example.test:8080", "a b", "10.0.0.0/40"] {
            assert!(Exception::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_covers_addresses_in_every_spelling_and_a_name_only_itself() {
        let range = Exception::parse("10.0.0.0/8").unwrap();
        let name = Exception::parse("specs.example.test").unwrap();
        let (host, other) = (Host::Domain("SPECS.example.test"), Host::Domain("example.test"));
        let inside: IpAddr = "10.1.2.3".parse().unwrap();
        let mapped: IpAddr = "::ffff:10.1.2.3".parse().unwrap();
        let outside: IpAddr = "192.168.0.1".parse().unwrap();
        assert!(range.covers(&other, inside) && range.covers(&other, mapped));
        assert!(!range.covers(&other, outside));
        assert!(name.covers(&host, outside));
        assert!(!name.covers(&other, outside));
    }
}
