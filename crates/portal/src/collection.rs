//! A collection's documentation: its overview, a page for each operation, and its document.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::client::{ApiKey, AuthType};
use model::id::KeyId;
use model::page::Page as ListPage;
use openapi::to_yaml;
use serde::Deserialize;
use serde_json::Value;
use site::request::{Path, Query};
use site::text::{Ticked, ticked};
use site::{Csp, Frame, Oops, Page, markdown};
use store::catalog::{self, Entry as CatalogEntry};

use crate::Portals;
use crate::catalog::{Wish, base_url, requests, state};
use crate::me::Me;
use crate::reference::contents::{Contents, Entry};
use crate::reference::operation::Operation;
use crate::reference::published::{Published, Wanted};
use crate::reference::samples::{Sample, chosen, samples};
use crate::reference::schema::{self, Node};
use crate::reference::{list, text};

/// The most versions of one API that are listed beside each other.
const VERSIONS: i64 = 30;

/// The keys among which one chooses for a call: all that a client can have.
const KEYS: ListPage = ListPage { number: 1, size: model::client::KEYS_PER_CLIENT };

/// What the left column and the head of each page of a collection show.
pub(crate) struct Shelfmark {
    pub(crate) entry: CatalogEntry,
    pub(crate) base_url: String,
    pub(crate) wish: Wish,
    pub(crate) versions: Vec<CatalogEntry>,
    pub(crate) published: Arc<Published>,
}

impl Shelfmark {
    fn contents(&self) -> &Contents {
        &self.published.contents
    }

    fn root(&self) -> &Value {
        self.published.document.as_value()
    }

    fn is_mine(&self) -> bool {
        matches!(self.wish, Wish::Mine)
    }

    /// `v1`
    pub(crate) fn version(&self) -> String {
        shown_version(&self.entry.version)
    }

    /// The operation to begin with: one that reads, and without anything to fill in if there is one.
    pub(crate) fn first(&self) -> Option<&Entry> {
        let reads = || self.contents().entries().filter(|entry| entry.method == "GET");
        reads().find(|entry| !entry.path.contains('{')).or_else(|| reads().next())
    }

    /// Where one asks for it.
    fn request(&self) -> String {
        format!("/apis/{}/request", self.entry.handle)
    }
}

/// A version as people say it: `v1` rather than `v1.0`.
pub(crate) fn shown_version(version: &str) -> String {
    format!("v{}", version.strip_suffix(".0").unwrap_or(version))
}

/// The collection under a handle, if the developer can see it.
pub(crate) async fn find(portals: &Portals, me: &Me, handle: &str) -> Result<Shelfmark, Oops> {
    let entry = catalog::visible(&portals.db, me.reader(), handle).await?;
    let entry = entry.ok_or_else(|| Oops::missing("API").link("My APIs", "/"))?;
    let base_url = base_url(portals, me, &entry.handle);
    let wanted = Wanted {
        collection: entry.id,
        name: &entry.name,
        version: &entry.version,
        document: entry.document,
        base_url: &base_url,
    };
    let published = portals.shelf.published(&portals.db, wanted).await?;
    let versions =
        catalog::versions(&portals.db, me.reader(), &entry.name, ListPage::new(1, VERSIONS)).await?;
    let wish = state(me, &entry, &requests(portals, me).await?);
    Ok(Shelfmark { entry, base_url, wish, versions, published })
}

#[derive(Template)]
#[template(path = "portal/overview.html")]
struct Overview {
    frame: Frame,
    shelf: Shelfmark,
    current: String,
    about: markdown::Html,
    auth: Auth,
    facts: Vec<(String, String)>,
    has_key: bool,
}

/// How calls of a client prove who calls.
pub(crate) struct Auth {
    pub(crate) header: &'static str,
    pub(crate) value: &'static str,
    pub(crate) about: &'static str,
}

impl Auth {
    /// The header as it is sent.
    fn line(&self) -> String {
        format!("{}: {}", self.header, self.value)
    }

