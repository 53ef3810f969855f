//! API clients: who may call, how they prove who they are, with which keys, and what.

mod apis;
mod create;
mod keys;
mod list;
mod method;
mod people;
mod settings;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use model::access::Privilege;
use model::client::AuthType;
use model::id::{ClientId, PolicyId};
use site::{Choice, Link, Oops, When};
use store::clients::ListedClient;

use crate::Console;
use crate::choices::pages;
use crate::me::Me;

/// Where they are listed.
pub(crate) const PATH: &str = "/console/clients";

/// The most bytes of a form with a picture: the picture, and what is around it.
pub(crate) const PICTURE_FORM_BYTES: usize = actions::LOGO_BYTES + (64 << 10);

/// The pages of clients.
pub(crate) fn routes() -> Router<Console> {
    let pictures = Router::new()
        .route("/console/clients/{id}/logo", post(settings::put_logo))
        .layer(DefaultBodyLimit::max(PICTURE_FORM_BYTES));
    Router::new()
        .route("/console/clients", get(list::show))
        .route("/console/clients/new", get(create::show).post(create::create))
        .route("/console/clients/{id}", get(keys::list))
        .route("/console/clients/{id}/apis", get(apis::list).post(apis::save))
        .route("/console/clients/{id}/people", get(people::list))
        .route("/console/clients/{id}/settings", get(settings::show).post(settings::save))
        .route("/console/clients/{id}/delete", get(settings::ask_delete).post(settings::delete))
        .route("/console/clients/{id}/keys/new", get(keys::blank).post(keys::create))
        .route("/console/clients/{id}/keys/{key}", get(keys::show).post(keys::save))
        .route("/console/clients/{id}/keys/{key}/enable", post(keys::enable))
        .route("/console/clients/{id}/keys/{key}/{deed}", get(keys::ask).post(keys::answer))
        .merge(pictures)
}

/// What stands above every page of a client.
pub(super) struct Head {
    pub(super) id: ClientId,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) method: &'static str,
    pub(super) is_legacy: bool,
    pub(super) logo: Option<String>,
    pub(super) created: When,
    pub(super) tabs: Vec<Link>,
}

impl Head {
    /// Of this client; `tab` is the last part of the address of the page, empty for its keys.
    fn of(me: &Me, listed: &ListedClient, tab: &str) -> Self {
        let client = &listed.client;
        let to = |label: String, part: &str| {
            let href = match part {
                "" => format!("{PATH}/{}", client.id),
                part => format!("{PATH}/{}/{part}", client.id),
            };
            Link::new(label, href).marked(part == tab)
        };
        let mut tabs = vec![to(format!("Keys ({})", listed.total_keys), "")];
        if !client.is_legacy {
            tabs.push(to(format!("APIs ({})", listed.collections.len()), "apis"));
        }
        if me.may(Privilege::ListPortalUsers) {
            tabs.push(to("People".to_owned(), "people"));
        }
        tabs.push(to("Settings".to_owned(), "settings"));
        Self {
            id: client.id,
            name: client.name.clone(),
            description: client.description.clone(),
            method: method_name(client.auth_type),
            is_legacy: client.is_legacy,
            logo: client.logo.map(|logo| picture(&logo.small)),
            created: me.when(client.created_at),
            tabs,
        }
    }
}

/// Where the picture with this digest is shown to everyone.
pub(crate) fn picture(digest: &model::secret::Digest) -> String {
    format!("/api/logos/{}", digest.to_hex())
}

/// The client with this id in their workspace.
async fn find(console: &Console, me: &Me, id: ClientId) -> Result<ListedClient, Oops> {
    me.must(Privilege::ListClients)?;
    let listed = store::clients::find(&console.db, me.workspace(), id).await?;
    listed.ok_or_else(|| Oops::missing("API client").link("Clients", PATH))
}

/// How clients authenticate, as people call it.
pub(crate) const fn method_name(auth_type: AuthType) -> &'static str {
    match auth_type {
        AuthType::Token => "Auth token",
        AuthType::Oauth2 => "OAuth 2.0",
        AuthType::Jwt => "JSON Web Token",
        AuthType::Oidc => "OpenID Connect",
    }
}

/// A choice among the policies of the workspace, after `none` of them.
pub(crate) async fn policies(
    console: &Console,
    me: &Me,
    (name, label, help, none): (&'static str, &str, &str, &str),
    chosen: Option<PolicyId>,
) -> Result<Choice, Oops> {
    let mut choice = Choice::new(name, label).help(help).pick("", none);
    for page in pages() {
        let found = store::policies::list(&console.db, me.workspace(), page).await?;
        let is_last = page.offset() + page.size >= found.total;
        for policy in found.rows {
            choice = choice.pick(&policy.id, policy.name);
        }
        if is_last {
            break;
        }
    }
    Ok(choice.chosen([chosen.map(|id| id.to_string()).unwrap_or_default()]))
}
