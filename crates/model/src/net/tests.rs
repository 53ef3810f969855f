use proptest::prelude::*;

use super::*;

fn rules(allow: &[&str], deny: &[&str]) -> IpRules {
    let ranges = |list: &[&str]| list.iter().map(|text| IpRange::parse(text).unwrap()).collect();
    IpRules { allow: ranges(allow), deny: ranges(deny) }
}

fn admit(rules: &IpRules, address: &str) -> Result<(), AddressRefusal> {
    let address = canonical_address(address.parse().unwrap());
    let verdict = rules.admit(address);
    assert_eq!(PackedIpRules::from(rules).admit(address), verdict);
    verdict
}

#[test]
fn empty_lists_admit_everyone() {
    assert_eq!(admit(&rules(&[], &[]), "203.0.113.9"), Ok(()));
}

#[test]
fn a_denied_address_beats_an_allowed_one() {
    let rules = rules(&["203.0.113.0/24"], &["203.0.113.9"]);
    assert_eq!(admit(&rules, "203.0.113.9"), Err(AddressRefusal::Denied));
    assert_eq!(admit(&rules, "203.0.113.8"), Ok(()));
    assert_eq!(admit(&rules, "198.51.100.1"), Err(AddressRefusal::NotAllowed));
}

#[test]
fn host_bits_are_masked_and_the_text_is_kept() {
    let range = IpRange::parse(" 106.226.100.3/20 ").unwrap();
    assert_eq!(range.as_str(), "106.226.100.3/20");
    assert_eq!(range.net().to_string(), "106.226.96.0/20");
}

#[test]
fn mapped_addresses_are_ipv4_in_lists_and_in_callers() {
    assert_eq!(admit(&rules(&["10.0.0.0/8"], &[]), "::ffff:10.1.2.3"), Ok(()));
    assert_eq!(admit(&rules(&[], &["::ffff:10.0.0.0/104"]), "10.1.2.3"), Err(AddressRefusal::Denied));
    assert_eq!(admit(&rules(&[], &["::ffff:10.1.2.3"]), "10.1.2.3"), Err(AddressRefusal::Denied));
}

#[test]
fn what_is_no_range_is_refused_with_its_text() {
    assert_eq!(IpRange::parse("  "), Err(IpRangeFault::Blank));
    for text in
        ["0177.0.0.1", "10.0.0.0/33", "::1/129", "10.0.0", "a.b.c.d", "10.0.0.1:80", "[::1]", "fe80::1%eth0"]
    {
        assert_eq!(IpRange::parse(text), Err(IpRangeFault::Malformed(text.to_owned())));
    }
}

proptest! {
    #[test]
    fn a_range_holds_the_address_it_was_written_with(address: std::net::IpAddr, prefix in 0_u8..=32) {
        let range = IpRange::parse(&format!("{address}/{prefix}")).unwrap();
        prop_assert!(range.net().contains(&address));
    }

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = IpRange::parse(&text);
    }
}

#[test]
fn a_network_of_ipv6_is_one_caller() {
    let of = |text: &str| network(text.parse().unwrap()).to_string();
    assert_eq!(
        (of("2001:db8::1"), of("2001:db8:0:0:ffff::9")),
        ("2001:db8::".to_owned(), "2001:db8::".to_owned())
    );
    assert_eq!(
        (of("2001:db8:0:1::1"), of("192.0.2.1")),
        ("2001:db8:0:1::".to_owned(), "192.0.2.1".to_owned())
    );
    assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
}
