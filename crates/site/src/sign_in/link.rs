//! What a link in a mail leads to: a page that says what it is for, and a button that does it.

use actions::{LinkView, PasswordField, SignInFault};
use askama::Template;
use axum::response::Response;
use model::identity::LinkPurpose;

use super::{Entrance, Problem, Why, asking, shown};
use crate::form::Kind;
use crate::request::Path;
use crate::{Field, Frame, Oops, Page, Posted};

#[derive(Template)]
#[template(path = "site/sign_in/link.html")]
struct Landing {
    frame: Frame,
    title: String,
    lead: String,
    email: String,
    /// What the button says.
    verb: &'static str,
    password: Option<Field>,
    /// Whether the button can be pressed: an invitation to a place with single sign-on alone has none.
    has_button: bool,
    /// Where single sign-on accepts the invitation, and what the provider is called.
    provider: Option<(String, String)>,
    problem: Option<String>,
}

/// `GET /sign-in/link/{token}`: changes nothing, however often it is asked for.
pub(super) async fn look(entrance: Entrance, Path(token): Path<String>) -> Result<Response, Oops> {
    landing(&entrance, &token, None).await
}

/// `POST /sign-in/link/{token}`: signs in.
pub(super) async fn follow(
    entrance: Entrance,
    Path(token): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let (password, held) = (fields.get("password"), entrance.held.as_deref());
    let used = entrance.actions.use_link(entrance.place(), &token, password, &entrance.whence, held).await;
    match used {
        Ok(signed_in) => Ok(entrance.enter(&signed_in)),
        Err(fault) => landing(&entrance, &token, Some(fault)).await,
    }
}

async fn landing(entrance: &Entrance, token: &str, fault: Option<SignInFault>) -> Result<Response, Oops> {
    let problem = fault.map(Problem::of).transpose()?;
    let seen = entrance.actions.look_at_link(entrance.place(), token, &entrance.whence).await;
    let view = match seen {
        Ok(view) => view,
        Err(fault) => {
            let problem = Problem::of(fault)?;
            return Ok(problem.on(asking(entrance, Why::Entering, ("", ""), Some(&problem)).await?));
        }
    };
    let LinkView::Open { purpose, email, password, methods } = view else {
        let gone = Problem::of(SignInFault::LinkGone)?;
        return Ok(gone.on(asking(entrance, Why::LinkGone, ("", ""), None).await?));
    };
    let place = entrance.place();
    let name = place.name();
    let (title, lead, verb) = match purpose {
        LinkPurpose::SignIn => (format!("Sign in to {name}"), format!("You sign in as {email}."), "Sign in"),
        LinkPurpose::Invitation => (
            format!("Welcome to {name}"),
            format!("This invitation is for {email}."),
            "Accept the invitation",
        ),
        LinkPurpose::PasswordReset => (
            "Choose a new password".to_owned(),
            format!("It is for {email} at {name}. All other sessions end."),
            "Set the password",
        ),
    };
    let field = new_password("password", "New password");
    let password = match password {
        PasswordField::Absent => None,
        PasswordField::Optional => Some(field.optional()),
        PasswordField::Required => Some(field),
    };
    let beside = |field: Field| match &problem {
        Some(problem) => problem.beside(field),
        None => field,
    };
    let is_invitation = purpose == LinkPurpose::Invitation;
    let provider = match is_invitation {
        true => entrance.actions.provider_name(entrance.place()).await?,
        false => None,
    };
    let page = Landing {
        frame: entrance.frame.clone(),
        title,
        lead,
        email,
        verb,
        has_button: !is_invitation || methods.magic_link || methods.password,
        password: password.map(beside),
        provider: provider
            .map(|provider| (format!("{}/sign-in/sso?invitation={token}", entrance.base), provider)),
        problem: problem.as_ref().and_then(Problem::note),
    };
    Ok(shown(Page::new(page).secret(), problem.as_ref()))
}

/// A field for a password that is chosen.
pub(super) fn new_password(name: &'static str, label: &str) -> Field {
    Field::new(name, label)
        .kind(Kind::Password)
        .autocomplete("new-password")
        .help("At least 12 characters. Several words are easier to remember than signs.")
        .max(*actions::PASSWORD_CHARACTERS.end())
}
