//! Why a call was not answered by its upstream. Nothing else names a status code.

mod request;
mod token;

use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use model::Method;

pub use request::RequestFault;
pub use token::TokenFault;

/// A call that the gateway answers in place of an upstream, and why.
///
/// Callers see the status and a text that gives nothing away; the [code](Refusal::code) and the
/// [detail](Refusal::detail) are for logs and metrics. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// What cannot be one thing to us and another to the upstream; says what was wrong.
    Malformed(&'static str),
    /// Request line and headers together, or one header, over the limit.
    HeaderTooLarge,
    /// A request line over the limit.
    TargetTooLong,
    /// Request line and headers, or the body, not there in time.
    CallerSlow(&'static str),
    /// `CONNECT`, `TRACE`, or a method that no endpoint can have.
    MethodUnknown,
    /// A transfer coding other than `chunked`.
    TransferCoding,
    /// No credential at all.
    NoCredential,
    /// A credential that is unknown, or has not the form of one.
    UnknownCredential,
    /// A key that is switched off.
    KeyDisabled,
    /// A key, or a token, past its time; says which.
    Expired(&'static str),
    /// A client that is switched off.
    ClientDisabled,
    /// A token that somebody signed and that is not taken, or the token of a key whose callers
    /// authenticate in another way.
    TokenRefused(TokenFault),
    /// Two different credentials in one call.
    SeveralCredentials,
    /// A request for an access token from a client that is not who it says it is, or may not; says
    /// why.
    InvalidClient(&'static str),
    /// A request for an access token, or about one, that is not understood.
    TokenRequest(RequestFault),
    /// A request for an access token with another grant than the client's own credentials.
    GrantType,
    /// The caller's address is on the key's deny list.
    AddressDenied,
    /// The key has an allow list, and the caller's address is not on it.
    AddressNotAllowed,
    /// No collection or no endpoint has this path.
    UnknownPath,
    /// The collection is not among those of the client.
    CollectionNotAssigned,
    /// The endpoint is switched off.
    EndpointInactive,
    /// The recipe behind the endpoint is stopped.
    RecipeStopped,
    /// The path has endpoints, but none for this method.
    MethodNotAllowed(Methods),
    /// The key, or its client as a whole, calls faster than its policy allows.
    RateExceeded,
    /// The key, or its client as a whole, has used up its quota.
    QuotaExceeded,
    /// A mock has no answer with the status or the example that the caller prefers.
    NoSuchAnswer,
    /// A mock has no answer of a type that the caller accepts.
    NotAcceptable,
    /// A body over the limit.
    BodyTooLarge,
    /// A body that ended early, or whose framing is broken.
    BodyBroken,
    /// No connection, or no readable answer.
    UpstreamFailed(UpstreamFault),
    /// There is nothing that the call could be forwarded to; says why.
    NoTarget(&'static str),
    /// No connection, or no answer, in time.
    UpstreamSlow(UpstreamFault),
    /// Too many connections, or nothing to serve yet; says which.
    Busy(&'static str),
}

/// What went wrong on the way to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamFault {
    /// Its name has no address.
    Resolve,
    /// None of its addresses takes connections.
    Connect,
    /// Connecting took too long.
    ConnectTimeout,
    /// The TLS handshake failed.
    Handshake,
    /// Its certificate is not valid now.
    CertificateExpired,
    /// Its certificate is for another name.
    CertificateName,
    /// Its certificate comes from an authority that is not trusted.
    CertificateIssuer,
    /// Something else is wrong with its certificate.
    Certificate,
    /// It closed the connection without an answer.
    Closed,
    /// Its answer is no HTTP.
    Unreadable,
    /// The head of its answer took too long.
    FirstByteTimeout,
    /// The call took too long, its body included.
    TotalTimeout,
    /// Its answer broke off. The caller has the beginning of it by then.
    Broken,
}

/// A set of methods, as `Allow` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Methods(u64);

/// How a refusal is answered.
struct Answer {
    status: StatusCode,
    code: u16,
    /// The whole body, a JSON object.
    body: &'static str,
    /// Whether the connection closes with it, since nobody knows where the next request begins.
    closes: bool,
}

/// Status, code, text and what becomes of the connection.
macro_rules! answer {
    ($status:ident $code:literal $text:literal) => {
        answer!($status $code $text, false)
    };
    ($status:ident $code:literal $text:literal close) => {
        answer!($status $code $text, true)
    };
    ($status:ident $code:literal $text:literal, $closes:literal) => {
        Answer {
            status: StatusCode::$status,
            code: $code,
            body: concat!("{\"error\":\"", $text, "\"}"),
            closes: $closes,
        }
    };
}

impl Refusal {
    /// One of each, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Malformed("the request is malformed"),
        Self::HeaderTooLarge,
        Self::TargetTooLong,
        Self::CallerSlow("headers or body did not come in time"),
        Self::MethodUnknown,
        Self::TransferCoding,
        Self::NoCredential,
        Self::UnknownCredential,
        Self::KeyDisabled,
        Self::Expired("the key or the token has expired"),
        Self::ClientDisabled,
        Self::TokenRefused(TokenFault::NotByToken),
        Self::SeveralCredentials,
        Self::InvalidClient("a request for a token with a wrong client id or secret"),
        Self::TokenRequest(RequestFault::ContentType),
        Self::GrantType,
        Self::AddressDenied,
        Self::AddressNotAllowed,
        Self::UnknownPath,
        Self::CollectionNotAssigned,
        Self::EndpointInactive,
        Self::RecipeStopped,
        Self::MethodNotAllowed(Methods(0)),
        Self::RateExceeded,
        Self::QuotaExceeded,
        Self::NoSuchAnswer,
        Self::NotAcceptable,
        Self::BodyTooLarge,
        Self::BodyBroken,
        Self::UpstreamFailed(UpstreamFault::Connect),
        Self::NoTarget("there is nothing to forward to"),
        Self::UpstreamSlow(UpstreamFault::FirstByteTimeout),
        Self::Busy("the gateway is overloaded, or has nothing to serve yet"),
    ];

    fn answer(&self) -> Answer {
        match self {
            Self::Malformed(_) => answer!(BAD_REQUEST 4000 "malformed request" close),
            Self::HeaderTooLarge => {
                answer!(REQUEST_HEADER_FIELDS_TOO_LARGE 4310 "request headers too large" close)
            }
            Self::TargetTooLong => answer!(URI_TOO_LONG 4140 "request target too long" close),
            Self::CallerSlow(_) => answer!(REQUEST_TIMEOUT 4080 "request timeout" close),
            // What follows a `CONNECT` may be anything but a request.
            Self::MethodUnknown => answer!(METHOD_NOT_ALLOWED 4050 "method not allowed" close),
            Self::TransferCoding => {
                answer!(NOT_IMPLEMENTED 5010 "transfer coding not supported" close)
            }
            Self::NoCredential => answer!(UNAUTHORIZED 4011 "access to this API has been disallowed"),
            Self::UnknownCredential => {
                answer!(UNAUTHORIZED 4012 "access to this API has been disallowed")
            }
            Self::KeyDisabled => answer!(UNAUTHORIZED 4013 "access to this API has been disallowed"),
            Self::Expired(_) => answer!(UNAUTHORIZED 4014 "access to this API has been disallowed"),
            Self::ClientDisabled => {
                answer!(UNAUTHORIZED 4015 "access to this API has been disallowed")
            }
            Self::TokenRefused(_) => {
                answer!(UNAUTHORIZED 4016 "access to this API has been disallowed")
            }
            Self::SeveralCredentials => {
                answer!(UNAUTHORIZED 4017 "access to this API has been disallowed")
            }
            Self::InvalidClient(_) => Answer {
                status: StatusCode::UNAUTHORIZED,
                code: 4018,
                body: r#"{"error":"invalid_client"}"#,
                closes: false,
            },
            Self::TokenRequest(fault) => {
                Answer { status: StatusCode::BAD_REQUEST, code: 4003, body: fault.body(), closes: false }
            }
            Self::GrantType => Answer {
                status: StatusCode::BAD_REQUEST,
                code: 4004,
                body: r#"{"error":"unsupported_grant_type","error_description":"grant_type must be client_credentials"}"#,
                closes: false,
            },
            Self::AddressDenied => answer!(FORBIDDEN 4031 "access from this address is not allowed"),
            Self::AddressNotAllowed => {
                answer!(FORBIDDEN 4032 "access from this address is not allowed")
            }
            Self::UnknownPath => answer!(NOT_FOUND 4041 "not found"),
            Self::CollectionNotAssigned => answer!(NOT_FOUND 4042 "not found"),
            Self::EndpointInactive => answer!(NOT_FOUND 4043 "not found"),
            Self::RecipeStopped => answer!(NOT_FOUND 4044 "not found"),
            Self::MethodNotAllowed(_) => answer!(METHOD_NOT_ALLOWED 4051 "method not allowed"),
            Self::RateExceeded => answer!(TOO_MANY_REQUESTS 4291 "rate limit exceeded"),
            Self::QuotaExceeded => answer!(TOO_MANY_REQUESTS 4292 "quota exceeded"),
            Self::NoSuchAnswer => answer!(NOT_FOUND 4045 "the mock has no such answer"),
            Self::NotAcceptable => answer!(NOT_ACCEPTABLE 4061 "not acceptable"),
            Self::BodyTooLarge => answer!(PAYLOAD_TOO_LARGE 4130 "request body too large"),
            Self::BodyBroken => answer!(BAD_REQUEST 4002 "malformed request body" close),
            Self::UpstreamFailed(_) => answer!(BAD_GATEWAY 5021 "bad gateway"),
            Self::NoTarget(_) => answer!(SERVICE_UNAVAILABLE 5031 "service unavailable"),
            Self::UpstreamSlow(_) => answer!(GATEWAY_TIMEOUT 5041 "gateway timeout"),
            Self::Busy(_) => answer!(SERVICE_UNAVAILABLE 5032 "service unavailable" close),
        }
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.answer().status
    }

    /// Four digits: the status and an ordinal.
    pub fn code(&self) -> u16 {
        self.answer().code
    }

    /// What happened, for the log. Constant text, since callers choose everything else.
    pub const fn detail(&self) -> &'static str {
        match self {
            Self::Malformed(detail)
            | Self::CallerSlow(detail)
            | Self::Expired(detail)
            | Self::InvalidClient(detail)
            | Self::NoTarget(detail)
            | Self::Busy(detail) => detail,
            Self::HeaderTooLarge => "the headers are too large, or there are too many",
            Self::TargetTooLong => "the request line is too long",
            Self::MethodUnknown => "no endpoint can have this method",
            Self::TransferCoding => "the request has a transfer coding other than `chunked`",
            Self::NoCredential => "the request has no credential",
            Self::UnknownCredential => "the credential is unknown or malformed",
            Self::KeyDisabled => "the key is disabled",
            Self::ClientDisabled => "the client is disabled",
            Self::TokenRefused(fault) => fault.detail(),
            Self::TokenRequest(fault) => fault.detail(),
            Self::GrantType => "the token request has another grant type than client_credentials",
            Self::SeveralCredentials => "the request has two different credentials",
            Self::AddressDenied => "the address is on the deny list",
            Self::AddressNotAllowed => "the address is not on the allow list",
            Self::UnknownPath => "no endpoint has this path",
            Self::CollectionNotAssigned => "the collection is not assigned to the client",
            Self::EndpointInactive => "the endpoint is inactive",
            Self::RecipeStopped => "the recipe is stopped",
            Self::MethodNotAllowed(_) => "the path has no endpoint for this method",
            Self::RateExceeded => "the rate limit of the policy is reached",
            Self::QuotaExceeded => "the quota of the policy is used up",
            Self::NoSuchAnswer => "the mock has no answer with the preferred status or example",
            Self::NotAcceptable => "the mock has no answer of an accepted type",
            Self::BodyTooLarge => "the body is too large",
            Self::BodyBroken => "the body ended early, or its framing is broken",
            Self::UpstreamFailed(fault) | Self::UpstreamSlow(fault) => fault.detail(),
        }
    }

    /// Whether the connection closes with the answer.
    pub fn closes(&self) -> bool {
        self.answer().closes
    }

    /// The body of the answer, a JSON object.
    pub fn body(&self) -> &'static str {
        self.answer().body
    }

    /// The answer. Whoever sends it adds the request's id.
    pub(crate) fn respond(&self) -> Response<Bytes> {
        let answer = self.answer();
        let mut response = Response::new(Bytes::from_static(answer.body.as_bytes()));
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if answer.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="portico""#));
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="portico""#));
        }
        if let Self::Busy(_) = self {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        let allowed = match self {
            Self::MethodNotAllowed(methods) => Some(*methods),
            Self::MethodUnknown => Some(Methods::ANY),
            _ => None,
        };
        if let Some(value) = allowed.and_then(|methods| HeaderValue::try_from(methods.to_string()).ok()) {
            headers.insert(ALLOW, value);
        }
        if answer.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Its place in [`Self::ALL`], for counters.
    pub(crate) fn slot(&self) -> usize {
        let code = self.code();
        Self::ALL.iter().position(|one| one.code() == code).unwrap_or_default()
    }

    /// What is at fault upstream, if anything is.
    pub(crate) const fn upstream_fault(&self) -> Option<UpstreamFault> {
        match self {
            Self::UpstreamFailed(fault) | Self::UpstreamSlow(fault) => Some(*fault),
            _ => None,
        }
    }
}

impl From<TokenFault> for Refusal {
    fn from(fault: TokenFault) -> Self {
        Self::TokenRefused(fault)
    }
}

impl From<RequestFault> for Refusal {
    fn from(fault: RequestFault) -> Self {
        Self::TokenRequest(fault)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl std::error::Error for Refusal {}

impl UpstreamFault {
    /// One of each.
    pub const ALL: &[Self] = &[
        Self::Resolve,
        Self::Connect,
        Self::ConnectTimeout,
        Self::Handshake,
        Self::CertificateExpired,
        Self::CertificateName,
        Self::CertificateIssuer,
        Self::Certificate,
        Self::Closed,
        Self::Unreadable,
        Self::FirstByteTimeout,
        Self::Broken,
    ];

    /// As metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Handshake => "tls_handshake",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateName => "certificate_name",
            Self::CertificateIssuer => "certificate_issuer",
            Self::Certificate => "certificate",
            Self::Closed => "closed",
            Self::Unreadable => "unreadable",
            Self::FirstByteTimeout => "first_byte_timeout",
            Self::TotalTimeout => "total_timeout",
            Self::Broken => "broken",
        }
    }

    /// What happened, for the log.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Resolve => "the upstream's name has no address",
            Self::Connect => "the upstream takes no connections",
            Self::ConnectTimeout => "connecting to the upstream took too long",
            Self::Handshake => "the TLS handshake with the upstream failed",
            Self::CertificateExpired => "the upstream's certificate is not valid at this time",
            Self::CertificateName => "the upstream's certificate is for another name",
            Self::CertificateIssuer => "the upstream's certificate is from an authority that is not trusted",
            Self::Certificate => "the upstream's certificate is not acceptable",
            Self::Closed => "the upstream closed the connection without an answer",
            Self::Unreadable => "the upstream's answer is not readable",
            Self::FirstByteTimeout => "the upstream did not answer in time",
            Self::TotalTimeout => "the call took too long",
            Self::Broken => "the upstream's answer broke off",
        }
    }

    /// Its place in [`Self::ALL`], for counters.
    pub(crate) fn slot(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or_default()
    }
}

impl Methods {
    /// Every method that an endpoint can have.
    pub(crate) const ANY: Self = Self((1 << Method::ALL.len()) - 1);

    /// The set with `method` in it.
    #[must_use]
    pub(crate) fn with(self, method: Method) -> Self {
        let place = Method::ALL.iter().position(|one| *one == method).unwrap_or_default();
        Self(self.0 | 1 << place)
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (place, method) in Method::ALL.iter().enumerate() {
            if self.0 >> place & 1 == 1 {
                write!(f, "{separator}{method}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
