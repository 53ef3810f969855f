//! Connections that are tried.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gateway::Prober;
use jiff::Timestamp;
use model::secret::KeyMaterial;
use model::{Authorities, BackendCredential, BaseUrl, Connection, ConnectionId, Probed, WorkspaceId};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::tls::Authority;
use crate::world::{Peer, Upstream, environment, within};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn connection(url: &str, authorities: Option<&str>) -> Connection {
    Connection {
        id: ConnectionId(1),
        workspace: WorkspaceId(1),
        project: None,
        name: "Backend".to_owned(),
        base_url: BaseUrl::parse(url).unwrap(),
        authorities: authorities.map(|pem| Authorities::parse(pem).unwrap()),
        credential: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

async fn probe(forbidden: Vec<SocketAddr>, connection: &Connection) -> Probed {
    within(Prober::new(forbidden).probe(connection, &environment())).await
}

fn outcome(probed: &Probed) -> (Option<IpAddr>, Option<bool>, Option<u16>, &str) {
    (probed.connected, probed.is_verified, probed.status, probed.fault.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn what_answers_is_reached_whatever_it_answers() {
    let upstream = Upstream::new().await;
    let url = format!("{}/v1", upstream.url().trim_end_matches("/base"));
    let connection = connection(&url, None);
    let (probed, head) = tokio::join!(probe(Vec::new(), &connection), async {
        let mut peer = Peer::over(upstream.accept_stream().await);
        let head = peer.head().await;
        peer.write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
        head
    });
    assert!(head.starts_with("GET /v1 HTTP/1.1\r\nhost: 127.0.0.1:"), "{head}");
    assert_eq!(outcome(&probed), (Some(HERE), None, Some(404), ""));
    assert_eq!((probed.url, probed.addresses), (url, vec![HERE]));
}

#[tokio::test]
async fn what_is_wrong_is_told_in_a_sentence() {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let here = connection(&format!("http://{address}"), None);
    // A listener of our own.
    let probed = probe(vec![address], &here).await;
    assert!(outcome(&probed).3.contains("must not be forwarded to"), "{probed:?}");
    // No HTTP.
    let (probed, ()) = tokio::join!(probe(Vec::new(), &here), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.head().await;
        peer.write("SSH-2.0-OpenSSH_9.9\r\n\r\n").await;
    });
    assert!(outcome(&probed).3.contains("is no HTTP"), "{probed:?}");
    // Nobody.
    drop(listener);
    let probed = probe(Vec::new(), &here).await;
    assert_eq!((probed.connected, probed.addresses.as_slice()), (None, &[HERE][..]));
    assert!(outcome(&probed).3.contains("takes no connections"), "{probed:?}");
    // Where clouds keep their metadata.
    let probed = probe(Vec::new(), &connection("http://169.254.169.254/latest", None)).await;
    assert!(outcome(&probed).3.contains("must not be forwarded to"), "{probed:?}");
    // No name that anybody has (RFC 6761, section 6.4).
    let probed = probe(Vec::new(), &connection("http://backend.invalid", None)).await;
    assert!(probed.addresses.is_empty() && outcome(&probed).3.contains("has no address"), "{probed:?}");
}

#[tokio::test]
async fn certificates_are_looked_at_as_calls_do() {
    let authority = Authority::new();
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let good = || authority.server("localhost", true, &[]);
    for (server, trusted, expected) in [
        (good(), true, (Some(true), Some(200), "")),
        (good(), false, (Some(false), None, "ca_certificates")),
        (authority.server("elsewhere.test", true, &[]), true, (Some(false), None, "for another name")),
        (authority.server("localhost", false, &[]), true, (Some(false), None, "not valid at this time")),
    ] {
        let connection = connection(&url, trusted.then_some(authority.pem()));
        let (probed, ()) = tokio::join!(probe(Vec::new(), &connection), async {
            let accepted = TlsAcceptor::from(server).accept(listener.accept().await.unwrap().0).await;
            if let Ok(stream) = accepted {
                let mut peer = Peer::over(stream);
                peer.head().await;
                peer.ok("").await;
            }
        });
        assert_eq!((probed.is_verified, probed.status), (expected.0, expected.1), "{probed:?}");
        assert!(outcome(&probed).3.contains(expected.2), "{probed:?}");
    }
}

#[tokio::test]
async fn a_connection_is_tried_with_its_credential() {
    let upstream = Upstream::new().await;
    let token = KeyMaterial::new("abc".to_owned());
    let connection = Connection {
        credential: Some(BackendCredential::Bearer { token }),
        ..connection(&upstream.url(), None)
    };
    let (probed, head) = tokio::join!(probe(Vec::new(), &connection), async {
        let mut peer = upstream.accept().await;
        let head = peer.head().await;
        peer.ok("").await;
        head
    });
    assert!(head.contains("\r\nauthorization: Bearer abc\r\n"), "{head}");
    assert_eq!(probed.status, Some(200));
}
