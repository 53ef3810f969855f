//! The pages on which people sign in, of portals and of the console alike: with a link, with a password,
//! at an identity provider; what a link in a mail leads to; and signing out.
//!
//! Nothing is done by following a link: mail scanners and browsers that look ahead follow links too.

mod account;
mod entrance;
mod link;
mod password;
mod sso;

use actions::{Faults, SignInFault, Wish};
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::form::Kind;
use crate::request::Query;
use crate::{Field, Frame, Oops, Page, Posted, own_path, sentence};

pub use entrance::{Entrance, Entrances, whence};

/// The routes of a site whose pages begin at `base`, which is empty or a path such as `/console`.
pub fn routes<S: Entrances>(base: &str) -> Router<S> {
    let at = |path: &str| format!("{base}{path}");
    Router::new()
        .route(&at("/sign-in"), get(ask).post(send))
        .route(&at("/sign-in/password"), get(password::ask).post(password::enter))
        .route(&at("/sign-in/forgotten"), get(password::forgotten).post(password::send))
        .route(&at("/sign-in/link/{token}"), get(link::look).post(link::follow))
        .route(&at("/sign-in/sso"), get(sso::depart))
        .route(&at("/sign-in/sso/callback"), get(sso::arrive))
        .route(&at("/sign-out"), post(account::sign_out))
        .route(&at("/account/password"), get(account::password).post(account::change_password))
}

/// What the way to these pages says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Way {
    /// Where to go afterwards.
    #[serde(default)]
    next: String,
    /// The token of an invitation that is accepted by signing in.
    #[serde(default)]
    invitation: String,
}

#[derive(Template)]
#[template(path = "site/sign_in/ask.html")]
struct Ask {
    frame: Frame,
    base: &'static str,
    title: String,
    lead: &'static str,
    /// The field for the address, where links are sent.
    email: Option<Field>,
    next: String,
    provider: Option<String>,
    with_password: bool,
    /// What went wrong, if anything.
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "site/sign_in/sent.html")]
struct Sent {
    frame: Frame,
    base: &'static str,
    email: String,
}

fn email_field(label: &str) -> Field {
    Field::new("email", label).kind(Kind::Email).autocomplete("email").max(254)
}

/// What brings somebody to the page that asks who comes.
enum Why {
    /// They want to come in.
    Entering,
    /// Their link is no longer good.
    LinkGone,
}

/// The page that asks who comes.
async fn asking(
    entrance: &Entrance,
    why: Why,
    (next, email): (&str, &str),
    problem: Option<&Problem>,
) -> Result<Page<Ask>, Oops> {
    let methods = entrance.actions.sign_in_methods(entrance.place()).await?;
    let provider = entrance.actions.provider_name(entrance.place()).await?;
    let (title, label, lead) = match why {
        Why::Entering => (
            format!("Sign in to {}", entrance.place().name()),
            "Email",
            "You get a link by email that signs you in. It works once, for 15 minutes.",
        ),
        Why::LinkGone => (
            "This link has expired or was used before".to_owned(),
            "Enter your email to request a new link",
            "Links work once, and only for a while.",
        ),
    };
    let page = Ask {
        frame: entrance.frame.clone(),
        base: entrance.base,
        title,
        lead: if methods.magic_link { lead } else { "" },
        email: methods.magic_link.then(|| email_field(label).value(email)),
        next: next.to_owned(),
        provider,
        with_password: methods.password,
        problem: problem.and_then(Problem::note),
    };
    Ok(Page::new(page))
}

/// `GET /sign-in`
async fn ask(entrance: Entrance, Query(way): Query<Way>) -> Result<Response, Oops> {
    let next = own_path(&way.next);
    Ok(asking(&entrance, Why::Entering, (next, ""), None).await?.into_response())
}

/// `POST /sign-in`: has a link sent. The answer is the same whoever asks for whom.
async fn send(entrance: Entrance, Posted(fields): Posted) -> Result<Response, Oops> {
    let (email, next) = (fields.text("email").trim(), own_path(fields.text("next")));
    let wanted = Some(next).filter(|next| *next != "/");
    let asked =
        entrance.actions.request_link(entrance.place(), Wish::SignIn, email, wanted, &entrance.whence).await;
    match asked {
        Ok(()) => Ok(sent(&entrance, email)),
        Err(fault) => {
            let problem = Problem::of(fault)?;
            Ok(problem.on(asking(&entrance, Why::Entering, (next, email), Some(&problem)).await?))
        }
    }
}

fn sent(entrance: &Entrance, email: &str) -> Response {
    let page = Sent { frame: entrance.frame.clone(), base: entrance.base, email: email.to_owned() };
    Page::new(page).into_response()
}

/// A page, with what went wrong if anything did.
fn shown<T: Template>(page: Page<T>, problem: Option<&Problem>) -> Response {
    match problem {
        Some(problem) => problem.on(page),
        None => page.into_response(),
    }
}

/// What a page says of a fault.
struct Problem {
    status: StatusCode,
    text: String,
    /// After how many seconds it may be tried again, where that is known.
    after: Option<i64>,
    /// What is wrong with which field, if it is that.
    faults: Option<Faults>,
}

impl Problem {
    /// What a page says of a fault; what is none of the visitor's is a page of its own.
    fn of(fault: SignInFault) -> Result<Self, Oops> {
        let status = match &fault {
            SignInFault::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            SignInFault::Busy => StatusCode::SERVICE_UNAVAILABLE,
            SignInFault::NotInvited => StatusCode::FORBIDDEN,
            SignInFault::LinkGone => StatusCode::GONE,
            SignInFault::Mismatch
            | SignInFault::SwitchedOff
            | SignInFault::Invalid(_)
            | SignInFault::Provider => StatusCode::UNPROCESSABLE_ENTITY,
            SignInFault::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let after = match &fault {
            SignInFault::Throttled(wait) => Some(wait.as_secs().max(1)),
            _ => None,
        };
        let text = sentence(&fault.to_string());
        match fault {
            SignInFault::Other(error) => Err(error.into()),
            SignInFault::Invalid(faults) => Ok(Self { status, text, after, faults: Some(faults) }),
            _ => Ok(Self { status, text, after, faults: None }),
        }
    }

    /// What stands above the form; nothing where it stands beside its fields.
    fn note(&self) -> Option<String> {
        self.faults.is_none().then(|| self.text.clone())
    }

    /// A field with what is wrong with it.
    fn beside(&self, field: Field) -> Field {
        match &self.faults {
            Some(faults) => {
                let name = field.name;
                field.faulted(faults, name)
            }
            None => field,
        }
    }

    /// The page that tells of it.
    fn on<T: Template>(&self, page: Page<T>) -> Response {
        let mut response = page.status(self.status).into_response();
        if let Some(after) = self.after {
            response.headers_mut().insert(RETRY_AFTER, after.into());
        }
        response
    }
}
