//! A server without sockets, and callers of it.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actions::{Actions, Actor, TokenDraft};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use management::{Management, ProjectIdForm, Rate, Settings};
use model::access::Role;
use model::net::IpRules;
use serde_json::Value;
use store::Db;
use testing::{Stage, ask};
use tower::ServiceExt as _;

/// So many calls a second, and so many at once.
pub(crate) fn rate(per_second: u32, burst: u32) -> Rate {
    let number = |number| NonZeroU32::new(number).unwrap();
    Rate { per_second: number(per_second), burst: number(burst) }
}

/// The API on a new SQLite database, at 19:06:51.748 in Los Angeles on 11 February 2025.
pub(crate) struct World {
    pub(crate) actions: Actions,
    pub(crate) db: Db,
    stage: Stage,
    router: Router,
    settings: Settings,
}

impl World {
    pub(crate) async fn new() -> Self {
        let stage = Stage::at("2025-02-12T03:06:51.748294Z").await;
        let (db, actions) = (stage.db.clone(), stage.actions.clone());
        let settings = Settings {
            gateway_url: "https://api.example.com/".to_owned(),
            control_url: "https://control.example.com".to_owned(),
            project_id_form: ProjectIdForm::Auto,
            sunset: None,
            rate: rate(1_000_000, 1_000_000),
            anonymous_rate: rate(1_000_000, 1_000_000),
        };
        let environment = stage.environment.clone();
        let router = Management::new(db.clone(), actions.clone(), environment, settings.clone()).router();
        Self { actions, db, stage, router, settings }
    }

    /// The same database behind an API with another setting.
    pub(crate) fn with_project_ids(self, form: ProjectIdForm) -> Self {
        self.with(|settings| settings.project_id_form = form)
    }

    /// The same database behind an API with other settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        let (db, actions) = (self.db.clone(), self.actions.clone());
        let environment = self.stage.environment.clone();
        self.router = Management::new(db, actions, environment, self.settings.clone()).router();
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
        self.stage.clock.set(now);
    }

    /// A new workspace.
    pub(crate) async fn workspace(&self, handle: &str) -> Actor {
        self.stage.workspace(handle, "America/Los_Angeles").await
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
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = ask(&self.router, SocketAddr::from(([192, 0, 2, 7], 40_000)), request).await;
        Answer { status: answer.status, headers: answer.headers, text: answer.body }
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
