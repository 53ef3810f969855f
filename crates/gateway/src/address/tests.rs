use proptest::prelude::*;

use super::*;
use crate::decide::tests::Sent;

fn trust(header: ForwardedHeader) -> Trust {
    let ranges = ["10.0.0.0/8", "2001:db8:1::/48"].map(|text| IpRange::parse(text).unwrap());
    Trust::new(&ranges, header)
}

/// Who is taken for the caller of a call from `peer` with these headers.
fn caller(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let lines: Vec<_> = lines.iter().map(|line| (name, *line)).collect();
    let caller = trust(header).caller(peer.parse().unwrap(), &Sent::new(&lines));
    caller.map_or_else(|refusal| refusal.code().to_string(), |address| address.to_string())
}

fn by_list(peer: &str, lines: &[&str]) -> String {
    caller(ForwardedHeader::XForwardedFor, peer, lines)
}

fn by_rfc(peer: &str, lines: &[&str]) -> String {
    caller(ForwardedHeader::Forwarded, peer, lines)
}

#[test]
fn whoever_is_not_trusted_speaks_for_nobody() {
    assert_eq!(by_list("198.51.100.1", &["203.0.113.7"]), "198.51.100.1");
    assert_eq!(by_rfc("198.51.100.1", &["for=203.0.113.7"]), "198.51.100.1");
    let nobody = Trust::default();
    let headers = Sent::new(&[("x-forwarded-for", "203.0.113.7")]);
    let peer = "10.0.0.1".parse().unwrap();
    assert_eq!(nobody.caller(peer, &headers), Ok(peer));
}

