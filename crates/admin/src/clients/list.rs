//! `GET /console/clients`

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::AuthType;
use model::id::ClientId;
use site::request::Query;
use site::{Frame, Link, Oops, Page, Pager, When};
use store::clients::Filter;

use super::{PATH, method_name};
use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Clients on a page.
const SIZE: i64 = 50;

/// How clients authenticate, as the tabs and as addresses call it.
const METHODS: [(&str, &str); 5] = [
    ("All", ""),
    ("Auth token", "token"),
    ("OAuth 2.0", "oauth2"),
    ("JSON Web Token", "jwt"),
    ("OpenID Connect", "oidc"),
];

#[derive(Template)]
#[template(path = "admin/clients.html")]
struct Clients {
    frame: Frame,
    side: Side,
    finder: Finder,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    is_all: bool,
    may_manage: bool,
    pager: Option<Pager>,
}

struct Row {
    id: ClientId,
    name: String,
    email: String,
    method: &'static str,
    is_legacy: bool,
    active_keys: i64,
    keys: i64,
    apis: usize,
    portal: String,
    created: When,
}

/// `GET /console/clients`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ListClients)?;
    let auth_type = match wanted.state.as_str() {
        "token" => Some(AuthType::Token),
        "oauth2" => Some(AuthType::Oauth2),
        "jwt" => Some(AuthType::Jwt),
        "oidc" => Some(AuthType::Oidc),
        _ => None,
    };
    let page = wanted.page(SIZE);
    let filter = Filter { auth_type, text: wanted.text(), ..Filter::default() };
    let found = store::clients::search(&console.db, me.workspace(), filter, page).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for listed in found.rows {
        let client = listed.client;
        let portal = match client.portal {
            Some(id) => store::portals::find(&console.db, me.workspace(), id).await?,
            None => None,
        };
        rows.push(Row {
            id: client.id,
            name: client.name,
            email: client.email.unwrap_or_default(),
            method: method_name(client.auth_type),
            is_legacy: client.is_legacy,
            active_keys: listed.active_keys,
            keys: listed.total_keys,
            apis: listed.collections.len(),
            portal: portal.map(|portal| portal.name).unwrap_or_default(),
            created: me.when(client.created_at),
        });
    }
    let page = Clients {
        frame,
        side,
        finder: wanted.finder(PATH, "Search by name, description or email"),
        tabs: wanted.tabs(PATH, &METHODS),
        rows,
        is_all: auth_type.is_none() && wanted.text().is_none(),
        may_manage: me.may(Privilege::ManageClients),
        pager: wanted.pager(PATH, page, found.total),
    };
    Ok(Page::new(page).into_response())
}
