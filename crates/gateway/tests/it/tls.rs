//! TLS with callers and with upstreams.

use std::sync::Arc;

use gateway::Config;
use model::Authorities;
use rcgen::{BasicConstraints, CertificateParams, Issuer, KeyPair};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::{Peer, Upstream, World, call, config, everything, within};

/// An authority, and what it certifies.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A server with a certificate for `name` that is valid now, or was once.
    pub(crate) fn server(&self, name: &str, is_valid: bool, protocols: &[&str]) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if !is_valid {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A caller who trusts it.
    pub(crate) fn client(&self, protocols: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

pub(crate) fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// A gateway whose upstream is met over TLS, as `localhost`, with these authorities.
pub(crate) async fn towards_tls(authorities: Option<&str>, change: impl FnOnce(&mut Config)) -> World {
    let upstream = Upstream::new().await;
    let port = upstream.authority().rsplit_once(':').unwrap().1.to_owned();
    let mut everything = everything(&format!("https://localhost:{port}/base"));
    for endpoint in &mut everything.collections[0].endpoints {
        endpoint.authorities = authorities.map(|pem| Authorities::parse(pem).unwrap());
    }
    let mut config = config();
    change(&mut config);
    World::serving(everything, upstream, config, None)
}

#[tokio::test]
async fn an_upstream_is_met_over_tls_and_its_connection_used_again() {
    let authority = Authority::new();
    let world = towards_tls(Some(&authority.pem), |_| {}).await;
    let acceptor = TlsAcceptor::from(authority.server("localhost", true, &["h2", "http/1.1"]));
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let stream = within(acceptor.accept(world.upstream.accept_stream().await)).await.unwrap();
    let state = stream.get_ref().1;
    assert_eq!((state.alpn_protocol(), state.server_name()), (Some(&b"http/1.1"[..]), Some("localhost")));
    let mut upstream = Peer::over(stream);
    let head = upstream.head().await;
    assert!(head.starts_with("GET /base/things/7 HTTP/1.1\r\nhost: localhost:"), "{head}");
    upstream.ok("secret").await;
    assert_eq!(caller.answer().await.body, "secret");
    caller.call("POST /acme/api-v1/things", "content-length: 2\r\n", "hi").await;
    upstream.head().await;
    assert_eq!(upstream.exactly(2).await, b"hi");
    upstream.ok("again").await;
    assert_eq!(caller.answer().await.body, "again");
    assert_eq!(world.metric("upstream_connects_total"), 1);
}

#[tokio::test]
async fn an_upstream_that_is_not_who_it_should_be_gets_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (server, kind) in [
        (other.server("localhost", true, &[]), "certificate_issuer"),
        (authority.server("elsewhere.test", true, &[]), "certificate_name"),
        (authority.server("localhost", false, &[]), "certificate_expired"),
        (authority.server("localhost", true, &["h2"]), "tls_handshake"),
    ] {
        let world = towards_tls(Some(&authority.pem), |_| {}).await;
        let mut caller = world.caller().await;
        caller.call("POST /acme/api-v1/things", "content-length: 2\r\n", "hi").await;
        let stream = world.upstream.accept_stream().await;
        assert!(within(TlsAcceptor::from(server).accept(stream)).await.is_err(), "{kind}");
        let answer = caller.answer().await;
        assert_eq!((answer.status, answer.body.as_str()), (502, "{\"error\":\"bad gateway\"}"));
        assert_eq!(world.metric(&format!("upstream_errors_total{{kind=\"{kind}\"}}")), 1, "{kind}");
        assert_eq!(world.refusals(5021), 1);
    }
}

#[tokio::test]
async fn an_authority_is_trusted_only_where_it_was_given() {
    let authority = Authority::new();
    let world = towards_tls(None, |_| {}).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let acceptor = TlsAcceptor::from(authority.server("localhost", true, &[]));
    assert!(within(acceptor.accept(world.upstream.accept_stream().await)).await.is_err());
    assert_eq!(caller.answer().await.status, 502);
}

#[tokio::test]
async fn an_upstream_without_tls_or_without_words_is_a_failure() {
    let world = towards_tls(None, |config| config.connect_timeout_ms = 200).await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    world.upstream.accept().await.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 502);
    assert_eq!(world.metric("upstream_errors_total{kind=\"tls_handshake\"}"), 1);
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let _silent = world.upstream.accept().await;
    assert_eq!(caller.answer().await.status, 504);
}

/// A gateway that is met over TLS.
async fn over_tls(server: Arc<ServerConfig>, change: impl FnOnce(&mut Config)) -> World {
    let upstream = Upstream::new().await;
    let mut config = config();
    change(&mut config);
    World::serving(everything(&upstream.url()), upstream, config, Some(&server))
}

#[tokio::test]
async fn callers_come_over_tls_and_the_upstream_hears_of_it() {
    let authority = Authority::new();
    let world = over_tls(authority.server("localhost", true, &["h2", "http/1.1"]), |_| {}).await;
    let stream = TcpStream::connect(world.gateway.address()).await.unwrap();
    let stream = within(authority.client(&["http/1.1"]).connect(localhost(), stream)).await.unwrap();
    let mut caller = Peer::over(stream);
    let mut upstream = None;
    for _ in 0..2 {
        caller.call("POST /acme/api-v1/things", "content-length: 2\r\n", "hi").await;
        if upstream.is_none() {
            upstream = Some(world.upstream.accept().await);
        }
        let upstream = upstream.as_mut().unwrap();
        assert!(upstream.head().await.contains("x-forwarded-proto: https\r\n"));
        assert_eq!(upstream.exactly(2).await, b"hi");
        upstream.ok("hello").await;
        assert_eq!(caller.answer().await.body, "hello");
    }
    // What cannot be read is answered there, too.
    caller.write("G@T / HTTP/1.1\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 400);
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn who_does_not_come_to_terms_is_not_kept() {
    let authority = Authority::new();
    let server = authority.server("localhost", true, &["http/1.1"]);
    let world = over_tls(server, |config| config.tls_handshake_timeout_ms = 50).await;
    let mut plain = world.caller().await;
    plain.try_write(call("GET /acme/api-v1/mock", "", "").as_bytes()).await;
    // An alert, and no answer.
    assert!(!plain.rest().await.starts_with(b"HTTP"));
    let mut silent = world.caller().await;
    assert_eq!(silent.rest().await, b"");
    assert_eq!(world.metric("tls_handshake_failures_total"), 2);
    assert!(world.upstream.was_left_alone().await);
}
