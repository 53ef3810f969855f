//! What the gateway proves itself with to a backend.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::KeyMaterial;

/// The most characters of a token, a password or a header's value.
pub const CREDENTIAL_CHARACTERS: usize = 4_096;

/// The most characters of a user name or a header's name.
pub const CREDENTIAL_NAME_CHARACTERS: usize = 255;

/// What a backend is shown instead of what callers prove themselves with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendCredential {
    /// A token in `Authorization` (RFC 6750, section 2.1).
    Bearer {
        /// The token.
        token: KeyMaterial,
    },
    /// HTTP Basic (RFC 7617), in UTF-8.
    Basic {
        /// The user.
        user: String,
        /// Their password; may be empty.
        password: KeyMaterial,
    },
    /// A header of one's own.
    Header {
        /// Its name, in lower case.
        name: String,
        /// Its value.
        value: KeyMaterial,
    },
}

/// Why something is no [`BackendCredential`]. The text goes on from the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// Nothing.
    #[error("can't be blank")]
    Blank,
    /// Too long for a header.
    #[error("is too long; use at most {0} characters")]
    TooLong(usize),
    /// Not fit for a header.
    #[error(
        "has a character that cannot stand in a header; use visible ASCII characters, and blanks inside only"
    )]
    Unprintable,
    /// A control character.
    #[error("has a control character; leave it out")]
    Control,
    /// RFC 7617, section 2.
    #[error("has a colon, which ends the user name in HTTP Basic; such a user cannot sign in")]
    Colon,
    /// Not the name of a header.
    #[error("is no name of a header; use letters, digits and hyphens, such as `x-api-key`")]
    Name,
    /// A header that makes the message, or is the gateway's word.
    #[error("is a header that the gateway or HTTP itself writes; choose another one")]
    Reserved,
}

/// Headers that make the message or concern the connection, and those in which the gateway says who calls.
const RESERVED: [&str; 20] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

impl BackendCredential {
    /// What is wrong with which part of it, if anything is.
    pub fn fault(&self) -> Option<(&'static str, CredentialFault)> {
        match self {
            Self::Bearer { token } => {
                let is_sound = token.expose().bytes().all(|byte| byte.is_ascii_graphic());
                let fault = bounds(token.expose(), CREDENTIAL_CHARACTERS)
                    .or((!is_sound).then_some(CredentialFault::Unprintable));
                fault.map(|fault| ("token", fault))
            }
            Self::Basic { user, password } => {
                let user = bounds(user, CREDENTIAL_NAME_CHARACTERS)
                    .or(user.contains(':').then_some(CredentialFault::Colon))
                    .or(control(user));
                let long = password.expose().chars().count() > CREDENTIAL_CHARACTERS;
                let password = long
                    .then_some(CredentialFault::TooLong(CREDENTIAL_CHARACTERS))
                    .or(control(password.expose()));
                user.map(|fault| ("user", fault)).or(password.map(|fault| ("password", fault)))
            }
            Self::Header { name, value } => {
                let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    && name.starts_with(|first: char| first.is_ascii_alphanumeric());
                let lower = name.to_ascii_lowercase();
                let is_reserved = RESERVED.contains(&&*lower)
                    || lower.starts_with("x-forwarded-")
                    || lower.starts_with("x-portico-");
                let name = bounds(name, CREDENTIAL_NAME_CHARACTERS)
                    .or((!is_name).then_some(CredentialFault::Name))
                    .or(is_reserved.then_some(CredentialFault::Reserved));
                let text = value.expose();
                let is_sound = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
                    && !text.starts_with(' ')
                    && !text.ends_with(' ');
                let value = bounds(text, CREDENTIAL_CHARACTERS)
                    .or((!is_sound).then_some(CredentialFault::Unprintable));
                name.map(|fault| ("name", fault)).or(value.map(|fault| ("value", fault)))
            }
        }
    }

    /// The header that it is sent in: its name, in lower case, and its value.
    pub fn header(&self) -> (&str, KeyMaterial) {
        match self {
            Self::Bearer { token } => {
                ("authorization", KeyMaterial::new(format!("Bearer {}", token.expose())))
            }
            Self::Basic { user, password } => {
                let pair = KeyMaterial::new(format!("{user}:{}", password.expose()));
                let coded = KeyMaterial::new(STANDARD.encode(pair.expose()));
                ("authorization", KeyMaterial::new(format!("Basic {}", coded.expose())))
            }
            Self::Header { name, value } => (name, value.clone()),
        }
    }
}

fn bounds(text: &str, most: usize) -> Option<CredentialFault> {
    match text.chars().count() {
        0 => Some(CredentialFault::Blank),
        count if count > most => Some(CredentialFault::TooLong(most)),
        _ => None,
    }
}

fn control(text: &str) -> Option<CredentialFault> {
    text.contains(char::is_control).then_some(CredentialFault::Control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> KeyMaterial {
        KeyMaterial::new(text.to_owned())
    }

    #[test]
    fn each_kind_has_its_header() {
        let header = |credential: &BackendCredential| {
            let (name, value) = credential.header();
            format!("{name}: {}", value.expose())
        };
        let bearer = BackendCredential::Bearer { token: secret("aibiethohb2aeTh5") };
        assert_eq!(header(&bearer), "authorization: Bearer aibiethohb2aeTh5");
        // The example of RFC 7617, section 2.1: UTF-8.
        let basic = BackendCredential::Basic { user: "test".to_owned(), password: secret("123£") };
        assert_eq!(header(&basic), "authorization: Basic dGVzdDoxMjPCow==");
        let own = BackendCredential::Header { name: "x-api-key".to_owned(), value: secret("a b") };
        assert_eq!(header(&own), "x-api-key: a b");
        for credential in [bearer, basic, own] {
            assert_eq!(credential.fault(), None);
            assert!(!format!("{credential:?}").contains("aibie"));
        }
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        let bearer = |token: &str| BackendCredential::Bearer { token: secret(token) }.fault();
        assert_eq!(bearer(""), Some(("token", CredentialFault::Blank)));
        assert_eq!(bearer("a b"), Some(("token", CredentialFault::Unprintable)));
        assert_eq!(bearer("a\r\nx: y"), Some(("token", CredentialFault::Unprintable)));
        assert_eq!(bearer(&"a".repeat(4_097)), Some(("token", CredentialFault::TooLong(4_096))));
        let basic = |user: &str, password: &str| {
            BackendCredential::Basic { user: user.to_owned(), password: secret(password) }.fault()
        };
        assert_eq!(basic("ada", ""), None);
        assert_eq!(basic("a:b", ""), Some(("user", CredentialFault::Colon)));
        assert_eq!(basic("ada", "\u{7}"), Some(("password", CredentialFault::Control)));
        let own = |name: &str, value: &str| {
            BackendCredential::Header { name: name.to_owned(), value: secret(value) }.fault()
        };
        assert_eq!(own("x key", "a"), Some(("name", CredentialFault::Name)));
        assert_eq!(own("Host", "a"), Some(("name", CredentialFault::Reserved)));
        assert_eq!(own("X-Forwarded-User", "a"), Some(("name", CredentialFault::Reserved)));
        assert_eq!(own("x-key", " a"), Some(("value", CredentialFault::Unprintable)));
        assert_eq!(own("x-key", "a\n"), Some(("value", CredentialFault::Unprintable)));
        assert_eq!(own("api-token", "a"), None);
    }
}
