//! RSA public keys, in the forms in which people have them at hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkcs1::der::asn1::{BitStringRef, UintRef};
use pkcs1::der::oid::ObjectIdentifier;
use pkcs1::der::{AnyRef, Decode as _, Document, Encode as _};
use x509_cert::Certificate;
use x509_cert::spki::SubjectPublicKeyInfo;

/// RFC 7518, section 3.3: "A key of size 2048 bits or larger MUST be used".
const BITS_MIN: usize = 2048;

/// More takes long to check with and is nowhere in use.
const BITS_MAX: usize = 8192;

/// RFC 8017, appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A public key for checking signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// Big-endian, without leading zeros.
    pub modulus: Vec<u8>,
    /// Big-endian, without leading zeros.
    pub exponent: Vec<u8>,
}

/// Why a text is not an [`RsaPublicKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RsaKeyFault {
    /// None of the forms.
    #[error(
        "is no RSA public key; give it as PEM (`-----BEGIN PUBLIC KEY-----` …), as a certificate in PEM, or as `ssh-rsa AAAA…`"
    )]
    Form,
    /// It must stay with whoever signs.
    #[error("is a private key, which nobody else should have; give the public key that goes with it")]
    Private,
    /// The key of another algorithm.
    #[error("is a public key, but not one for RSA")]
    OtherAlgorithm,
    /// Too short to be safe, or too long to be sensible.
    #[error("has {0} bits; use an RSA key of {BITS_MIN} to {BITS_MAX} bits")]
    Size(usize),
}

impl RsaPublicKey {
    /// Reads PEM (`PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE`: RFC 7468, RFC 8017) or a line
    /// as OpenSSH writes it (RFC 4253, section 6.6).
    pub fn parse(text: &str) -> Result<Self, RsaKeyFault> {
        let text = text.trim();
        let key = match text.strip_prefix("ssh-rsa ") {
            Some(rest) => open_ssh(rest).ok_or(RsaKeyFault::Form)?,
            None if text.starts_with("ssh-") || text.starts_with("ecdsa-") => {
                return Err(RsaKeyFault::OtherAlgorithm);
            }
            None => pem(text)?,
        };
        match key.bits() {
            BITS_MIN..=BITS_MAX => Ok(key),
            bits => Err(RsaKeyFault::Size(bits)),
        }
    }

    fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        let without_zeros = |bytes: &[u8]| {
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
            bytes.iter().skip(start).copied().collect()
        };
        Self { modulus: without_zeros(modulus), exponent: without_zeros(exponent) }
    }

    fn bits(&self) -> usize {
        let first = self.modulus.first().map_or(0, |first| first.leading_zeros() as usize);
        self.modulus.len() * 8 - first
    }
}

fn pem(text: &str) -> Result<RsaPublicKey, RsaKeyFault> {
    if let Ok(("RSA PUBLIC KEY", document)) = Document::from_pem(text) {
        return pkcs1(document.as_bytes());
    }
    subject(&subject_public_key_info(text)?)
}

/// The DER of a public key's description out of PEM: `PUBLIC KEY`, or the one in a `CERTIFICATE`.
pub(crate) fn subject_public_key_info(text: &str) -> Result<Vec<u8>, RsaKeyFault> {
    let (label, document) = Document::from_pem(text).map_err(|_| RsaKeyFault::Form)?;
    match label {
        "PUBLIC KEY" => Ok(document.as_bytes().to_vec()),
        "CERTIFICATE" => {
            let certificate = Certificate::from_der(document.as_bytes()).map_err(|_| RsaKeyFault::Form)?;
            let key = certificate.tbs_certificate().subject_public_key_info();
            key.to_der().map_err(|_| RsaKeyFault::Form)
        }
        label if label.contains("PRIVATE") => Err(RsaKeyFault::Private),
        _ => Err(RsaKeyFault::Form),
    }
}

fn subject(der: &[u8]) -> Result<RsaPublicKey, RsaKeyFault> {
    let info = SubjectPublicKeyInfo::<AnyRef<'_>, BitStringRef<'_>>::from_der(der);
    let info = info.map_err(|_| RsaKeyFault::Form)?;
    if info.algorithm.oid != RSA_ENCRYPTION {
        return Err(RsaKeyFault::OtherAlgorithm);
    }
    pkcs1(info.subject_public_key.raw_bytes())
}

fn pkcs1(der: &[u8]) -> Result<RsaPublicKey, RsaKeyFault> {
    let key = pkcs1::RsaPublicKey::<UintRef<'_>>::from_der(der).map_err(|_| RsaKeyFault::Form)?;
    Ok(RsaPublicKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes()))
}

/// What comes after `ssh-rsa `: the key in Base64, and perhaps a comment.
fn open_ssh(rest: &str) -> Option<RsaPublicKey> {
    let bytes = STANDARD.decode(rest.split_ascii_whitespace().next()?).ok()?;
    let (name, bytes) = field(&bytes)?;
    let (exponent, bytes) = field(bytes)?;
    let (modulus, bytes) = field(bytes)?;
    (name == b"ssh-rsa" && bytes.is_empty()).then(|| RsaPublicKey::new(modulus, exponent))
}

/// A length in four bytes and as many bytes: RFC 4251, section 5.
pub(crate) fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests;
