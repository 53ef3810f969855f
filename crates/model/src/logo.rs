//! Logos of clients and portals.

use crate::secret::Digest;

/// A logo in two sizes. Each image is found by the SHA-256 of its bytes, so that an address never shows
/// anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logo {
    /// For screens with one dot per pixel.
    pub small: Digest,
    /// For screens with two.
    pub large: Digest,
}

/// An image as it is kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoImage {
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
