//! Developer portals.

use jiff::Timestamp;

use crate::id::{CollectionId, PortalId, WorkspaceId};

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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
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
    fn colours_have_six_digits() {
        assert!(is_color("#371093") && is_color("#ABCdef") && is_color(DEFAULT_BRAND_COLOR));
        for text in ["", "#", "371093", "#37109", "#3710933", "#37109g", "red"] {
            assert!(!is_color(text), "{text}");
        }
    }
}
