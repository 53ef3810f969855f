//! Members: those who administer a workspace.

use model::access::Privilege;
use model::audit::{By, Deed};
use model::id::MemberId;
use model::people::{Member, MemberRole, MemberState};
use serde_json::{Value, json};
use store::Tx;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A member to be invited.
#[derive(Debug, Clone)]
pub struct MemberDraft {
    /// Where the invitation goes.
    pub email: String,
    /// As they want to be called; may be empty, and is left alone where they are known already.
    pub name: String,
    /// What they may do.
    pub role: MemberRole,
}

/// What is to change about a member; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemberPatch {
    /// What they may do.
    pub role: Option<MemberRole>,
    /// Whether they may come in.
    pub suspended: Option<bool>,
}

impl Actions {
    /// Invites somebody to administer the workspace.
    pub async fn invite_member(&self, actor: &Actor, draft: MemberDraft) -> Result<Member> {
        actor.must(Privilege::ManageMembers)?;
        let mut faults = Faults::default();
        let email = text::email("email", &draft.email, &mut faults);
        let name = text::optional_name("name", &draft.name, &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        if draft.role == MemberRole::Owner {
            self.must_own(&mut tx, actor).await?;
        }
        let now = self.environment.now();
        let person = match store::people::by_email(&mut tx, &email).await? {
            Some(person) => person,
            None => store::people::insert(&mut tx, &email, &name, now).await?,
        };
        let id = store::members::insert(&mut tx, actor.workspace.id, person.id, draft.role, now).await;
        let member = load(&mut tx, actor, unless_taken(id, &email)?).await?;
        let details = json!({ "after": shown(&member) });
        self.record(&mut tx, actor, Deed::MemberInvited, subject(&member), details).await?;
        self.tell_invited_member(&mut tx, actor, &member).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(member)
    }

    /// Invites a member once more, with a link of its own.
    pub async fn invite_member_again(&self, actor: &Actor, id: MemberId) -> Result<Member> {
        actor.must(Privilege::ManageMembers)?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        if before.state == MemberState::Suspended {
            let message = "this member is suspended and could not sign in; let them in first";
            return Err(Error::Refused(message.to_owned()));
        }
        let now = self.environment.now();
        let member = Member { invited_at: now, ..before };
        store::members::update(&mut tx, &member, now).await?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "after": shown(&after) });
        self.record(&mut tx, actor, Deed::MemberInvited, subject(&after), details).await?;
        self.tell_invited_member(&mut tx, actor, &after).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(after)
    }

    /// Changes what a member may do. Only owners change owners, and make them; one always stays.
    pub async fn update_member(&self, actor: &Actor, id: MemberId, patch: MemberPatch) -> Result<Member> {
        actor.must(Privilege::ManageMembers)?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        let role = patch.role.unwrap_or(before.role);
        if before.role == MemberRole::Owner || role == MemberRole::Owner {
            self.must_own(&mut tx, actor).await?;
        }
        let state = match (patch.suspended, before.state) {
            (Some(true), _) => MemberState::Suspended,
            // Whether they ever signed in is found out when they do.
            (Some(false), MemberState::Suspended) => MemberState::Invited,
            (_, state) => state,
        };
        let member = Member { role, state, ..before.clone() };
        store::members::update(&mut tx, &member, self.environment.now()).await?;
        keeps_an_owner(&mut tx, actor, &before).await?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::MemberUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Takes a member out of the workspace. Everyone may go, but the last owner.
    pub async fn remove_member(&self, actor: &Actor, id: MemberId) -> Result<()> {
        if actor.origin.by != By::Member(id) {
            actor.must(Privilege::ManageMembers)?;
        }
        let mut tx = self.db.begin().await?;
        let member = load(&mut tx, actor, id).await?;
        actor.saw(member.updated_at)?;
        if member.role == MemberRole::Owner {
            self.must_own(&mut tx, actor).await?;
        }
        store::members::delete(&mut tx, id).await?;
        keeps_an_owner(&mut tx, actor, &member).await?;
        let details = json!({ "before": shown(&member) });
        self.record(&mut tx, actor, Deed::MemberDeleted, subject(&member), details).await?;
        actor.commit(tx).await
    }

    /// Refuses unless an owner acts, or somebody with a shell on the machine, or there is no owner yet.
    async fn must_own(&self, tx: &mut Tx, actor: &Actor) -> Result<()> {
        let owns = match actor.origin.by {
            By::CommandLine | By::System => true,
            By::Member(id) => {
                let member = store::members::find(&mut *tx, actor.workspace.id, id).await?;
                member.is_some_and(|member| {
                    member.role == MemberRole::Owner && member.state != MemberState::Suspended
                })
            }
            By::Token(_) | By::PortalUser(_) => false,
        };
        if owns || store::members::owners(tx, actor.workspace.id).await? == 0 {
            return Ok(());
        }
        let message = "only an owner of the workspace can make owners, or change and remove them; ask one";
        Err(Error::Refused(message.to_owned()))
    }
}

/// Refuses what would leave a workspace that had an owner without one.
async fn keeps_an_owner(tx: &mut Tx, actor: &Actor, before: &Member) -> Result<()> {
    let was_owner = before.role == MemberRole::Owner && before.state != MemberState::Suspended;
    if was_owner && store::members::owners(tx, actor.workspace.id).await? == 0 {
        let message = "this is the last owner of the workspace; make somebody else an owner first";
        return Err(Error::Refused(message.to_owned()));
    }
    Ok(())
}

async fn load(tx: &mut Tx, actor: &Actor, id: MemberId) -> Result<Member> {
    store::members::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("member"))
}

fn unless_taken<T>(result: store::Result<T>, email: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{email}` is a member already; change that one");
            Error::Conflict { field: "email", message }
        }
        other => other.into(),
    })
}

fn subject(member: &Member) -> Subject<'_> {
    Subject { id: member.id.0, name: &member.person.email }
}

fn shown(member: &Member) -> Value {
    json!({
        "email": member.person.email,
        "name": member.person.name,
        "role": member.role,
        "state": member.state,
    })
}
