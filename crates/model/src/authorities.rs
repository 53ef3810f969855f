//! Certificates of authorities, as people paste them.

use std::sync::Arc;

use x509_cert::Certificate;

/// The most bytes of a bundle. The bundle with which browsers are shipped has 220 KB; a company's
/// own has one or two certificates.
const BYTES: usize = 64 << 10;

/// Certificates of authorities, one or several, in PEM (RFC 7468).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authorities(Arc<str>);

/// Why a text is not [`Authorities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesFault {
    /// Not a single certificate.
    #[error("has no certificate; give certificates in PEM (`-----BEGIN CERTIFICATE-----` …)")]
    Empty,
    /// A certificate that cannot be read.
    #[error(
        "has a certificate that cannot be read; give certificates in PEM (`-----BEGIN CERTIFICATE-----` …)"
    )]
    Unreadable,
    /// It must stay with whoever it belongs to.
    #[error("has a private key, which nobody else should have; give the certificates alone")]
    Private,
    /// Too long to be sensible.
    #[error("is too long; give at most {BYTES} bytes")]
    TooLong,
}

impl Authorities {
    /// Reads one certificate or several in PEM. Text around them is left out.
    pub fn parse(text: &str) -> Result<Self, AuthoritiesFault> {
        if text.len() > BYTES {
            return Err(AuthoritiesFault::TooLong);
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(AuthoritiesFault::Private);
        }
        let mut kept = String::new();
        let mut rest = text;
        while let Some(begin) = rest.find(BEGIN) {
            let from = &rest[begin..];
            let end = from.find(END).ok_or(AuthoritiesFault::Unreadable)? + END.len();
            let one = &from[..end];
            Certificate::load_pem_chain(one.as_bytes()).map_err(|_| AuthoritiesFault::Unreadable)?;
            kept.push_str(one);
            kept.push('\n');
            rest = &from[end..];
        }
        if kept.is_empty() { Err(AuthoritiesFault::Empty) } else { Ok(Self(kept.into())) }
    }

    /// The certificates in PEM, without anything around them.
    pub fn as_pem(&self) -> &str {
        &self.0
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\n\
        MIIBiDCCAS+gAwIBAgIUBiB8UW29MMcLMnzCDsrFN7f8i1swCgYIKoZIzj0EAwIw\n\
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMDc0ODMyWhgPMjEy\n\
        NjEwMjkwNzQ4MzJaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI\n\
        zj0CAQYIKoZIzj0DAQcDQgAEcL1AYtIIoVisEqQ8JXUzBTayS04tFhuzu5vbuAOk\n\
        VVYlNkYHzpaziOKnmMa09Kjju/cghPfsYjkBRR19HzrF8KNTMFEwHQYDVR0OBBYE\n\
        FGWnNaSp+NkVijSiQdHHc3blyPycMB8GA1UdIwQYMBaAFGWnNaSp+NkVijSiQdHH\n\
        c3blyPycMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgaXZNTRyC\n\
        qQ4RcWrdh5tQ8V1R6BRQ9GrbMudk62lLoyMCIAMbtsuVm+snDw85Th4ujlbrW6Lg\n\
        N/EmiTjOQTeZgePD\n\
        -----END CERTIFICATE-----";

    #[test]
    fn certificates_are_kept_and_what_stands_around_them_is_not() {
        let two = format!("# Our own\r\n{ONE}\nand the other\n{ONE}");
        let authorities = Authorities::parse(&two).unwrap();
        assert_eq!(authorities.as_pem(), format!("{ONE}\n{ONE}\n"));
        assert_eq!(Authorities::parse(authorities.as_pem()), Ok(authorities));
    }

    #[test]
    fn what_are_no_certificates_says_why() {
        let fault = |text: &str| Authorities::parse(text).unwrap_err();
        assert_eq!(fault("none"), AuthoritiesFault::Empty);
        assert_eq!(fault(&format!("{BEGIN}\nAAAA\n{END}")), AuthoritiesFault::Unreadable);
        assert_eq!(fault(&ONE[..200]), AuthoritiesFault::Unreadable);
        assert_eq!(fault("-----BEGIN PRIVATE KEY-----"), AuthoritiesFault::Private);
        assert_eq!(fault(&"x".repeat(BYTES + 1)), AuthoritiesFault::TooLong);
    }
}
