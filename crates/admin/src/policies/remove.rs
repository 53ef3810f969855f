//! `/console/policies/{id}/delete`

use actions::Error;
use axum::extract::State;
use axum::response::Response;
use model::access::Privilege;
use model::id::PolicyId;
use model::policy::Policy;
use site::request::Path;
use site::{Flash, Oops, Posted};

use super::PATH;
use super::form::find;
use crate::Console;
use crate::me::Me;
use crate::question::Question;

fn question(policy: &Policy) -> Question {
    Question {
        title: format!("Delete {}?", policy.name),
        about: "This cannot be undone. It is refused as long as somebody has it.".to_owned(),
        action: format!("{PATH}/{}/delete", policy.id),
        back: format!("{PATH}/{}", policy.id),
        button: "Delete policy",
        typed: Some(policy.name.clone()),
        grace: &[],
    }
}

pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePolicies)?;
    question(&find(&console, &me, id).await?).ask(&console, &me, PATH).await
}

pub(super) async fn remove(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PolicyId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let policy = find(&console, &me, id).await?;
    if let Err(again) = question(&policy).confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    match console.actions.delete_policy(&me.actor(), id).await {
        Ok(()) => Ok(Flash::good(format!("{} is deleted.", policy.name)).then(PATH, me.visit.secure)),
        Err(Error::Refused(message)) => {
            question(&policy).ask_again(&console, &me, PATH, site::sentence(&message)).await
        }
        Err(error) => Err(error.into()),
    }
}
