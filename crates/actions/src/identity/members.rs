//! How members get into the console without mail: the first owner at the first start, and whoever
//! somebody with a shell on the machine lets in.

use model::access::Privilege;
use model::audit::{By, Deed};
use model::people::{Member, MemberRole, MemberState};
use model::workspace::Workspace;
use serde_json::json;

use super::Place;
use super::who::Who;
use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

impl Actions {
    /// A link with which somebody signs in to the console, as a member of the actor's workspace. They
    /// become one if they are not; the role of those who are stays unless one is given.
    pub async fn admit_member(&self, actor: &Actor, email: &str, role: Option<MemberRole>) -> Result<String> {
        actor.must(Privilege::ManageMembers)?;
        must_have_a_shell(actor)?;
        let mut faults = Faults::default();
        let email = text::email("email", email, &mut faults);
        faults.check()?;
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let workspace = actor.workspace.id;
        let person = match store::people::by_email(&mut tx, &email).await? {
            Some(person) => person,
            None => store::people::insert(&mut tx, &email, "", now).await?,
        };
        let found = store::members::of_person_in(&mut tx, workspace, person.id).await?;
        let id = match found {
            Some(member) => {
                let state = match member.state {
                    MemberState::Suspended => MemberState::Invited,
                    state => state,
                };
                let member = Member { role: role.unwrap_or(member.role), state, invited_at: now, ..member };
                store::members::update(&mut tx, &member, now).await?;
                member.id
            }
            None => {
                let role = role.unwrap_or(MemberRole::Admin);
                store::members::insert(&mut tx, workspace, person.id, role, now).await?
            }
        };
        let member = store::members::find(&mut tx, workspace, id).await?.ok_or(Error::Missing("member"))?;
        let details = json!({ "after": { "email": email, "role": member.role, "state": member.state } });
        let subject = Subject { id: id.0, name: &email };
        self.record(&mut tx, actor, Deed::MemberInvited, subject, details).await?;
        let (link, _) = self.new_invitation(&mut tx, Place::Console, &Who::Person(member)).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// A link for the owner of a workspace in which nobody may come in yet; none where somebody does.
    /// Each gives another one and makes the former worthless.
    pub async fn first_owner(&self, actor: &Actor) -> Result<Option<String>> {
        let workspace: &Workspace = &actor.workspace;
        let roles = MemberRole::ALL;
        let members = store::members::with_roles(&self.db, workspace.id, roles, 2).await?;
        let email = match members.as_slice() {
            [] => workspace.contact_email.clone(),
            // Nobody has used the link of an earlier start.
            [owner] if owner.role == MemberRole::Owner && owner.state == MemberState::Invited => {
                owner.person.email.clone()
            }
            _ => return Ok(None),
        };
        self.admit_member(actor, &email, Some(MemberRole::Owner)).await.map(Some)
    }
}

/// Whoever sees a link acts in another's name: that is for those with a shell on the machine alone.
pub(crate) fn must_have_a_shell(actor: &Actor) -> Result<()> {
    match actor.origin.by {
        By::CommandLine | By::System => Ok(()),
        By::Token(_) | By::Member(_) | By::PortalUser(_) => {
            Err(Error::Refused("links for others are made on the command line alone".to_owned()))
        }
    }
}
