//! Public keys on elliptic curves, in the forms in which people have them at hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkcs1::der::asn1::BitStringRef;
use pkcs1::der::oid::ObjectIdentifier;
use pkcs1::der::{AnyRef, Decode as _};
use x509_cert::spki::SubjectPublicKeyInfo;

use crate::rsa::{RsaKeyFault, field, subject_public_key_info};

/// RFC 5480, section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// RFC 8410, section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A public key for checking signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EllipticKey {
    /// An uncompressed point on P-256 (SEC 1, section 2.3.3).
    P256(Vec<u8>),
    /// An uncompressed point on P-384.
    P384(Vec<u8>),
    /// A key of Ed25519 (RFC 8032).
    Ed25519(Vec<u8>),
}

/// Why a text is not an [`EllipticKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EllipticKeyFault {
    /// None of the forms.
    #[error(
        "is no public key; give it as PEM (`-----BEGIN PUBLIC KEY-----` …), as a certificate in PEM, or in a line of OpenSSH"
    )]
    Form,
    /// It must stay with whoever signs.
    #[error("is a private key, which nobody else should have; give the public key that goes with it")]
    Private,
    /// The key of another algorithm, or on another curve.
    #[error("is a public key, but not one on P-256, on P-384 or of Ed25519")]
    OtherAlgorithm,
    /// A point in another form.
    #[error("is a public key whose point is compressed or has the wrong length; give it uncompressed")]
    Point,
}

impl EllipticKey {
    /// Reads PEM (`PUBLIC KEY` or `CERTIFICATE`: RFC 7468) or a line as OpenSSH writes it (RFC 5656,
    /// section 3.1; RFC 8709, section 4).
    pub fn parse(text: &str) -> Result<Self, EllipticKeyFault> {
        let text = text.trim();
        match text.split_once(' ') {
            Some((name, rest)) if name.starts_with("ecdsa-") || name.starts_with("ssh-") => {
                open_ssh(name, rest)
            }
            _ => pem(text),
        }
    }
}

fn pem(text: &str) -> Result<EllipticKey, EllipticKeyFault> {
    let der = subject_public_key_info(text).map_err(|fault| match fault {
        RsaKeyFault::Private => EllipticKeyFault::Private,
        _ => EllipticKeyFault::Form,
    })?;
    let info = SubjectPublicKeyInfo::<AnyRef<'_>, BitStringRef<'_>>::from_der(&der);
    let info = info.map_err(|_| EllipticKeyFault::Form)?;
    let bytes = info.subject_public_key.raw_bytes();
    match info.algorithm.oid {
        ED25519 => ed25519(bytes),
        EC_PUBLIC_KEY => {
            let curve = info.algorithm.parameters.and_then(|curve| curve.decode_as().ok());
            match curve {
                Some(P256) => p256(bytes),
                Some(P384) => p384(bytes),
                _ => Err(EllipticKeyFault::OtherAlgorithm),
            }
        }
        _ => Err(EllipticKeyFault::OtherAlgorithm),
    }
}

/// A key in Base64, and perhaps a comment.
fn open_ssh(name: &str, rest: &str) -> Result<EllipticKey, EllipticKeyFault> {
    let encoded = rest.split_ascii_whitespace().next().ok_or(EllipticKeyFault::Form)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| EllipticKeyFault::Form)?;
    let (own, bytes) = field(&bytes).ok_or(EllipticKeyFault::Form)?;
    if own != name.as_bytes() {
        return Err(EllipticKeyFault::Form);
    }
    let (first, rest) = field(bytes).ok_or(EllipticKeyFault::Form)?;
    let point = || match field(rest) {
        Some((point, [])) => Ok(point),
        _ => Err(EllipticKeyFault::Form),
    };
    match (name, first) {
        ("ssh-ed25519", key) if rest.is_empty() => ed25519(key),
        ("ecdsa-sha2-nistp256", b"nistp256") => p256(point()?),
        ("ecdsa-sha2-nistp384", b"nistp384") => p384(point()?),
        _ => Err(EllipticKeyFault::OtherAlgorithm),
    }
}

fn p256(point: &[u8]) -> Result<EllipticKey, EllipticKeyFault> {
    uncompressed(point, 32).map(EllipticKey::P256)
}

fn p384(point: &[u8]) -> Result<EllipticKey, EllipticKeyFault> {
    uncompressed(point, 48).map(EllipticKey::P384)
}

fn uncompressed(point: &[u8], coordinate: usize) -> Result<Vec<u8>, EllipticKeyFault> {
    let is_sound = point.len() == 1 + 2 * coordinate && point.first() == Some(&4);
    is_sound.then(|| point.to_vec()).ok_or(EllipticKeyFault::Point)
}

fn ed25519(key: &[u8]) -> Result<EllipticKey, EllipticKeyFault> {
    (key.len() == 32).then(|| EllipticKey::Ed25519(key.to_vec())).ok_or(EllipticKeyFault::Point)
}

#[cfg(test)]
mod tests;
