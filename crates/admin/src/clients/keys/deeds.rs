//! What starts and stops a key; what stops something asks first.

use axum::extract::State;
use axum::response::Response;
use model::access::Privilege;
use model::client::ApiKey;
use model::id::{ClientId, KeyId};
use site::request::Path;
use site::{Flash, KeyDeed, Oops, Posted};

use super::create::shown_once;
use super::key_of;
use crate::Console;
use crate::clients::{PATH, find};
use crate::me::Me;
use crate::question::Question;

/// `POST /console/clients/{id}/keys/{key}/enable`
pub(crate) async fn enable(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.enable_key(&me.actor(), id, key).await?;
    Ok(Flash::good("The key is active.").then(&format!("{PATH}/{id}/keys/{key}"), me.visit.secure))
}

/// What is asked before it is done, as it stands in the address.
fn question(deed: &str, client: ClientId, key: &ApiKey) -> Option<Question> {
    let is_profile = key.profile.is_some();
    let asked = match deed {
        "refresh" => KeyDeed::Refresh,
        "disable" => KeyDeed::Deactivate,
        "delete" => KeyDeed::Delete,
        _ => return None,
    };
    let about = match asked {
        KeyDeed::Refresh if is_profile => {
            "It gets a new token. Whatever calls with the present one is refused from the next call on."
        }
        _ => asked.about(),
    };
    let back = format!("{PATH}/{client}/keys/{}", key.id);
    Some(Question {
        title: asked.question(&key.name),
        about: about.to_owned(),
        action: format!("{back}/{deed}"),
        back,
        button: asked.button(),
        typed: (asked == KeyDeed::Delete).then(|| key.name.clone()),
        grace: if is_profile { &[] } else { asked.grace() },
    })
}

/// `GET /console/clients/{id}/keys/{key}/{deed}`
pub(crate) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path((id, key, deed)): Path<(ClientId, KeyId, String)>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageKeys)?;
    let key = key_of(&console, &me, id, key).await?;
    let question = question(&deed, id, &key).ok_or_else(Oops::no_page)?;
    question.ask(&console, &me, PATH).await
}

/// `POST /console/clients/{id}/keys/{key}/{deed}`
pub(crate) async fn answer(
    State(console): State<Console>,
    me: Me,
    Path((id, key, deed)): Path<(ClientId, KeyId, String)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let key = key_of(&console, &me, id, key).await?;
    let question = question(&deed, id, &key).ok_or_else(Oops::no_page)?;
    if let Err(again) = question.confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    let actor = me.actor();
    match deed.as_str() {
        "refresh" => {
            // What is no number is as if nothing was chosen; the action says which numbers may be.
            let grace = fields.text("grace").parse().unwrap_or_default();
            let issued = match key.profile {
                Some(_) => console.actions.refresh_profile(&actor, key.id).await?,
                None => console.actions.refresh_key(&actor, id, key.id, grace).await?,
            };
            shown_once(&console, &me, &listed, &issued).await
        }
        "disable" => {
            console.actions.disable_key(&actor, id, key.id).await?;
            let flash = Flash::good("The key is inactive. Calls with it are refused.");
            Ok(flash.then(&format!("{PATH}/{id}/keys/{}", key.id), me.visit.secure))
        }
        _ => {
            console.actions.delete_key(&actor, id, key.id).await?;
            let flash = Flash::good(format!("The key {} is deleted.", key.name));
            Ok(flash.then(&format!("{PATH}/{id}"), me.visit.secure))
        }
    }
}
