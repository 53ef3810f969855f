//! A server without sockets, and callers of it.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use actions::{Actions, Actor, TokenDraft, WorkspaceDraft};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use management::{Management, ProjectIdForm, Rate, Settings};
use model::access::Role;
use model::audit::{By, Origin};
use model::environment::{Clock, Environment, Random};
use model::net::IpRules;
use serde_json::Value;
use store::{Db, Location};
use tower::ServiceExt as _;

/// A clock that stands still until it is set.
struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "an instant cannot be made up")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// Never the same bytes twice, and in every run the same ones.
struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

/// So many calls a second, and so many at once.
pub(crate) fn rate(per_second: u32, burst: u32) -> Rate {
    let number = |number| NonZeroU32::new(number).unwrap();
    Rate { per_second: number(per_second), burst: number(burst) }
}

/// The API on a new SQLite database, at 19:06:51.748 in Los Angeles on 11 February 2025.
pub(crate) struct World {
    pub(crate) actions: Actions,
    pub(crate) db: Db,
    clock: Arc<StillClock>,
    router: Router,
    environment: Environment,
    settings: Settings,
    _directory: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let now: Timestamp = "2025-02-12T03:06:51.748294Z".parse().unwrap();
        let clock = Arc::new(StillClock(AtomicI64::new(now.as_microsecond())));
        let random = Arc::new(CountingRandom(AtomicU64::new(0)));
        let environment = Environment { clock: clock.clone(), random };
        let directory = tempfile::tempdir().unwrap();
        let settings = store::Settings {
            location: Location::Sqlite(directory.path().join("portico.db")),
            master_key: [7; store::MASTER_KEY_BYTES],
            environment: environment.clone(),
            connections: 4,
        };
        let db = Db::open(settings).await.unwrap();
        db.migrate().await.unwrap();
        let actions = Actions::new(db.clone(), environment.clone());
        let settings = Settings {
            gateway_url: "https://api.example.com/".to_owned(),
            control_url: "https://control.example.com".to_owned(),
            project_id_form: ProjectIdForm::Auto,
            sunset: None,
            rate: rate(1_000_000, 1_000_000),
            anonymous_rate: rate(1_000_000, 1_000_000),
        };
        let management = Management::new(db.clone(), actions.clone(), environment.clone(), settings.clone());
        let router = management.router();
        Self { actions, db, clock, router, environment, settings, _directory: directory }
    }

    /// The same database behind an API with another setting.
    pub(crate) fn with_project_ids(self, form: ProjectIdForm) -> Self {
        self.with(|settings| settings.project_id_form = form)
    }

    /// The same database behind an API with other settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        let (db, actions) = (self.db.clone(), self.actions.clone());
        self.router = Management::new(db, actions, self.environment.clone(), self.settings.clone()).router();
        self
    }

    /// The same database behind an API whose trials of connections come to this.
    pub(crate) fn with_prober(mut self, probed: model::Probed) -> Self {
        self.actions = self.actions.with_prober(Arc::new(move |_| {
            let probed = probed.clone();
            Box::pin(async move { probed })
        }));
        self.with(|_| {})
    }

    pub(crate) fn set_clock(&self, now: &str) {
        let now: Timestamp = now.parse().unwrap();
        self.clock.0.store(now.as_microsecond(), Ordering::Relaxed);
    }

    /// A new workspace.
    pub(crate) async fn workspace(&self, handle: &str) -> Actor {
        let origin = Origin { by: By::CommandLine, name: "test".to_owned(), address: None, user_agent: None };
        let draft = WorkspaceDraft {
            handle: handle.to_owned(),
            name: format!("The {handle} workspace"),
            contact_email: format!("{handle}@example.com"),
            time_zone: "America/Los_Angeles".to_owned(),
        };
        let workspace = self.actions.create_workspace(origin.clone(), draft).await.unwrap();
        Actor { workspace, role: Role::Admin, restricted: None, origin, expected: None, pending: None }
    }

    /// A new token of a workspace.
    pub(crate) async fn token(&self, actor: &Actor, name: &str, role: Role) -> String {
        let draft = TokenDraft {
            name: name.to_owned(),
            role,
            projects: None,
            rules: IpRules::default(),
            expires_at: None,
        };
        self.token_of(actor, draft).await
    }

    pub(crate) async fn token_of(&self, actor: &Actor, draft: TokenDraft) -> String {
        self.actions.create_token(actor, draft).await.unwrap().token.expose().to_owned()
    }

    /// Somebody with an admin's token of a new workspace.
    pub(crate) async fn admin(&self, handle: &str) -> Somebody<'_> {
        let actor = self.workspace(handle).await;
        let token = self.token(&actor, "admin", Role::Admin).await;
        Somebody { world: self, token, actor }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::from(([192, 0, 2, 7], 40_000));
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    /// What is served to everyone under this path, whatever bytes it is.
    pub(crate) async fn image(&self, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// Sends a request without a token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

/// Whoever holds a token.
pub(crate) struct Somebody<'w> {
    pub(crate) world: &'w World,
    pub(crate) token: String,
    pub(crate) actor: Actor,
}

impl Somebody<'_> {
    /// A request as the Python command line sends it: with a content type, whatever the method.
    pub(crate) fn request(&self, method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        // There a change says what it changes.
        let must_match = path.starts_with("/api/portico/") && matches!(method, "PUT" | "DELETE");
        let request = if must_match { request.header("if-match", "*") } else { request };
        request.body(body.into()).unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.world.send(self.request(method, path, body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Body::empty()).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send("PUT", path, Body::empty()).await
    }

    pub(crate) async fn put_json(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, body.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, Body::empty()).await
    }
}

/// An answer. Shown, it is its status and its JSON, with secrets blotted out.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The JSON of a success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and message of a problem, in one line.
    pub(crate) fn problem(&self) -> String {
        assert!(!self.status.is_success(), "{}", self.text);
        format!("{} {}", self.status.as_u16(), self.json()["message"].as_str().unwrap())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pretty = serde_json::to_string_pretty(&self.json()).unwrap();
        write!(f, "{} {}", self.status.as_u16(), blotted(&pretty))
    }
}

/// The text with every token in it replaced by its length.
pub(crate) fn blotted(text: &str) -> String {
    let mut blotted = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\n']) {
        if character.is_ascii_hexdigit() {
            word.push(character);
            continue;
        }
        match word.len() {
            length @ (32 | 64) => blotted.push_str(&format!("<{length} hex digits>")),
            _ => blotted.push_str(&word),
        }
        word.clear();
        blotted.push(character);
    }
    blotted.pop();
    blotted
}

/// A document with two operations that can be served and one that cannot.
pub(crate) fn document() -> Value {
    serde_json::json!({
        "openapi": "3.1.0",
        "info": { "title": "Quotes", "version": "1.0" },
        "servers": [{ "url": "https://backend.example.com/v1" }],
        "paths": {
            "/quotes": {
                "get": { "operationId": "listQuotes", "responses": { "200": { "description": "Quotes" } } },
            },
            "/quotes/{id}": {
                "get": { "summary": "Get a quote", "description": "One quote.", "responses": {} },
                "trace": { "responses": {} },
            },
        },
    })
}
