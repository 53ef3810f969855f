//! Mail to people: rendered as text and HTML, and put into the outbox by the transaction that does
//! what it tells of, so that neither happens without the other.

mod letter;
mod outbox;

use std::sync::Arc;

use jiff::Timestamp;
use model::id::{PortalId, WorkspaceId};
use model::mail::MailKind;
use model::portal::{DEFAULT_BRAND_COLOR, Portal};
use store::Tx;
use store::mails::NewMail;
use tokio::sync::Notify;

use crate::{Actions, Error, Result};

pub(crate) use letter::{Brand, Button, Letter};
pub use outbox::MailToSend;

/// Where the pages are reached. Links in mail are made from these and from nothing that a request
/// says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Of the console, without a slash at the end, such as `https://portico.example.com/console`.
    pub console: String,
    /// Of portals: `{subdomain}` stands for the portal's, as in
    /// `https://{subdomain}.developers.example.com`.
    pub portals: String,
}

impl Addresses {
    /// Where a portal is reached, without a slash at the end.
    pub fn portal(&self, portal: &Portal) -> String {
        self.portals.replace("{subdomain}", &portal.subdomain)
    }
}

impl Default for Addresses {
    /// Those of the default listeners.
    fn default() -> Self {
        Self {
            console: "http://127.0.0.1:8090/console".to_owned(),
            portals: "http://{subdomain}.localhost:8070".to_owned(),
        }
    }
}

/// The way of mail out of the house: where links lead to, and who waits for mail to send.
#[derive(Clone, Default)]
pub(crate) struct Post {
    pub(crate) addresses: Arc<Addresses>,
    waiting: Arc<Notify>,
}

/// In whose name a mail is written.
pub(crate) enum Sender<'a> {
    /// A portal's.
    Portal(&'a Portal),
    /// The console's, about this workspace.
    Console(WorkspaceId),
}

impl Sender<'_> {
    fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Portal(portal) => portal.workspace,
            Self::Console(workspace) => *workspace,
        }
    }

    fn portal(&self) -> Option<PortalId> {
        match self {
            Self::Portal(portal) => Some(portal.id),
            Self::Console(_) => None,
        }
    }

    fn brand(&self) -> Brand<'_> {
        match self {
            Self::Portal(portal) => {
                let logo = portal.logo.map(|logo| logo.large.to_hex());
                Brand::new(&portal.name, &portal.brand_color).logo(logo)
            }
            Self::Console(_) => Brand::new("Portico", DEFAULT_BRAND_COLOR),
        }
    }
}

impl Actions {
    /// Makes links that lead to these addresses.
    #[must_use]
    pub fn with_addresses(mut self, addresses: Addresses) -> Self {
        self.post.addresses = Arc::new(addresses);
        self
    }

    /// Where the pages are reached.
    pub fn addresses(&self) -> &Addresses {
        &self.post.addresses
    }

    /// Returns when mail may have been written since it was last asked.
    pub async fn mail_was_written(&self) {
        self.post.waiting.notified().await;
    }

    /// Puts a letter into the outbox. Whoever commits the transaction calls [`Actions::post`] then.
    pub(crate) async fn write_mail(
        &self,
        tx: &mut Tx,
        sender: &Sender<'_>,
        kind: MailKind,
        recipient: &str,
        letter: Letter<'_>,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let text = letter.render(&sender.brand()).map_err(|error| Error::Refused(error.to_string()))?;
        let mail = NewMail {
            workspace: sender.workspace(),
            portal: sender.portal(),
            kind,
            recipient,
            subject: &letter.subject,
            text: &text,
            expires_at,
        };
        store::mails::insert(tx, mail, self.environment.now()).await?;
        Ok(())
    }

    /// Wakes whoever sends mail. For those who commit a [`Pending`](crate::Pending) transaction: before
    /// that, there is nothing to send.
    pub fn post(&self) {
        self.post.waiting.notify_one();
    }
}
