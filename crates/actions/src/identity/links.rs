//! Links by mail. A link works once; following it shows a page and changes nothing, since scanners of
//! mail follow links too; the button on that page is what signs in.

use jiff::{SignedDuration, Timestamp};
use model::audit::Deed;
use model::identity::{LinkPurpose, SignInLink, SignInMethod};
use model::mail::MailKind;
use model::portal::SignInMethods;
use model::secret::{Secret, SecretKind};
use serde_json::json;
use store::Tx;
use store::identity::links::NewLink;

use super::sessions::digest_of;
use super::throttle::Attempt;
use super::who::Who;
use super::{CONSOLE_METHODS, Place, SignInFault, SignedIn};
use crate::mail::{Button, Letter};
use crate::{Actions, Result, Whence};

/// How long a link that signs in works, and one with which a password is chosen.
const SIGN_IN: SignedDuration = SignedDuration::from_mins(15);

/// How long an invitation works.
pub(crate) const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most bytes of a path that somebody wanted to go to.
const NEXT_BYTES: usize = 1_024;

/// The most characters of an e-mail address (RFC 5321, section 4.5.3.1.3).
const EMAIL_CHARACTERS: usize = 254;

/// What somebody wants to have sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A link that signs in.
    SignIn,
    /// A link with which a new password is chosen.
    NewPassword,
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkView {
    /// It works.
    Open {
        /// What it is for.
        purpose: LinkPurpose,
        /// Whom it was sent to.
        email: String,
        /// Whether a password is chosen with it.
        password: PasswordField,
        /// The ways to sign in here.
        methods: SignInMethods,
    },
    /// It was used, has expired, or never was.
    Gone,
}

/// Whether a password is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordField {
    /// Not at all.
    Absent,
    /// It may be left blank.
    Optional,
    /// There is no going on without.
    Required,
}

impl PasswordField {
    fn of(purpose: LinkPurpose, methods: SignInMethods) -> Self {
        match purpose {
            LinkPurpose::PasswordReset => Self::Required,
            // Where links are off, an invitation is no way around it.
            LinkPurpose::Invitation if methods.password && !methods.magic_link => Self::Required,
            LinkPurpose::Invitation if methods.password => Self::Optional,
            LinkPurpose::Invitation | LinkPurpose::SignIn => Self::Absent,
        }
    }
}

impl Actions {
    /// The ways to sign in at a place.
    pub async fn sign_in_methods(&self, place: Place<'_>) -> Result<SignInMethods> {
        match place {
            Place::Console => {
                Ok(SignInMethods { sso: self.door.rules().console_sso.is_some(), ..CONSOLE_METHODS })
            }
            Place::Portal(portal) => {
                let settings = store::portal_settings::find(&self.db, portal.id).await?;
                Ok(settings.map(|settings| settings.sign_in).unwrap_or_default())
            }
        }
    }

    /// Has a link sent to whoever has this address; `next` is where they go once they have signed in with
    /// it, a path of the same site. The answer is the same, and takes as long, whether
    /// anybody does: the work is done behind it.
    pub async fn request_link(
        &self,
        place: Place<'_>,
        wish: Wish,
        email: &str,
        next: Option<&str>,
        whence: &Whence,
    ) -> std::result::Result<(), SignInFault> {
        let methods = self.sign_in_methods(place).await?;
        let is_on = match wish {
            Wish::SignIn => methods.magic_link,
            Wish::NewPassword => methods.password,
        };
        if !is_on {
            return Err(SignInFault::SwitchedOff);
        }
        let now = self.environment.now();
        self.door.throttle().address(Attempt::LinkRequest, whence.address, now)?;
        self.door.throttle().email(Attempt::LinkRequest, place.site(), email, now)?;
        let Ok(permit) = self.door.link_requests().try_acquire_owned() else {
            tracing::warn!("a request for a link was dropped, as too many are worked on");
            return Ok(());
        };
        let (actions, email) = (self.clone(), email.to_owned());
        // What is longer leads home: it is kept with the link.
        let next = next.filter(|next| next.len() <= NEXT_BYTES).map(str::to_owned);
        let portal = match place {
            Place::Console => None,
            Place::Portal(portal) => Some(portal.clone()),
        };
        tokio::spawn(async move {
            let place = portal.as_ref().map_or(Place::Console, Place::Portal);
            if let Err(error) = actions.send_link(place, wish, &email, next.as_deref()).await {
                tracing::error!(%error, "a link that was asked for could not be sent");
            }
            drop(permit);
        });
        Ok(())
    }