    fn shown(&self) -> Ticked {
        ticked(self.about)
    }
}

pub(crate) fn auth(me: &Me) -> Auth {
    match me.client.as_ref().map_or(AuthType::Token, |client| client.auth_type) {
        AuthType::Token => Auth {
            header: "api-token",
            value: "YOUR_API_TOKEN",
            about: "Send the token of one of your API keys in the header `api-token`.",
        },
        AuthType::Oauth2 => Auth {
            header: "Authorization",
            value: "Bearer YOUR_ACCESS_TOKEN",
            about: "Exchange the client ID and secret of a key for an access token, and send it as `Authorization: Bearer …`.",
        },
        AuthType::Jwt => Auth {
            header: "Authorization",
            value: "Bearer YOUR_SIGNED_TOKEN",
            about: "Sign a JSON Web Token with your own key, and send it as `Authorization: Bearer …`.",
        },
        AuthType::Oidc => Auth {
            header: "Authorization",
            value: "Bearer YOUR_ACCESS_TOKEN",
            about: "Send an access token of your identity provider as `Authorization: Bearer …`.",
        },
    }
}

/// `GET /apis/{handle}`
pub(crate) async fn overview(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
) -> Result<Response, Response> {
    let shelf = find(&portals, &me, &handle).await.map_err(|oops| me.with_bar(oops))?;
    let info = shelf.root().get("info").unwrap_or(&Value::Null);
    let mut facts = Vec::new();
    let contact = info.get("contact").unwrap_or(&Value::Null);
    let who = [text(contact, "name"), text(contact, "email")]
        .iter()
        .filter(|text| !text.is_empty())
        .copied()
        .collect::<Vec<_>>();
    for (label, said) in [
        ("Contact", who.join(", ")),
        ("License", text(info.get("license").unwrap_or(&Value::Null), "name").to_owned()),
        ("Document", format!("OpenAPI {}", shelf.published.document.version().as_str())),
    ] {
        if !said.is_empty() {
            facts.push((label.to_owned(), said));
        }
    }
    let has_key = !keys(&portals, &me, &shelf).await.map_err(|oops| me.with_bar(oops))?.is_empty();
    let page = Overview {
        frame: frame(&me, &shelf),
        current: String::new(),
        about: markdown::html(text(info, "description")),
        auth: auth(&me),
        facts,
        has_key,
        shelf,
    };
    Ok(Page::new(page).into_response())
}

fn frame(me: &Me, shelf: &Shelfmark) -> Frame {
    me.frame(if shelf.is_mine() { "/" } else { "/discover" })
}

#[derive(Template)]
#[template(path = "portal/operation.html")]
struct OperationPage {
    frame: Frame,
    shelf: Shelfmark,
    current: String,
    operation: Operation,
    samples: Vec<Sample>,
    language: &'static str,
    keys: Vec<ApiKey>,
    /// The key that is chosen; one chooses by coming from it, and then the form stands open.
    chosen: Option<KeyId>,
    tags: Vec<String>,
}

impl OperationPage {
    fn is_chosen(&self, key: &ApiKey) -> bool {
        self.chosen == Some(key.id)
    }
}

/// What the address of an operation says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Trying {
    key: Option<KeyId>,
}

/// The keys with which a collection can be tried: the active ones, if the client may call it.
async fn keys(portals: &Portals, me: &Me, shelf: &Shelfmark) -> Result<Vec<ApiKey>, Oops> {
    let Some(client) = me.client.as_ref().filter(|_| shelf.is_mine()) else { return Ok(Vec::new()) };
    let found = store::api_keys::list(&portals.db, me.here.workspace.id, Some(client.id), KEYS).await?;
    Ok(found.rows.into_iter().filter(|key| key.active).collect())
}

