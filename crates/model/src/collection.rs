//! Collections: versioned groups of endpoints.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CollectionId, ConnectionId, ProjectId, WorkspaceId};
use crate::secret::Secret;

/// A versioned group of endpoints under one handle.
#[derive(Debug)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// For people; unique in the workspace together with the version.
    pub name: String,
    /// See [`Version`].
    pub version: Version,
    /// The second path segment of its public URL; unique in the workspace.
    pub handle: String,
    /// What its endpoints stand on.
    pub kind: CollectionKind,
    /// The connection its proxy recipes forward to.
    pub connection: Option<ConnectionId>,
    /// The token in its `api_spec_url`. It is sealed, not hashed, since every list prints it.
    pub specification_token: Secret,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The largest limit that can be set for the bodies of a collection's calls: 5 GiB.
pub const BODY_BYTES_MAX: i64 = 5 << 30;

/// What the endpoints of a collection stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionKind {
    /// They forward to a connection.
    Proxy,
    /// Each has a recipe of its own.
    Recipe,
}

/// The version of a collection, 1 to 10 characters, `1.0` unless given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Reads a version: 1 to 10 letters, digits, `.`, `-` and `_`, with a letter or digit first.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=10).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
            && text.as_bytes()[0].is_ascii_alphanumeric();
        fits.then(|| Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Version {
    fn default() -> Self {
        Self("1.0".to_owned())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The handle of a collection: the slug of its name, `-v`, and its version without a trailing
/// `.0` and with its dots as `-`. Whoever stores it appends `-2`, `-3` … where it is taken.
pub fn handle(name: &str, version: &Version) -> String {
    let version = version.as_str();
    let version = version.strip_suffix(".0").unwrap_or(version).replace('.', "-").to_lowercase();
    let slug = slug(name);
    let slug = if slug.is_empty() { "api" } else { &slug };
    format!("{slug}-v{version}")
}

/// Lower-case ASCII letters and digits, with one `-` for each run of anything else.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(80);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_the_slug_and_the_version() {
        let handle = |name, version| handle(name, &Version::parse(version).unwrap());
        assert_eq!(handle("Quote to cash", "1.0"), "quote-to-cash-v1");
        assert_eq!(handle("Netsuite  customers!", "2.1"), "netsuite-customers-v2-1");
        assert_eq!(handle("日本", "1.0"), "api-v1");
        assert_eq!(handle("X", "2024-A"), "x-v2024-a");
    }

    #[test]
    fn a_version_is_short_and_plain() {
        for text in ["", " ", "12345678901", "1/0", "-1", "é"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
        assert_eq!(Version::parse(" 1.0 "), Some(Version::default()));
    }
}
