//! Endpoints, and the recipes and connections behind them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::authorities::Authorities;
use crate::backend::BackendCredential;
use crate::id::{CollectionId, ConnectionId, EndpointId, FolderId, ProjectId, RecipeId, WorkspaceId};
use crate::path::PathTemplate;

/// A method and a path template in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// The collection it belongs to.
    pub collection: CollectionId,
    /// What stands behind it.
    pub recipe: RecipeId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The method it answers.
    pub method: Method,
    /// The path it answers, relative to its collection.
    pub path: PathTemplate,
    /// Whether it can be called.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How the calls of an endpoint are forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forwarding {
    /// How many seconds the backend may take to begin its answer, [`TIMEOUT_SECONDS_MIN`] to
    /// [`TIMEOUT_SECONDS_MAX`]; absent for what the gateway has for all.
    pub timeout_seconds: Option<i64>,
    /// Whether calls go to the base URL as it is, without the path of the endpoint.
    pub to_base_url: bool,
}

/// The shortest time that can be set for an endpoint.
pub const TIMEOUT_SECONDS_MIN: i64 = 1;

/// The longest time that can be set for an endpoint.
pub const TIMEOUT_SECONDS_MAX: i64 = 240;

macro_rules! methods {
    ($($variant:ident $text:literal)*) => {
        /// The methods that an endpoint can have: those in the registry at IANA (RFC 9110, section
        /// 16.1.1) that ask something of a resource. `TRACE` and `CONNECT` are refused by the
        /// gateway whatever the path.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the variants are the methods")]
        pub enum Method { $(#[serde(rename = $text)] $variant),* }

        impl Method {
            /// All of them, in the order in which `Allow` names them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it stands in a request line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads a method as it stands in a request line, in upper case.
            pub fn from_request(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

methods! {
    Get "GET" Head "HEAD" Post "POST" Put "PUT" Patch "PATCH" Delete "DELETE" Options "OPTIONS"
    Query "QUERY"
    // WebDAV and its relatives (RFC 7237, section 3).
    Acl "ACL" BaselineControl "BASELINE-CONTROL" Bind "BIND" Checkin "CHECKIN" Checkout "CHECKOUT"
    Copy "COPY" Label "LABEL" Link "LINK" Lock "LOCK" Merge "MERGE" MkActivity "MKACTIVITY"
    MkCalendar "MKCALENDAR" MkCol "MKCOL" MkRedirectRef "MKREDIRECTREF" MkWorkspace "MKWORKSPACE"
    Move "MOVE" OrderPatch "ORDERPATCH" PropFind "PROPFIND" PropPatch "PROPPATCH" Rebind "REBIND"
    Report "REPORT" Search "SEARCH" Unbind "UNBIND" Uncheckout "UNCHECKOUT" Unlink "UNLINK"
    Unlock "UNLOCK" Update "UPDATE" UpdateRedirectRef "UPDATEREDIRECTREF"
    VersionControl "VERSION-CONTROL"
}

impl Method {
    /// Whether a request that was sent twice means no more than one that was sent once, as the
    /// registry at IANA has it.
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch | Self::Lock)
    }
}

/// Not a method that an endpoint can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, or another method that is registered, other than CONNECT and TRACE"
)]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;
    /// Reads a method in any case, as people write it in documents and payloads.
    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::from_request(&text.trim().to_ascii_uppercase()).ok_or(UnknownMethod)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands behind an endpoint and can be started or stopped; `flow_id` on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its id.
    pub id: RecipeId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// The folder it lies in.
    pub folder: FolderId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it does with a call.
    pub kind: RecipeKind,
    /// Where a proxy recipe forwards to.
    pub connection: Option<ConnectionId>,
    /// Whether it is started; the endpoints of a stopped recipe answer 404.
    pub running: bool,
    /// How often it was changed, beginning with 1.
    pub version: i64,
    /// When it was last started or stopped.
    pub toggled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a recipe does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipeKind {
    /// Forwards it to a connection.
    Proxy,
    /// Answers it from the examples of the operation in the collection's OpenAPI document.
    Mock,
}

/// How to reach a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// For people; unique in the workspace.
    pub name: String,
    /// Where the backend is.
    pub base_url: BaseUrl,
    /// Whom to trust about the backend's certificate, besides those whom the system trusts.
    pub authorities: Option<Authorities>,
    /// What the gateway proves itself with to the backend, if it does.
    pub credential: Option<BackendCredential>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The base URL of a backend: `http://host[:port][/path]`, or the same with `https`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(url::Url);

/// Why a text is not a [`BaseUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlFault {
    /// No URL at all.
    #[error("is not a URL ({0}); write it as `https://host:port/path`")]
    Malformed(#[from] url::ParseError),
    /// Another scheme.
    #[error("has the scheme `{0}`; backends are reached over `http` or `https`")]
    Scheme(String),
    /// A part that does not belong in a base URL.
    #[error("has {0}; leave it out")]
    Extra(&'static str),
    /// The path could never be forwarded to.
    #[error("has a path that cannot be forwarded to: {0}")]
    Path(#[from] crate::path::PathFault),
}

impl BaseUrl {
    /// Reads a base URL. A trailing slash of its path is dropped.
    pub fn parse(text: &str) -> Result<Self, BaseUrlFault> {
        let mut url = url::Url::parse(text.trim())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BaseUrlFault::Scheme(url.scheme().to_owned()));
        }
        let extra = [
            (!url.username().is_empty() || url.password().is_some(), "a user name or password"),
            (url.query().is_some(), "a query"),
            (url.fragment().is_some(), "a fragment"),
        ];
        if let Some((_, what)) = extra.iter().find(|(is_there, _)| *is_there) {
            return Err(BaseUrlFault::Extra(what));
        }
        let path = crate::path::CanonicalPath::parse(url.path())?.as_str().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether the backend is reached over TLS.
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The path under which everything is forwarded, without a trailing slash; often empty.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Host and port as they stand in a `Host` header.
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, by default the scheme's.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(80)
    }

    /// The text without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_plain_and_has_no_trailing_slash() {
        let url = BaseUrl::parse("http://[::1]:8081/api//v1/").unwrap();
        assert_eq!(url.as_str(), "http://[::1]:8081/api/v1");
        assert_eq!((url.path(), url.authority(), url.port()), ("/api/v1", "[::1]:8081", 8081));
        assert_eq!(BaseUrl::parse("http://example.test").unwrap().path(), "");
        assert_eq!(BaseUrl::parse("http://example.test").unwrap().port(), 80);
        let url = BaseUrl::parse("https://example.test:443/").unwrap();
        assert_eq!((url.as_str(), url.port(), url.is_tls()), ("https://example.test", 443, true));
    }

    #[test]
    fn what_cannot_be_a_base_url_says_why() {
        let fault = |text: &str| BaseUrl::parse(text).unwrap_err().to_string();
        assert!(fault("backend:80").contains("scheme"));
        assert!(fault("ftp://a.test").contains("`http` or `https`"));
        assert!(fault("http://u:p@a.test").contains("user name"));
        assert!(fault("http://a.test/?x=1").contains("query"));
        assert!(fault("/x").contains("not a URL"));
    }
}
