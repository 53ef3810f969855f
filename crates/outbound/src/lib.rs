//! Fetching what others name: documents, keys, pictures. Whoever can make Portico fetch an
//! address of their choice must not reach its own network with it, so addresses are public
//! unless the operator has listed them; they are looked at after the name was resolved, at each
//! redirect again, and the connection goes to the very address that was looked at.

mod address;
mod connect;
mod exception;
mod fault;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use url::{Position, Url};

pub use address::is_public;
pub use exception::Exception;
pub use fault::Fault;
pub use tls::{system_authorities, tls_trusting};

use connect::{Tls, connect};

/// Fetches over `https` and `http`. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    allow: Vec<Exception>,
    tls: Tls,
}

/// How much a fetch may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the answer.
    pub bytes: usize,
    /// From looking up the name to the last byte, redirects included.
    pub time: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
}

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Where it was in the end.
    pub url: Url,
    /// What it says that it is.
    pub content_type: Option<String>,
    /// The whole of it.
    pub body: Bytes,
}

impl Outbound {
    /// Reaches public addresses and these.
    pub fn new(allow: Vec<Exception>) -> Self {
        Self(Arc::new(Inner { allow, tls: Tls::default() }))
    }

    /// Fetches what is at `url`. Nothing is sent along that says who asks.
    pub async fn fetch(&self, url: &Url, limits: Limits) -> Result<Fetched, Fault> {
        let fetched = tokio::time::timeout(limits.time, self.follow(url.clone(), limits)).await;
        fetched.unwrap_or_else(|_| {
            let host = url.host_str().unwrap_or_default().to_owned();
            Err(Fault::Late { host, seconds: limits.time.as_secs() })
        })
    }

    /// Sends a request as it is and gives the whole answer, whatever its status: a redirect too is an
    /// answer, which nobody follows.
    pub async fn exchange(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, Fault> {
        let url = request.uri().to_string();
        let url = Url::parse(&url).map_err(|_| Fault::Unknown(url))?;
        let exchanged = tokio::time::timeout(limits.time, async {
            check(&url)?;
            let response = self.send(&url, request).await?;
            let (parts, body) = response.into_parts();
            let body = collect(&url, &parts.headers, body, limits.bytes).await?;
            Ok(Response::from_parts(parts, body))
        });
        exchanged.await.unwrap_or_else(|_| {
            let host = url.host_str().unwrap_or_default().to_owned();
            Err(Fault::Late { host, seconds: limits.time.as_secs() })
        })
    }

    async fn follow(&self, mut url: Url, limits: Limits) -> Result<Fetched, Fault> {
        url.set_fragment(None);
        for _ in 0..=limits.redirects {
            check(&url)?;
            let response = self.ask(&url).await?;
            match next(&url, &response)? {
                Some(next) => url = next,
                None => return read(url, response, limits.bytes).await,
            }
        }
        Err(Fault::Redirects(limits.redirects))
    }

    async fn ask(&self, url: &Url) -> Result<Response<Incoming>, Fault> {
        let request = Request::get("/").header(ACCEPT, "*/*").body(Bytes::new());
        self.send(url, request.map_err(|error| broken(url, &error))?).await
    }

    /// Sends a request to this address, with headers that say no more than they must.
    async fn send(&self, url: &Url, request: Request<Bytes>) -> Result<Response<Incoming>, Fault> {
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let (mut parts, body) = request.into_parts();
        let target = &url[Position::BeforePath..Position::AfterQuery];
        parts.uri = target.parse().map_err(|error| broken(url, &error))?;
        let host = HeaderValue::from_str(host).map_err(|error| broken(url, &error))?;
        parts.headers.insert(HOST, host);
        parts
            .headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("portico/", env!("CARGO_PKG_VERSION"))));
        parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut sender = connect(url, &self.0.allow, &self.0.tls).await?;
        let request = Request::from_parts(parts, Full::new(body));
        sender.send_request(request).await.map_err(|error| broken(url, &error))
    }
}

fn broken(url: &Url, cause: &dyn std::fmt::Display) -> Fault {
    Fault::Connection { host: url.host_str().unwrap_or_default().to_owned(), cause: cause.to_string() }
}

/// Whether a URL is one that is fetched at all.
fn check(url: &Url) -> Result<(), Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::Credentials);
    }
    Ok(())
}

/// Where an answer leads, if it is a redirect.
fn next(url: &Url, response: &Response<Incoming>) -> Result<Option<Url>, Fault> {
    use StatusCode as S;
    let status = response.status();
    if status.is_success() {
        return Ok(None);
    }
    let is_redirect = matches!(
        status,
        S::MOVED_PERMANENTLY | S::FOUND | S::SEE_OTHER | S::TEMPORARY_REDIRECT | S::PERMANENT_REDIRECT
    );
    if !is_redirect {
        return Err(Fault::Status { url: url.to_string(), status: status.as_u16() });
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| url.join(location).ok());
    let mut next = next.ok_or_else(|| Fault::Nowhere(url.to_string()))?;
    next.set_fragment(None);
    if url.scheme() == "https" && next.scheme() == "http" {
        return Err(Fault::Downgrade(url.to_string()));
    }
    Ok(Some(next))
}

async fn read(url: Url, response: Response<Incoming>, limit: usize) -> Result<Fetched, Fault> {
    let (parts, body) = response.into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let body = collect(&url, &parts.headers, body, limit).await?;
    Ok(Fetched { url, content_type, body })
}

/// The whole body of an answer.
async fn collect(url: &Url, headers: &HeaderMap, body: Incoming, limit: usize) -> Result<Bytes, Fault> {
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(Fault::Coding(url.to_string()));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Fault::TooLarge { url: url.to_string(), limit })
        }
        Err(error) => Err(broken(url, &error)),
    }
}

#[cfg(test)]
mod tests;
