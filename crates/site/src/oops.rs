//! Everything that is not the page that was asked for: what happened, what to do, and the ways
//! back. The one file that names statuses of errors on pages.

use askama::Template;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::frame::{Frame, Link};
use crate::page::Page;
use crate::text::{Ticked, ticked};

/// How long to wait for a store that has to recover.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Why there is no page, or why nothing was done.
#[derive(Debug, Clone)]
pub struct Oops {
    /// Its status.
    pub status: StatusCode,
    /// What happened, in a few words.
    pub title: String,
    /// What happened and what to do.
    pub message: String,
    /// Ways back beside the home page.
    pub links: Vec<Link>,
    /// For the log only.
    detail: Option<String>,
}

impl Oops {
    /// Some error of the visitor's.
    pub fn new(status: StatusCode, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, title: title.into(), message: message.into(), links: Vec::new(), detail: None }
    }

    /// With a way back.
    pub fn link(mut self, label: &str, href: &str) -> Self {
        self.links.push(Link::new(label, href));
        self
    }

    /// The message as it is shown.
    pub fn shown(&self) -> Ticked {
        ticked(&self.message)
    }

    /// No page has this address.
    pub fn no_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The address may be mistyped, or what was here has gone. If you followed a link, tell whoever sent it.",
        )
    }

    /// No portal has this host.
    pub fn no_portal() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "No developer portal here",
            "No developer portal is published under this address. If you followed a link, ask whoever sent it.",
        )
    }

    /// There is no such thing, or not for this person.
    pub fn missing(noun: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("There is no such {noun}"),
            "It may have been deleted, or you may not have access to it any more.",
        )
    }

    /// They may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "You may not do this", message)
    }

    /// A form of a session that is over, or none of ours.
    pub fn expired() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is no longer valid",
            "You signed in or out since it was opened. Nothing was changed. Go back, reload the page, and send it again.",
        )
    }

    /// A form that another site sent.
    pub fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This came from another site",
            "Forms count only when they are sent from here. Nothing was changed.",
        )
    }

    /// What was sent cannot be read.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "This could not be read", message)
    }

    /// More was sent than is taken.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too large",
            "What you sent is larger than this page takes. Shorten it and send it again.",
        )
    }

    /// It is sound, but cannot be done at present.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "This was not done", message)
    }

    /// The store cannot do it at present.
    pub fn unavailable(message: &str, detail: impl Into<String>) -> Self {
        let oops = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not now", message);
        Self { detail: Some(detail.into()), ..oops }
    }

    /// A mistake of ours.
    pub fn internal(detail: impl Into<String>) -> Self {
        let oops = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong here",
            "It is not your doing, and it was written to the log. Try again in a moment.",
        );
        Self { detail: Some(detail.into()), ..oops }
    }
}

impl From<actions::Error> for Oops {
    fn from(error: actions::Error) -> Self {
        use actions::Error as E;
        match error {
            E::Missing(noun) => Self::missing(noun),
            E::Forbidden(_) => {
                Self::forbidden("Your role does not include this. Ask whoever administers this site.")
            }
            E::Store(error) => error.into(),
            error => Self::refused(sentence(&error.to_string())),
        }
    }
}

impl From<store::Error> for Oops {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        let detail = error.to_string();
        match error {
            E::Taken(_) => {
                Self::refused("Someone else did the same at the same moment. Look, and try again.")
            }
            E::Full => Self::unavailable(
                "Nothing was changed, because the disk is full. Tell whoever runs this site.",
                detail,
            ),
            E::ReadOnly(_) => {
                Self::unavailable("Nothing can be changed at present. Try again later.", detail)
            }
            E::Locked | E::Unreachable(_) => {
                Self::unavailable("The database does not answer. Try again in a moment.", detail)
            }
            _ => Self::internal(detail),
        }
    }
}

/// A message of an action as a sentence of its own.
pub fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

impl IntoResponse for Oops {
    /// Plain until it is [dressed].
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(format!("{}. {}\n", self.title, self.message)));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "site/oops.html")]
struct OopsPage<'a> {
    frame: Frame,
    oops: &'a Oops,
}

/// Gives an error the look of its site, and logs what is ours. A program gets JSON with a `message`.
pub fn dressed(response: Response, frame: impl FnOnce() -> Frame) -> Response {
    let Some(oops) = response.extensions().get::<Oops>() else { return response };
    let frame = frame();
    if let Some(detail) = &oops.detail {
        let route = frame.visit.route.as_ref().map(MatchedPath::as_str);
        tracing::error!(route, detail, "a page could not be shown: {detail}");
    }
    let mut dressed = if frame.visit.wants_json {
        let message = serde_json::json!({ "message": format!("{}. {}", oops.title, oops.message) });
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], message.to_string()).into_response()
    } else {
        Page::new(OopsPage { frame, oops }).into_response()
    };
    *dressed.status_mut() = oops.status;
    if let Some(after) = response.headers().get(RETRY_AFTER) {
        dressed.headers_mut().insert(RETRY_AFTER, after.clone());
    }
    dressed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("this API client has 20 keys"), "This API client has 20 keys.");
        assert_eq!(sentence(""), ".");
    }
}
