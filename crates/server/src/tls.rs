//! TLS of the listeners: certificates and keys from files, read again when the files change.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The most bytes of a certificate's or key's file. Chains have a few KB.
const FILE_BYTES: u64 = 1 << 20;

/// What a listener is told about TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files<'c> {
    /// The section of the configuration.
    pub(crate) section: &'static str,
    pub(crate) certificate: Option<&'c Path>,
    pub(crate) key: Option<&'c Path>,
}

/// A certificate with its key, as the files have it, or had it when they were last in order.
pub(crate) struct Pair {
    section: &'static str,
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// What was last looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    stamps: [Option<(SystemTime, u64)>; 2],
    fault: Option<String>,
}

impl Files<'_> {
    /// The pair, if the listener has one; an error names the setting that is wrong.
    pub(crate) fn pair(self) -> Result<Option<Arc<Pair>>> {
        let section = self.section;
        let (certificate, key) = match (self.certificate, self.key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate.to_owned(), key.to_owned()),
            (Some(_), None) => {
                bail!("the setting `{section}.tls_certificate` needs `{section}.tls_key` beside it")
            }
            (None, Some(_)) => {
                bail!("the setting `{section}.tls_key` needs `{section}.tls_certificate` beside it")
            }
        };
        let seen = Seen { stamps: stamps(&certificate, &key), fault: None };
        let current = RwLock::new(Arc::new(read(section, &certificate, &key)?));
        Ok(Some(Arc::new(Pair { section, certificate, key, current, seen: Mutex::new(seen) })))
    }
}

impl Pair {
    /// TLS with this pair, for callers who speak one of `protocols` (ALPN), the best first.
    pub(crate) fn config(self: &Arc<Self>, protocols: &[&str]) -> Arc<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for every version");
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// Reads the files again if they have changed, or in any case if `always`. What cannot be used is
    /// said once, and the former pair stays.
    fn look(&self, always: bool) {
        let stamps = stamps(&self.certificate, &self.key);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.stamps == stamps && !always {
            return;
        }
        seen.stamps = stamps;
        let fault = match read(self.section, &self.certificate, &self.key) {
            Ok(pair) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!(listener = self.section, "certificate and key were read again");
                None
            }
            Err(fault) => Some(format!("{fault:#}")),
        };
        if let Some(fault) = &fault
            && seen.fault != Some(fault.clone())
        {
            tracing::error!(listener = self.section, "the former certificate stays: {fault}");
        }
        seen.fault = fault;
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Pair {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Keeps pairs as their files are, until `stop` turns true. SIGHUP makes it look at once.
pub(crate) async fn follow(pairs: Vec<Arc<Pair>>, mut stop: watch::Receiver<bool>) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => return tracing::error!(%error, "SIGHUP cannot be watched"),
    };
    loop {
        let always = tokio::select! {
            () = tokio::time::sleep(LOOK) => false,
            _ = hangup.recv() => true,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let pairs = pairs.clone();
        let looked = tokio::task::spawn_blocking(move || pairs.iter().for_each(|pair| pair.look(always)));
        if let Err(error) = looked.await {
            tracing::error!(%error, "certificates could not be looked at");
        }
    }
}

fn stamps(certificate: &Path, key: &Path) -> [Option<(SystemTime, u64)>; 2] {
    [certificate, key].map(|file| {
        let metadata = fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn read(section: &str, certificate: &Path, key: &Path) -> Result<CertifiedKey> {
    let pem = text(certificate).with_context(|| format!("the setting `{section}.tls_certificate`"))?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        anyhow!(
            "the setting `{section}.tls_certificate`: {} has no readable certificate in PEM",
            certificate.display()
        )
    })?;
    let pem = text(key).with_context(|| format!("the setting `{section}.tls_key`"))?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let is_encrypted = pem.windows(9).any(|window| window == b"ENCRYPTED");
        let what = match is_encrypted {
            true => "has a key that is encrypted; decrypt it with `openssl pkey`",
            false => "has no readable private key in PEM",
        };
        anyhow!("the setting `{section}.tls_key`: {} {what}", key.display())
    })?;
    CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider()).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => anyhow!(
            "the setting `{section}.tls_key`: the key in {} does not belong to the certificate in {}",
            key.display(),
            certificate.display()
        ),
        error => anyhow!(
            "the setting `{section}.tls_certificate`: {} and {} cannot be used: {error}",
            certificate.display(),
            key.display()
        ),
    })
}

fn text(file: &Path) -> Result<Vec<u8>> {
    let unreadable = || format!("{} cannot be read", file.display());
    let length = fs::metadata(file).with_context(unreadable)?.len();
    if length > FILE_BYTES {
        bail!("{} has {length} bytes; a certificate or key has less than {FILE_BYTES}", file.display());
    }
    fs::read(file).with_context(unreadable)
}

#[cfg(test)]
mod tests;
