//! A key's details, and changing its name and its addresses.

use actions::KeyPatch;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::client::ApiKey;
use model::id::KeyId;
use site::request::Path;
use site::text::{Ticked, ticked};
use site::{Field, Flash, Frame, Oops, Page, Posted, When};

use super::create::name;
use super::find;
use crate::Portals;
use crate::me::Me;
use site::addresses::{Lists, warning};

#[derive(Template)]
#[template(path = "portal/key.html")]
struct Details {
    frame: Frame,
    key: ApiKey,
    created: When,
    changed: When,
    active_since: When,
    ends: Option<When>,
    name: Field,
    lists: Lists,
    address: String,
    warning: Option<Ticked>,
}

fn details(me: &Me, key: ApiKey, name: Field, lists: Lists) -> Details {
    Details {
        frame: me.frame("/keys"),
        created: me.when(key.created_at),
        changed: me.when(key.updated_at),
        active_since: me.when(key.active_since),
        ends: key.expires_at.map(|at| me.when(at)),
        name,
        lists,
        address: crate::here::shown_address(me.visit.address),
        warning: warning(&key.rules, me.visit.address).map(ticked),
        key,
    }
}

/// `GET /keys/{id}`
pub(crate) async fn show(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
) -> Result<Response, Response> {
    let key = find(&portals, &me, id).await.map_err(|oops| me.with_bar(oops))?;
    let (name, lists) = (name().value(key.name.clone()), Lists::of(&key.rules));
    Ok(Page::new(details(&me, key, name, lists)).into_response())
}

/// `POST /keys/{id}`
pub(crate) async fn change(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let key = find(&portals, &me, id).await.map_err(bar)?;
    let (name, lists) = (name().given(&fields), Lists::given(&fields));
    if fields.has("add_address") {
        let lists = lists.with_address(me.visit.address);
        return Ok(Page::new(details(&me, key, name, lists)).into_response());
    }
    let (rules, lists) = match lists.read() {
        Ok(read) => read,
        Err(lists) => return Ok(Page::new(details(&me, key, name, *lists)).unprocessable().into_response()),
    };
    let flash = match warning(&rules, me.visit.address) {
        Some(warning) => Flash::warn(format!("The key was changed. {warning}")),
        None => Flash::good("The key was changed."),
    };
    let patch = KeyPatch {
        name: Some(name.value.clone()),
        allow: Some(rules.allow),
        deny: Some(rules.deny),
        ..KeyPatch::default()
    };
    match portals.actions.update_key(&me.actor(), key.client, id, patch).await {
        Ok(_) => Ok(flash.then(&format!("/keys/{id}"), me.visit.secure)),
        Err(actions::Error::Invalid(faults)) => {
            let name = name.faulted(&faults, "name");
            Ok(Page::new(details(&me, key, name, lists)).unprocessable().into_response())
        }
        Err(error) => Err(bar(error.into())),
    }
}
