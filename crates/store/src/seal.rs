//! Sealing of what must be read back: XChaCha20-Poly1305 under the master key, with the column's
//! name as associated data, so that a sealed value cannot be moved to another column.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use model::environment::Environment;

use crate::error::{Error, Result};

/// The length of the master key in bytes.
pub const MASTER_KEY_BYTES: usize = 32;

const NONCE_BYTES: usize = 24;

pub(crate) struct Seal {
    cipher: XChaCha20Poly1305,
    environment: Environment,
}

impl Seal {
    pub(crate) fn new(master_key: &[u8; MASTER_KEY_BYTES], environment: Environment) -> Self {
        Self { cipher: XChaCha20Poly1305::new(master_key.into()), environment }
    }

    /// Bytes that nobody can guess.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        self.environment.bytes()
    }

    /// Hex of a random nonce and the sealed text.
    pub(crate) fn close(&self, column: &str, text: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = self.environment.bytes();
        let payload = Payload { msg: text.as_bytes(), aad: column.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("sealing fails only for texts of hundreds of gigabytes");
        hex::encode([&nonce[..], &sealed].concat())
    }

    /// The text that [`Self::close`] sealed for this column.
    pub(crate) fn open(&self, column: &str, sealed: &str) -> Result<String> {
        let bytes = hex::decode(sealed).map_err(|_| Error::WrongMasterKey)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(Error::WrongMasterKey)?;
        let text = self
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: column.as_bytes() })
            .map_err(|_| Error::WrongMasterKey)?;
        String::from_utf8(text).map_err(|_| Error::WrongMasterKey)
    }
}
