//! The developer portals: pages on which developers find APIs, ask for access, try calls and manage
//! their keys. A handler reads from the store and writes through an action, as the portal user.

mod access;
mod account;
mod agents;
mod catalog;
mod collection;
mod here;
mod keys;
mod me;
mod pages;
mod reference;
mod search;
mod try_it;

use std::sync::Arc;

use actions::Actions;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use model::environment::Environment;
use site::{Oops, Visit, dressed, visited};
use store::Db;

use here::Here;
use reference::published::Shelf;

/// The cookie that holds a portal's session where pages come without TLS.
pub const SESSION_COOKIE: &str = "portico_portal";

/// The most bytes of a form: the longest has some address lists.
const FORM_BYTES: usize = 256 << 10;

/// What the operator decides about portals.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where callers reach the gateway, such as `https://api.example.com`.
    pub gateway_url: String,
    /// Where developers reach portals: `{subdomain}` stands for the portal's, as in
    /// `https://{subdomain}.developers.example.com`. With `https`, cookies only go over TLS.
    pub portals_url: String,
}

/// The portals on a database. Cheap to clone.
#[derive(Clone)]
pub struct Portals {
    db: Db,
    actions: Actions,
    environment: Environment,
    settings: Arc<Settings>,
    shelf: Arc<Shelf>,
}

impl Portals {
    /// The portals on this database, with this clock and this source of chance.
    pub fn new(db: Db, actions: Actions, environment: Environment, mut settings: Settings) -> Self {
        settings.gateway_url.truncate(settings.gateway_url.trim_end_matches('/').len());
        settings.portals_url.make_ascii_lowercase();
        Self { db, actions, environment, settings: Arc::new(settings), shelf: Arc::new(Shelf::new()) }
    }

    /// Answers every host and path.
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/", get(catalog::my_apis))
            .route("/discover", get(catalog::discover))
            .route("/requests", get(access::my_requests))
            .route("/search", get(search::search))
            .route("/apis/{handle}", get(collection::overview))
            .route("/apis/{handle}/request", get(access::ask).post(access::send))
            .route("/apis/{handle}/openapi.json", get(collection::json))
            .route("/apis/{handle}/openapi.yaml", get(collection::yaml))
            .route("/apis/{handle}/docs.md", get(agents::collection))
            .route("/apis/{handle}/schemas/{name}", get(collection::schema))
            .route("/apis/{handle}/{operation}", get(collection::operation))
            .route("/llms.txt", get(agents::index))
            .route("/keys", get(keys::list))
            .route("/keys/new", get(keys::blank).post(keys::create))
            .route("/keys/{id}", get(keys::show).post(keys::change))
            .route("/keys/{id}/refresh", get(keys::ask_refresh).post(keys::refresh))
            .route("/keys/{id}/activate", post(keys::activate))
            .route("/keys/{id}/deactivate", get(keys::ask_deactivate).post(keys::deactivate))
            .route("/keys/{id}/delete", get(keys::ask_delete).post(keys::delete))
            .route("/try/credential", post(try_it::credential))
            .route("/account", get(account::show))
            .route("/account/client", post(account::choose_client))
            .route("/account/sessions/end", post(account::end_all_sessions))
            .route("/account/sessions/{id}/end", post(account::end_session))
            .route("/pages/{slug}", get(pages::show))
            .route("/-/logo/{digest}", get(here::logo))
            .merge(site::routes())
            .merge(site::sign_in::routes(""))
            .fallback(async || Oops::no_page())
            .layer(DefaultBodyLimit::max(FORM_BYTES))
            .layer(from_fn_with_state(self.clone(), at_home))
            .with_state(self.clone());
        let settings = site::Settings {
            environment: self.environment.clone(),
            session_cookie: self.session_cookie(),
            secure: self.is_secure(),
        };
        visited(router, settings)
    }

    fn is_secure(&self) -> bool {
        self.settings.portals_url.starts_with("https://")
    }

    /// The cookie that holds sessions. Over TLS its name keeps other portals of the domain from setting it.
    fn session_cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-portico_portal" } else { SESSION_COOKIE }
    }
}

/// Finds the portal that was asked for, and gives errors its look.
async fn at_home(State(portals): State<Portals>, visit: Visit, mut request: Request, next: Next) -> Response {
    let here = match Here::find(&portals, &visit.host).await {
        Ok(Some(here)) => here,
        Ok(None) => {
            let nowhere = Oops::no_portal();
            return dressed(axum::response::IntoResponse::into_response(nowhere), || here::nowhere(visit));
        }
        Err(oops) => {
            return dressed(axum::response::IntoResponse::into_response(oops), || here::nowhere(visit));
        }
    };
    request.extensions_mut().insert(here.clone());
    let response = next.run(request).await;
    let person = response.extensions().get::<me::Shown>().cloned();
    dressed(response, || match person {
        Some(me::Shown(frame)) => frame,
        None => here.frame(visit),
    })
}
