//! Sessions: random tokens that browsers hold and whose digests are kept; each is good at one place.

use jiff::{SignedDuration, Timestamp};
use model::audit::Deed;
use model::id::{ClientId, SessionId, WorkspaceId};
use model::identity::{Session, SignInMethod, Subject};
use model::page::{Page, Paged};
use model::people::{Member, PortalUser};
use model::portal::Portal;
use model::secret::{Digest, Secret, SecretKind};
use model::workspace::Workspace;
use serde_json::json;
use store::Tx;
use store::audit::Entry;
use store::identity::sessions::NewSession;

use super::who::{Who, may_enter};
use super::{Place, SignedIn};
use crate::{Actions, Actor, Error, Result, Whence};

/// The most sessions of one person at one place; the oldest ones end.
const SESSIONS: i64 = 20;

/// The most characters that are kept of what a browser says of itself.
const USER_AGENT_CHARACTERS: usize = 300;

/// How exactly it is known when a session was last used. Each finer minute would cost a write.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How long used and expired links are remembered, so that a page can say what became of them.
const LINKS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A developer who is signed in to a portal.
#[derive(Debug, Clone)]
pub struct Developer {
    /// What remembers it.
    pub session: Session,
    /// The workspace of the portal.
    pub workspace: Workspace,
    /// Who it is.
    pub user: PortalUser,
    /// The client that they act for at the moment, if they act for any.
    pub client: Option<ClientId>,
}

impl Developer {
    /// The developer as one who acts.
    pub fn actor(&self, whence: Whence) -> Actor {
        Actor::portal_user(self.workspace.clone(), &self.user, whence)
    }
}

/// Somebody who is signed in to the console.
#[derive(Debug, Clone)]
pub struct Operator {
    /// What remembers it.
    pub session: Session,
    /// The workspace that they act in at the moment.
    pub workspace: Workspace,
    /// What they are there.
    pub member: Member,
    /// All that they may come into, this one included; a hundred at most.
    pub memberships: Vec<Member>,
}

impl Operator {
    /// The operator as one who acts.
    pub fn actor(&self, whence: Whence) -> Actor {
        Actor::member(self.workspace.clone(), &self.member, whence)
    }
}

