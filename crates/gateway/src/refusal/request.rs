//! What is wrong with a request for an access token, or about one.

/// A request that the token endpoints do not understand (RFC 6749, section 5.2). Callers are told, since
/// they have nothing to hide from themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFault {
    /// No type, or another one.
    ContentType,
    /// A body that is not of its type, or has a parameter twice.
    Body,
    /// Both in `Authorization` and in the body.
    TwoClients,
    /// No `grant_type`.
    GrantMissing,
    /// No `token`.
    TokenMissing,
    /// Somebody else's token.
    OtherClient,
}

/// A whole body, a JSON object.
macro_rules! body {
    ($text:literal) => {
        concat!(r#"{"error":"invalid_request","error_description":""#, $text, r#""}"#)
    };
}

impl RequestFault {
    /// One of each.
    pub const ALL: &[Self] = &[
        Self::ContentType,
        Self::Body,
        Self::TwoClients,
        Self::GrantMissing,
        Self::TokenMissing,
        Self::OtherClient,
    ];

    /// What happened, for the log.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::ContentType => "the token request has no content type that is understood",
            Self::Body => "the body of the token request is malformed",
            Self::TwoClients => "the token request names the client twice",
            Self::GrantMissing => "the token request has no grant type",
            Self::TokenMissing => "the request about a token has no token",
            Self::OtherClient => "the token belongs to another client",
        }
    }

    /// The body of the answer.
    pub const fn body(self) -> &'static str {
        match self {
            Self::ContentType => {
                body!(
                    "Content-Type must be application/x-www-form-urlencoded or application/json, whichever the body is"
                )
            }
            Self::Body => {
                body!("the body is not what its Content-Type says, or has a parameter more than once")
            }
            Self::TwoClients => {
                body!("the client's secret is both in Authorization and in the body; give it once")
            }
            Self::GrantMissing => body!("grant_type is missing; it must be client_credentials"),
            Self::TokenMissing => body!("token is missing"),
            Self::OtherClient => body!("the token was not issued to this client"),
        }
    }
}
