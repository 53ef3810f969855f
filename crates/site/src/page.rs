//! A page as an answer.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::{Flash, cookies, flash};

/// What a page may load, call and send forms to: itself, and what it names.
#[derive(Debug, Clone, Default)]
pub struct Csp {
    connect: Vec<String>,
    form: Vec<String>,
}

impl Csp {
    /// The page's script may also call this origin.
    pub fn connect(mut self, origin: impl Into<String>) -> Self {
        self.connect.push(origin.into());
        self
    }

    /// The page's forms may also lead to this origin, which counts for redirects after them too.
    pub fn form(mut self, origin: impl Into<String>) -> Self {
        self.form.push(origin.into());
        self
    }

    pub(crate) fn value(&self) -> HeaderValue {
        let more = |origins: &[String]| -> String {
            let sound = |origin: &&String| {
                !origin.is_empty()
                    && origin.bytes().all(|byte| byte.is_ascii_graphic() && !b";,'\"".contains(&byte))
            };
            origins.iter().filter(sound).map(|origin| format!(" {origin}")).collect()
        };
        let (connect, form) = (more(&self.connect), more(&self.form));
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self'{connect}; form-action 'self'{form}; base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

/// A page to be shown. Unless it says more, it is a `200` that browsers ask for anew each time.
pub struct Page<T> {
    template: T,
    status: StatusCode,
    csp: Csp,
    is_secret: bool,
}

impl<T: Template> Page<T> {
    /// This page.
    pub fn new(template: T) -> Self {
        Self { template, status: StatusCode::OK, csp: Csp::default(), is_secret: false }
    }

    /// With something else on it.
    pub fn map(self, change: impl FnOnce(T) -> T) -> Self {
        Self { template: change(self.template), ..self }
    }

    /// With what is wrong beside its fields.
    pub fn unprocessable(self) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..self }
    }

    /// With what is wrong beside its fields, if anything is.
    pub fn unprocessable_if(self, is_wrong: bool) -> Self {
        if is_wrong { self.unprocessable() } else { self }
    }

    /// With another status.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With more than itself to load or call.
    pub fn csp(self, csp: Csp) -> Self {
        Self { csp, ..self }
    }

    /// With a secret on it, that no cache may keep.
    pub fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => {
                return Oops::internal(format!("a page could not be made: {error}")).into_response();
            }
        };
        let mut response = Response::new(html.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, self.csp.value());
        let caching = if self.is_secret { "no-store" } else { "private, no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        response
    }
}

/// Leads on to a path of this site after something was done.
pub fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    response
}

impl Flash {
    /// Leads on to a path of this site and says this there.
    pub fn then(&self, path: &str, secure: bool) -> Response {
        let mut response = see(path);
        let value = self.to_cookie();
        cookies::set(response.headers_mut(), &cookies::own(flash::COOKIE, &value, secure));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_call_itself_and_what_it_names() {
        let csp = Csp::default().connect("https://api.example.com").connect("https://x; script-src *");
        insta::assert_snapshot!(csp.value().to_str().unwrap(), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https://api.example.com; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    }
}
