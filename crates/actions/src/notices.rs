//! What comes to people of what others do: invitations, wishes, decisions by mail, each written in the
//! transaction that does what it tells of ([`Actions::post`] goes with the commit), and the end of
//! sessions.

use model::access_request::RequestState;
use model::identity::Subject;
use model::mail::MailKind;
use model::people::{Member, MemberRole, PortalUser};
use model::portal::Portal;
use store::Tx;
use store::access_requests::ListedRequest;

use crate::identity::{Place, Who};
use crate::mail::{Button, Letter, Sender};
use crate::{Actions, Actor, Result};

/// The most people who are told of one wish: those who decide know each other.
const TOLD: i64 = 20;

impl Actions {
    /// Sends a developer the link that accepts the invitation to a portal.
    pub(crate) async fn tell_invited_user(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        portal: &Portal,
        user: &PortalUser,
    ) -> Result<()> {
        let who = Who::PortalUser(user.clone());
        self.write_invitation(tx, Place::Portal(portal), &who, &actor.workspace.name).await
    }

    /// Sends a member the link that accepts the invitation to the workspace.
    pub(crate) async fn tell_invited_member(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        member: &Member,
    ) -> Result<()> {
        let who = Who::Person(member.clone());
        self.write_invitation(tx, Place::Console, &who, &actor.workspace.name).await
    }

    /// Ends the sessions of somebody who may not come in for now, and makes their links worthless.
    pub(crate) async fn shut_out(&self, tx: &mut Tx, user: &PortalUser) -> Result<()> {
        let subject = Subject::PortalUser(user.id);
        store::identity::sessions::end_all(tx, subject, None).await?;
        Ok(store::identity::links::revoke(tx, subject, None).await?)
    }

    /// Forgets everything with which somebody signed in who is gone, or somebody else by now.
    pub(crate) async fn forget(&self, tx: &mut Tx, user: &PortalUser) -> Result<()> {
        Ok(store::identity::forget(tx, Subject::PortalUser(user.id)).await?)
    }

    /// Tells those who decide that a developer asks for a collection.
    pub(crate) async fn tell_deciders(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        asked: &ListedRequest,
    ) -> Result<()> {
        let deciders = [MemberRole::Owner, MemberRole::Admin];
        let members = store::members::with_roles(&mut *tx, actor.workspace.id, &deciders, TOLD).await?;
        let link = format!("{}/requests", self.addresses().console);
        for member in members {
            let letter = Letter {
                subject: format!("{} asks for {}", asked.client, asked.collection),
                sentence: format!(
                    "{} asks that {} may call {} (version {}).",
                    asked.email, asked.client, asked.collection, asked.version
                ),
                button: Some(Button { verb: "Decide", link: &link }),
                note: Some(format!("The reason given: {}", asked.request.reason)),
                why: format!("Portico sent this, because you administer {}.", actor.workspace.name),
            };
            let sender = Sender::Console(actor.workspace.id);
            let kind = MailKind::AccessRequested;
            self.write_mail(tx, &sender, kind, &member.person.email, letter, None).await?;
        }
        Ok(())
    }

    /// Tells a developer what became of what they asked for.
    pub(crate) async fn tell_decision(
        &self,
        tx: &mut Tx,
        portal: &Portal,
        decided: &ListedRequest,
    ) -> Result<()> {
        let link = self.addresses().portal(portal);
        let (client, collection) = (&decided.client, &decided.collection);
        let (subject, sentence) = match decided.request.state {
            RequestState::Approved => (
                format!("{client} may call {collection}"),
                format!("Your request was approved: {client} may now call {collection}."),
            ),
            RequestState::Rejected | RequestState::Pending => (
                format!("Your request for {collection} was rejected"),
                format!("Your request that {client} may call {collection} was rejected."),
            ),
        };
        let letter = Letter {
            subject,
            sentence,
            button: Some(Button { verb: "Open the portal", link: &link }),
            note: decided.request.note.as_ref().map(|note| format!("The answer: {note}")),
            why: format!("{} sent this, because you asked for access there.", portal.name),
        };
        let sender = Sender::Portal(portal);
        self.write_mail(tx, &sender, MailKind::AccessDecided, &decided.email, letter, None).await
    }
}
