//! Why a token that somebody signed, or an access token of ours, is not taken.

/// What is wrong with a bearer token. Callers see the same answer for each; the detail is for the
/// log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// A key's own token, where callers authenticate in another way.
    NotByToken,
    /// A signed token of a client whose callers present none.
    NotSigned,
    /// Over the limit.
    Size,
    /// Five parts: RFC 7516.
    Encrypted,
    /// Not three parts of Base64 with JSON in the first two, each of whose names stands there once.
    Form,
    /// A critical header, or one that changes what is signed (RFC 7515, section 4.1.11; RFC 7797).
    Critical,
    /// Made for another purpose than calls: a refresh token or one about a person (RFC 8725,
    /// section 3.11).
    Purpose,
    /// No claim names a key.
    NoKey,
    /// A claim that should name a key names none.
    UnknownKey,
    /// Two claims name keys of different clients.
    TwoKeys,
    /// Not an algorithm of the kind that the client is set up for.
    Algorithm,
    /// The provider has no such key.
    SigningKey,
    /// The provider's keys could not be read yet.
    NoSigningKeys,
    /// Not signed with the key.
    Signature,
    /// A time that is no number.
    TimeForm,
    /// Before its time.
    NotYet,
    /// From the future.
    IssuedLater,
    /// A claim that must be there is missing.
    MissingClaim,
    /// Not an issuer that is allowed.
    Issuer,
    /// For somebody else.
    Audience,
    /// An access token of a key whose callers present none.
    NoAccess,
    /// An access token that was revoked, or whose key was disabled or refreshed since.
    Withdrawn,
}

impl TokenFault {
    /// One of each.
    pub const ALL: &[Self] = &[
        Self::NotByToken,
        Self::NotSigned,
        Self::Size,
        Self::Encrypted,
        Self::Form,
        Self::Critical,
        Self::Purpose,
        Self::NoKey,
        Self::UnknownKey,
        Self::TwoKeys,
        Self::Algorithm,
        Self::SigningKey,
        Self::NoSigningKeys,
        Self::Signature,
        Self::TimeForm,
        Self::NotYet,
        Self::IssuedLater,
        Self::MissingClaim,
        Self::Issuer,
        Self::Audience,
        Self::NoAccess,
        Self::Withdrawn,
    ];

    /// What happened, for the log.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::NotByToken => "the client does not authenticate by the token of its key",
            Self::NotSigned => "the client does not authenticate by signed tokens",
            Self::Size => "the signed token is too large",
            Self::Encrypted => "the token is encrypted",
            Self::Form => "the signed token is malformed",
            Self::Critical => "the signed token has a header that must be understood and is not",
            Self::Purpose => "the signed token was made for another purpose",
            Self::NoKey => "the signed token names no key",
            Self::UnknownKey => "the signed token names an unknown key",
            Self::TwoKeys => "the signed token names two keys",
            Self::Algorithm => "the signed token has another algorithm than the client",
            Self::SigningKey => "the provider has no key like the one that the token is signed with",
            Self::NoSigningKeys => "the provider's keys could not be read yet",
            Self::Signature => "the signature is wrong",
            Self::TimeForm => "the signed token has a time that is no number",
            Self::NotYet => "the signed token is not valid yet",
            Self::IssuedLater => "the signed token was issued in the future",
            Self::MissingClaim => "the signed token lacks a required claim",
            Self::Issuer => "the issuer is not allowed",
            Self::Audience => "the audience is not allowed",
            Self::NoAccess => "the client does not authenticate by access tokens",
            Self::Withdrawn => "the access token was revoked, or its key was disabled or refreshed since",
        }
    }
}
