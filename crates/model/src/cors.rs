//! Which pages of other sites a browser lets call a collection (CORS, in the Fetch standard).

use serde::{Deserialize, Serialize};
use url::Url;

/// The most items of a list.
pub const CORS_ITEMS_MAX: usize = 50;

/// The longest time for which a browser may remember the answer to its question, in seconds; browsers
/// themselves stop at a day or earlier.
pub const CORS_AGE_MAX: i64 = 86_400;

/// What pages of other sites may do. Cookies and the like are never part of it: callers present a
/// credential of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Whose pages.
    pub origins: Vec<Origin>,
    /// With which methods, in upper case; empty for all.
    pub methods: Vec<String>,
    /// With which headers, in lower case; empty for all.
    pub headers: Vec<String>,
    /// Which headers of answers they may read beside the gateway's own, in lower case.
    pub exposed_headers: Vec<String>,
    /// For how many seconds a browser may remember this.
    pub max_age: i64,
}

impl Default for Cors {
    fn default() -> Self {
        let none = Vec::new;
        Self { origins: Vec::new(), methods: none(), headers: none(), exposed_headers: none(), max_age: 600 }
    }
}

/// A site, as browsers name it in `Origin`: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// Every site.
    #[serde(rename = "*")]
    Any,
    /// This one.
    #[serde(untagged)]
    Of(String),
}

/// Not an [`Origin`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("has `{0}`, which is no origin; write `https://app.example.com`, with a port if it has one, or `*`")]
pub struct OriginFault(String);

impl Origin {
    /// Reads `*`, or an origin without a path.
    pub fn parse(text: &str) -> Result<Self, OriginFault> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let fault = || OriginFault(text.chars().take(100).collect());
        let url = Url::parse(text).map_err(|_| fault())?;
        let is_bare = url.path() == "/" && !text.ends_with('/') && url.username().is_empty();
        let is_whole = url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        // A browser says which site it is, never a pattern.
        let is_one = url.host_str().is_some_and(|host| !host.contains('*'));
        if !matches!(url.scheme(), "http" | "https") || !is_bare || !is_whole || !is_one {
            return Err(fault());
        }
        Ok(Self::Of(url.origin().ascii_serialization()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Of(origin) => origin,
        }
    }
}

/// The name of a header in lower case, if it can be one (RFC 9110, section 5.1).
pub fn header_name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_name = !text.is_empty() && text.len() <= 100 && text.bytes().all(is_token);
    (is_name && text != "*").then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_send() {
        for (text, expected) in [
            ("https://app.example.com", "https://app.example.com"),
            (" HTTPS://App.Example.com:443 ", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[2001:DB8::1]:81", "http://[2001:db8::1]:81"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("*", "*"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), expected);
        }
        for text in [
            "",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/a",
            "https://*.a.test",
            "https://a.test?b",
            "https://a.test#b",
            "https://u@a.test",
            "file:///etc",
            "https://",
            "**",
            "ftp://a.test",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_has_a_name() {
        assert_eq!(header_name(" X-Custom ").as_deref(), Some("x-custom"));
        for text in ["", "*", "a b", "a:b", "a\r\nb", "ä"] {
            assert_eq!(header_name(text), None, "{text:?}");
        }
    }
}
