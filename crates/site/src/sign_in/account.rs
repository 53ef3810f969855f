//! For those who are signed in: signing out, and the password.

use actions::SignInFault;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::link::new_password;
use super::{Entrance, refused, told};
use crate::form::Kind;
use crate::{Field, Flash, Frame, Oops, Page, Posted, see};

#[derive(Template)]
#[template(path = "site/sign_in/change_password.html")]
struct ChangePassword {
    frame: Frame,
    base: &'static str,
    home: String,
    /// The password that they have now, if they have one.
    current: Option<Field>,
    new: Field,
    problem: Option<String>,
}

/// `POST /sign-out`
pub(super) async fn sign_out(entrance: Entrance, Posted(_): Posted) -> Result<Response, Oops> {
    if let Some(session) = entrance.session().await? {
        entrance.actions.end_session(entrance.place(), &session, session.id, &entrance.whence).await?;
    }
    Ok(entrance.leave())
}

/// `GET /account/password`
pub(super) async fn password(entrance: Entrance) -> Result<Response, Oops> {
    asking(&entrance, None).await
}

async fn asking(entrance: &Entrance, fault: Option<SignInFault>) -> Result<Response, Oops> {
    let Some(session) = entrance.session().await? else {
        return Ok(see(&format!("{}/sign-in?next={}/account/password", entrance.base, entrance.base)));
    };
    if !entrance.actions.sign_in_methods(entrance.place()).await?.password {
        return Err(Oops::no_page());
    }
    let current = Field::new("current_password", "Current password")
        .kind(Kind::Password)
        .autocomplete("current-password");
    let mut current = entrance.actions.has_password(&session).await?.then_some(current);
    let mut new = new_password("password", "New password");
    let (mut status, mut problem) = (StatusCode::OK, None);
    match fault {
        None => {}
        Some(SignInFault::Invalid(faults)) => {
            current = current.map(|field| field.faulted(&faults, "current_password"));
            new = new.faulted(&faults, "password");
            status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Some(fault) => {
            let (told_status, text) = told(fault)?;
            (status, problem) = (told_status, Some(text));
        }
    }
    let text = problem.clone().unwrap_or_default();
    let home = entrance.home().to_owned();
    let page =
        ChangePassword { frame: entrance.frame.clone(), base: entrance.base, home, current, new, problem };
    Ok(refused(Page::new(page).status(status).into_response(), &text))
}

/// `POST /account/password`
pub(super) async fn change_password(entrance: Entrance, Posted(fields): Posted) -> Result<Response, Oops> {
    let Some(session) = entrance.session().await? else { return Ok(entrance.leave()) };
    let given = (fields.get("current_password"), fields.text("password"));
    let changed = entrance.actions.change_password(entrance.place(), &session, given, &entrance.whence).await;
    match changed {
        Ok(()) => {
            let flash = Flash::good("Your password is set. All other sessions have ended.");
            Ok(flash.then(entrance.home(), entrance.frame.visit.secure))
        }
        Err(fault) => asking(&entrance, Some(fault)).await,
    }
}
