//! Who acts, and with what rights.

use model::access::{Privilege, Role};
use model::audit::{Deed, Origin};
use model::workspace::Workspace;
use serde_json::Value;
use store::Tx;
use store::audit::Entry;

use crate::{Actions, Error, Result};

/// Whoever does something, in the workspace it is done in.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Where they act. Nothing outside of it exists for them.
    pub workspace: Workspace,
    /// What they may do there.
    pub role: Role,
    /// Who they are and from where, for the audit trail.
    pub origin: Origin,
}

impl Actor {
    /// Refuses unless the role has this privilege.
    pub fn must(&self, privilege: Privilege) -> Result<()> {
        if self.role.may(privilege) { Ok(()) } else { Err(Error::Forbidden(privilege)) }
    }
}

/// What a deed was done to.
pub(crate) struct Subject<'a> {
    pub(crate) id: i64,
    pub(crate) name: &'a str,
}

impl Actions {
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
