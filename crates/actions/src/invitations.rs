//! Inviting many developers at once, from a list that somebody has: first looked at line by line, then
//! all of it in one transaction, or nothing.

use std::collections::HashSet;

use model::access::Privilege;
use model::id::{ClientId, PortalId};
use model::people::{PortalUser, email_key};
use store::Tx;

use crate::{Actions, Actor, Error, Faults, PortalUserDraft, Result, portals, text};

/// The most people on one list: each is a mail, and all are written in one transaction.
pub const INVITATIONS_BY_LIST: usize = 1_000;

/// Whether somebody on a list can be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invitable {
    /// They can.
    Yes,
    /// They are in the portal already; nothing is to be done.
    IsThere,
    /// They cannot: what is wrong, in a sentence.
    No(String),
}

impl Actions {
    /// Says of each of these people whether they can be invited. Nothing is written.
    pub async fn check_invitations(
        &self,
        actor: &Actor,
        portal: PortalId,
        drafts: &[PortalUserDraft],
    ) -> Result<Vec<Invitable>> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut tx = self.db.begin().await?;
        portals::load(&mut tx, actor, portal).await?;
        judge(&mut tx, actor, portal, drafts).await
    }

    /// Invites everyone on a list who is not in the portal yet: all of them, or nobody if one cannot be.
    pub async fn invite_by_list(
        &self,
        actor: &Actor,
        portal: PortalId,
        drafts: &[PortalUserDraft],
    ) -> Result<Vec<PortalUser>> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, portal).await?;
        let judged = judge(&mut tx, actor, portal.id, drafts).await?;
        if judged.iter().any(|invitable| matches!(invitable, Invitable::No(_))) {
            let message = "somebody on this list cannot be invited; nobody was";
            return Err(Error::Refused(message.to_owned()));
        }
        let mut invited = Vec::new();
        for (draft, invitable) in drafts.iter().zip(judged) {
            if invitable == Invitable::Yes {
                let (email, name) = (draft.email.trim().to_owned(), draft.name.trim().to_owned());
                let draft = PortalUserDraft { email, name, clients: draft.clients.clone() };
                invited.push(self.invite(&mut tx, actor, &portal, &draft).await?);
            }
        }
        actor.commit(tx).await?;
        self.post();
        Ok(invited)
    }
}

async fn judge(
    tx: &mut Tx,
    actor: &Actor,
    portal: PortalId,
    drafts: &[PortalUserDraft],
) -> Result<Vec<Invitable>> {
    if drafts.is_empty() || drafts.len() > INVITATIONS_BY_LIST {
        return Err(Faults::of("list", format!("must have 1 to {INVITATIONS_BY_LIST} people")).into());
    }
    let mut seen = HashSet::new();
    let mut known = HashSet::new();
    let mut judged = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut faults = Faults::default();
        let email = text::email("email", &draft.email, &mut faults);
        text::optional_name("name", &draft.name, &mut faults);
        let faults = faults.to_string();
        judged.push(if !faults.is_empty() {
            Invitable::No(faults)
        } else if !seen.insert(email_key(&email)) {
            Invitable::No(format!("`{email}` stands on this list twice"))
        } else if let Some(missing) = unknown(tx, actor, &draft.clients, &mut known).await? {
            Invitable::No(format!("there is no client {missing} here"))
        } else if store::portal_users::by_email(&mut *tx, actor.workspace.id, portal, &email).await?.is_some()
        {
            Invitable::IsThere
        } else {
            Invitable::Yes
        });
    }
    Ok(judged)
}

/// The first of these clients that is not there; those that are known to be are not looked for again.
async fn unknown(
    tx: &mut Tx,
    actor: &Actor,
    clients: &[ClientId],
    known: &mut HashSet<ClientId>,
) -> Result<Option<ClientId>> {
    for id in clients {
        if !known.contains(id) {
            if store::clients::find(&mut *tx, actor.scope(), *id).await?.is_none() {
                return Ok(Some(*id));
            }
            known.insert(*id);
        }
    }
    Ok(None)
}
