//! Portal users: developers, invited by whoever manages the portal, or for a client that is made for
//! them.

use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::client::Client;
use model::id::{ClientId, PortalId, PortalUserId};
use model::identity::Subject as SignedInAs;
use model::people::{CameBy, PortalUser, email_key};
use model::portal::Portal;
use serde_json::{Value, json};
use store::Tx;
use store::portal_users::NewPortalUser;

use crate::actor::Subject;
use crate::identity::{Place, Who, must_have_a_shell};
use crate::{Actions, Actor, Error, Faults, Result, portals, text};

/// The most people who are invited at once: each is a mail.
pub const INVITATIONS: usize = 100;

/// A portal user to be invited.
#[derive(Debug, Clone)]
pub struct PortalUserDraft {
    /// Where the invitation goes; unique in the portal.
    pub email: String,
    /// As they want to be called; may be empty.
    pub name: String,
    /// The clients that they are to act for.
    pub clients: Vec<ClientId>,
}

/// What is to change about a portal user; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PortalUserPatch {
    /// Where they are written to; unique in the portal.
    pub email: Option<String>,
    /// As they want to be called; may be empty.
    pub name: Option<String>,
    /// The clients that they act for, and no others.
    pub clients: Option<Vec<ClientId>>,
    /// Whether they may come in.
    pub active: Option<bool>,
}