#[test]
fn the_first_from_the_right_that_is_no_proxy_is_the_caller() {
    for (lines, expected) in [
        (&["203.0.113.7"][..], "203.0.113.7"),
        (&["192.0.2.1, 203.0.113.7"], "203.0.113.7"),
        (&["203.0.113.7, 10.0.0.2,10.0.0.3"], "203.0.113.7"),
        (&["192.0.2.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        // Several lines are one list.
        (&["192.0.2.1", "203.0.113.7"], "203.0.113.7"),
        (&["203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (&["203.0.113.7:4711"], "203.0.113.7"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["[2001:db8::7]"], "2001:db8::7"),
        (&["[2001:db8::7]:4711"], "2001:db8::7"),
        (&["::ffff:203.0.113.7"], "203.0.113.7"),
        (&["[::ffff:203.0.113.7]:80, 2001:db8:1::1"], "203.0.113.7"),
        (&["garbage, 203.0.113.7"], "203.0.113.7"),
        // Proxies all the way.
        (&["10.0.0.4, 10.0.0.2"], "10.0.0.4"),
        (&[], "10.0.0.1"),
    ] {
        assert_eq!(by_list("10.0.0.1", lines), expected, "{lines:?}");
    }
}

#[test]
fn what_is_no_address_is_nobodys() {
    for lines in [
        &["0177.0.0.1"][..],
        &["203.0.113.7, unknown"],
        &["203.0.113.7, 10.0.0.2, "],
        &["203.0.113.7, garbage, 10.0.0.2"],
        &["fe80::1%eth0"],
        &["[fe80::1%1]:80"],
        &["203.0.113.7:port"],
        &["203.0.113.7:99999"],
        &["[203.0.113.7]"],
        &["203.0.113"],
        &["0x7f000001"],
        &["2130706433"],
        &["203.0.113.7 10.0.0.2"],
        &[""],
    ] {
        assert_eq!(by_list("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
    }
}

#[test]
fn a_list_without_an_end_is_nobodys() {
    let proxies = vec!["10.0.0.2"; HOPS];
    assert_eq!(by_list("10.0.0.1", &proxies), "10.0.0.2");
    let mut longer = vec!["203.0.113.7"];
    longer.extend(&proxies);
    assert_eq!(by_list("10.0.0.1", &longer), "10.0.0.1");
    assert_eq!(by_list("10.0.0.1", &longer[..HOPS]), "203.0.113.7");
}

#[test]
fn the_standard_header_is_read_with_its_quotes() {
    for (lines, expected) in [
        (&["for=203.0.113.7"][..], "203.0.113.7"),
        (&["For=\"203.0.113.7:4711\";proto=http;by=10.0.0.9"], "203.0.113.7"),
        (&["proto=https; for=203.0.113.7"], "203.0.113.7"),
        (&["for=\"[2001:db8::7]:4711\""], "2001:db8::7"),
        (&["for=[2001:db8::7]"], "2001:db8::7"),
        (&["for=192.0.2.1, for=203.0.113.7, for=10.0.0.2"], "203.0.113.7"),
        (&["for=192.0.2.1;by=\"a, for=198.51.100.9\"", "for=203.0.113.7"], "203.0.113.7"),
        (&["for=unknown, for=203.0.113.7"], "203.0.113.7"),
    ] {
        assert_eq!(by_rfc("10.0.0.1", lines), expected, "{lines:?}");
    }
    for lines in [
        &["for=_hidden"][..],
        &["for=unknown"],
        &["by=203.0.113.7"],
        &["for=203.0.113.7;for=203.0.113.7"],
        &["for=203.0.113.7, proto=http"],
        &[""],
    ] {
        assert_eq!(by_rfc("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
    }
    for lines in [
        &["for=\"203.0.113.7"][..],
        &["for=203.0.113.7, for=\"10.0.0.2"],
        &["for=\"203.0.113.\\7\""],
        &["for=203.0.113.7 for=10.0.0.2"],
        &["for 203.0.113.7"],
        &["203.0.113.7"],
        &["=203.0.113.7"],
        // What the proxy wrote behind it is hidden.
        &["for=192.0.2.1;by=\", for=203.0.113.7"],
        &["for=\"", "for=203.0.113.7"],
    ] {
        assert_eq!(by_rfc("10.0.0.1", lines), "4000", "{lines:?}");
    }
}

#[test]
fn only_a_proxy_says_how_it_was_called() {
    let trust = trust(ForwardedHeader::XForwardedFor);
    let scheme = |peer: &str, values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| ("x-forwarded-proto", *value)).collect();
        trust.scheme(peer.parse().unwrap(), &Sent::new(&headers))
    };
    assert_eq!(scheme("10.0.0.1", &["https"]), Some(HeaderValue::from_static("https")));
    assert_eq!(scheme("10.0.0.1", &["http"]), Some(HeaderValue::from_static("http")));
    assert_eq!(scheme("198.51.100.1", &["https"]), None);
    assert_eq!(scheme("10.0.0.1", &["https", "http"]), None);
    assert_eq!(scheme("10.0.0.1", &["https\" onload"]), None);
}

proptest! {
    /// Whatever a caller writes, with a proxy that adds the caller's address behind it, the caller stays
    /// who it is.
    #[test]
    fn nothing_that_a_caller_writes_makes_another_of_it(written in "[ -~]{0,60}") {
        prop_assert_eq!(by_list("10.0.0.1", &[&written, "203.0.113.7"]), "203.0.113.7");
        prop_assert_eq!(by_list("10.0.0.1", &[&format!("{written}, 203.0.113.7")]), "203.0.113.7");
        let standard = by_rfc("10.0.0.1", &[&written, "for=203.0.113.7"]);
        prop_assert!(standard == "203.0.113.7" || standard == "4000", "{}", standard);
    }

    #[test]
    fn an_address_is_read_in_every_form(address: IpAddr, port: u16) {
        let expected = Some(canonical_address(address));
        prop_assert_eq!(super::address(address.to_string().as_bytes()), expected);
        let with_port = SocketAddr::new(address, port).to_string();
        prop_assert_eq!(super::address(with_port.as_bytes()), expected);
    }
}
