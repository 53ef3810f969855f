//! A key's page, and changing the key.

use actions::{KeyPatch, ProfilePatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::{ApiKey, AuthType};
use model::id::{ClientId, KeyId};
use site::request::Path;
use site::{Flash, Frame, Oops, Page, Posted, When};
use store::clients::ListedClient;

use super::draft::{Draft, day};
use super::key_of;
use crate::Console;
use crate::clients::{PATH, find, method_name};
use crate::failed::beside;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/key.html")]
struct Details {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    is_legacy: bool,
    method: &'static str,
    key: ApiKey,
    created: When,
    changed: When,
    active_since: When,
    draft: Draft,
    may_manage: bool,
    problem: Option<String>,
}

async fn page(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    key: ApiKey,
    (draft, problem): (Draft, Option<String>),
) -> Result<Page<Details>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Details {
        frame,
        side,
        client: listed.client.id,
        client_name: listed.client.name.clone(),
        is_legacy: listed.client.is_legacy,
        method: method_name(key.auth_type),
        created: me.when(key.created_at),
        changed: me.when(key.updated_at),
        active_since: me.when(key.active_since),
        key,
        draft,
        may_manage: me.may(Privilege::ManageKeys),
        problem,
    }))
}

/// `GET /console/clients/{id}/keys/{key}`
pub(crate) async fn show(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let key = key_of(&console, &me, id, key).await?;
    let draft = Draft::of(&console, &me, &key).await?;
    Ok(page(&console, &me, &listed, key, (draft, None)).await?.into_response())
}

/// `POST /console/clients/{id}/keys/{key}`
pub(crate) async fn save(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let before = key_of(&console, &me, id, key).await?;
    let zone = me.zone();
    let mut draft = Draft::of(&console, &me, &before).await?.given(&fields);
    // A key that ended in the past keeps its end unless somebody gives it another one.
    let is_same_end = day(before.expires_at, &zone) == draft.ends.value;
    let Some(typed) = draft.read(&zone) else {
        let page = page(&console, &me, &listed, before, (draft, None)).await?;
        return Ok(page.unprocessable().into_response());
    };
    let name = Some(draft.name.value.clone());
    let changed = match (&draft.own, &before.profile) {
        (Some(own), Some(profile)) => {
            // What is not among the APIs that are offered was not taken away either.
            let offered = |id: &str| own.apis.picks.iter().any(|pick| pick.value == id);
            let others = profile.collections.iter().filter(|id| !offered(&id.to_string()));
            let patch = ProfilePatch {
                name,
                collections: Some(others.copied().chain(typed.apis).collect()),
                jwt: own.method.draft(&fields),
                policy: Some(typed.policy),
                allow: Some(typed.rules.allow),
                ..ProfilePatch::default()
            };
            console.actions.update_profile(&me.actor(), key, patch).await.map(drop)
        }
        _ => {
            let patch = KeyPatch {
                name,
                allow: Some(typed.rules.allow),
                deny: Some(typed.rules.deny),
                expires_at: Some(typed.ends).filter(|_| !is_same_end),
                policy: Some(typed.policy),
            };
            console.actions.update_key(&me.actor(), id, key, patch).await.map(drop)
        }
    };
    match changed {
        Ok(()) => {
            let flash = Flash::good("The key is changed. It holds from the next call on.");
            Ok(flash.then(&format!("{PATH}/{id}/keys/{key}"), me.visit.secure))
        }
        Err(error) => {
            let refused = draft.refused(&beside(error)?);
            Ok(page(&console, &me, &listed, before, refused).await?.unprocessable().into_response())
        }
    }
}
