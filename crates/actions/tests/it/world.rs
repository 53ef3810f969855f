//! A workspace with a portal and a developer, on SQLite, with a clock that a test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use actions::{Actions, Actor, MailToSend, Place, PortalDraft, SignInFault, SignedIn, Whence, Wish};
use jiff::{SignedDuration, Timestamp};
use model::access::Role;
use model::audit::{By, Origin};
use model::environment::{Clock, Environment, Random};
use model::page::Page;
use model::people::{CameBy, PortalUser};
use model::portal::{Portal, PortalSettings, SignInMethods};
use model::workspace::Workspace;
use store::portal_users::NewPortalUser;
use store::{Db, Location, MASTER_KEY_BYTES, Settings};
use tempfile::TempDir;

pub(crate) const EMAIL: &str = "ada@example.test";

pub(crate) const PASSWORD: &str = "correct horse battery";

struct Turned {
    now: AtomicI64,
    start: Instant,
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn instant(&self) -> Instant {
        self.start
    }
}

/// Splitmix64 (Steele, Lea and Flood, 2014): the same bytes in every run.
struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) actions: Actions,
    pub(crate) workspace: Workspace,
    pub(crate) portal: Portal,
    pub(crate) user: PortalUser,
    clock: Arc<Turned>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the turned clock begins at some instant")]
        let start = Instant::now();
        let now = AtomicI64::new(Timestamp::constant(1_750_000_000, 0).as_microsecond());
        let clock = Arc::new(Turned { now, start });
        let environment = Environment {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Seeded(AtomicU64::new(1))),
        };
        let settings = Settings {
            location: Location::Sqlite(folder.path().join("portico.db")),
            master_key: [7; MASTER_KEY_BYTES],
            environment: environment.clone(),
            connections: 2,
        };
        let db = Db::open(settings).await.unwrap();
        db.migrate().await.unwrap();
        let actions = Actions::new(db.clone(), environment);
        let workspace = actions.default_workspace().await.unwrap();
        let actor = operator(&workspace);
        let portal = a_portal(&actions, &actor, "idea").await;
        let user = a_user(&db, &portal, EMAIL).await;
        Self { db, actions, workspace, portal, user, clock, _folder: folder }
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place::Portal(&self.portal)
    }

    pub(crate) fn actor(&self) -> Actor {
        operator(&self.workspace)
    }

    pub(crate) fn wait(&self, time: SignedDuration) {
        self.clock.now.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }

    /// Which ways lead into the portal.
    pub(crate) async fn allow(&self, sign_in: SignInMethods) {
        let mut tx = self.db.begin().await.unwrap();
        let settings = PortalSettings { sign_in, oidc: None, jit: None };
        store::portal_settings::update(&mut tx, self.portal.id, &settings, self.portal.created_at)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The next mail. It is there or will be.
    pub(crate) async fn mail(&self) -> MailToSend {
        loop {
            match self.actions.take_mail().await.unwrap() {
                Some(mail) => return mail,
                None => self.actions.mail_was_written().await,
            }
        }
    }

    /// The token in the link of a mail.
    pub(crate) async fn token(&self) -> String {
        let mail = self.mail().await;
        let link = mail.text.link.unwrap();
        link.rsplit_once("/sign-in/link/").unwrap().1.to_owned()
    }

    /// Has a link sent and gives its token.
    pub(crate) async fn link(&self, wish: Wish) -> String {
        self.actions.request_link(self.place(), wish, EMAIL, None, &Whence::default()).await.unwrap();
        self.token().await
    }

    /// Signs in with a new link.
    pub(crate) async fn sign_in(&self) -> SignedIn {
        let token = self.link(Wish::SignIn).await;
        self.follow(&token).await.unwrap()
    }

    pub(crate) async fn follow(&self, token: &str) -> Result<SignedIn, SignInFault> {
        self.actions.use_link(self.place(), token, None, &Whence::default(), None).await
    }

    /// Whether this is the token of a session in the portal.
    pub(crate) async fn knows(&self, token: &str) -> bool {
        self.actions.developer(&self.portal, token).await.unwrap().is_some()
    }

    /// What was done, newest first, with the names of who did it.
    pub(crate) async fn deeds(&self) -> Vec<String> {
        let lines = store::audit::list(&self.db, self.workspace.id, Page::default()).await.unwrap();
        lines.into_iter().map(|line| format!("{} {}", line.actor_name, line.deed)).collect()
    }
}

fn operator(workspace: &Workspace) -> Actor {
    let origin = Origin { by: By::CommandLine, name: "a test".to_owned(), address: None, user_agent: None };
    Actor {
        workspace: workspace.clone(),
        role: Role::Admin,
        restricted: None,
        origin,
        expected: None,
        pending: None,
    }
}

pub(crate) async fn a_portal(actions: &Actions, actor: &Actor, subdomain: &str) -> Portal {
    let draft = PortalDraft {
        name: format!("The {subdomain} portal"),
        subdomain: subdomain.to_owned(),
        brand_color: None,
        collections: Vec::new(),
    };
    actions.create_portal(actor, draft).await.unwrap()
}

pub(crate) async fn a_user(db: &Db, portal: &Portal, email: &str) -> PortalUser {
    let new = NewPortalUser {
        workspace: portal.workspace,
        portal: portal.id,
        email,
        name: "",
        came_by: CameBy::Invitation,
        clients: &[],
    };
    let mut tx = db.begin().await.unwrap();
    let id = store::portal_users::insert(&mut tx, new, portal.created_at).await.unwrap();
    tx.commit().await.unwrap();
    store::portal_users::find(db, portal.workspace, id).await.unwrap().unwrap()
}

pub(crate) async fn change_user(world: &World, change: impl FnOnce(&mut PortalUser)) {
    let mut user = world.user.clone();
    change(&mut user);
    let mut tx = world.db.begin().await.unwrap();
    store::portal_users::update(&mut tx, &user, user.updated_at).await.unwrap();
    tx.commit().await.unwrap();
}
