//! Tries a connection: one request by the way that calls take, told step by step.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::{Connection, Environment, Probed};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::engine::wire::Wire;
use crate::origin::{Origin, Origins};
use crate::proof::Proof;
use crate::refusal::{Refusal, UpstreamFault};
use crate::upstream::{ADDRESSES, open, secure};

/// How long a trial may take in all. Below the deadline of a call of the management API, and as long as
/// anybody looks at a page that says nothing yet.
const TIME: Duration = Duration::from_secs(10);

/// How long one of several addresses may take to be connected to.
const CONNECT_TIME: Duration = Duration::from_secs(3);

/// How many connections are tried at once; others wait for their turn, which counts as their time.
const AT_ONCE: usize = 16;

/// Tries connections. It reaches what calls reach, and nothing else.
#[derive(Debug)]
pub struct Prober {
    origins: Origins,
    forbidden: Vec<SocketAddr>,
    turns: Semaphore,
    name: HeaderValue,
}

/// What is known when a trial ends, however it ends.
#[derive(Default)]
struct Steps {
    addresses: Vec<IpAddr>,
    connected: Option<IpAddr>,
    is_verified: Option<bool>,
}

impl Prober {
    /// Connects to no address in `forbidden`.
    pub fn new(forbidden: Vec<SocketAddr>) -> Self {
        let name = HeaderValue::from_static(concat!("portico/", env!("CARGO_PKG_VERSION")));
        Self { origins: Origins::default(), forbidden, turns: Semaphore::new(AT_ONCE), name }
    }

    /// Sends `GET` to the base URL of a connection, follows nothing, and reads no body.
    pub async fn probe(&self, connection: &Connection, environment: &Environment) -> Probed {
        let begin = environment.clock.instant();
        let mut steps = Steps::default();
        let asked = timeout(TIME, self.ask(connection, &mut steps)).await;
        let spent = environment.clock.instant().saturating_duration_since(begin);
        let (status, fault) = match asked {
            Ok(Ok(status)) => (Some(status), None),
            Ok(Err(fault)) => (None, Some(fault)),
            Err(_) => (None, Some(late(&steps))),
        };
        Probed {
            url: connection.base_url.as_str().to_owned(),
            addresses: steps.addresses,
            connected: steps.connected,
            is_verified: steps.is_verified,
            status,
            duration_ms: u64::try_from(spent.as_millis()).unwrap_or(u64::MAX),
            fault,
        }
    }

    async fn ask(&self, connection: &Connection, steps: &mut Steps) -> Result<u16, String> {
        let turn = self.turns.acquire().await;
        let url = &connection.base_url;
        let origin = self.origins.of(url, connection.authorities.as_ref());
        let origin = origin.ok_or("no certificate can be for this host; give its name or its address")?;
        let addresses = look_up(&origin).await?;
        steps.addresses = addresses.iter().map(SocketAddr::ip).collect();
        let stream = self.reach(&addresses, steps).await?;
        let wire = match secure(&origin, stream).await {
            Ok(wire) => wire,
            Err(refusal) => {
                let fault = refusal.upstream_fault().unwrap_or(UpstreamFault::Handshake);
                // A handshake may break off before there is a certificate to look at.
                steps.is_verified = (fault != UpstreamFault::Handshake).then_some(false);
                return Err(told(fault).to_owned());
            }
        };
        steps.is_verified = origin.tls.is_some().then_some(true);
        let target = if url.path().is_empty() { "/" } else { url.path() };
        let request = Request::get(target)
            .header(HOST, &*origin.authority)
            .header(USER_AGENT, &self.name)
            .header(ACCEPT, "*/*")
            .body(Empty::new());
        let mut request =
            request.map_err(|error| format!("no request can be made of the base URL: {error}"))?;
        if let Some(credential) = &connection.credential {
            let proof =
                Proof::new(credential).ok_or("the connection's credential cannot stand in a header")?;
            request.headers_mut().insert(proof.name, proof.value);
        }
        let status = exchange(wire, request).await;
        drop(turn);
        status
    }

