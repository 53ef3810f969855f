//! A workspace, and browsers of its members.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use actions::{Actions, Actor, ClientDraft, CollectionDraft, JwtDraft, PortalDraft};
use admin::{Console, Settings};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::ToSpan as _;
use model::client::AuthType;
use model::endpoint::Connection;
use model::id::{ClientId, CollectionId, PolicyId, PortalId};
use model::identity::{SignInMethod, Site, Subject};
use model::people::{Member, MemberRole, MemberState};
use model::probe::Probed;
use model::secret::{Secret, SecretKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use store::Db;
use store::identity::sessions::NewSession;
use testing::{Answer, Stage, ask};

/// When everything happens.
const NOW: &str = "2026-05-03T14:05:00Z";

/// What stands between the parts of a form with files.
const BOUNDARY: &str = "between-the-parts";

/// Nobody is asked: hosts that are called `down` are.
fn probed(connection: &Connection) -> Pin<Box<dyn Future<Output = Probed> + Send>> {
    let is_down = connection.base_url.host().starts_with("down");
    Box::pin(std::future::ready(Probed {
        url: connection.base_url.to_string(),
        addresses: vec![IpAddr::from([192, 0, 2, 7])],
        connected: (!is_down).then(|| IpAddr::from([192, 0, 2, 7])),
        is_verified: None,
        status: (!is_down).then_some(204),
        duration_ms: 12,
        fault: is_down.then(|| "the connection was refused; is the backend running".to_owned()),
    }))
}

pub(crate) struct World {
    pub(crate) actions: Actions,
    pub(crate) db: Db,
    pub(crate) actor: Actor,
    stage: Stage,
    router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        let stage = Stage::at(NOW).await;
        let db = stage.db.clone();
        let actions =
            stage.actions.clone().with_prober(Arc::new(|connection: Connection| probed(&connection)));
        let settings = Settings { gateway_url: "https://api.example.com/".to_owned(), secure: false };
        let environment = stage.environment.clone();
        let router = Console::new(db.clone(), actions.clone(), environment, settings).router();
        let actor = stage.workspace("main", "Europe/Berlin").await;
        Self { actions, db, actor, stage, router }
    }

    /// Somebody who is signed in to the console with this role.
    pub(crate) async fn member(&self, email: &str, role: MemberRole) -> Browser<'_> {
        let token = Secret::issue(SecretKind::Session, &self.stage.environment);
        let now = self.stage.environment.now();
        let workspace = self.actor.workspace.id;
        let mut tx = self.db.begin().await.unwrap();
        let person = store::people::insert(&mut tx, email, "", now).await.unwrap();
        let id = store::members::insert(&mut tx, workspace, person.id, role, now).await.unwrap();
        let member = store::members::find(&mut tx, workspace, id).await.unwrap().unwrap();
        let member = Member { state: MemberState::Active, ..member };
        store::members::update(&mut tx, &member, now).await.unwrap();
        let session = NewSession {
            token: &token,
            subject: Subject::Person(person.id),
            site: Site::Console,
            method: SignInMethod::Link,
            address: None,
            user_agent: None,
            expires_at: now + 24.hours(),
        };
        store::identity::sessions::insert(&mut tx, session, now).await.unwrap();
        tx.commit().await.unwrap();
        Browser { world: self, cookie: format!("portico_console={}", token.expose()) }
    }

    pub(crate) async fn owner(&self) -> Browser<'_> {
        self.member("owner@example.com", MemberRole::Owner).await
    }

    /// An API without a document.
    pub(crate) async fn collection(&self, name: &str) -> CollectionId {
        let draft = CollectionDraft { name: name.to_owned(), ..CollectionDraft::default() };
        self.actions.create_collection(&self.actor, draft).await.unwrap().collection.id
    }

    /// To whom mail was written, newest first.
    pub(crate) async fn mailed(&self) -> Vec<String> {
        let page = model::page::Page::default();
        let mails = store::mails::list(&self.db, self.actor.workspace.id, page).await.unwrap();
        mails.rows.into_iter().map(|mail| mail.recipient).collect()
    }

    /// An API from a document, active.
    pub(crate) async fn api(&self, name: &str, document: &str) -> CollectionId {
        let draft = CollectionDraft {
            name: name.to_owned(),
            specification: Some(document.to_owned().into()),
            activate: true,
            ..CollectionDraft::default()
        };
        self.actions.create_collection(&self.actor, draft).await.unwrap().collection.id
    }

    pub(crate) async fn portal(&self, name: &str, subdomain: &str) -> PortalId {
        let draft = PortalDraft {
            name: name.to_owned(),
            subdomain: subdomain.to_owned(),
            brand_color: None,
            collections: Vec::new(),
        };
        self.actions.create_portal(&self.actor, draft).await.unwrap().id
    }

    pub(crate) async fn client(
        &self,
        name: &str,
        collections: &[CollectionId],
        policy: Option<PolicyId>,
    ) -> ClientId {
        let draft = ClientDraft {
            name: name.to_owned(),
            description: String::new(),
            project: None,
            auth_type: AuthType::Token,
            jwt: JwtDraft::default(),
            policy,
            portal: None,
            email: None,
            collections: collections.to_vec(),
        };
        self.actions.create_client(&self.actor, draft).await.unwrap().client.id
    }

    /// What was done, newest first.
    pub(crate) async fn deeds(&self) -> Vec<String> {
        let page = model::page::Page::default();
        let lines = store::audit::list(&self.db, self.actor.workspace.id, page).await.unwrap();
        lines.into_iter().map(|line| line.deed).collect()
    }
}

/// A browser with its cookie.
pub(crate) struct Browser<'w> {
    world: &'w World,
    cookie: String,
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A page that must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    /// The token of this session's forms.
    async fn csrf(&self) -> String {
        self.get("/console/account").await.csrf().to_owned()
    }

    /// Sends a form that goes well, and follows it to the page that says so.
    pub(crate) async fn done(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        let said = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let said: String = said.map(|cookie| format!("; {}", cookie.split(';').next().unwrap())).collect();
        let next = Browser { world: self.world, cookie: format!("{}{said}", self.cookie) };
        next.page(answer.leads()).await
    }

    /// Sends a form with the token of this session.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(&self.csrf().await, path, fields).await
    }

    /// Sends a form with this token.
    pub(crate) async fn post_with(&self, csrf: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = format!("csrf={csrf}");
        for (name, value) in fields {
            form.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        let request = self.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    /// Sends a form with files: each has a name, a file's name unless it is a field, and its content.
    pub(crate) async fn upload(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let csrf = self.csrf().await;
        let mut all = vec![("csrf", None, csrf.as_bytes())];
        all.extend_from_slice(parts);
        self.upload_raw(path, &all).await
    }

    /// The same without a token.
    pub(crate) async fn upload_raw(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head =
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.request("POST", path).header("content-type", content_type);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8090")
            .header("origin", "http://localhost:8090")
            .header("cookie", &self.cookie)
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        ask(&self.world.router, SocketAddr::from(([127, 0, 0, 1], 40_000)), request).await
    }
}

/// What stands between two texts of a page.
pub(crate) fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {page}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} after {before:?}")).0
}
