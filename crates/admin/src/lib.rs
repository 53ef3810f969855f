//! The console: pages for those who publish APIs and look after workspaces.
//!
//! A page is a module with its templates' structs, its handlers, and nothing else: a handler reads from
//! the store and writes through an action, as the operator. A new one gets its routes in
//! [`Console::router`] and its line in the navigation (`me::Side`).

mod account;
mod audit;
mod choices;
mod clients;
mod collections;
mod connections;
mod failed;
mod list;
mod mail;
mod me;
mod members;
mod overview;
mod pictures;
mod policies;
mod portals;
mod question;
mod requests;
mod sign_in;
mod tokens;

use actions::Actions;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use model::environment::Environment;
use site::brand::Brand;
use site::{Frame, Oops, Visit, dressed, visited};
use store::Db;

/// What the addresses of all pages begin with.
pub(crate) const BASE: &str = "/console";

/// The most bytes of a form.
const FORM_BYTES: usize = 256 << 10;

/// The console on a database. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    db: Db,
    actions: Actions,
    environment: Environment,
    settings: Settings,
}

/// What the console is told about its surroundings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the gateway is called.
    pub gateway_url: String,
    /// Whether pages come over TLS.
    pub secure: bool,
}

impl Console {
    /// The console on this database.
    pub fn new(db: Db, actions: Actions, environment: Environment, settings: Settings) -> Self {
        Self { db, actions, environment, settings }
    }

    /// Where the gateway is called, without a slash at the end.
    pub(crate) fn gateway_url(&self) -> &str {
        self.settings.gateway_url.trim_end_matches('/')
    }

    /// The cookie that holds sessions: its name keeps other hosts of the domain from setting it, where
    /// TLS lets browsers hold them to that.
    fn session_cookie(&self) -> &'static str {
        if self.settings.secure { "__Host-portico_console" } else { "portico_console" }
    }

    /// Answers what begins with `/console`, and `/-/` for what pages are shown with.
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/console", get(overview::show))
            .route("/console/workspace", post(me::choose_workspace))
            .route("/console/account", get(account::show))
            .route("/console/account/sessions/end", post(account::end_others))
            .route("/console/account/sessions/{id}/end", post(account::end_session))
            .route("/console/requests", get(requests::list))
            .route("/console/requests/{id}", post(requests::decide))
            .route("/console/members", get(members::list).post(members::invite))
            .route("/console/members/{id}", post(members::change))
            .route("/console/mail", get(mail::list))
            .route("/console/mail/{id}/retry", post(mail::retry))
            .route("/console/mail/{id}/link", post(mail::show_link))
            .route("/console/audit", get(audit::list))
            .route("/console/tokens", get(tokens::list).post(tokens::create))
            .route("/console/tokens/{id}", get(tokens::show_one).post(tokens::change))
            .merge(clients::routes())
            .merge(portals::routes())
            .merge(collections::routes())
            .merge(connections::routes())
            .merge(policies::routes())
            .merge(site::sign_in::routes(BASE))
            .route("/console/{*rest}", get(async || Oops::no_page()))
            .merge(site::routes())
            .layer(DefaultBodyLimit::max(FORM_BYTES))
            .layer(from_fn_with_state(self.clone(), with_looks))
            .with_state(self.clone());
        let settings = site::Settings {
            environment: self.environment.clone(),
            session_cookie: self.session_cookie(),
            secure: self.settings.secure,
        };
        visited(router, settings)
    }
}

/// Gives errors the look of the console.
async fn with_looks(State(_): State<Console>, visit: Visit, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    dressed(response, || frame(visit))
}

/// What surrounds every page of the console.
fn frame(visit: Visit) -> Frame {
    Frame { home: BASE.to_owned(), ..Frame::new("Portico", Brand::of(""), visit) }
}
