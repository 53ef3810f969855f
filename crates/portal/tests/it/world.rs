//! A portal with an API, a client and a developer, and browsers of it.

use std::net::SocketAddr;

use actions::{Actions, Actor, ClientDraft, CollectionDraft, JwtDraft, PortalDraft};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::ToSpan as _;
use model::client::AuthType;
use model::id::{ClientId, CollectionId, PortalId};
use model::identity::{SignInMethod, Site, Subject};
use model::people::CameBy;
use model::secret::{Secret, SecretKind};
use portal::{Portals, SESSION_COOKIE, Settings};
use store::Db;
use store::identity::sessions::NewSession;
use store::portal_users::NewPortalUser;
pub(crate) use testing::Answer;
use testing::{Stage, ask};

/// When everything happens.
const NOW: &str = "2026-05-03T14:05:00Z";

/// The host of the portal that every test has.
pub(crate) const HOST: &str = "idea.localhost:8070";

pub(crate) struct World {
    pub(crate) actions: Actions,
    pub(crate) db: Db,
    pub(crate) actor: Actor,
    pub(crate) portal: PortalId,
    stage: Stage,
    router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        let stage = Stage::at(NOW).await;
        let (db, actions) = (stage.db.clone(), stage.actions.clone());
        let settings = Settings {
            gateway_url: "https://api.example.com/".to_owned(),
            portals_url: "http://{subdomain}.localhost:8070".to_owned(),
        };
        let environment = stage.environment.clone();
        let router = Portals::new(db.clone(), actions.clone(), environment, settings).router();
        let actor = stage.workspace("main", "Europe/Berlin").await;
        let mut world = Self { actions, db, actor, portal: PortalId(0), stage, router };
        world.portal = world.portal_at("idea", &[]).await;
        world
    }

    pub(crate) async fn portal_at(&self, subdomain: &str, collections: &[CollectionId]) -> PortalId {
        let draft = PortalDraft {
            name: "IDEA Lifestyle".to_owned(),
            subdomain: subdomain.to_owned(),
            brand_color: None,
            collections: collections.to_vec(),
        };
        self.actions.create_portal(&self.actor, draft).await.unwrap().id
    }

    /// An API that the portal shows to everyone.
    pub(crate) async fn api(&self, name: &str, document: &str) -> CollectionId {
        let draft = CollectionDraft {
            name: name.to_owned(),
            specification: Some(document.to_owned().into()),
            activate: true,
            ..CollectionDraft::default()
        };
        let collection = self.actions.create_collection(&self.actor, draft).await.unwrap().collection.id;
        let publication = model::portal::Publication {
            collection,
            visibility: model::portal::Visibility::Everyone,
            auto_approve: false,
        };
        let mut tx = self.db.begin().await.unwrap();
        store::publications::put(&mut tx, self.portal, publication).await.unwrap();
        tx.commit().await.unwrap();
        collection
    }

    pub(crate) async fn client(&self, name: &str, collections: &[CollectionId]) -> ClientId {
        let draft = ClientDraft {
            name: name.to_owned(),
            description: String::new(),
            project: None,
            auth_type: AuthType::Token,
            jwt: JwtDraft::default(),
            policy: None,
            portal: None,
            email: None,
            collections: collections.to_vec(),
        };
        self.actions.create_client(&self.actor, draft).await.unwrap().client.id
    }

    /// A client that may call nothing and authenticates like this.
    pub(crate) async fn client_with(&self, name: &str, auth_type: AuthType) -> ClientId {
        let draft = ClientDraft {
            name: name.to_owned(),
            description: String::new(),
            project: None,
            auth_type,
            jwt: JwtDraft::default(),
            policy: None,
            portal: None,
            email: None,
            collections: Vec::new(),
        };
        self.actions.create_client(&self.actor, draft).await.unwrap().client.id
    }

    /// Somebody who is signed in to the portal and acts for these clients.
    pub(crate) async fn developer(&self, email: &str, clients: &[ClientId]) -> Browser<'_> {
        let now = self.stage.environment.now();
        let mut tx = self.db.begin().await.unwrap();
        let new = NewPortalUser {
            workspace: self.actor.workspace.id,
            portal: self.portal,
            email,
            name: "",
            came_by: CameBy::Invitation,
            clients,
        };
        store::portal_users::insert(&mut tx, new, now).await.unwrap();
        tx.commit().await.unwrap();
        self.again(email).await
    }

    /// Another browser in which a developer is signed in.
    pub(crate) async fn again(&self, email: &str) -> Browser<'_> {
        let token = Secret::issue(SecretKind::Session, &self.stage.environment);
        let now = self.stage.environment.now();
        let mut tx = self.db.begin().await.unwrap();
        let workspace = self.actor.workspace.id;
        let user =
            store::portal_users::by_email(&mut tx, workspace, self.portal, email).await.unwrap().unwrap();
        let session = NewSession {
            token: &token,
            subject: Subject::PortalUser(user.id),
            site: Site::Portal(self.portal),
            method: SignInMethod::Link,
            address: None,
            user_agent: None,
            expires_at: now + 24.hours(),
        };
        store::identity::sessions::insert(&mut tx, session, now).await.unwrap();
        tx.commit().await.unwrap();
        Browser { world: self, cookie: format!("{SESSION_COOKIE}={}", token.expose()), host: HOST }
    }

    pub(crate) fn nobody(&self) -> Browser<'_> {
        Browser { world: self, cookie: String::new(), host: HOST }
    }
}

/// A browser with its cookie.
pub(crate) struct Browser<'w> {
    world: &'w World,
    pub(crate) cookie: String,
    pub(crate) host: &'w str,
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

    /// Sends a form with the token of the page that it is on.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.get("/account").await.csrf().to_owned();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post_raw(path, &all, &[("origin", "http://idea.localhost:8070")]).await
    }

    pub(crate) async fn post_raw(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            self.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut form = String::new();
        for (name, value) in fields {
            let encoded = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            form.push_str(&format!("{name}={encoded}&"));
        }
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(path).header("host", self.host).header("cookie", &self.cookie)
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        ask(&self.world.router, SocketAddr::from(([106, 226, 101, 9], 40_000)), request).await
    }
}
