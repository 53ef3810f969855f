//! Signing in with a password, and having it reset by mail.

use actions::{SignInFault, SignedIn, Wish};
use askama::Template;
use axum::response::Response;

use super::{Entrance, Problem, Way, email_field, sent, shown};
use crate::form::Kind;
use crate::request::Query;
use crate::{Field, Frame, Oops, Page, Posted, own_path};

#[derive(Template)]
#[template(path = "site/sign_in/password.html")]
struct WithPassword {
    frame: Frame,
    base: &'static str,
    site: String,
    next: String,
    email: Field,
    password: Field,
    with_link: bool,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "site/sign_in/forgotten.html")]
struct Forgotten {
    frame: Frame,
    base: &'static str,
    email: Field,
    problem: Option<String>,
}

async fn asking(
    entrance: &Entrance,
    (next, email): (&str, &str),
    problem: Option<Problem>,
) -> Result<Response, Oops> {
    let methods = entrance.actions.sign_in_methods(entrance.place()).await?;
    if !methods.password {
        return Err(Oops::no_page());
    }
    let page = WithPassword {
        frame: entrance.frame.clone(),
        base: entrance.base,
        site: entrance.place().name().to_owned(),
        next: next.to_owned(),
        email: email_field("Email").autocomplete("username").value(email),
        password: Field::new("password", "Password").kind(Kind::Password).autocomplete("current-password"),
        with_link: methods.magic_link,
        problem: problem.as_ref().and_then(Problem::note),
    };
    Ok(shown(Page::new(page), problem.as_ref()))
}

/// `GET /sign-in/password`
pub(super) async fn ask(entrance: Entrance, Query(way): Query<Way>) -> Result<Response, Oops> {
    asking(&entrance, (own_path(&way.next), ""), None).await
}

/// `POST /sign-in/password`
pub(super) async fn enter(entrance: Entrance, Posted(fields): Posted) -> Result<Response, Oops> {
    let (email, next) = (fields.text("email").trim(), own_path(fields.text("next")));
    let given = (email, fields.text("password"));
    let held = entrance.held.as_deref();
    let signed_in =
        entrance.actions.sign_in_with_password(entrance.place(), given, &entrance.whence, held).await;
    match signed_in {
        Ok(signed_in) => Ok(entrance.enter(&SignedIn { next: Some(next.to_owned()), ..signed_in })),
        Err(fault) => asking(&entrance, (next, email), Some(Problem::of(fault)?)).await,
    }
}

/// `GET /sign-in/forgotten`
pub(super) async fn forgotten(entrance: Entrance) -> Result<Response, Oops> {
    asking_where(&entrance, "", None).await
}

async fn asking_where(entrance: &Entrance, email: &str, problem: Option<Problem>) -> Result<Response, Oops> {
    if !entrance.actions.sign_in_methods(entrance.place()).await?.password {
        return Err(Oops::no_page());
    }
    let page = Forgotten {
        frame: entrance.frame.clone(),
        base: entrance.base,
        email: email_field("Email").value(email),
        problem: problem.as_ref().and_then(Problem::note),
    };
    Ok(shown(Page::new(page), problem.as_ref()))
}

/// `POST /sign-in/forgotten`: the answer is the same whoever asks for whom.
pub(super) async fn send(entrance: Entrance, Posted(fields): Posted) -> Result<Response, Oops> {
    let email = fields.text("email").trim();
    let asked = entrance
        .actions
        .request_link(entrance.place(), Wish::NewPassword, email, None, &entrance.whence)
        .await;
    match asked {
        Ok(()) => Ok(sent(&entrance, email)),
        Err(SignInFault::SwitchedOff) => Err(Oops::no_page()),
        Err(fault) => asking_where(&entrance, email, Some(Problem::of(fault)?)).await,
    }
}
