//! From a URL to a connection, by way of an address that may be reached.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::{Exception, Fault, is_public, system_authorities, tls_trusting};

/// How long one address is given to take a connection; a host may have several.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most addresses of a host that are tried.
const ADDRESSES: usize = 4;

/// TLS with the certificates that the system trusts, read when they are first needed.
#[derive(Default)]
pub(crate) struct Tls(OnceLock<Arc<ClientConfig>>);

impl Tls {
    fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(self.0.get_or_init(|| Arc::new(tls_trusting(system_authorities()))))
    }

    /// TLS that trusts these alone.
    #[cfg(test)]
    pub(crate) fn of(roots: tokio_rustls::rustls::RootCertStore) -> Self {
        Self(OnceLock::from(Arc::new(tls_trusting(roots))))
    }
}

/// Connects to the host of this URL, if it is at an address that may be reached.
pub(crate) async fn connect(
    url: &Url,
    allow: &[Exception],
    tls: &Tls,
) -> Result<SendRequest<Full<Bytes>>, Fault> {
    let host = url.host().ok_or_else(|| Fault::Unknown(url.to_string()))?;
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = admitted(&host, port, allow).await?;
    let stream = first(&host, &addresses).await?;
    let broken = |cause: &dyn std::fmt::Display| broken(&host, cause);
    if url.scheme() == "http" {
        return speak(stream).await.map_err(|error| broken(&error));
    }
    let name = match &host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()).map_err(|error| broken(&error))?,
        Host::Ipv4(address) => IpAddr::V4(*address).into(),
        Host::Ipv6(address) => IpAddr::V6(*address).into(),
    };
    let stream = TlsConnector::from(tls.config()).connect(name, stream).await;
    speak(stream.map_err(|error| broken(&error))?).await.map_err(|error| broken(&error))
}

/// The addresses behind a host that may be reached; refuses if there is none.
async fn admitted(host: &Host<&str>, port: u16, allow: &[Exception]) -> Result<Vec<SocketAddr>, Fault> {
    let found: Vec<SocketAddr> = match host {
        Host::Ipv4(address) => vec![(*address, port).into()],
        Host::Ipv6(address) => vec![(*address, port).into()],
        Host::Domain(name) => {
            let found = lookup_host((*name, port)).await;
            found.map_err(|_| Fault::Unknown((*name).to_owned()))?.collect()
        }
    };
    let first = found.first().ok_or_else(|| Fault::Unknown(host.to_string()))?.ip();
    let may = |address: &SocketAddr| {
        let address = address.ip();
        is_public(address) || allow.iter().any(|exception| exception.covers(host, address))
    };
    let admitted: Vec<_> = found.into_iter().filter(may).take(ADDRESSES).collect();
    if admitted.is_empty() {
        return Err(Fault::Private { host: host.to_string(), address: first });
    }
    Ok(admitted)
}

async fn first(host: &Host<&str>, addresses: &[SocketAddr]) -> Result<TcpStream, Fault> {
    let mut last = "there is no address".to_owned();
    for address in addresses {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no connection in time".to_owned(),
        }
    }
    Err(broken(host, &last))
}

fn broken(host: &Host<&str>, cause: &dyn std::fmt::Display) -> Fault {
    Fault::Connection { host: host.to_string(), cause: cause.to_string() }
}

/// HTTP/1.1 on a connection, which ends with the answer.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> hyper::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends when the answer is read or dropped; its own failure is the answer's.
    tokio::spawn(connection);
    Ok(sender)
}
