//! Developer portals.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::AuthType;
use crate::id::{CollectionId, PolicyId, PortalId, PortalPageId, WorkspaceId};
use crate::logo::Logo;
use crate::secret::{Digest, KeyMaterial};

/// A site on which developers find the collections that a workspace publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// Its id.
    pub id: PortalId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// For people.
    pub name: String,
    /// The first label of its host name; unique among all portals, since it tells them apart.
    pub subdomain: String,
    /// The colour of headings and buttons, `#` and six lowercase hex digits.
    pub brand_color: String,
    /// What it publishes, in order.
    pub collections: Vec<CollectionId>,
    /// Its logo, if it has one.
    pub logo: Option<Logo>,
    /// The small picture in the tabs of browsers; without one it is drawn in the brand colour.
    pub favicon: Option<Digest>,
    /// Whom developers turn to: an e-mail address or an `https` URL.
    pub support: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How people come into a portal, and what becomes of those whom nobody invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSettings {
    /// The ways to sign in.
    pub sign_in: SignInMethods,
    /// The identity provider of single sign-on.
    pub oidc: Option<PortalOidc>,
    /// What becomes of those who come by single sign-on and were not invited. Until it is saved they
    /// may not come in.
    pub jit: Option<JitRules>,
}

/// The ways to sign in to a portal; one at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInMethods {
    /// With a link by e-mail.
    pub magic_link: bool,
    /// With a password.
    pub password: bool,
    /// With the organisation's identity provider.
    pub sso: bool,
}

impl Default for SignInMethods {
    fn default() -> Self {
        Self { magic_link: true, password: false, sso: false }
    }
}

/// An identity provider, as OpenID Connect Discovery 1.0 finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalOidc {
    /// The issuer, an `https` URL.
    pub issuer: String,
    /// As what the portal is registered there.
    pub client_id: String,
    /// What the portal proves itself with; kept sealed.
    pub client_secret: KeyMaterial,
}

/// What becomes of those who come by single sign-on and were not invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JitRules {
    /// Whether they may come in at all.
    pub enabled: bool,
    /// How the client authenticates that is made for them; cannot change once saved.
    pub auth_type: AuthType,
    /// The policy of the client that is made for them.
    pub policy: Option<PolicyId>,
}

/// A collection in a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// The collection.
    pub collection: CollectionId,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether a wish for it is granted without anybody deciding.
    pub auto_approve: bool,
}

/// Who finds a collection in a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone who signs in: it is among the APIs to discover.
    Everyone,
    /// Those alone whose clients may call it.
    Assigned,
}

impl Visibility {
    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Assigned => "assigned",
        }
    }
}

/// A text of a portal's own, such as its terms, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalPage {
    /// Its id.
    pub id: PortalPageId,
    /// The portal it belongs to.
    pub portal: PortalId,
    /// The last part of its address; unique in the portal.
    pub slug: String,
    /// Its heading.
    pub title: String,
    /// Its text, in Markdown, as `CommonMark` has it.
    pub content: String,
    /// Its place among the pages; smaller ones come first.
    pub position: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The most pages of a portal: all of them stand in its navigation.
pub const PAGES_PER_PORTAL: i64 = 50;

/// Whether `text` can be the slug of a page: 1 to 63 of `a-z`, `0-9` and `-`, not beginning or ending
/// with a hyphen.
pub fn is_slug(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The colour of a portal that has not chosen one.
pub const DEFAULT_BRAND_COLOR: &str = "#371093";

/// Whether `text` can be the subdomain of a portal: 1 to 63 of `a-z`, `0-9` and `-`, beginning with a
/// letter and not ending with a hyphen.
pub fn is_subdomain(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && !text.ends_with('-')
}

/// Whether `text` is `#` and six hex digits.
pub fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_are_labels_that_begin_with_a_letter() {
        let longest = "a".repeat(63);
        for text in ["idea", "i", "a-1", &longest] {
            assert!(is_subdomain(text), "{text}");
        }
        for text in ["", "1a", "-a", "a-", "A", "a_b", "a.b", "ä", &format!("{longest}a")] {
            assert!(!is_subdomain(text), "{text}");
        }
    }

    #[test]
    fn slugs_may_begin_with_a_digit() {
        for text in ["terms", "2026-terms", "a"] {
            assert!(is_slug(text), "{text}");
        }
        for text in ["", "-a", "a-", "A", "a/b", "a.b", &"a".repeat(64)] {
            assert!(!is_slug(text), "{text}");
        }
    }

    #[test]
    fn colours_have_six_digits() {
        assert!(is_color("#371093") && is_color("#ABCdef") && is_color(DEFAULT_BRAND_COLOR));
        for text in ["", "#", "371093", "#37109", "#3710933", "#37109g", "red"] {
            assert!(!is_color(text), "{text}");
        }
    }
}
