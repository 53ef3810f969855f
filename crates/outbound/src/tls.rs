//! TLS towards others: whom to trust.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The authorities that the system trusts, read anew each time. What cannot be read is left out.
pub fn system_authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, ignored) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(added, ignored, errors = found.errors.len(), "read the trusted certificates");
    roots
}

/// TLS 1.2 and 1.3 with those who have a certificate of these authorities, without one of our own.
pub fn tls_trusting(authorities: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for every version")
        .with_root_certificates(authorities)
        .with_no_client_auth()
}
