//! What a request brings that every page may need, and what every answer takes along.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use model::environment::Environment;
use model::net::canonical_address;

use crate::csrf::Csrf;
use crate::flash::{self, Flash};
use crate::form::Posted;
use crate::oops::Oops;
use crate::page::{Csp, see};
use crate::{assets, cookies};

/// Ties the forms of people without a session to their browser.
const VISIT_COOKIE: &str = "portico_visit";

/// Remembers the theme that was chosen.
const THEME_COOKIE: &str = "portico_theme";

/// Remembers the language in which samples are shown. Set by the script.
const LANGUAGE_COOKIE: &str = "portico_language";

/// The longest value of a cookie that is looked at.
const COOKIE_CHARACTERS: usize = 1_024;

/// What a site decides about its visits.
#[derive(Clone)]
pub struct Settings {
    /// Where chance comes from.
    pub environment: Environment,
    /// The cookie that holds the session. Cookies are not told apart by ports, so two sites need
    /// two names.
    pub session_cookie: &'static str,
    /// Whether pages come over TLS, and cookies shall only go over it.
    pub secure: bool,
}

/// Which of the two colour schemes was chosen; without a choice it is the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// As it stands in the page and in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// What the request brings. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Visit(Arc<Brought>);

/// See [`Visit`].
#[derive(Debug)]
pub struct Brought {
    /// What forms on the page must carry.
    pub csrf: Csrf,
    /// What was done just before.
    pub flashes: Vec<Flash>,
    /// The theme that was chosen.
    pub theme: Option<Theme>,
    /// The language of samples that was chosen, as it stands in the cookie.
    pub language: Option<String>,
    /// Where the request comes from, in its canonical form.
    pub address: Option<IpAddr>,
    /// The path and query that were asked for.
    pub path: String,
    /// The route that it leads to, which unlike the path has no secret in it; none if nothing is there.
    pub route: Option<MatchedPath>,
    /// The `Host` header, in lower case.
    pub host: String,
    /// Whether a program asks, which wants JSON rather than a page.
    pub wants_json: bool,
    /// Whether cookies shall only go over TLS.
    pub secure: bool,
}

impl std::ops::Deref for Visit {
    type Target = Brought;

    fn deref(&self) -> &Brought {
        &self.0
    }
}

impl Visit {
    /// A visit without anything, to show pages outside of a server.
    pub fn sample(theme: Option<Theme>, flashes: Vec<Flash>) -> Self {
        Self(Arc::new(Brought {
            csrf: Csrf::of("sample"),
            flashes,
            theme,
            language: None,
            address: Some(IpAddr::from([203, 0, 113, 7])),
            path: "/".to_owned(),
            route: None,
            host: "localhost".to_owned(),
            wants_json: false,
            secure: false,
        }))
    }

    /// What the page calls the chosen theme; empty without a choice.
    pub fn theme_name(&self) -> &'static str {
        self.theme.map_or("", Theme::as_str)
    }

    fn of(request: &Request, secret: &str, settings: &Settings) -> Self {
        let headers = request.headers();
        let cookie = |name| cookies::find(headers, name).filter(|value| value.len() <= COOKIE_CHARACTERS);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let text =
            |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self(Arc::new(Brought {
            csrf: Csrf::of(secret),
            flashes: cookie(flash::COOKIE).and_then(Flash::from_cookie).into_iter().collect(),
            theme: cookie(THEME_COOKIE).and_then(Theme::read),
            language: cookie(LANGUAGE_COOKIE).map(str::to_owned),
            address: peer.map(|ConnectInfo(peer)| canonical_address(peer.ip())),
            path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            route: request.extensions().get().cloned(),
            host: text(HOST).to_ascii_lowercase(),
            wants_json: text(axum::http::header::ACCEPT).starts_with("application/json"),
            secure: settings.secure,
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Oops> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(|| Oops::internal("a page was asked for outside of `visited`"))
    }
}

/// The routes of what every site has: `/-/…`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/-/theme", post(choose_theme)).route("/-/{file}", get(assets::serve))
}

/// Remembers a theme for a year, and goes back to where one was.
async fn choose_theme(visit: Visit, Posted(fields): Posted) -> Response {
    let mut response = see(own_path(fields.text("back")));
    let cookie = match Theme::read(fields.text("theme")) {
        Some(theme) => {
            let mut cookie = cookies::own(THEME_COOKIE, theme.as_str(), visit.secure);
            cookie.set_max_age(cookie::time::Duration::days(365));
            cookie
        }
        None => cookies::gone(THEME_COOKIE, visit.secure),
    };
    cookies::set(response.headers_mut(), &cookie);
    response
}

/// A path of this site, else its home: nobody is led elsewhere by what a form or query says.
pub fn own_path(path: &str) -> &str {
    let is_own = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { path } else { "/" }
}

/// Wraps a site: hands every handler its [`Visit`], and gives every answer the headers that keep
/// it to itself.
pub fn visited(router: Router, settings: Settings) -> Router {
    router.layer(from_fn_with_state(settings, pass))
}

async fn pass(State(settings): State<Settings>, mut request: Request, next: Next) -> Response {
    let session = cookies::find(request.headers(), settings.session_cookie).map(str::to_owned);
    let known = session.or_else(|| cookies::find(request.headers(), VISIT_COOKIE).map(str::to_owned));
    let known = known.filter(|value| (16..=COOKIE_CHARACTERS).contains(&value.len()));
    let is_new = known.is_none();
    let secret = known.unwrap_or_else(|| hex::encode(settings.environment.bytes::<16>()));
    let visit = Visit::of(&request, &secret, &settings);
    let has_flash = cookies::find(request.headers(), flash::COOKIE).is_some();
    request.extensions_mut().insert(visit);

    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    if is_page && is_new {
        cookies::set(headers, &cookies::own(VISIT_COOKIE, &secret, settings.secure));
    }
    if is_page && has_flash {
        cookies::set(headers, &cookies::gone(flash::COOKIE, settings.secure));
    }
    protect(headers);
    response
}

/// What keeps an answer to itself, unless it says otherwise.
fn protect(headers: &mut HeaderMap) {
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, Csp::default().value());
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Without a referrer browsers would also send no `Origin` along with forms.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (CACHE_CONTROL, "no-store"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        assert_eq!(own_path("/keys?page=2"), "/keys?page=2");
        for path in ["", "keys", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/ä"]
        {
            assert_eq!(own_path(path), "/", "{path}");
        }
    }
}
