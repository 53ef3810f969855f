//! Address lists as people type them: addresses and ranges, separated by commas or line breaks.

use std::net::IpAddr;

use crate::form::Kind;
use crate::{Field, Fields};
use model::net::{AddressRefusal, IpRange, IpRules};

/// The most entries of one list.
const ENTRIES: usize = 500;

/// The two fields with what is in them.
#[derive(Debug, Clone)]
pub struct Lists {
    /// Who alone may call.
    pub allow: Field,
    /// Who may not call.
    pub deny: Field,
}

impl Default for Lists {
    fn default() -> Self {
        Self::new()
    }
}

impl Lists {
    /// Empty ones.
    pub fn new() -> Self {
        let field =
            |name, label, help| Field::new(name, label).help(help).optional().mono().kind(Kind::Area(2));
        Self {
            allow: field(
                "allow",
                "Allowed IPs",
                "Only these may call; empty means any. Separate several with commas, or define a range: `106.226.100.3/20`.",
            ),
            deny: field(
                "deny",
                "Blocked IPs",
                "These may never call, even if they are allowed above. Written in the same way.",
            ),
        }
    }

    /// What a key has.
    pub fn of(rules: &IpRules) -> Self {
        let lists = Self::new();
        Self { allow: lists.allow.value(joined(&rules.allow)), deny: lists.deny.value(joined(&rules.deny)) }
    }

    /// What was sent.
    pub fn given(fields: &Fields) -> Self {
        let lists = Self::new();
        Self { allow: lists.allow.given(fields), deny: lists.deny.given(fields) }
    }

    /// Adds an address to those that may call.
    pub fn with_address(mut self, address: Option<IpAddr>) -> Self {
        if let Some(address) = address {
            let text = self.allow.value.trim().trim_end_matches(',');
            self.allow.value =
                if text.is_empty() { address.to_string() } else { format!("{text}, {address}") };
        }
        self
    }

    /// The rules, or the fields with what is wrong.
    pub fn read(self) -> Result<(IpRules, Self), Box<Self>> {
        let (allow, deny) = (read(&self.allow.value), read(&self.deny.value));
        let put = |field: Field, result: &Result<Vec<IpRange>, String>| match result {
            Ok(_) => field,
            Err(fault) => {
                let error = format!("{} {fault}", field.label);
                field.error(error)
            }
        };
        let lists = Self { allow: put(self.allow, &allow), deny: put(self.deny, &deny) };
        match (allow, deny) {
            (Ok(allow), Ok(deny)) => Ok((IpRules { allow, deny }, lists)),
            _ => Err(Box::new(lists)),
        }
    }
}

fn joined(ranges: &[IpRange]) -> String {
    ranges.iter().map(IpRange::as_str).collect::<Vec<_>>().join(", ")
}

/// A list. Nothing is left out: a blank entry between two commas may be one that was lost.
fn read(text: &str) -> Result<Vec<IpRange>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A comma at the end of a line belongs to the line break.
    let entries = lines.flat_map(|line| line.strip_suffix(',').unwrap_or(line).split(','));
    let ranges = entries.map(IpRange::parse).take(ENTRIES + 1).collect::<Result<Vec<_>, _>>();
    match ranges {
        Ok(ranges) if ranges.len() > ENTRIES => {
            Err(format!("has too many entries; use at most {ENTRIES}, or ranges"))
        }
        Ok(ranges) => Ok(ranges),
        Err(fault) => Err(fault.to_string()),
    }
}

/// What to say to somebody whose own address these rules refuse.
pub fn warning(rules: &IpRules, address: Option<IpAddr>) -> Option<String> {
    let address = address?;
    match rules.admit(address) {
        Ok(()) => None,
        Err(AddressRefusal::Denied) => Some(format!(
            "Your own address, `{address}`, is on the blocked list. Calls from this device will be refused."
        )),
        Err(AddressRefusal::NotAllowed) => Some(format!(
            "Your own address, `{address}`, is not on the allowed list. Calls from this device will be refused."
        )),
    }
}

/// The lists in some words, for a table.
pub fn summary(rules: &IpRules) -> String {
    let some = |ranges: &[IpRange]| match ranges {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first}, {} more", rest.len()),
    };
    match (rules.allow.is_empty(), rules.deny.is_empty()) {
        (true, true) => "Any".to_owned(),
        (false, true) => some(&rules.allow),
        (true, false) => format!("Any but {}", some(&rules.deny)),
        (false, false) => format!("{}; not {}", some(&rules.allow), some(&rules.deny)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Result<Vec<String>, String> {
        Ok(read(text)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_are_read_as_people_type_them() {
        assert_eq!(texts("106.226.100.3/20, 2001:db8::/32").unwrap(), ["106.226.100.3/20", "2001:db8::/32"]);
        assert_eq!(texts("10.0.0.1,\n 10.0.0.2 \n\n").unwrap(), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(texts(" \n").unwrap(), Vec::<String>::new());
        assert!(texts("10.0.0.1,,10.0.0.2").unwrap_err().contains("blank entry"));
        assert!(texts("10.0.0.300").unwrap_err().contains("`10.0.0.300`"));
        assert!(texts(&"10.0.0.1,".repeat(501)).unwrap_err().contains("at most 500"));
    }

    #[test]
    fn whoever_locks_themselves_out_is_told() {
        let me = Some(IpAddr::from([106, 226, 101, 9]));
        let rules =
            |allow: &str, deny: &str| IpRules { allow: read(allow).unwrap(), deny: read(deny).unwrap() };
        assert_eq!(warning(&rules("106.226.100.3/20", ""), me), None);
        assert!(warning(&rules("10.0.0.0/8", ""), me).unwrap().contains("not on the allowed list"));
        assert!(warning(&rules("106.226.0.0/16", "106.226.101.9"), me).unwrap().contains("blocked list"));
        assert_eq!(warning(&rules("10.0.0.0/8", ""), None), None);
    }

    #[test]
    fn the_own_address_is_added_to_what_is_there() {
        let lists = Lists { allow: Lists::new().allow.value("10.0.0.1, "), ..Lists::new() };
        assert_eq!(lists.with_address(Some(IpAddr::from([10, 0, 0, 2]))).allow.value, "10.0.0.1, 10.0.0.2");
        assert_eq!(
            summary(&IpRules { allow: read("10.0.0.1,10.0.0.2").unwrap(), deny: Vec::new() }),
            "10.0.0.1, 1 more"
        );
    }
}
