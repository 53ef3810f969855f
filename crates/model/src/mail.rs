//! Mail to people: what is written, and how far it got.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{MailId, PortalId, WorkspaceId};

/// A mail in the outbox. Its text is read apart, as it may hold a link that signs somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id.
    pub id: MailId,
    /// The workspace that it tells of.
    pub workspace: WorkspaceId,
    /// The portal that it tells of; none for the console.
    pub portal: Option<PortalId>,
    /// What it is about.
    pub kind: MailKind,
    /// To whom.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// How far it got.
    pub state: MailState,
    /// How often it was tried to send it.
    pub attempts: i64,
    /// When it is tried next, while it waits.
    pub next_attempt_at: Timestamp,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When the link in it stops working; its text is forgotten then.
    pub expires_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When a mail server took it.
    pub sent_at: Option<Timestamp>,
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// An invitation, with a link that accepts it.
    Invitation,
    /// A link that signs in.
    SignIn,
    /// A link with which a password is chosen.
    PasswordReset,
    /// That the password was changed.
    PasswordChanged,
    /// That somebody asks for access.
    AccessRequested,
    /// What became of a request for access.
    AccessDecided,
}

impl MailKind {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "Invitation",
            Self::SignIn => "Sign-in link",
            Self::PasswordReset => "Password reset",
            Self::PasswordChanged => "Password changed",
            Self::AccessRequested => "Access requested",
            Self::AccessDecided => "Access decided",
        }
    }
}

/// How far a mail got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is to be sent, for the first time or again.
    Waiting,
    /// A mail server took it.
    Sent,
    /// No mail server is set; it was shown on the terminal.
    Shown,
    /// It was given up.
    Failed,
    /// The link in it stopped working before it was sent.
    Expired,
}

impl MailState {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Sent => "Sent",
            Self::Shown => "Shown on the terminal",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
        }
    }
}

/// What a mail says. It may hold a link that signs somebody in, so it is never printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailText {
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// The address behind its button.
    pub link: Option<String>,
    /// The picture that the HTML shows as `cid:logo`, by its digest in hex; it goes along with the mail.
    #[serde(default)]
    pub logo: Option<String>,
}

impl std::fmt::Debug for MailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailText(…)")
    }
}
