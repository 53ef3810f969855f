//! People: those who administer workspaces, and the developers who sign in to portals.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::id::{ClientId, MemberId, PersonId, PortalId, PortalUserId, WorkspaceId};

/// Somebody who administers workspaces, as many as they are a [`Member`] of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their e-mail address as it was given; unique whatever the case of its letters.
    pub email: String,
    /// As they want to be called; empty until they say so.
    pub name: String,
    /// When they were first known.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// A person in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Where they administer.
    pub workspace: WorkspaceId,
    /// Who it is.
    pub person: Person,
    /// What they may do there.
    pub role: MemberRole,
    /// Whether they may come in.
    pub state: MemberState,
    /// When they were last invited.
    pub invited_at: Timestamp,
    /// When they became a member.
    pub created_at: Timestamp,
    /// When the membership was last changed.
    pub updated_at: Timestamp,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    /// Everything, also to other owners. A workspace that has one keeps one.
    Owner,
    /// Everything but to owners.
    Admin,
    /// Everything but the workspace itself, its members and tokens, and the audit trail.
    Publisher,
    /// Sees everything but tokens and the audit trail, changes nothing.
    Viewer,
}

impl MemberRole {
    /// All of them, the mightiest first.
    pub const ALL: &[Self] = &[Self::Owner, Self::Admin, Self::Publisher, Self::Viewer];

    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Publisher => "publisher",
            Self::Viewer => "viewer",
        }
    }

    /// The privileges that come with it. What only owners may do is asked for by itself.
    pub const fn rights(self) -> Role {
        match self {
            Self::Owner | Self::Admin => Role::Admin,
            Self::Publisher => Role::Publisher,
            Self::Viewer => Role::Viewer,
        }
    }
}

impl fmt::Display for MemberRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a member's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of the roles `owner`, `admin`, `publisher`, `viewer`")]
pub struct UnknownMemberRole;

impl FromStr for MemberRole {
    type Err = UnknownMemberRole;
    fn from_str(text: &str) -> Result<Self, UnknownMemberRole> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text).ok_or(UnknownMemberRole)
    }
}

/// Whether a member may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// Invited, and has not signed in yet.
    Invited,
    /// Has signed in once.
    Active,
    /// May not come in for now.
    Suspended,
}

impl MemberState {
    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A developer who signs in to one portal and acts there for clients of its workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalUser {
    /// Their id.
    pub id: PortalUserId,
    /// The workspace of the portal.
    pub workspace: WorkspaceId,
    /// Where they sign in.
    pub portal: PortalId,
    /// Their e-mail address as it was given; unique in the portal whatever the case of its letters.
    pub email: String,
    /// As they want to be called; empty until it is known.
    pub name: String,
    /// How they came.
    pub came_by: CameBy,
    /// Whether they may come in.
    pub active: bool,
    /// When they were last invited, if ever.
    pub invited_at: Option<Timestamp>,
    /// When they last signed in, if ever.
    pub last_sign_in_at: Option<Timestamp>,
    /// The clients that they act for, in the order of their ids.
    pub clients: Vec<ClientId>,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

/// How a portal user came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameBy {
    /// Somebody invited them.
    Invitation,
    /// They signed in by single sign-on, just in time.
    Jit,
}

impl CameBy {
    /// As people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Jit => "jit",
        }
    }
}

/// What two writings of one e-mail address have in common: everything but the case of letters. The
/// local part might be told apart by case (RFC 5321, section 2.4), but no mail service does.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_whatever_the_case() {
        assert_eq!(email_key(" Ada@Example.COM "), "ada@example.com");
        assert_eq!(email_key("ÄDA@example.com"), email_key("äda@example.com"));
    }

    #[test]
    fn roles_are_read_as_they_are_written() {
        for role in MemberRole::ALL {
            assert_eq!(role.to_string().parse(), Ok(*role));
        }
        assert_eq!("boss".parse::<MemberRole>(), Err(UnknownMemberRole));
        assert_eq!(MemberRole::Owner.rights(), Role::Admin);
    }
}
