use super::*;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn one_authority_is_one_origin() {
    let origins = Origins::default();
    let of = |url: &str| origins.of(&BaseUrl::parse(url).unwrap(), None).unwrap();
    let first = of("http://a.test:81/x");
    assert_eq!(first.id, of("http://a.test:81/y").id);
    assert_ne!(first.id, of("http://a.test:82").id);
    assert_eq!((&*first.host, first.port), ("a.test", 81));
    let tls = of("https://a.test:81");
    assert_ne!(first.id, tls.id);
    assert!(tls.tls.is_some() && first.tls.is_none());
}

#[test]
fn link_local_addresses_are_no_upstreams() {
    for text in ["169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[fe80::1]:80"] {
        assert!(!may_be_upstream(address(text), &[]), "{text}");
    }
    for text in ["10.0.0.1:80", "127.0.0.1:80", "[::1]:80", "[fd00::1]:80", "203.0.113.7:80"] {
        assert!(may_be_upstream(address(text), &[]), "{text}");
    }
}

#[test]
fn own_listeners_are_no_upstreams_under_any_spelling() {
    let loopback = [address("127.0.0.1:8090")];
    for text in ["127.0.0.1:8090", "127.0.0.2:8090", "0.0.0.0:8090", "[::1]:8090", "[::ffff:127.0.0.1]:8090"]
    {
        assert!(!may_be_upstream(address(text), &loopback), "{text}");
        assert!(!may_be_upstream(address(text), &[address("0.0.0.0:8090")]), "{text}");
        assert!(!may_be_upstream(address(text), &[address("[::]:8090")]), "{text}");
    }
    assert!(may_be_upstream(address("127.0.0.1:8091"), &loopback));
    assert!(may_be_upstream(address("10.0.0.1:8090"), &loopback));
    assert!(!may_be_upstream(address("10.0.0.1:8090"), &[address("10.0.0.1:8090")]));
}

#[test]
fn a_connection_to_an_own_address_shows_at_its_other_end() {
    let everywhere = [address("0.0.0.0:8090")];
    assert!(is_own_listener(address("10.0.0.1:40000"), address("10.0.0.1:8090"), &everywhere));
    assert!(!is_own_listener(address("10.0.0.1:40000"), address("10.0.0.2:8090"), &everywhere));
    assert!(!is_own_listener(address("10.0.0.1:40000"), address("10.0.0.1:80"), &everywhere));
}
