//! TLS towards upstreams: whom to trust.

use std::sync::{Arc, OnceLock};

use model::Authorities;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use crate::refusal::UpstreamFault;

/// What a TLS handshake with an upstream needs.
#[derive(Debug, Clone)]
pub(crate) struct Outward {
    pub(crate) config: Arc<ClientConfig>,
    /// The name or address that the certificate must be for, and that is asked for (SNI).
    pub(crate) name: ServerName<'static>,
}

/// Whom upstreams may have their certificates from. What the system trusts is read when the first
/// upstream over TLS is served.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    system: OnceLock<RootCertStore>,
    plain: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    /// TLS with the upstream at `host`, trusting the system's authorities and these. `None` if it
    /// cannot have a certificate, or theirs cannot be used.
    pub(crate) fn towards(&self, host: &str, authorities: Option<&Authorities>) -> Option<Outward> {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(host.to_owned()).ok()?;
        let config = match authorities {
            None => Arc::clone(self.plain.get_or_init(|| config(self.system().clone()))),
            Some(authorities) => {
                let mut roots = self.system().clone();
                for certificate in CertificateDer::pem_slice_iter(authorities.as_pem().as_bytes()) {
                    roots.add(certificate.ok()?).ok()?;
                }
                config(roots)
            }
        };
        Some(Outward { config, name })
    }

    fn system(&self) -> &RootCertStore {
        self.system.get_or_init(outbound::system_authorities)
    }
}

fn config(roots: RootCertStore) -> Arc<ClientConfig> {
    let mut config = outbound::tls_trusting(roots);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// What was wrong with a handshake.
pub(crate) fn fault(error: &std::io::Error) -> UpstreamFault {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    match error {
        Some(Error::InvalidCertificate(fault)) => match fault {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => UpstreamFault::CertificateExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                UpstreamFault::CertificateName
            }
            // The second: an authority of the same name, but not the same.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                UpstreamFault::CertificateIssuer
            }
            _ => UpstreamFault::Certificate,
        },
        _ => UpstreamFault::Handshake,
    }
}
