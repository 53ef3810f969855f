//! Everything that is done with paths and with lists of addresses, on any bytes. Run by the fuzzer, and on
//! its seeds by an ordinary test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::{AddressRefusal, IpNet, IpRange, IpRules, PackedIpRules, canonical_address};
use crate::path::{CanonicalPath, PathTemplate};

/// Reads the bytes as a path and as a template. What comes out is a form of its own, and cannot be read
/// otherwise by somebody who decodes once more.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(template) = PathTemplate::parse(text) {
        let again = PathTemplate::parse(template.as_str()).map(|again| again.shape());
        assert_eq!(again.as_ref(), Ok(&template.shape()), "a template is read as it is shown");
    }
    let Ok(path) = CanonicalPath::parse(text) else { return };
    let path = path.as_str();
    assert!(path.starts_with('/') && path.is_ascii() && !path.contains("//"), "{path:?}");
    assert!(!path.bytes().any(|byte| byte.is_ascii_control() || b"\\#? ".contains(&byte)), "{path:?}");
    assert_eq!(
        CanonicalPath::parse(path).as_ref().map(CanonicalPath::as_str),
        Ok(path),
        "it is a fixed point"
    );
    let decoded = decoded(path.as_bytes());
    assert_eq!(
        decoded,
        self::decoded(bytes_without_noise(text).as_bytes()),
        "nothing is added or taken away"
    );
    assert!(!decoded.iter().any(|&byte| byte < b' ' || byte == 0x7f || byte == b'\\'), "{path:?}");
    for segment in decoded.split(|&byte| byte == b'/').skip(1) {
        let name = segment.split(|&byte| byte == b';').next().unwrap_or_default();
        assert!(name != b"." && name != b"..", "{path:?}");
    }
    assert_eq!(
        decoded.iter().filter(|&&byte| byte == b'/').count(),
        path.matches('/').count(),
        "no slash was hidden: {path:?}"
    );
}

/// The text without what a canonical path has not: empty segments, and those that are a dot.
fn bytes_without_noise(text: &str) -> String {
    let segments: Vec<_> = text.split('/').skip(1).collect();
    let count = segments.len();
    let is_noise = |segment: &str| segment.is_empty() || decoded(segment.as_bytes()) == b".";
    let kept = segments.iter().enumerate().filter_map(|(index, segment)| match is_noise(segment) {
        false => Some(*segment),
        // The last one leaves its slash.
        true => (index + 1 == count).then_some(""),
    });
    format!("/{}", kept.collect::<Vec<_>>().join("/"))
}

/// What escapes stand for.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// Reads the bytes as an address and, line by line, as lists of ranges: those that begin with `!` are
/// denied. Who may call is what looking at each range by itself says.
pub fn ranges(bytes: &[u8]) {
    let mut address = [0; 16];
    let count = bytes.len().min(16);
    address[..count].copy_from_slice(&bytes[..count]);
    let [a, b, c, d, ..] = address;
    let v4 = Ipv4Addr::new(a, b, c, d);
    let callers = [Ipv6Addr::from(address).into(), v4.into(), IpAddr::V6(v4.to_ipv6_mapped())];

    let mut rules = IpRules::default();
    for line in String::from_utf8_lossy(&bytes[count..]).lines() {
        let (list, text) = match line.strip_prefix('!') {
            Some(text) => (&mut rules.deny, text),
            None => (&mut rules.allow, line),
        };
        let Ok(range) = IpRange::parse(text) else { continue };
        let shown = IpRange::parse(&range.net().to_string()).map(|shown| shown.net());
        assert_eq!(shown, Ok(range.net()), "{text:?} is read as it is shown");
        assert_eq!(range.net().trunc(), range.net(), "{text:?} has host bits");
        list.push(range);
    }
    let packed = PackedIpRules::from(&rules);
    for caller in callers.map(canonical_address) {
        let verdict = rules.admit(caller);
        assert_eq!(packed.admit(caller), verdict);
        let is_on = |list: &[IpRange]| list.iter().any(|range| holds(range.net(), caller));
        let expected = match (is_on(&rules.deny), rules.allow.is_empty() || is_on(&rules.allow)) {
            (true, _) => Err(AddressRefusal::Denied),
            (false, false) => Err(AddressRefusal::NotAllowed),
            (false, true) => Ok(()),
        };
        assert_eq!(verdict, expected, "{caller} {rules:?}");
    }
}

/// Whether an address is in a range, bit by bit.
fn holds(net: IpNet, address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 4),
        IpAddr::V6(v6) => (v6.to_bits(), 6),
    };
    let ((net_bits, net_kind), (own_bits, own_kind)) = (bits(net.addr()), bits(address));
    let differing = (net_bits ^ own_bits).leading_zeros();
    net_kind == own_kind && differing >= u32::from(net.prefix_len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    fn each(folder: &str, exercise: impl Fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(folder);
        let mut seeds = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            exercise(&std::fs::read(file.unwrap().path()).unwrap());
            seeds += 1;
        }
        assert!(seeds >= 5, "{seeds}");
    }

    #[test]
    fn every_seed_is_exercised() {
        each("paths", super::path);
        each("ranges", super::ranges);
    }

    proptest! {
        #[test]
        fn any_path_keeps_the_promises(text in "/?[/.;%a-f0-9\\\\#?{}é -]{0,60}", bytes: Vec<u8>) {
            super::path(text.as_bytes());
            super::path(&bytes);
        }

        #[test]
        fn any_lists_keep_the_promises(address: [u8; 16], lists in "([!0-9a-f.:/% \n]{0,20}\n){0,6}", bytes: Vec<u8>) {
            super::ranges(&[&address[..], lists.as_bytes()].concat());
            super::ranges(&bytes);
        }
    }
}