impl Actions {
    /// Invites developers to a portal: all of them, or none if one cannot be.
    pub async fn invite_portal_users(
        &self,
        actor: &Actor,
        portal: PortalId,
        drafts: Vec<PortalUserDraft>,
    ) -> Result<Vec<PortalUser>> {
        actor.must(Privilege::ManagePortalUsers)?;
        if drafts.is_empty() || drafts.len() > INVITATIONS {
            return Err(Faults::of("invitations", format!("must have 1 to {INVITATIONS} items")).into());
        }
        let mut faults = Faults::default();
        let mut wanted = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let email = text::email("email", &draft.email, &mut faults);
            let name = text::optional_name("name", &draft.name, &mut faults);
            wanted.push(PortalUserDraft { email, name, ..draft });
        }
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, portal).await?;
        let mut invited = Vec::with_capacity(wanted.len());
        for draft in &wanted {
            check_clients(&mut tx, actor, &draft.clients).await?;
            invited.push(self.invite(&mut tx, actor, &portal, draft).await?);
        }
        actor.commit(tx).await?;
        self.post();
        Ok(invited)
    }

    /// Invites a developer who is not in the portal yet.
    pub(crate) async fn invite(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        portal: &Portal,
        draft: &PortalUserDraft,
    ) -> Result<PortalUser> {
        let user = self.add(tx, actor, portal, draft).await?;
        self.tell_invited_user(tx, actor, portal, &user).await?;
        Ok(user)
    }

    /// Lets a developer into the portal who is not in it yet, without telling them.
    async fn add(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        portal: &Portal,
        draft: &PortalUserDraft,
    ) -> Result<PortalUser> {
        let now = self.environment.now();
        let new = NewPortalUser {
            workspace: actor.workspace.id,
            portal: portal.id,
            email: &draft.email,
            name: &draft.name,
            came_by: CameBy::Invitation,
            clients: &draft.clients,
        };
        let id = unless_taken(store::portal_users::insert(tx, new, now).await, &draft.email)?;
        let user = load(tx, actor, id).await?;
        let details = json!({ "after": shown(&user) });
        self.record(tx, actor, Deed::PortalUserInvited, subject(&user), details).await?;
        Ok(user)
    }

    /// A link with which somebody signs in to a portal, for whoever runs the command to pass on: no mail
    /// is sent. They become a user of the portal if they are not; those who are keep name and clients, and
    /// may come in again if they might not.
    pub async fn admit_portal_user(
        &self,
        actor: &Actor,
        portal: PortalId,
        draft: PortalUserDraft,
    ) -> Result<(PortalUser, String)> {
        actor.must(Privilege::ManagePortalUsers)?;
        must_have_a_shell(actor)?;
        let mut faults = Faults::default();
        let email = text::email("email", &draft.email, &mut faults);
        let name = text::optional_name("name", &draft.name, &mut faults);
        faults.check()?;
        let draft = PortalUserDraft { email, name, ..draft };
        let mut tx = self.db.begin().await?;
        let portal = portals::load(&mut tx, actor, portal).await?;
        let found =
            store::portal_users::by_email(&mut tx, actor.workspace.id, portal.id, &draft.email).await?;
        let user = match found {
            Some(before) => {
                let now = self.environment.now();
                let user = PortalUser { active: true, invited_at: Some(now), ..before.clone() };
                store::portal_users::update(&mut tx, &user, now).await?;
                let after = load(&mut tx, actor, user.id).await?;
                let details = json!({ "before": shown(&before), "after": shown(&after) });
                self.record(&mut tx, actor, Deed::PortalUserInvited, subject(&after), details).await?;
                after
            }
            None => {
                check_clients(&mut tx, actor, &draft.clients).await?;
                self.add(&mut tx, actor, &portal, &draft).await?
            }
        };
        let who = Who::PortalUser(user.clone());
        let (link, _) = self.new_invitation(&mut tx, Place::Portal(&portal), &who).await?;
        actor.commit(tx).await?;
        Ok((user, link))
    }

    /// Invites a portal user once more, with a link of its own. The state of those who may not come in
    /// stays.
    pub async fn invite_portal_user_again(&self, actor: &Actor, id: PortalUserId) -> Result<PortalUser> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        if !before.active {
            let message = "this portal user is deactivated and could not sign in; activate them first";
            return Err(Error::Refused(message.to_owned()));
        }
        let now = self.environment.now();
        let user = PortalUser { invited_at: Some(now), ..before.clone() };
        store::portal_users::update(&mut tx, &user, now).await?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::PortalUserInvited, subject(&after), details).await?;
        let portal = portals::load(&mut tx, actor, after.portal).await?;
        self.tell_invited_user(&mut tx, actor, &portal, &after).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(after)
    }

    /// Changes a portal user. Another e-mail address is another person: they are invited anew.
    pub async fn update_portal_user(
        &self,
        actor: &Actor,
        id: PortalUserId,
        patch: PortalUserPatch,
    ) -> Result<PortalUser> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut faults = Faults::default();
        let email = patch.email.map(|email| text::email("email", &email, &mut faults));
        let name = patch.name.map(|name| text::optional_name("name", &name, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        check_clients(&mut tx, actor, patch.clients.as_deref().unwrap_or_default()).await?;
        let now = self.environment.now();
        let former = before.clone();
        let mut user = PortalUser {
            email: email.unwrap_or(former.email),
            name: name.unwrap_or(former.name),
            clients: patch.clients.unwrap_or(former.clients),
            active: patch.active.unwrap_or(former.active),
            ..before.clone()
        };
        let is_another = email_key(&user.email) != email_key(&before.email);
        if is_another {
            user.invited_at = Some(now);
        }
        unless_taken(store::portal_users::update(&mut tx, &user, now).await, &user.email)?;
        let after = load(&mut tx, actor, id).await?;
        let deed = match (before.active, after.active) {
            (true, false) => Deed::PortalUserDeactivated,
            (false, true) => Deed::PortalUserActivated,
            _ => Deed::PortalUserUpdated,
        };
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, deed, subject(&after), details).await?;
        match (is_another, after.active) {
            (true, _) => self.forget(&mut tx, &after).await?,
            (false, false) => self.shut_out(&mut tx, &after).await?,
            (false, true) => {}
        }
        if is_another && after.active {
            let portal = portals::load(&mut tx, actor, after.portal).await?;
            self.tell_invited_user(&mut tx, actor, &portal, &after).await?;
        }
        actor.commit(tx).await?;
        self.post();
        Ok(after)
    }

    /// Signs a portal user out everywhere; gives how many sessions they had. They may come in again.
    pub async fn sign_out_portal_user(&self, actor: &Actor, id: PortalUserId) -> Result<u64> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut tx = self.db.begin().await?;
        let user = load(&mut tx, actor, id).await?;
        let who = SignedInAs::PortalUser(user.id);
        let ended = store::identity::sessions::end_all(&mut tx, who, None).await?;
        if ended > 0 {
            let details = json!({ "sessions": ended });
            self.record(&mut tx, actor, Deed::SignedOut, subject(&user), details).await?;
        }
        actor.commit(tx).await?;
        Ok(ended)
    }

    /// Removes a portal user with what they asked for. The clients and their keys stay.
    pub async fn delete_portal_user(&self, actor: &Actor, id: PortalUserId) -> Result<()> {
        actor.must(Privilege::ManagePortalUsers)?;
        let mut tx = self.db.begin().await?;
        let user = load(&mut tx, actor, id).await?;
        actor.saw(user.updated_at)?;
        self.forget(&mut tx, &user).await?;
        store::portal_users::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&user) });
        self.record(&mut tx, actor, Deed::PortalUserDeleted, subject(&user), details).await?;
        actor.commit(tx).await
    }

    /// Lets whoever has this address act for a client that is managed in a portal; invites them if they
    /// are not in it yet, or may not come in.
    pub(crate) async fn hand_over(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        portal: PortalId,
        client: ClientId,
        email: &str,
    ) -> Result<()> {
        let portal = portals::load(tx, actor, portal).await?;
        let found = store::portal_users::by_email(&mut *tx, actor.workspace.id, portal.id, email).await?;
        let Some(before) = found else {
            let (email, name) = (email.to_owned(), String::new());
            let draft = PortalUserDraft { email, name, clients: vec![client] };
            self.invite(tx, actor, &portal, &draft).await?;
            return Ok(());
        };
        let now = self.environment.now();
        let mut user = before.clone();
        user.clients.push(client);
        if !user.active {
            user.active = true;
            user.invited_at = Some(now);
        }
        store::portal_users::update(tx, &user, now).await?;
        let after = load(tx, actor, user.id).await?;
        let deed = if before.active { Deed::PortalUserUpdated } else { Deed::PortalUserInvited };
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(tx, actor, deed, subject(&after), details).await?;
        match before.active {
            true => Ok(()),
            false => self.tell_invited_user(tx, actor, &portal, &after).await,
        }
    }

    /// Lets whoever has this address act for a client no more. One who was invited and acts for nobody
    /// else may then not come in.
    pub(crate) async fn take_back(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        portal: PortalId,
        client: ClientId,
        email: &str,
    ) -> Result<()> {
        let found = store::portal_users::by_email(&mut *tx, actor.workspace.id, portal, email).await?;
        let Some(before) = found.filter(|user| user.clients.contains(&client)) else { return Ok(()) };
        let mut user = before.clone();
        user.clients.retain(|id| *id != client);
        user.active = user.active && !user.clients.is_empty();
        store::portal_users::update(tx, &user, self.environment.now()).await?;
        let after = load(tx, actor, user.id).await?;
        let deed = if after.active { Deed::PortalUserUpdated } else { Deed::PortalUserDeactivated };
        if !after.active {
            self.shut_out(tx, &after).await?;
        }
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(tx, actor, deed, subject(&after), details).await
    }
}

