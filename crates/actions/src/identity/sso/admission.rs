//! Who comes in with an identity of a provider: whoever it is tied to; whoever is invited under its
//! verified address; and where the portal says so, anybody, who then gets a client of their own.

use model::audit::{By, Deed, Origin};
use model::client::AuthType;
use model::identity::{LinkPurpose, SignInMethod};
use model::people::CameBy;
use model::portal::{JitRules, Portal};
use model::secret::Digest;
use serde_json::json;
use store::Tx;
use store::clients::NewClient;
use store::portal_users::NewPortalUser;

use super::provider::Identity;
use super::{named, refused};
use crate::actor::Subject as Done;
use crate::identity::who::Who;
use crate::identity::{Place, SignInFault, SignedIn};
use crate::{Actions, Actor, Faults, Whence, text};

impl Actions {
    /// Lets in who has this identity, if anybody may come in with it.
    pub(super) async fn admit(
        &self,
        place: Place<'_>,
        identity: &Identity,
        invitation: Option<Digest>,
        whence: &Whence,
        former: Option<&str>,
    ) -> Result<SignedIn, SignInFault> {
        let mut tx = self.db.begin().await?;
        let (site, now) = (place.site(), self.environment.now());
        let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
        let tied = store::identity::federated::find(&mut tx, site, issuer, subject).await?;
        let who = match tied {
            // Whoever is suspended stays outside, whatever their address is.
            Some(subject) => self.who(&mut tx, place, subject).await?.ok_or(SignInFault::NotInvited)?,
            None => {
                let who = match self.invited(&mut tx, place, identity, invitation, whence).await? {
                    Some(who) => who,
                    None => self.just_in_time(&mut tx, place, identity, whence).await?,
                };
                let for_whom = (site, who.subject());
                let email = identity.verified_email.as_deref();
                store::identity::federated::link(&mut tx, for_whom, issuer, subject, email, now).await?;
                let details = json!({ "issuer": issuer, "subject": subject });
                self.record_own(&mut tx, &who, whence, Deed::IdentityLinked, details).await?;
                who
            }
        };
        store::identity::federated::touch(&mut tx, site, issuer, subject, now).await?;
        let signed_in = self.begin_session(&mut tx, &who, SignInMethod::Sso, whence, former).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Whom the invitation is for that is accepted with this, else whoever has the verified address;
    /// nobody who is tied to another identity of this issuer.
    async fn invited(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        identity: &Identity,
        invitation: Option<Digest>,
        whence: &Whence,
    ) -> Result<Option<Who>, SignInFault> {
        let now = self.environment.now();
        if let Some(digest) = invitation {
            let link = store::identity::links::find(&mut *tx, digest).await?;
            let link = link.filter(|link| {
                link.is_open(now) && link.site == place.site() && link.purpose == LinkPurpose::Invitation
            });
            let link = link.ok_or(SignInFault::LinkGone)?;
            let who = self.who(&mut *tx, place, link.subject).await?.ok_or(SignInFault::LinkGone)?;
            if !store::identity::links::spend(tx, digest, now).await? {
                return Err(SignInFault::LinkGone);
            }
            self.record_own(tx, &who, whence, Deed::InvitationAccepted, json!({})).await?;
            return self.unless_tied(tx, who, identity).await.map(Some);
        }
        let Some(email) = &identity.verified_email else { return Ok(None) };
        let subject = match place {
            Place::Console => {
                let person = store::people::by_email(&mut *tx, email).await?;
                person.map(|person| model::identity::Subject::Person(person.id))
            }
            Place::Portal(portal) => {
                let user =
                    store::portal_users::by_email(&mut *tx, portal.workspace, portal.id, email).await?;
                user.map(|user| model::identity::Subject::PortalUser(user.id))
            }
        };
        let Some(subject) = subject else { return Ok(None) };
        let who = self.who(&mut *tx, place, subject).await?.ok_or(SignInFault::NotInvited)?;
        self.unless_tied(tx, who, identity).await.map(Some)
    }

    async fn unless_tied(&self, tx: &mut Tx, who: Who, identity: &Identity) -> Result<Who, SignInFault> {
        if store::identity::federated::is_linked(tx, who.subject(), &identity.issuer).await? {
            tracing::warn!(
                place = named(who.site()),
                "somebody came with the address of a person who is somebody else at the same provider"
            );
            return Err(SignInFault::NotInvited);
        }
        Ok(who)
    }

    /// Makes a portal user, and a client for them, as the portal's admin has settled it.
    async fn just_in_time(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        identity: &Identity,
        whence: &Whence,
    ) -> Result<Who, SignInFault> {
        let Place::Portal(portal) = place else { return Err(SignInFault::NotInvited) };
        let settings = store::portal_settings::find(&mut *tx, portal.id).await?;
        let rules = settings.and_then(|settings| settings.jit).filter(|rules| rules.enabled);
        let rules = rules.ok_or(SignInFault::NotInvited)?;
        let Some(email) = &identity.verified_email else {
            return Err(refused("it has no verified e-mail address, which a new developer needs"));
        };
        let mut faults = Faults::default();
        let email = text::email("email", email, &mut faults);
        if faults.check().is_err() {
            return Err(refused("its e-mail address is none"));
        }
        let name = identity.name.as_deref().map(text::one_line).unwrap_or_default();
        self.provision(tx, portal, rules, (&email, &name), whence).await
    }

    async fn provision(
        &self,
        tx: &mut Tx,
        portal: &Portal,
        rules: JitRules,
        (email, name): (&str, &str),
        whence: &Whence,
    ) -> Result<Who, SignInFault> {
        let now = self.environment.now();
        let workspace = store::workspaces::find(&mut *tx, portal.workspace).await?;
        let workspace = workspace.ok_or(SignInFault::NotInvited)?;
        let origin = Origin {
            by: By::System,
            name: "single sign-on".to_owned(),
            address: whence.address,
            user_agent: whence.user_agent.clone(),
        };
        let actor = Actor {
            workspace,
            role: model::access::Role::Developer,
            restricted: None,
            origin,
            expected: None,
            pending: None,
        };
        let auth_type: AuthType = rules.auth_type;
        let new = NewClient {
            workspace: portal.workspace,
            project: None,
            name: email,
            description: "Made at the first sign-in.",
            email: Some(email),
            auth_type,
            jwt: None,
            policy: rules.policy,
            portal: Some(portal.id),
            is_legacy: false,
        };
        let client = store::clients::insert(tx, new, now).await?;
        let details =
            json!({ "after": { "name": email, "auth_type": auth_type, "api_policy_id": rules.policy } });
        let done = Done { id: client.0, name: email };
        self.record(tx, &actor, Deed::ClientCreated, done, details).await?;
        let new = NewPortalUser {
            workspace: portal.workspace,
            portal: portal.id,
            email,
            name,
            came_by: CameBy::Jit,
            clients: &[client],
        };
        let user = store::portal_users::insert(tx, new, now).await?;
        let details = json!({ "after": { "email": email, "api_client_ids": [client] } });
        self.record(tx, &actor, Deed::PortalUserProvisioned, Done { id: user.0, name: email }, details)
            .await?;
        let user = store::portal_users::find(tx, portal.workspace, user).await?;
        user.map(Who::PortalUser).ok_or(SignInFault::NotInvited)
    }
}