    async fn send_link(&self, place: Place<'_>, wish: Wish, email: &str, next: Option<&str>) -> Result<()> {
        if email.chars().count() > EMAIL_CHARACTERS {
            return Ok(());
        }
        let Some(who) = self.who_is(place, email).await? else {
            tracing::debug!("a link was asked for with an address that nobody has");
            return Ok(());
        };
        let mut tx = self.db.begin().await?;
        match wish {
            Wish::SignIn => self.write_sign_in(&mut tx, place, &who, next).await?,
            Wish::NewPassword => self.write_reset(&mut tx, place, &who).await?,
        }
        tx.commit().await?;
        self.post();
        Ok(())
    }

    async fn write_sign_in(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        who: &Who,
        next: Option<&str>,
    ) -> Result<()> {
        let (link, expires_at) = self.new_link(tx, place, who, LinkPurpose::SignIn, next).await?;
        let name = place.name();
        let letter = Letter {
            subject: format!("Sign in to {name}"),
            sentence: format!("Here is your link to sign in to {name}."),
            button: Some(Button { verb: "Sign in", link: &link }),
            note: Some("It works once, for 15 minutes.".to_owned()),
            why: asked_for(name),
        };
        self.write_mail(tx, &who.sender(place), MailKind::SignIn, who.email(), letter, Some(expires_at)).await
    }

    async fn write_reset(&self, tx: &mut Tx, place: Place<'_>, who: &Who) -> Result<()> {
        let (link, expires_at) = self.new_link(tx, place, who, LinkPurpose::PasswordReset, None).await?;
        let name = place.name();
        let letter = Letter {
            subject: format!("Choose a new password for {name}"),
            sentence: format!("Here is your link to choose a new password for {name}."),
            button: Some(Button { verb: "Choose a password", link: &link }),
            note: Some("It works once, for 15 minutes. Until then your password stays as it is.".to_owned()),
            why: asked_for(name),
        };
        let kind = MailKind::PasswordReset;
        self.write_mail(tx, &who.sender(place), kind, who.email(), letter, Some(expires_at)).await
    }

    /// Writes an invitation; `inviter` is who invites, for people. Earlier ones no longer work.
    pub(crate) async fn write_invitation(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        who: &Who,
        inviter: &str,
    ) -> Result<()> {
        let (link, expires_at) = self.new_invitation(tx, place, who).await?;
        let name = place.name();
        let (subject, sentence) = match place {
            Place::Console => (
                format!("You are invited to {inviter} on Portico"),
                format!("You are invited to administer the workspace {inviter} on Portico."),
            ),
            Place::Portal(_) => (
                format!("You are invited to {name}"),
                format!(
                    "You are invited to {name}, where you find APIs, try them, and manage your API keys."
                ),
            ),
        };
        let letter = Letter {
            subject,
            sentence,
            button: Some(Button { verb: "Accept the invitation", link: &link }),
            note: Some("It works once, for 7 days. Afterwards you can request a new link there.".to_owned()),
            why: format!(
                "{inviter} sent this, because an admin entered this address. If you did not expect it, ignore it."
            ),
        };
        let kind = MailKind::Invitation;
        self.write_mail(tx, &who.sender(place), kind, who.email(), letter, Some(expires_at)).await
    }

    /// A new invitation; earlier ones no longer work.
    pub(crate) async fn new_invitation(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        who: &Who,
    ) -> Result<(String, Timestamp)> {
        let purpose = LinkPurpose::Invitation;
        store::identity::links::revoke(tx, who.subject(), Some(purpose)).await?;
        self.new_link(tx, place, who, purpose, None).await
    }

    async fn new_link(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        who: &Who,
        purpose: LinkPurpose,
        next: Option<&str>,
    ) -> Result<(String, Timestamp)> {
        let now = self.environment.now();
        let secret = Secret::issue(SecretKind::Session, &self.environment);
        let expires_at = now + if purpose == LinkPurpose::Invitation { INVITATION } else { SIGN_IN };
        let new = NewLink {
            secret: &secret,
            purpose,
            subject: who.subject(),
            site: place.site(),
            next,
            expires_at,
        };
        store::identity::links::insert(tx, new, now).await?;
        let base = match place {
            Place::Console => self.addresses().console.clone(),
            Place::Portal(portal) => self.addresses().portal(portal),
        };
        Ok((format!("{base}/sign-in/link/{}", secret.expose()), expires_at))
    }

