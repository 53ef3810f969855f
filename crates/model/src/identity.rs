//! How people prove who they are, and what remembers that they did.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, PortalId, PortalUserId, SessionId};

/// Who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Somebody who administers workspaces, in the console.
    Person(PersonId),
    /// A developer, in one portal.
    PortalUser(PortalUserId),
}

/// Where somebody signs in. What is good for one place is good for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// The console.
    Console,
    /// A portal.
    Portal(PortalId),
}

impl Site {
    /// The portal, if it is one.
    pub const fn portal(self) -> Option<PortalId> {
        match self {
            Self::Console => None,
            Self::Portal(portal) => Some(portal),
        }
    }
}

impl From<Option<PortalId>> for Site {
    fn from(portal: Option<PortalId>) -> Self {
        portal.map_or(Self::Console, Self::Portal)
    }
}

/// What a link in a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// To sign in.
    SignIn,
    /// To accept an invitation, which signs in.
    Invitation,
    /// To choose a new password, which signs in.
    PasswordReset,
}

/// A link in a mail. It works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Who it was made for.
    pub subject: Subject,
    /// Where it works.
    pub site: Site,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
    /// Where whoever follows it wanted to go; a path of the same site.
    pub next: Option<String>,
}

impl SignInLink {
    /// Whether it works now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

/// What remembers that somebody signed in, from one browser and at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is no secret.
    pub id: SessionId,
    /// Who signed in.
    pub subject: Subject,
    /// Where it is good.
    pub site: Site,
    /// How they proved who they are.
    pub method: SignInMethod,
    /// What they chose to act for: a client's id in a portal, a workspace's in the console.
    pub acting_for: Option<i64>,
    /// From where.
    pub address: Option<IpAddr>,
    /// With what browser, as it said.
    pub user_agent: Option<String>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// With a link.
    Link,
    /// With a password.
    Password,
    /// At an identity provider.
    Sso,
}

impl SignInMethod {
    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Password => "password",
            Self::Sso => "single sign-on",
        }
    }
}
