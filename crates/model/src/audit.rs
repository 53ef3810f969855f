//! The audit trail: who did what to which thing.

use std::net::IpAddr;

use crate::id::{DeveloperClientId, MemberId, PortalUserId};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Token, person, command line or the program itself.
    pub by: By,
    /// The name of the token or of the command, or the e-mail address of the person.
    pub name: String,
    /// From where, if over the network.
    pub address: Option<IpAddr>,
    /// With what, if it said.
    pub user_agent: Option<String>,
}

/// What kind of actor did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A management token.
    Token(DeveloperClientId),
    /// Somebody who administers the workspace.
    Member(MemberId),
    /// A developer, in a portal of the workspace.
    PortalUser(PortalUserId),
    /// Someone with a shell on the machine.
    CommandLine,
    /// The program, at first start.
    System,
}

/// What was done, to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are sentences: who is a noun, what is a verb")]
pub enum Deed {
    WorkspaceCreated,
    WorkspaceUpdated,
    WorkspaceDeleted,
    ProjectCreated,
    ProjectUpdated,
    ProjectDeleted,
    FolderCreated,
    FolderUpdated,
    FolderDeleted,
    ConnectionCreated,
    ConnectionUpdated,
    ConnectionDeleted,
    ConnectionTested,
    CollectionCreated,
    CollectionImported,
    CollectionReimported,
    CollectionRestored,
    CollectionUpdated,
    CollectionDeleted,
    EndpointCreated,
    EndpointUpdated,
    EndpointEnabled,
    EndpointDisabled,
    EndpointsEnabled,
    EndpointsDisabled,
    RecipeStarted,
    RecipeStopped,
    ClientCreated,
    ClientUpdated,
    ClientDeleted,
    KeyCreated,
    KeyUpdated,
    KeyEnabled,
    KeyDisabled,
    KeyRefreshed,
    KeyDeleted,
    PolicyCreated,
    PolicyUpdated,
    PolicyDeleted,
    PortalCreated,
    PortalUpdated,
    PortalDeleted,
    PageCreated,
    PageUpdated,
    PageDeleted,
    PortalUserInvited,
    PortalUserProvisioned,
    PortalUserUpdated,
    PortalUserDeactivated,
    PortalUserActivated,
    PortalUserDeleted,
    MemberInvited,
    MemberUpdated,
    MemberDeleted,
    AccessRequested,
    AccessApproved,
    AccessRejected,
    TokenCreated,
    TokenUpdated,
    TokenRegenerated,
    TokenDeleted,
    SignedIn,
    SignedOut,
    InvitationAccepted,
    PasswordChanged,
    IdentityLinked,
    MailRetried,
    MailLinkShown,
}

impl Deed {
    /// `noun.verb`, as it stands in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkspaceCreated => "workspace.created",
            Self::WorkspaceUpdated => "workspace.updated",
            Self::WorkspaceDeleted => "workspace.deleted",
            Self::ProjectCreated => "project.created",
            Self::ProjectUpdated => "project.updated",
            Self::ProjectDeleted => "project.deleted",
            Self::FolderCreated => "folder.created",
            Self::FolderUpdated => "folder.updated",
            Self::FolderDeleted => "folder.deleted",
            Self::ConnectionCreated => "connection.created",
            Self::ConnectionUpdated => "connection.updated",
            Self::ConnectionDeleted => "connection.deleted",
            Self::ConnectionTested => "connection.tested",
            Self::CollectionCreated => "collection.created",
            Self::CollectionImported => "collection.imported",
            Self::CollectionReimported => "collection.reimported",
            Self::CollectionRestored => "collection.restored",
            Self::CollectionUpdated => "collection.updated",
            Self::CollectionDeleted => "collection.deleted",
            Self::EndpointCreated => "endpoint.created",
            Self::EndpointUpdated => "endpoint.updated",
            Self::EndpointEnabled => "endpoint.enabled",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointsEnabled => "endpoints.enabled",
            Self::EndpointsDisabled => "endpoints.disabled",
            Self::RecipeStarted => "recipe.started",
            Self::RecipeStopped => "recipe.stopped",
            Self::ClientCreated => "client.created",
            Self::ClientUpdated => "client.updated",
            Self::ClientDeleted => "client.deleted",
            Self::KeyCreated => "key.created",
            Self::KeyUpdated => "key.updated",
            Self::KeyEnabled => "key.enabled",
            Self::KeyDisabled => "key.disabled",
            Self::KeyRefreshed => "key.refreshed",
            Self::KeyDeleted => "key.deleted",
            Self::PolicyCreated => "policy.created",
            Self::PolicyUpdated => "policy.updated",
            Self::PolicyDeleted => "policy.deleted",
            Self::PortalCreated => "portal.created",
            Self::PortalUpdated => "portal.updated",
            Self::PortalDeleted => "portal.deleted",
            Self::PageCreated => "portal_page.created",
            Self::PageUpdated => "portal_page.updated",
            Self::PageDeleted => "portal_page.deleted",
            Self::PortalUserInvited => "portal_user.invited",
            Self::PortalUserProvisioned => "portal_user.provisioned",
            Self::PortalUserUpdated => "portal_user.updated",
            Self::PortalUserDeactivated => "portal_user.deactivated",
            Self::PortalUserActivated => "portal_user.activated",
            Self::PortalUserDeleted => "portal_user.deleted",
            Self::MemberInvited => "member.invited",
            Self::MemberUpdated => "member.updated",
            Self::MemberDeleted => "member.deleted",
            Self::AccessRequested => "access_request.created",
            Self::AccessApproved => "access_request.approved",
            Self::AccessRejected => "access_request.rejected",
            Self::TokenCreated => "token.created",
            Self::TokenUpdated => "token.updated",
            Self::TokenRegenerated => "token.regenerated",
            Self::TokenDeleted => "token.deleted",
            Self::SignedIn => "session.created",
            Self::SignedOut => "session.ended",
            Self::InvitationAccepted => "invitation.accepted",
            Self::PasswordChanged => "password.changed",
            Self::IdentityLinked => "identity.linked",
            Self::MailRetried => "mail.retried",
            Self::MailLinkShown => "mail.link_shown",
        }
    }
}
