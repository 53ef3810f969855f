//! **Create API key**, and the one page that shows its token.

use actions::{IssuedKey, KeyDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::client::AuthType;
use model::page::Page as ListPage;
use site::{Field, Frame, Oops, Page, Posted};
use store::catalog;

use crate::Portals;
use crate::collection::find;
use crate::me::Me;
use crate::reference::operation::Operation;
use crate::reference::samples;
use site::addresses::{Lists, warning};

#[derive(Template)]
#[template(path = "portal/key_new.html")]
struct Form {
    frame: Frame,
    client: String,
    name: Field,
    lists: Lists,
    address: String,
}

pub(super) fn name() -> Field {
    Field::new("name", "API key name")
        .help("So that you find it again: where it is used, such as `Production`.")
        .max(255)
}

fn form(me: &Me, name: Field, lists: Lists) -> Result<Form, Oops> {
    let address = crate::here::shown_address(me.visit.address);
    Ok(Form { frame: me.frame("/keys"), client: me.client()?.name.clone(), name, lists, address })
}

/// `GET /keys/new`
pub(crate) async fn blank(me: Me) -> Result<Response, Response> {
    let form = form(&me, name(), Lists::new()).map_err(|oops| me.with_bar(oops))?;
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
    if fields.has("add_address") {
        let form = form(&me, name, lists.with_address(me.visit.address)).map_err(bar)?;
        return Ok(Page::new(form).into_response());
    }
    let (rules, lists) = match lists.read() {
        Ok(read) => read,
        Err(lists) => {
            return Ok(Page::new(form(&me, name, *lists).map_err(bar)?).unprocessable().into_response());
        }
    };
    let warning = warning(&rules, me.visit.address);
    let draft = KeyDraft { name: name.value.clone(), active: true, rules, expires_at: None, policy: None };
    match portals.actions.create_key(&me.actor(), client.id, draft).await {
        Ok(issued) => issued_page(&portals, &me, &issued, warning, "Your new API key").await.map_err(bar),
        Err(actions::Error::Invalid(faults)) => {
            let name = name.faulted(&faults, "name");
            Ok(Page::new(form(&me, name, lists).map_err(bar)?).unprocessable().into_response())
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
}

/// The page with the token: shown this once, kept by no cache.
pub(super) async fn issued_page(
    portals: &Portals,
    me: &Me,
    issued: &IssuedKey,
    warning: Option<String>,
    heading: &'static str,
) -> Result<Response, Oops> {
    let token = issued.token.expose();
    let token_url = format!("{}/oauth2/token", portals.settings.gateway_url);
    let curl = match (issued.key.auth_type, &issued.key.oauth_client_id) {
        (AuthType::Oauth2, Some(id)) => {
            format!("curl -u '{id}:{token}' -d grant_type=client_credentials {token_url}")
        }
        _ => first_call(portals, me, token).await?,
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
    };
    Ok(Page::new(page).secret().into_response())
}

/// A line that works as it stands: a read of the first API that the client may call, one without anything
/// to fill in if there is one.
async fn first_call(portals: &Portals, me: &Me, token: &str) -> Result<String, Oops> {
    let first = catalog::assigned(&portals.db, me.reader(), None, ListPage::new(1, 1)).await?.rows.pop();
    let Some(first) = first else {
        let url = format!("{}/{}", portals.settings.gateway_url, me.here.workspace.handle);
        return Ok(format!("curl -H 'api-token: {token}' {url}"));
    };
    let shelf = find(portals, me, &first.handle).await?;
    let reads = || shelf.published.contents.entries().filter(|entry| entry.method == "GET");
    let entry = reads().find(|entry| !entry.path.contains('{')).or_else(|| reads().next());
    let operation = entry.and_then(|entry| Operation::of(&shelf.published.document, entry));
    let call = operation.map(|operation| operation.call(&shelf.base_url, ("api-token", token)));
    Ok(match call {
        Some(call) => samples::curl(&call),
        None => format!("curl -H 'api-token: {token}' {}", shelf.base_url),
    })
}