    /// What a link leads to. Looking at it changes nothing.
    pub async fn look_at_link(
        &self,
        place: Place<'_>,
        token: &str,
        whence: &Whence,
    ) -> std::result::Result<LinkView, SignInFault> {
        self.door.throttle().address(Attempt::Link, whence.address, self.environment.now())?;
        let methods = self.sign_in_methods(place).await?;
        let Some((link, who)) = self.open_link(&self.db, place, token, methods).await? else {
            return Ok(LinkView::Gone);
        };
        Ok(LinkView::Open {
            purpose: link.purpose,
            email: who.email().to_owned(),
            password: PasswordField::of(link.purpose, methods),
            methods,
        })
    }

    /// The link of this token and whom it is for, if it works here now.
    pub(crate) async fn open_link(
        &self,
        on: impl Into<store::Conn<'_>>,
        place: Place<'_>,
        token: &str,
        methods: SignInMethods,
    ) -> Result<Option<(SignInLink, Who)>> {
        let Some(digest) = digest_of(token) else { return Ok(None) };
        let mut on = on.into();
        let link = store::identity::links::find(on.again(), digest).await?;
        let now = self.environment.now();
        let is_on = |link: &SignInLink| match link.purpose {
            LinkPurpose::SignIn => methods.magic_link,
            LinkPurpose::PasswordReset => methods.password,
            LinkPurpose::Invitation => true,
        };
        let link = link.filter(|link| link.is_open(now) && link.site == place.site() && is_on(link));
        let Some(link) = link else { return Ok(None) };
        Ok(self.who(on, place, link.subject).await?.map(|who| (link, who)))
    }

    /// Signs in with a link, and sets a password if one is given or needed. `former` is the token that
    /// the browser holds already, if it does.
    pub async fn use_link(
        &self,
        place: Place<'_>,
        token: &str,
        password: Option<&str>,
        whence: &Whence,
        former: Option<&str>,
    ) -> std::result::Result<SignedIn, SignInFault> {
        let now = self.environment.now();
        self.door.throttle().address(Attempt::Link, whence.address, now)?;
        let methods = self.sign_in_methods(place).await?;
        let (link, who) =
            self.open_link(&self.db, place, token, methods).await?.ok_or(SignInFault::LinkGone)?;
        let field = PasswordField::of(link.purpose, methods);
        if link.purpose == LinkPurpose::Invitation && !methods.magic_link && !methods.password {
            // They come by single sign-on, and the invitation with them.
            return Err(SignInFault::SwitchedOff);
        }
        let password = password.filter(|password| !password.is_empty() && field != PasswordField::Absent);
        let hash = match password {
            None if field == PasswordField::Required => {
                return Err(SignInFault::Invalid(crate::Faults::of("password", "can't be blank")));
            }
            None => None,
            Some(password) => Some(self.hash_new(password, who.email()).await?),
        };
        let digest = digest_of(token).ok_or(SignInFault::LinkGone)?;
        let mut tx = self.db.begin().await?;
        if !store::identity::links::spend(&mut tx, digest, now).await? {
            return Err(SignInFault::LinkGone);
        }
        if let Some(hash) = hash {
            self.set_password(&mut tx, place, &who, &hash, whence, None).await?;
        }
        if link.purpose == LinkPurpose::Invitation {
            self.record_own(&mut tx, &who, whence, Deed::InvitationAccepted, json!({})).await?;
        }
        let method = if link.purpose == LinkPurpose::PasswordReset {
            SignInMethod::Password
        } else {
            SignInMethod::Link
        };
        let signed_in = self.begin_session(&mut tx, &who, method, whence, former).await?;
        tx.commit().await?;
        self.post();
        Ok(SignedIn { next: link.next, ..signed_in })
    }
}

fn asked_for(name: &str) -> String {
    format!(
        "{name} sent this, because somebody entered this address there. If it was not you, ignore it: without \
         this link nobody comes in."
    )
}
