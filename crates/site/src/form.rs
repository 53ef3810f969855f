//! Forms: what was sent, whether it may count, and the fields that show it again.

mod choice;

use actions::{Error, Faults};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;

use crate::oops::Oops;
use crate::text::{Ticked, ticked};
use crate::visit::Visit;

pub use choice::{Choice, Pick};

/// The name of the field that carries the [token](crate::Csrf).
pub const CSRF: &str = "csrf";

/// The most fields of a form. A page has far fewer.
const FIELDS: usize = 2_000;

/// The fields of a form in their order, several of one name included.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The text of a field; empty if it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The text of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    /// The texts of all fields of this name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    /// Whether there is such a field: a box that was ticked, a button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl From<Vec<(String, String)>> for Fields {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
}

/// A form that was sent from a page of ours: it carries the token of this session, and the browser
/// does not say that it comes from elsewhere.
pub struct Posted(pub Fields);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Oops;

    async fn from_request(request: Request, state: &S) -> Result<Self, Oops> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        if !is_from_here(&parts.headers) {
            return Err(Oops::foreign());
        }
        let content_type = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if !content_type.starts_with(b"application/x-www-form-urlencoded") {
            return Err(Oops::bad_request("This form came in a format that is not read here."));
        }
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let bytes = bytes.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Oops::too_large(),
            _ => Oops::bad_request("The form broke off before its end. Send it again."),
        })?;
        let pairs = url::form_urlencoded::parse(&bytes).take(FIELDS);
        let fields = Fields(pairs.map(|(name, text)| (name.into_owned(), text.into_owned())).collect());
        if !visit.csrf.is(fields.text(CSRF)) {
            return Err(Oops::expired());
        }
        Ok(Self(fields))
    }
}

/// Whether the browser says that a request comes from this very site. One that says nothing is
/// judged by the token alone.
pub fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().unwrap_or("invalid").to_ascii_lowercase();
    let site = headers.get("sec-fetch-site").map(text);
    if site.is_some_and(|site| !matches!(&*site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN).map(text) else { return true };
    let host = headers.get(HOST).map(text).unwrap_or_default();
    // The scheme is left out: behind a proxy that speaks TLS it is another one here.
    !host.is_empty() && origin.split_once("://").is_some_and(|(_, origin)| origin == host)
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    #[default]
    Text,
    Email,
    Password,
    Url,
    Number,
    Date,
    /// Several lines, so many at first.
    Area(u8),
}

/// A field of a form: label above, help below the label, what is wrong below the field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// The name that it is sent under.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What is in it.
    pub value: String,
    /// What to write, in a sentence.
    pub help: String,
    /// What is wrong with it and what to do.
    pub error: Option<String>,
    /// How it is filled in.
    pub kind: Kind,
    /// Whether it may stay empty.
    pub is_optional: bool,
    /// Whether it holds addresses, tokens or the like.
    pub is_mono: bool,
    /// What browsers may fill in.
    pub autocomplete: &'static str,
    /// The most characters; 0 for any.
    pub max: usize,
}

impl Field {
    /// A field of one line that must be filled in.
    pub fn new(name: &'static str, label: impl Into<String>) -> Self {
        Self { name, label: label.into(), autocomplete: "off", ..Self::default() }
    }

    /// What to write.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// It is filled in like this.
    pub fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// It may stay empty.
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// It holds addresses, tokens or the like.
    pub fn mono(self) -> Self {
        Self { is_mono: true, ..self }
    }

    /// Browsers may fill it in with this.
    pub fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    /// It takes no more characters than this.
    pub fn max(self, max: usize) -> Self {
        Self { max, ..self }
    }

    /// What is in it.
    pub fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// What was sent, so that nobody types anything twice.
    pub fn given(self, fields: &Fields) -> Self {
        let value = fields.text(self.name).to_owned();
        Self { value, ..self }
    }

    /// What is wrong with it.
    pub fn error(self, error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..self }
    }

    /// What an action found wrong with `called`, as the action calls this field.
    pub fn faulted(self, faults: &Faults, called: &str) -> Self {
        let error = fault_of(faults, called, &self.label);
        Self { error: error.or(self.error), ..self }
    }

    /// What was sent, with what the action that failed calls `called` and found wrong.
    pub fn refill(&mut self, fields: &Fields, error: &Error, called: &str) {
        *self = std::mem::take(self).given(fields);
        if let Error::Invalid(faults) | Error::Unknown(faults) = error {
            *self = std::mem::take(self).faulted(faults, called);
        }
    }

    /// What to write, as it is shown.
    pub fn shown_help(&self) -> Ticked {
        ticked(&self.help)
    }

    /// What is wrong, as it is shown.
    pub fn shown_error(&self) -> Option<Ticked> {
        self.error.as_ref().map(ticked)
    }

    /// The `type` of the input.
    pub fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Area(_) => "text",
            Kind::Email => "email",
            Kind::Password => "password",
            Kind::Url => "url",
            Kind::Number => "number",
            Kind::Date => "date",
        }
    }

    /// How many lines it has; 0 for one that cannot have more than one.
    pub fn rows(&self) -> u8 {
        match self.kind {
            Kind::Area(rows) => rows,
            _ => 0,
        }
    }

    /// The ids of what describes it, for those who do not see it.
    pub fn described_by(&self) -> String {
        described_by(self.name, &self.help, self.error.as_ref())
    }
}

/// What is wrong with the field that an action calls `called`, as a sentence about its label.
fn fault_of(faults: &Faults, called: &str, label: &str) -> Option<String> {
    let (_, message) = faults.iter().find(|(field, _)| *field == called)?;
    Some(format!("{label} {message}"))
}

/// The ids of what stands around a field.
fn described_by(name: &str, help: &str, error: Option<&String>) -> String {
    let help = (!help.is_empty()).then(|| format!("{name}-help"));
    let error = error.map(|_| format!("{name}-error"));
    help.into_iter().chain(error).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        is_from_here(&headers)
    }

    #[test]
    fn a_form_from_elsewhere_is_known_by_its_origin() {
        assert!(here(&[("host", "idea.localhost:8070"), ("origin", "http://idea.localhost:8070")]));
        assert!(here(&[
            ("host", "a.example"),
            ("origin", "https://A.example"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(here(&[("host", "a.example")]));
        assert!(!here(&[("host", "a.example"), ("origin", "https://b.example")]));
        assert!(!here(&[("host", "a.example"), ("origin", "https://a.example:8443")]));
        assert!(!here(&[("host", "a.example"), ("origin", "null")]));
        assert!(!here(&[("origin", "https://")]));
        assert!(!here(&[("host", "a.example"), ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn a_fault_stands_with_its_field() {
        let faults = Faults::of("ip_allow_list", "has a blank entry");
        let field = Field::new("allow", "Allowed IPs").help("x").faulted(&faults, "ip_allow_list");
        assert_eq!(field.error.as_deref(), Some("Allowed IPs has a blank entry"));
        assert_eq!(field.described_by(), "allow-help allow-error");
        assert_eq!(Field::new("name", "Name").faulted(&faults, "name").error, None);
    }
}
