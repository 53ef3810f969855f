//! Payloads of the management API, from any bytes: whatever is sent, the answer is a success or says what is
//! wrong. Run by the fuzzer, and on its seeds by an ordinary test.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actions::{Actions, Actor, TokenDraft, WorkspaceDraft};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use management::{Management, ProjectIdForm, Rate, Route, Settings};
use model::access::Role;
use model::audit::{By, Origin};
use model::environment::{Clock, Environment, Random};
use model::net::IpRules;
use serde_json::Value;
use store::{Db, Location};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// After so many payloads all begins anew, since some of them make something.
const PAYLOADS: u64 = 5_000;

struct System {
    started: Instant,
    count: AtomicU64,
}

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_750_000_000, 0)
    }

    fn instant(&self) -> Instant {
        self.started
    }
}

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

/// The API on a database of its own, with one thing of most kinds in it.
pub(crate) struct Api {
    runtime: Runtime,
    routes: Vec<Route>,
    world: World,
    sent: u64,
}

struct World {
    router: Router,
    token: String,
    _folder: tempfile::TempDir,
}

impl Api {
    /// A new one.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let world = runtime.block_on(World::new());
        let routes = management::routes().into_iter().filter(|route| route.method != "GET").collect();
        Self { runtime, routes, world, sent: 0 }
    }

    /// The operations that take a payload.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.operation.as_str())
    }

    /// Sends a payload: the first line names the operation, and the rest is its body. A line that names none
    /// stands for one or another.
    pub(crate) fn payload(&mut self, bytes: &[u8]) {
        self.sent += 1;
        if self.sent.is_multiple_of(PAYLOADS) {
            self.world = self.runtime.block_on(World::new());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
        let named = self.routes.iter().find(|route| route.operation.as_bytes() == line);
        let place =
            line.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        let route = named.or_else(|| self.routes.get(place % self.routes.len().max(1)));
        let Some(route) = route else { return };
        let mut path = route.path.clone();
        while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(start..=end, "1");
        }
        let (status, answer) = self.runtime.block_on(self.world.send(route.method, &path, body.to_vec()));
        assert!(status < 500, "{} {path}: {status} {answer}", route.method);
        let answer: Value = serde_json::from_str(&answer).expect("every answer is JSON");
        assert_eq!(
            status >= 400,
            answer["message"].is_string() && status != 200,
            "{} {path}: {answer}",
            route.method
        );
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    async fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "an instant cannot be made up")]
        let system = Arc::new(System { started: Instant::now(), count: AtomicU64::new(0) });
        let environment = Environment { clock: system.clone(), random: system };
        let folder = tempfile::tempdir().expect("a folder");
        let settings = store::Settings {
            location: Location::Sqlite(folder.path().join("portico.db")),
            master_key: [7; store::MASTER_KEY_BYTES],
            environment: environment.clone(),
            connections: 2,
        };
        let db = Db::open(settings).await.expect("a database");
        db.migrate().await.expect("its tables");
        let actions = Actions::new(db.clone(), environment.clone());
        let origin = Origin { by: By::CommandLine, name: "fuzz".to_owned(), address: None, user_agent: None };
        let draft = WorkspaceDraft {
            handle: "main".to_owned(),
            name: "Main".to_owned(),
            contact_email: "main@example.com".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        };
        let workspace = actions.create_workspace(origin.clone(), draft).await.expect("a workspace");
        let (role, restricted) = (Role::Admin, None);
        let actor = Actor { workspace, role, restricted, origin, expected: None, pending: None };
        let (projects, rules) = (None, IpRules::default());
        let draft = TokenDraft { name: "fuzz".to_owned(), role, projects, rules, expires_at: None };
        let token = actions.create_token(&actor, draft).await.expect("a token").token.expose().to_owned();
        let often = Rate { per_second: NonZeroU32::MAX, burst: NonZeroU32::MAX };
        let settings = Settings {
            gateway_url: "https://api.example.com".to_owned(),
            control_url: "https://control.example.com".to_owned(),
            project_id_form: ProjectIdForm::Auto,
            sunset: None,
            rate: often,
            anonymous_rate: often,
        };
        let router = Management::new(db, actions, environment, settings).router();
        let world = Self { router, token, _folder: folder };
        for (path, body) in [
            ("/api/folders", r#"{"name":"F"}"#),
            ("/api/portico/v1/connections", r#"{"name":"B","base_url":"http://backend.example.com"}"#),
            ("/api/api_collections", r#"{"name":"C","proxy_connection_id":1}"#),
            ("/api/api_collections/1/api_endpoints", r#"{"name":"E","method":"GET","path":"e"}"#),
            ("/api/v2/api_clients", r#"{"name":"A","auth_type":"token","api_collection_ids":[1]}"#),
            ("/api/v2/api_clients/1/api_keys", r#"{"name":"K","active":true}"#),
            ("/api/portico/v1/api_policies", r#"{"name":"Slow","rate_limit":{"requests":1,"per":"second"}}"#),
            ("/api/portico/v1/api_portals", r#"{"name":"P","subdomain":"p"}"#),
            ("/api/portico/v1/portal_users", r#"{"api_portal_id":1,"email":"ada@example.com"}"#),
        ] {
            let (status, answer) = world.send("POST", path, body.into()).await;
            assert_eq!(status, 200, "{path}: {answer}");
        }
        world
    }

    async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("if-match", "*");
        let mut request = request.body(Body::from(body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 40_000))));
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("an answer").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}
