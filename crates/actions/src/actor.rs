//! Who acts, and with what rights.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::access::{Privilege, Role, Scope};
use model::audit::{By, Deed, Origin};
use model::id::{ClientId, DeveloperClientId, PortalUserId};
use model::people::{Member, PortalUser};
use model::workspace::Workspace;
use serde_json::Value;
use store::Tx;
use store::audit::Entry;

use crate::{Actions, Error, Result};

/// Whoever does something, in the workspace it is done in: a token, a member, a portal user, or the
/// command line.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Where they act. Nothing outside of it exists for them.
    pub workspace: Workspace,
    /// What they may do there.
    pub role: Role,
    /// The token to whose projects they are restricted, if they are: nothing outside of those exists for
    /// them either.
    pub restricted: Option<DeveloperClientId>,
    /// Who they are and from where, for the audit trail.
    pub origin: Origin,
    /// What they saw of the thing that they change; anything may be there if they do not say.
    pub expected: Option<Expected>,
    /// Where what they do waits to be made true; at once if there is nothing of the kind.
    pub pending: Option<Pending>,
}

/// The states of a thing of which one must be the present one for a change to be made: times of its
/// last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(pub Vec<Timestamp>);

/// A transaction that is committed by whoever answers, so that they can write their answer with it.
/// Nothing is written unless they do.
#[derive(Clone, Default)]
pub struct Pending(Arc<Mutex<Option<Tx>>>);

impl Pending {
    /// The transaction, if something was done.
    pub fn take(&self) -> Option<Tx> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, tx: Tx) -> Option<Tx> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(tx)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(…)")
    }
}

/// From where and with what somebody comes, for the audit trail.
#[derive(Debug, Clone, Default)]
pub struct Whence {
    /// The address, if they come over the network.
    pub address: Option<IpAddr>,
    /// What they come with, if it said.
    pub user_agent: Option<String>,
}

impl Actor {
    /// A member, with the privileges of the role. The audit trail names them by their address.
    pub fn member(workspace: Workspace, member: &Member, whence: Whence) -> Self {
        let Whence { address, user_agent } = whence;
        let name = member.person.email.clone();
        let origin = Origin { by: By::Member(member.id), name, address, user_agent };
        let role = member.role.rights();
        Self { workspace, role, restricted: None, origin, expected: None, pending: None }
    }

    /// A portal user, who has no privilege but may do some things for the own clients.
    pub fn portal_user(workspace: Workspace, user: &PortalUser, whence: Whence) -> Self {
        let Whence { address, user_agent } = whence;
        let origin = Origin { by: By::PortalUser(user.id), name: user.email.clone(), address, user_agent };
        let role = Role::Developer;
        Self { workspace, role, restricted: None, origin, expected: None, pending: None }
    }

    /// Whose actor this is, if it is a portal user.
    pub(crate) fn as_portal_user(&self) -> Option<PortalUserId> {
        match self.origin.by {
            By::PortalUser(id) => Some(id),
            By::Token(_) | By::Member(_) | By::CommandLine | By::System => None,
        }
    }

    /// Whether they have this privilege: their role has it, and if they are restricted to projects it is
    /// about what lies in some.
    pub fn may(&self, privilege: Privilege) -> bool {
        self.role.may(privilege) && (self.restricted.is_none() || privilege.is_of_projects())
    }

    /// Refuses unless they have this privilege.
    pub fn must(&self, privilege: Privilege) -> Result<()> {
        if self.may(privilege) { Ok(()) } else { Err(Error::Forbidden(privilege)) }
    }

    /// What exists for them.
    pub fn scope(&self) -> Scope {
        Scope { workspace: self.workspace.id, token: self.restricted }
    }

    /// Refuses if a thing that was last changed then is not what they saw.
    pub(crate) fn saw(&self, updated_at: Timestamp) -> Result<()> {
        match &self.expected {
            Some(Expected(states)) if !states.contains(&updated_at) => Err(Error::Moved(
                "somebody changed it since; look at it, and send the `ETag` that it has now",
            )),
            _ => Ok(()),
        }
    }

    /// Makes what was done true, or leaves that to whoever answers.
    pub(crate) async fn commit(&self, tx: Tx) -> Result<()> {
        let last = match &self.pending {
            None => Some(tx),
            // Of several the earlier ones are true when the next one begins.
            Some(pending) => pending.put(tx),
        };
        match last {
            Some(tx) => Ok(tx.commit().await?),
            None => Ok(()),
        }
    }
}

/// What a deed was done to.
pub(crate) struct Subject<'a> {
    pub(crate) id: i64,
    pub(crate) name: &'a str,
}

impl Actions {
    /// Refuses unless they have this privilege, or a portal user acts for this client. What is not
    /// theirs does not exist for portal users.
    pub(crate) async fn must_for(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        privilege: Privilege,
        client: ClientId,
    ) -> Result<()> {
        if actor.as_portal_user().is_none() {
            return actor.must(privilege);
        }
        let user = self.acting(tx, actor).await?;
        let is_theirs = user.clients.contains(&client);
        if is_theirs { Ok(()) } else { Err(Error::Missing("API client")) }
    }

    /// The portal user that acts, as the store has them now.
    pub(crate) async fn acting(&self, tx: &mut Tx, actor: &Actor) -> Result<PortalUser> {
        let Some(id) = actor.as_portal_user() else { return Err(Error::OnlyInPortal) };
        let user = store::portal_users::find(tx, actor.workspace.id, id).await?;
        user.filter(|user| user.active).ok_or(Error::Missing("portal user"))
    }

    /// Writes the audit line of what the transaction does.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        deed: Deed,
        subject: Subject<'_>,
        details: Value,
    ) -> Result<()> {
        let entry = Entry {
            workspace: actor.workspace.id,
            deed,
            subject: subject.id,
            subject_name: subject.name,
            details: &details,
        };
        Ok(store::audit::record(tx, &actor.origin, entry, self.environment.now()).await?)
    }
}