/// The e-mail address of a client before and after a change, where the client is managed in a portal
/// and the address became another one.
pub(crate) fn moved<'a>(
    before: &'a Client,
    after: &'a Client,
) -> Option<(PortalId, Option<&'a str>, &'a str)> {
    let (portal, email) = (after.portal?, after.email.as_deref()?);
    let former = before.email.as_deref();
    let is_same = former.is_some_and(|former| email_key(former) == email_key(email));
    (!is_same).then_some((portal, former, email))
}

pub(crate) async fn load(tx: &mut Tx, actor: &Actor, id: PortalUserId) -> Result<PortalUser> {
    store::portal_users::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("portal user"))
}

/// Refuses clients that are not there.
async fn check_clients(tx: &mut Tx, actor: &Actor, clients: &[ClientId]) -> Result<()> {
    for id in clients {
        if store::clients::find(&mut *tx, actor.scope(), *id).await?.is_none() {
            let message = format!("has {id}, which is no client here; `GET /api/v2/api_clients` lists them");
            return Err(Error::Unknown(Faults::of("api_client_ids", message)));
        }
    }
    Ok(())
}

fn unless_taken<T>(result: store::Result<T>, email: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{email}` is a user of this portal already; change that one");
            Error::Conflict { field: "email", message }
        }
        other => other.into(),
    })
}

fn subject(user: &PortalUser) -> Subject<'_> {
    Subject { id: user.id.0, name: &user.email }
}

fn shown(user: &PortalUser) -> Value {
    json!({
        "api_portal_id": user.portal,
        "email": user.email,
        "name": user.name,
        "active": user.active,
        "invited_at": user.invited_at.map(|at: Timestamp| at.to_string()),
        "api_client_ids": user.clients,
    })
}
