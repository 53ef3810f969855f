//! **Create API key**, and the one page that shows its token.

use actions::{IssuedKey, KeyDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::client::AuthType;
use model::page::Page as ListPage;
use serde::Deserialize;
use site::addresses::{Lists, warning};
use site::request::Query;
use site::{Field, Fields, Frame, Oops, Page, Posted};
use store::catalog;

use crate::Portals;
use crate::collection::{Shelfmark, find};
use crate::me::Me;
use crate::reference::operation::Operation;
use crate::reference::samples;

/// What somebody wanted to call when they found that they need a key: the handle of an API, and the last
/// part of an operation's address. Either may be empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    api: String,
    operation: String,
}

impl Wanted {
    fn given(fields: &Fields) -> Self {
        Self { api: fields.text("api").to_owned(), operation: fields.text("operation").to_owned() }
    }
}

#[derive(Template)]
#[template(path = "portal/key_new.html")]
struct Form {
    frame: Frame,
    client: String,
    name: Field,
    lists: Lists,
    address: String,
    wanted: Wanted,
}

pub(super) fn name() -> Field {
    Field::new("name", "API key name")
        .help("So that you find it again: where it is used, such as `Production`.")
        .max(255)
}

fn form(me: &Me, name: Field, lists: Lists, wanted: Wanted) -> Result<Form, Oops> {
    let address = crate::here::shown_address(me.visit.address);
    Ok(Form { frame: me.frame("/keys"), client: me.client()?.name.clone(), name, lists, address, wanted })
}

/// `GET /keys/new`
pub(crate) async fn blank(me: Me, Query(wanted): Query<Wanted>) -> Result<Response, Response> {
    let form = form(&me, name(), Lists::new(), wanted).map_err(|oops| me.with_bar(oops))?;
    Ok(Page::new(form).into_response())
}

/// `POST /keys/new`
pub(crate) async fn create(
    State(portals): State<Portals>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let client = me.client().map_err(bar)?;
    let (name, lists) = (name().given(&fields), Lists::given(&fields));
    let wanted = Wanted::given(&fields);
    if fields.has("add_address") {
        let form = form(&me, name, lists.with_address(me.visit.address), wanted).map_err(bar)?;
        return Ok(Page::new(form).into_response());
    }
    let (rules, lists) = match lists.read() {
        Ok(read) => read,
        Err(lists) => {
            let form = form(&me, name, *lists, wanted).map_err(bar)?;
            return Ok(Page::new(form).unprocessable().into_response());
        }
    };
    let warning = warning(&rules, me.visit.address);
    let draft = KeyDraft { name: name.value.clone(), active: true, rules, expires_at: None, policy: None };
    match portals.actions.create_key(&me.actor(), client.id, draft).await {
        Ok(issued) => {
            issued_page(&portals, &me, &issued, &wanted, warning, "Your new API key").await.map_err(bar)
        }
        Err(actions::Error::Invalid(faults)) => {
            let name = name.faulted(&faults, "name");
            Ok(Page::new(form(&me, name, lists, wanted).map_err(bar)?).unprocessable().into_response())
        }
        Err(error) => Err(bar(Oops::from(error).link("Manage API keys", "/keys"))),
    }
}

#[derive(Template)]
#[template(path = "portal/key_issued.html")]
struct Issued {
    frame: Frame,
    heading: &'static str,
    name: String,
    auth_type: AuthType,
    client_id: Option<String>,
    token: String,
    curl: String,
    warning: Option<String>,
    token_url: String,
    /// Where a call can be sent from the page with this key; nowhere without an API.
    try_it: Option<String>,
}

/// The page with the token: shown this once, kept by no cache. Its next step is the operation that somebody
/// came from, or else the first that can be tried.
pub(super) async fn issued_page(
    portals: &Portals,
    me: &Me,
    issued: &IssuedKey,
    wanted: &Wanted,
    warning: Option<String>,
    heading: &'static str,
) -> Result<Response, Oops> {
    let token = issued.token.expose();
    let token_url = format!("{}/oauth2/token", portals.settings.gateway_url);
    let first = first_call(portals, me, wanted, token).await?;
    let curl = match (issued.key.auth_type, &issued.key.oauth_client_id) {
        (AuthType::Oauth2, Some(id)) => {
            format!("curl -u '{id}:{token}' -d grant_type=client_credentials {token_url}")
        }
        _ => first.curl,
    };
    let page = Issued {
        frame: me.frame("/keys"),
        heading,
        name: issued.key.name.clone(),
        auth_type: issued.key.auth_type,
        client_id: issued.key.oauth_client_id.clone(),
        token: token.to_owned(),
        curl,
        warning,
        token_url,
        try_it: first.page.map(|page| format!("{page}?key={}#try", issued.key.id)),
    };
    Ok(Page::new(page).secret().into_response())
}

/// A call to begin with.
struct FirstCall {
    /// A line that works as it stands.
    curl: String,
    /// The address of the operation's page.
    page: Option<String>,
}

/// A call of what was wanted, or of the first API that the client may call.
async fn first_call(portals: &Portals, me: &Me, wanted: &Wanted, token: &str) -> Result<FirstCall, Oops> {
    let Some(shelf) = shelf(portals, me, &wanted.api).await? else {
        let url = format!("{}/{}", portals.settings.gateway_url, me.here.workspace.handle);
        return Ok(FirstCall { curl: format!("curl -H 'api-token: {token}' {url}"), page: None });
    };
    let named = Some(shelf.entry.handle == wanted.api).filter(|is_it| *is_it);
    let named = named.and_then(|_| shelf.published.contents.find(&wanted.operation));
    let entry = named.or_else(|| shelf.first());
    let operation = entry.and_then(|entry| Operation::of(&shelf.published.document, entry));
    let curl = match operation {
        Some(operation) => samples::curl(&operation.call(&shelf.base_url, ("api-token", token))),
        None => format!("curl -H 'api-token: {token}' {}", shelf.base_url),
    };
    let page = entry.map(|entry| format!("/apis/{}/{}", shelf.entry.handle, entry.slug));
    Ok(FirstCall { curl, page })
}

/// The API under this handle if the client may call it, else the first that it may.
async fn shelf(portals: &Portals, me: &Me, handle: &str) -> Result<Option<Shelfmark>, Oops> {
    let wanted = match handle {
        "" => None,
        handle => catalog::visible(&portals.db, me.reader(), handle).await?,
    };
    let entry = match wanted.filter(|entry| entry.is_assigned) {
        Some(entry) => Some(entry),
        None => catalog::assigned(&portals.db, me.reader(), None, ListPage::new(1, 1)).await?.rows.pop(),
    };
    match entry {
        Some(entry) => Ok(Some(find(portals, me, &entry.handle).await?)),
        None => Ok(None),
    }
}
