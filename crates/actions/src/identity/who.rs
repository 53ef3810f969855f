//! Those who may come in, found by what they say they are.

use model::audit::{By, Origin};
use model::id::WorkspaceId;
use model::identity::{Site, Subject};
use model::page::Page;
use model::people::{Member, MemberState, PortalUser};
use store::{Conn, Tx};

use super::Place;
use crate::mail::Sender;
use crate::{Actions, Result, Whence};

/// Somebody who may come in at the place in question.
pub(crate) enum Who {
    /// A person, with the first workspace that they may come into.
    Person(Member),
    /// A developer.
    PortalUser(PortalUser),
}

impl Who {
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Person(member) => Subject::Person(member.person.id),
            Self::PortalUser(user) => Subject::PortalUser(user.id),
        }
    }

    pub(crate) fn site(&self) -> Site {
        match self {
            Self::Person(_) => Site::Console,
            Self::PortalUser(user) => Site::Portal(user.portal),
        }
    }

    pub(crate) fn email(&self) -> &str {
        match self {
            Self::Person(member) => &member.person.email,
            Self::PortalUser(user) => &user.email,
        }
    }

    pub(crate) fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Person(member) => member.workspace,
            Self::PortalUser(user) => user.workspace,
        }
    }

    /// The id of the member or of the portal user, for the audit trail.
    pub(crate) fn id(&self) -> i64 {
        match self {
            Self::Person(member) => member.id.0,
            Self::PortalUser(user) => user.id.0,
        }
    }

    /// They themselves, as the audit trail tells of them.
    pub(crate) fn origin(&self, whence: &Whence) -> Origin {
        let by = match self {
            Self::Person(member) => By::Member(member.id),
            Self::PortalUser(user) => By::PortalUser(user.id),
        };
        Origin {
            by,
            name: self.email().to_owned(),
            address: whence.address,
            user_agent: whence.user_agent.clone(),
        }
    }

    /// In whose name they are written to.
    pub(crate) fn sender<'a>(&self, place: Place<'a>) -> Sender<'a> {
        match place {
            Place::Console => Sender::Console(self.workspace()),
            Place::Portal(portal) => Sender::Portal(portal),
        }
    }
}

/// Whether a member may come in.
pub(crate) fn may_enter(member: &Member) -> bool {
    member.state != MemberState::Suspended
}

impl Actions {
    /// Who has this e-mail address and may come in here.
    pub(crate) async fn who_is(&self, place: Place<'_>, email: &str) -> Result<Option<Who>> {
        match place {
            Place::Console => {
                let person = store::people::by_email(&self.db, email).await?;
                let Some(person) = person else { return Ok(None) };
                self.who(&self.db, place, Subject::Person(person.id)).await
            }
            Place::Portal(portal) => {
                let user = store::portal_users::by_email(&self.db, portal.workspace, portal.id, email);
                Ok(user.await?.filter(|user| user.active).map(Who::PortalUser))
            }
        }
    }

    /// Who this is, if they may still come in here.
    pub(crate) async fn who(
        &self,
        on: impl Into<Conn<'_>>,
        place: Place<'_>,
        subject: Subject,
    ) -> Result<Option<Who>> {
        match (place, subject) {
            (Place::Console, Subject::Person(id)) => {
                let members = store::members::of_person(on, id, Page::default()).await?;
                Ok(members.rows.into_iter().find(may_enter).map(Who::Person))
            }
            (Place::Portal(portal), Subject::PortalUser(id)) => {
                let user = store::portal_users::find(on, portal.workspace, id).await?;
                let user = user.filter(|user| user.active && user.portal == portal.id);
                Ok(user.map(Who::PortalUser))
            }
            _ => Ok(None),
        }
    }

    /// Notes that somebody came in, who is no longer merely invited then.
    pub(crate) async fn note_sign_in(&self, tx: &mut Tx, who: &Who) -> Result<()> {
        let now = self.environment.now();
        match who {
            Who::PortalUser(user) => store::portal_users::signed_in(tx, user.id, now).await?,
            Who::Person(member) => {
                let members = store::members::of_person(&mut *tx, member.person.id, Page::default()).await?;
                for member in members.rows.into_iter().filter(|member| member.state == MemberState::Invited) {
                    let member = Member { state: MemberState::Active, ..member };
                    store::members::update(tx, &member, now).await?;
                }
            }
        }
        Ok(())
    }
}
