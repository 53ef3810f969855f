//! `/console/policies/{id}/delete`

use actions::Error;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::PolicyId;
use model::policy::Policy;
use site::request::Path;
use site::{Field, Flash, Oops, Page, Posted};

use super::PATH;
use super::form::find;
use crate::Console;
use crate::ask::{Ask, typed};
use crate::me::Me;

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
) -> Result<Response, Oops> {
    let policy = find(&console, &me, id).await?;
    Ok(page(&console, &me, &policy, typed(&policy.name)).await?.into_response())
}

async fn page(console: &Console, me: &Me, policy: &Policy, typed: Field) -> Result<Page<Ask>, Oops> {
    me.must(Privilege::ManagePolicies)?;
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Ask {
        frame,
        side,
        title: format!("Delete {}?", policy.name),
        about: "This cannot be undone. It is refused as long as somebody has it.".to_owned(),
        action: format!("{PATH}/{}/delete", policy.id),
        typed: Some(typed),
        button: "Delete policy",
        back: format!("{PATH}/{}", policy.id),
    }))
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let policy = find(&console, &me, id).await?;
    let refused = |error: String| typed(&policy.name).given(&fields).error(error);
    let field = if fields.text("typed").trim() == policy.name {
        match console.actions.delete_policy(&me.actor(), id).await {
            Ok(()) => {
                let flash = Flash::good(format!("{} is deleted.", policy.name));
                return Ok(flash.then(PATH, me.visit.secure));
            }
            Err(Error::Refused(message)) => refused(site::sentence(&message)),
            Err(error) => return Err(error.into()),
        }
    } else {
        refused(format!("Type `{}` to delete it.", policy.name))
    };
    Ok(page(&console, &me, &policy, field).await?.unprocessable().into_response())
}
