//! The keys of a client, which are access profiles if it is a legacy one.

mod create;
mod deeds;
mod draft;
mod show;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::{ApiKey, KEYS_PER_CLIENT};
use model::id::{ClientId, KeyId, PolicyId};
use model::page::Page as ListPage;
use site::addresses::summary;
use site::request::Path;
use site::{Frame, Oops, Page, When};
use store::clients::ListedClient;

use super::{Head, PATH, find, method_name};
use crate::Console;
use crate::me::{Me, Side};

pub(super) use create::{blank, create};
pub(super) use deeds::{answer, ask, enable};
pub(super) use show::{save, show};

/// All keys that a client can have.
const ALL: ListPage = ListPage { number: 1, size: KEYS_PER_CLIENT };

#[derive(Template)]
#[template(path = "admin/client_keys.html")]
struct Keys {
    frame: Frame,
    side: Side,
    head: Head,
    what: &'static str,
    rows: Vec<Row>,
    policy: String,
    portal: String,
    email: String,
    has_room: bool,
    most: i64,
    may_manage: bool,
}

struct Row {
    id: KeyId,
    name: String,
    is_active: bool,
    last_four: String,
    /// How callers authenticate with it, and how often they may call, if the client does not say so.
    method: &'static str,
    policy: Option<String>,
    is_refreshed: bool,
    addresses: String,
    created: When,
    ends: Option<When>,
}

/// `GET /console/clients/{id}`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let found = store::api_keys::list(&console.db, me.workspace(), Some(id), ALL).await?;
    let portal = match listed.client.portal {
        Some(portal) => store::portals::find(&console.db, me.workspace(), portal).await?,
        None => None,
    };
    let (frame, side) = me.around(&console, PATH).await?;
    let policy = |id: Option<PolicyId>| {
        let named = listed.policies.iter().find(|policy| Some(policy.id) == id);
        named.map(|policy| policy.name.clone())
    };
    let rows = found.rows.into_iter().map(|key| Row {
        id: key.id,
        method: method_name(key.auth_type),
        policy: policy(key.policy),
        is_refreshed: is_refreshed(&key),
        is_active: key.active,
        addresses: summary(&key.rules),
        created: me.when(key.created_at),
        ends: key.expires_at.map(|at| me.when(at)),
        name: key.name,
        last_four: key.last_four,
    });
    let page = Keys {
        frame,
        side,
        head: Head::of(&me, &listed, ""),
        what: called(&listed),
        rows: rows.collect(),
        policy: policy(listed.client.policy).unwrap_or_default(),
        portal: portal.map(|portal| portal.name).unwrap_or_default(),
        email: listed.client.email.clone().unwrap_or_default(),
        has_room: found.total < KEYS_PER_CLIENT,
        most: KEYS_PER_CLIENT,
        may_manage: me.may(Privilege::ManageKeys),
    };
    Ok(Page::new(page).into_response())
}

/// What the keys of a client are called.
const fn called(listed: &ListedClient) -> &'static str {
    if listed.client.is_legacy { "access profile" } else { "API key" }
}

/// Whether a key can get another token. That of a profile with signed tokens only names it.
fn is_refreshed(key: &ApiKey) -> bool {
    key.profile.is_none() || !key.auth_type.is_signed()
}

/// The key of a client with this id.
async fn key_of(console: &Console, me: &Me, client: ClientId, id: KeyId) -> Result<ApiKey, Oops> {
    let key = store::api_keys::find(&console.db, me.workspace(), client, id).await?;
    key.ok_or_else(|| Oops::missing("API key").link("The client", &format!("{PATH}/{client}")))
}
