//! What the tests of several crates stand on: time and chance that are the same in every run, a workspace on
//! a database of its own, and what a router answers. No part of the program: it is named under
//! dev-dependencies alone.
#![expect(clippy::unwrap_used, reason = "whatever goes wrong here ends a test")]

mod environment;

use std::net::SocketAddr;
use std::sync::Arc;

use actions::{Actions, Actor, WorkspaceDraft};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use model::access::Role;
use model::audit::{By, Origin};
use model::environment::Environment;
use store::{Db, Location};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub use environment::{CountingRandom, StillClock};

/// A new SQLite database, and what may be done with it.
pub struct Stage {
    /// The database, migrated and empty.
    pub db: Db,
    /// What people may do.
    pub actions: Actions,
    /// Time and chance of both.
    pub environment: Environment,
    /// The clock in it.
    pub clock: Arc<StillClock>,
    _folder: TempDir,
}

impl Stage {
    /// One at this moment, such as `2026-05-03T14:05:00Z`.
    pub async fn at(now: &str) -> Self {
        let clock = Arc::new(StillClock::at(now));
        let environment = Environment { clock: clock.clone(), random: Arc::new(CountingRandom::default()) };
        let folder = tempfile::tempdir().unwrap();
        let settings = store::Settings {
            location: Location::Sqlite(folder.path().join("portico.db")),
            master_key: [7; store::MASTER_KEY_BYTES],
            environment: environment.clone(),
            connections: 4,
        };
        let db = Db::open(settings).await.unwrap();
        db.migrate().await.unwrap();
        let actions = Actions::new(db.clone(), environment.clone());
        Self { db, actions, environment, clock, _folder: folder }
    }

    /// A new workspace, and an admin of it.
    pub async fn workspace(&self, handle: &str, time_zone: &str) -> Actor {
        let origin = Origin { by: By::CommandLine, name: "test".to_owned(), address: None, user_agent: None };
        let draft = WorkspaceDraft {
            handle: handle.to_owned(),
            name: format!("The {handle} workspace"),
            contact_email: format!("{handle}@example.com"),
            time_zone: time_zone.to_owned(),
        };
        let workspace = self.actions.create_workspace(origin.clone(), draft).await.unwrap();
        Actor { workspace, role: Role::Admin, restricted: None, origin, expected: None, pending: None }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; what is no text in it is replaced.
    pub body: String,
}

impl Answer {
    /// The text of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where a page leads on to, after something was done.
    pub fn leads(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location")
    }

    /// The token of the forms on a page.
    pub fn csrf(&self) -> &str {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap_or_default()
    }
}

/// What a router answers to a request from this peer, unless the request says itself where it comes from.
pub async fn ask(router: &Router, peer: SocketAddr, mut request: Request<Body>) -> Answer {
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}