/// `GET /apis/{handle}/{operation}`
pub(crate) async fn operation(
    State(portals): State<Portals>,
    me: Me,
    Path((handle, slug)): Path<(String, String)>,
    Query(trying): Query<Trying>,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let shelf = find(&portals, &me, &handle).await.map_err(bar)?;
    let missing = || bar(Oops::missing("operation").link("See what there is", &format!("/apis/{handle}")));
    let entry = shelf.contents().find(&slug).ok_or_else(missing)?.clone();
    let operation = Operation::of(&shelf.published.document, &entry).ok_or_else(missing)?;
    let auth = auth(&me);
    let call = operation.call(&shelf.base_url, (auth.header, auth.value));
    let keys = keys(&portals, &me, &shelf).await.map_err(bar)?;
    let value =
        crate::reference::contents::operation_of(&shelf.published.document, &entry.method, &entry.path);
    let tags = value.map(|value| list(value, "tags")).unwrap_or_default();
    let page = OperationPage {
        frame: frame(&me, &shelf),
        current: entry.slug.clone(),
        samples: samples(&call),
        language: chosen(me.visit.language.as_deref()),
        chosen: trying.key.filter(|id| keys.iter().any(|key| key.id == *id)),
        keys,
        tags: tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        operation,
        shelf,
    };
    let csp = Csp::default().connect(origin(&portals.settings.gateway_url));
    Ok(Page::new(page).csp(csp).into_response())
}

#[derive(Template)]
#[template(path = "portal/schema.html")]
struct SchemaPage {
    frame: Frame,
    shelf: Shelfmark,
    current: String,
    name: String,
    tree: Node,
}

/// `GET /apis/{handle}/schemas/{name}`
pub(crate) async fn schema(
    State(portals): State<Portals>,
    me: Me,
    Path((handle, name)): Path<(String, String)>,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let shelf = find(&portals, &me, &handle).await.map_err(bar)?;
    let root = shelf.root();
    let holder = root.get("components").and_then(|components| components.get("schemas"));
    let found = holder.or_else(|| root.get("definitions")).and_then(|schemas| schemas.get(&name));
    let missing = || bar(Oops::missing("schema").link("See what there is", &format!("/apis/{handle}")));
    let tree = schema::tree(root, found.ok_or_else(missing)?);
    let page = SchemaPage { frame: frame(&me, &shelf), current: "schemas".to_owned(), name, tree, shelf };
    Ok(Page::new(page).into_response())
}

/// The scheme, host and port of a URL.
fn origin(url: &str) -> String {
    let end = url.find("://").and_then(|scheme| url.get(scheme + 3..)?.find('/').map(|end| scheme + 3 + end));
    url.get(..end.unwrap_or(url.len())).unwrap_or_default().to_owned()
}

/// `GET /apis/{handle}/openapi.json`
pub(crate) async fn json(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
) -> Result<Response, Oops> {
    let shelf = find(&portals, &me, &handle).await?;
    let text =
        serde_json::to_string_pretty(shelf.root()).map_err(|error| Oops::internal(error.to_string()))?;
    Ok(file(text, "application/json", &shelf.entry.handle, "json"))
}

/// `GET /apis/{handle}/openapi.yaml`
pub(crate) async fn yaml(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
) -> Result<Response, Oops> {
    let shelf = find(&portals, &me, &handle).await?;
    Ok(file(to_yaml(shelf.root()), "application/yaml", &shelf.entry.handle, "yaml"))
}

/// A handle is made of letters, digits and hyphens.
fn file(text: String, content_type: &'static str, handle: &str, extension: &str) -> Response {
    let mut response = ([(CONTENT_TYPE, content_type)], text).into_response();
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{handle}.{extension}\""))
    {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The entries of a group, for the left column.
pub(crate) fn listed(contents: &Contents) -> impl Iterator<Item = (&str, &[Entry])> {
    contents.groups.iter().map(|group| (group.name.as_str(), group.entries.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://api.example.com:8443/base/x"), "https://api.example.com:8443");
        assert_eq!(origin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
