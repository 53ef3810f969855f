//! **Manage API keys**: the keys of the client that one acts for.

mod create;
mod show;
mod state;

use model::client::{ApiKey, AuthType, KEYS_PER_CLIENT};
use model::id::KeyId;
use model::page::Page as ListPage;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use site::{Frame, Oops, Page, When};

use crate::Portals;
use crate::me::Me;

pub(crate) use create::{blank, create};
pub(crate) use show::{change, show};
pub(crate) use state::{activate, ask_deactivate, ask_delete, ask_refresh, deactivate, delete, refresh};

/// All keys that a client can have.
const ALL: ListPage = ListPage { number: 1, size: KEYS_PER_CLIENT };

#[derive(Template)]
#[template(path = "portal/keys.html")]
struct Keys {
    frame: Frame,
    client: String,
    auth_type: AuthType,
    is_legacy: bool,
    rows: Vec<Row>,
    has_room: bool,
    most: i64,
}

struct Row {
    id: KeyId,
    name: String,
    is_active: bool,
    last_four: String,
    created: When,
    addresses: String,
}

/// `GET /keys`
pub(crate) async fn list(State(portals): State<Portals>, me: Me) -> Result<Response, Response> {
    let client = me.client().map_err(|oops| me.with_bar(oops))?;
    let found = store::api_keys::list(&portals.db, me.here.workspace.id, Some(client.id), ALL).await;
    let found = found.map_err(|error| me.with_bar(error.into()))?;
    let rows = found.rows.into_iter().map(|key| Row {
        id: key.id,
        is_active: key.active,
        created: me.when(key.created_at),
        addresses: site::addresses::summary(&key.rules),
        name: key.name,
        last_four: key.last_four,
    });
    let page = Keys {
        frame: me.frame("/keys"),
        client: client.name.clone(),
        auth_type: client.auth_type,
        is_legacy: client.is_legacy,
        rows: rows.collect(),
        has_room: found.total < KEYS_PER_CLIENT,
        most: KEYS_PER_CLIENT,
    };
    Ok(Page::new(page).into_response())
}

/// A key of the client that one acts for.
pub(crate) async fn find(portals: &Portals, me: &Me, id: KeyId) -> Result<ApiKey, Oops> {
    let client = me.client()?.id;
    let key = store::api_keys::find(&portals.db, me.here.workspace.id, client, id).await?;
    key.ok_or_else(|| Oops::missing("API key").link("Manage API keys", "/keys"))
}
