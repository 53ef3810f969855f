//! For those who are signed in: signing out, and the password.

use actions::SignInFault;
use askama::Template;
use axum::response::Response;

use super::link::new_password;
use super::{Entrance, Problem, shown};
use crate::form::Kind;
use crate::{Field, Flash, Frame, Oops, Page, Posted, see};

#[derive(Template)]
#[template(path = "site/sign_in/change_password.html")]
struct ChangePassword {
    frame: Frame,
    base: &'static str,
    home: String,
    email: String,
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
    let Some((session, email)) = entrance.signed_in().await? else {
        return Ok(see(&format!("{}/sign-in?next={}/account/password", entrance.base, entrance.base)));
    };
    if !entrance.actions.sign_in_methods(entrance.place()).await?.password {
        return Err(Oops::no_page());
    }
    let current = Field::new("current_password", "Current password")
        .kind(Kind::Password)
        .autocomplete("current-password");
    let current = entrance.actions.has_password(&session).await?.then_some(current);
    let problem = fault.map(Problem::of).transpose()?;
    let beside = |field: Field| match &problem {
        Some(problem) => problem.beside(field),
        None => field,
    };
    let page = ChangePassword {
        frame: entrance.frame.clone(),
        base: entrance.base,
        home: entrance.home().to_owned(),
        email,
        current: current.map(beside),
        new: beside(new_password("password", "New password")),
        problem: problem.as_ref().and_then(Problem::note),
    };
    Ok(shown(Page::new(page), problem.as_ref()))
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