    /// A socket to the first address that takes connections and may be connected to.
    async fn reach(
        &self,
        addresses: &[SocketAddr],
        steps: &mut Steps,
    ) -> Result<tokio::net::TcpStream, String> {
        let mut fault = told(UpstreamFault::Resolve).to_owned();
        for address in addresses.iter().take(ADDRESSES) {
            fault = match timeout(CONNECT_TIME, open(*address, &self.forbidden)).await {
                Ok(Ok(stream)) => {
                    steps.connected = Some(address.ip());
                    return Ok(stream);
                }
                Ok(Err(Refusal::NoTarget(_))) => format!(
                    "{address} must not be forwarded to: it is link-local, or a listener of Portico itself"
                ),
                Ok(Err(_)) => format!("{address} takes no connections; look whether the backend runs there"),
                Err(_) => {
                    format!("{address} did not answer in time; look whether a firewall is in between")
                }
            };
        }
        Err(fault)
    }
}

async fn look_up(origin: &Origin) -> Result<Vec<SocketAddr>, String> {
    let host = origin.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = host.unwrap_or(&origin.host);
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, origin.port)]);
    }
    let found = tokio::net::lookup_host((host, origin.port)).await;
    let found: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
    if found.is_empty() { Err(told(UpstreamFault::Resolve).to_owned()) } else { Ok(found) }
}

/// The status of the answer to a request.
async fn exchange(wire: Wire, request: Request<Empty<Bytes>>) -> Result<u16, String> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(wire)).await.map_err(|_| told(UpstreamFault::Closed).to_owned())?;
    let mut answer = pin!(sender.send_request(request));
    // A connection that ends with its answer has handed it over by then.
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = connection => answer.await,
    };
    let fault = |error: hyper::Error| {
        told(if error.is_parse() { UpstreamFault::Unreadable } else { UpstreamFault::Closed }).to_owned()
    };
    answer.map(|answer| answer.status().as_u16()).map_err(fault)
}

fn late(steps: &Steps) -> String {
    let seconds = TIME.as_secs();
    match (steps.addresses.is_empty(), steps.connected) {
        (true, _) => format!("the name was not looked up within {seconds} seconds; look at the name service"),
        (false, None) => format!("no address took the connection within {seconds} seconds"),
        (false, Some(_)) => {
            format!("the backend took the connection and did not answer within {seconds} seconds")
        }
    }
}

/// What is at fault and what to look at, in a sentence.
fn told(fault: UpstreamFault) -> &'static str {
    match fault {
        UpstreamFault::Resolve => "the host's name has no address; look whether it is spelled right",
        UpstreamFault::Connect => "the backend takes no connections; look whether it runs there",
        UpstreamFault::ConnectTimeout => "connecting to the backend took too long",
        UpstreamFault::Handshake => {
            "the TLS handshake failed; look whether the backend speaks TLS on this port"
        }
        UpstreamFault::CertificateExpired => {
            "the backend's certificate is not valid at this time; have it renewed"
        }
        UpstreamFault::CertificateName => {
            "the backend's certificate is for another name; give the base URL the name that it is for"
        }
        UpstreamFault::CertificateIssuer => {
            "the backend's certificate comes from an authority that is not trusted; give that authority's certificate in ca_certificates"
        }
        UpstreamFault::Certificate => "the backend's certificate cannot be used",
        UpstreamFault::Closed => "the backend closed the connection without an answer",
        UpstreamFault::Unreadable => {
            "what the backend answered is no HTTP; look whether the base URL begins with the right one of `http` and `https`"
        }
        UpstreamFault::FirstByteTimeout | UpstreamFault::TotalTimeout => "the backend did not answer in time",
        UpstreamFault::Broken => "the backend's answer broke off",
    }
}
