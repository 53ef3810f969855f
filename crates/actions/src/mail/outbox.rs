//! The outbox, for whoever sends from it and for whoever looks after it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::access::Privilege;
use model::audit::Deed;
use model::id::MailId;
use model::logo::LogoImage;
use model::mail::{Mail, MailState, MailText};
use model::secret::Digest;
use serde_json::json;
use store::mails::Outcome;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Result};

/// How often a mail is tried: the waits between, doubling from half a minute to an hour, make three
/// hours.
const ATTEMPTS: i64 = 10;

/// How long until a mail is tried for the second time.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// The longest wait between two attempts.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How long an attempt may take, after which another process takes the mail: longer than all
/// timeouts of the sender together.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// How long mail is listed.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most characters of an error that are kept.
const ERROR_CHARACTERS: usize = 500;

/// A mail that is to be sent now.
#[derive(Debug)]
pub struct MailToSend {
    /// What is known of it.
    pub mail: Mail,
    /// What it says.
    pub text: MailText,
    /// The picture that goes along with it.
    pub logo: Option<LogoImage>,
}

impl Actions {
    /// Takes a mail that is due. Whoever takes it says what became of it with one of
    /// [`Actions::mail_sent`], [`Actions::mail_shown`] and [`Actions::mail_failed`].
    pub async fn take_mail(&self) -> Result<Option<MailToSend>> {
        let now = self.environment.now();
        loop {
            let mut tx = self.db.begin().await?;
            let Some(mail) = store::mails::take(&mut tx, now, now + LEASE).await? else { return Ok(None) };
            let text = store::mails::text(&mut tx, mail.id).await?;
            let text = text.filter(|_| mail.expires_at.is_none_or(|expiry| expiry > now));
            match text {
                Some(text) => {
                    // One that is gone since leaves its name behind, which the HTML shows instead.
                    let logo = match text.logo.as_deref().and_then(Digest::from_hex) {
                        Some(digest) => store::logos::find(&mut tx, digest).await?,
                        None => None,
                    };
                    tx.commit().await?;
                    return Ok(Some(MailToSend { mail, text, logo }));
                }
                // Nobody is served by a link that no longer works.
                None => {
                    store::mails::sweep(&mut tx, now, now - KEPT).await?;
                    tx.commit().await?;
                }
            }
        }
    }

    /// How long until the next mail is due, if any waits.
    pub async fn next_mail_in(&self) -> Result<Option<Duration>> {
        let now = self.environment.now();
        let due = store::mails::next_due(&self.db).await?;
        Ok(due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default()))
    }

    /// A mail server took it. Its text is forgotten.
    pub async fn mail_sent(&self, id: MailId) -> Result<()> {
        self.finish(id, Outcome::Sent).await
    }

    /// It was shown on the terminal, as there is no mail server.
    pub async fn mail_shown(&self, id: MailId) -> Result<()> {
        self.finish(id, Outcome::Shown).await
    }

    /// It could not be sent. What may pass is tried again, ever more rarely; gives when, if so.
    pub async fn mail_failed(&self, mail: &Mail, error: &str, may_pass: bool) -> Result<Option<Timestamp>> {
        let error: String = error.chars().take(ERROR_CHARACTERS).collect();
        if !may_pass || mail.attempts >= ATTEMPTS {
            self.finish(mail.id, Outcome::GivenUp(&error)).await?;
            return Ok(None);
        }
        let again_at = self.environment.now() + wait_after(mail.attempts);
        self.finish(mail.id, Outcome::Later(&error, again_at)).await?;
        Ok(Some(again_at))
    }

    async fn finish(&self, id: MailId, outcome: Outcome<'_>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        store::mails::finish(&mut tx, id, outcome, self.environment.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets what expired links said, and old mail altogether; gives the number of mails.
    pub async fn sweep_mail(&self) -> Result<u64> {
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let swept = store::mails::sweep(&mut tx, now, now - KEPT).await?;
        tx.commit().await?;
        Ok(swept)
    }

    /// Lets a mail that was given up be tried again.
    pub async fn retry_mail(&self, actor: &Actor, id: MailId) -> Result<()> {
        actor.must(Privilege::ManageMail)?;
        let mut tx = self.db.begin().await?;
        let mail = store::mails::find(&mut tx, actor.workspace.id, id).await?;
        let mail = mail.ok_or(Error::Missing("mail"))?;
        if mail.state != MailState::Failed {
            return Err(Error::Refused("only mail that has failed can be sent again".to_owned()));
        }
        if !store::mails::retry(&mut tx, id, self.environment.now()).await? {
            return Err(Error::Refused("the text of this mail is forgotten; send a new one".to_owned()));
        }
        self.record(&mut tx, actor, Deed::MailRetried, subject(&mail), json!({})).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(())
    }

    /// The link in a mail of a portal that was not sent, to be handed over in another way. Links of
    /// members are never shown: whoever had one would act in their name.
    pub async fn show_mail_link(&self, actor: &Actor, id: MailId) -> Result<String> {
        actor.must(Privilege::ManageMail)?;
        let mut tx = self.db.begin().await?;
        let mail = store::mails::find(&mut tx, actor.workspace.id, id).await?;
        let mail = mail.ok_or(Error::Missing("mail"))?;
        if mail.portal.is_none() {
            let message = "the link of a member is shown on the terminal of the server alone";
            return Err(Error::Refused(message.to_owned()));
        }
        let now = self.environment.now();
        let text = store::mails::text(&mut tx, id).await?;
        let is_open = mail.expires_at.is_none_or(|expiry| expiry > now);
        let link = text.filter(|_| is_open).and_then(|text| text.link);
        let link = link.ok_or_else(|| Error::Refused("this mail holds no link that works".to_owned()))?;
        self.record(&mut tx, actor, Deed::MailLinkShown, subject(&mail), json!({})).await?;
        actor.commit(tx).await?;
        Ok(link)
    }
}

/// How long to wait after so many attempts.
fn wait_after(attempts: i64) -> SignedDuration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(0);
    FIRST_WAIT.saturating_mul(2_i32.saturating_pow(doublings)).min(LONGEST_WAIT)
}

fn subject(mail: &Mail) -> Subject<'_> {
    Subject { id: mail.id.0, name: &mail.recipient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let seconds: Vec<_> = (1..=ATTEMPTS).map(|attempts| wait_after(attempts).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(wait_after(i64::MAX).as_secs(), 3600);
    }
}