impl Actions {
    /// Begins a session, always with a token of its own: what the browser held before is no longer
    /// good for anything.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        who: &Who,
        method: SignInMethod,
        whence: &Whence,
        former: Option<&str>,
    ) -> Result<SignedIn> {
        let now = self.environment.now();
        if let Some(former) = former.and_then(digest_of)
            && let Some(former) = store::identity::sessions::by_digest(&mut *tx, former).await?
        {
            store::identity::sessions::end(tx, former.subject, former.id).await?;
        }
        let token = Secret::issue(SecretKind::Session, &self.environment);
        let expires_at = now + self.door.rules().absolute;
        let user_agent: Option<String> =
            whence.user_agent.as_ref().map(|text| text.chars().take(USER_AGENT_CHARACTERS).collect());
        let new = NewSession {
            token: &token,
            subject: who.subject(),
            site: who.site(),
            method,
            address: whence.address.map(|address| address.to_string()),
            user_agent: user_agent.as_deref(),
            expires_at,
        };
        let session = store::identity::sessions::insert(tx, new, now).await?;
        store::identity::sessions::trim(tx, who.subject(), SESSIONS).await?;
        self.note_sign_in(tx, who).await?;
        self.record_own(tx, who, whence, Deed::SignedIn, json!({ "with": method.as_str() })).await?;
        Ok(SignedIn { session, token, expires_at, next: None })
    }

    /// Writes an audit line of what somebody did about themselves.
    pub(crate) async fn record_own(
        &self,
        tx: &mut Tx,
        who: &Who,
        whence: &Whence,
        deed: Deed,
        details: serde_json::Value,
    ) -> Result<()> {
        let entry = Entry {
            workspace: who.workspace(),
            deed,
            subject: who.id(),
            subject_name: who.email(),
            details: &details,
        };
        Ok(store::audit::record(tx, &who.origin(whence), entry, self.environment.now()).await?)
    }

    /// The developer whose session this is, if it is good in this portal now.
    pub async fn developer(&self, portal: &Portal, token: &str) -> Result<Option<Developer>> {
        let place = Place::Portal(portal);
        let Some(session) = self.session(place, token).await? else { return Ok(None) };
        let Some(Who::PortalUser(user)) = self.who(&self.db, place, session.subject).await? else {
            return Ok(None);
        };
        let Some(workspace) = store::workspaces::find(&self.db, portal.workspace).await? else {
            return Ok(None);
        };
        self.seen(&session).await?;
        let chosen = session.acting_for.map(ClientId).filter(|client| user.clients.contains(client));
        let client = chosen.or(user.clients.first().copied());
        Ok(Some(Developer { session, workspace, user, client }))
    }

    /// The operator whose session this is, if it is good now.
    pub async fn operator(&self, token: &str) -> Result<Option<Operator>> {
        let Some(session) = self.session(Place::Console, token).await? else { return Ok(None) };
        let Subject::Person(person) = session.subject else { return Ok(None) };
        let members = store::members::of_person(&self.db, person, Page::default()).await?;
        let memberships: Vec<Member> = members.rows.into_iter().filter(may_enter).collect();
        let chosen = session.acting_for.map(WorkspaceId);
        let member = memberships.iter().find(|member| Some(member.workspace) == chosen);
        let Some(member) = member.or(memberships.first()).cloned() else { return Ok(None) };
        let Some(workspace) = store::workspaces::find(&self.db, member.workspace).await? else {
            return Ok(None);
        };
        self.seen(&session).await?;
        Ok(Some(Operator { session, workspace, member, memberships }))
    }

    async fn session(&self, place: Place<'_>, token: &str) -> Result<Option<Session>> {
        let Some(digest) = digest_of(token) else { return Ok(None) };
        let session = store::identity::sessions::by_digest(&self.db, digest).await?;
        let now = self.environment.now();
        let is_good = |session: &Session| {
            session.site == place.site()
                && now < session.expires_at
                && now < session.last_seen_at + self.door.rules().idle
        };
        Ok(session.filter(is_good))
    }

    async fn seen(&self, session: &Session) -> Result<()> {
        let now = self.environment.now();
        if now.duration_since(session.last_seen_at) < SEEN_EVERY {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        store::identity::sessions::touch(&mut tx, session.id, now).await?;
        Ok(tx.commit().await?)
    }

    /// Lets a developer act for another of their clients.
    pub async fn choose_client(&self, developer: &Developer, client: ClientId) -> Result<()> {
        if !developer.user.clients.contains(&client) {
            return Err(Error::Missing("API client"));
        }
        self.choose(developer.session.id, client.0).await
    }

    /// Lets an operator act in another of their workspaces.
    pub async fn choose_workspace(&self, operator: &Operator, workspace: WorkspaceId) -> Result<()> {
        if !operator.memberships.iter().any(|member| member.workspace == workspace) {
            return Err(Error::Missing("workspace"));
        }
        self.choose(operator.session.id, workspace.0).await
    }

    async fn choose(&self, session: SessionId, acting_for: i64) -> Result<()> {
        let mut tx = self.db.begin().await?;
        store::identity::sessions::choose(&mut tx, session, acting_for).await?;
        Ok(tx.commit().await?)
    }

    /// The sessions of somebody, newest first.
    pub async fn sessions(&self, session: &Session, page: Page) -> Result<Paged<Session>> {
        Ok(store::identity::sessions::list(&self.db, session.subject, page).await?)
    }

    /// Ends one of somebody's own sessions: this one is signed out, or another browser.
    pub async fn end_session(
        &self,
        place: Place<'_>,
        session: &Session,
        ended: SessionId,
        whence: &Whence,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        if !store::identity::sessions::end(&mut tx, session.subject, ended).await? {
            return Err(Error::Missing("session"));
        }
        if let Some(who) = self.who(&mut tx, place, session.subject).await? {
            let details = json!({ "session": ended.0 });
            self.record_own(&mut tx, &who, whence, Deed::SignedOut, details).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends all of somebody's own sessions but this one; gives how many there were.
    pub async fn end_other_sessions(
        &self,
        place: Place<'_>,
        session: &Session,
        whence: &Whence,
    ) -> Result<u64> {
        self.end_sessions(place, session, Some(session.id), whence).await
    }

    /// Ends all of somebody's own sessions, this one included; gives how many there were.
    pub async fn end_all_sessions(
        &self,
        place: Place<'_>,
        session: &Session,
        whence: &Whence,
    ) -> Result<u64> {
        self.end_sessions(place, session, None, whence).await
    }

    async fn end_sessions(
        &self,
        place: Place<'_>,
        session: &Session,
        but: Option<SessionId>,
        whence: &Whence,
    ) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let ended = store::identity::sessions::end_all(&mut tx, session.subject, but).await?;
        if ended > 0
            && let Some(who) = self.who(&mut tx, place, session.subject).await?
        {
            let details = json!({ "sessions": ended });
            self.record_own(&mut tx, &who, whence, Deed::SignedOut, details).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Forgets links, sessions and sign-ins under way that are no longer good; gives how many.
    pub async fn sweep_identity(&self) -> Result<u64> {
        let now = self.environment.now();
        let unused: Timestamp = now - self.door.rules().idle;
        let mut tx = self.db.begin().await?;
        let swept = store::identity::sweep(&mut tx, now, now - LINKS_KEPT, unused).await?;
        tx.commit().await?;
        Ok(swept)
    }
}

/// The digest of what a browser presents; none for what never was a token.
pub(crate) fn digest_of(token: &str) -> Option<Digest> {
    Digest::presented(SecretKind::Session, token.as_bytes())
}
