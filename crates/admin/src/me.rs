//! Who is signed in to the console, in which workspace, and what surrounds their pages.

use std::sync::Arc;

use actions::{Actor, Operator, Whence};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::access::Privilege;
use model::access_request::RequestState;
use model::id::WorkspaceId;
use site::sign_in::whence;
use site::{Frame, Link, Oops, Person, Posted, Visit, When, cookies, see};
use store::access_requests::Filter;
use url::form_urlencoded::byte_serialize;

use crate::{BASE, Console, frame};

/// Where what developers ask for is listed; its line says how much waits.
const REQUESTS: &str = "/console/requests";

/// What the navigation leads to, in its order, and the privilege without which a line is left out:
/// what is published, who may call it, who asks, who administers.
const PAGES: &[(&str, &str, Option<Privilege>)] = &[
    ("Overview", "/console", None),
    ("Collections", "/console/collections", Some(Privilege::ListCollections)),
    ("Clients", crate::clients::PATH, Some(Privilege::ListClients)),
    ("Portals", crate::portals::PATH, Some(Privilege::ListPortals)),
    ("Connections", "/console/connections", Some(Privilege::ListConnections)),
    ("Policies", "/console/policies", Some(Privilege::ListPolicies)),
    ("Requests", REQUESTS, Some(Privilege::ListPortalUsers)),
    ("Members", "/console/members", Some(Privilege::ListMembers)),
    ("API tokens", "/console/tokens", Some(Privilege::ManageTokens)),
    ("Mail", "/console/mail", Some(Privilege::ManageMail)),
    ("Audit log", "/console/audit", Some(Privilege::ReadAudit)),
];

/// Somebody who is signed in to the console. Whoever is not is led to where one signs in.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) operator: Arc<Operator>,
    pub(crate) visit: Visit,
    whence: Whence,
    now: Timestamp,
}

/// The navigation on the left.
pub(crate) struct Side {
    pub(crate) links: Vec<Link>,
    /// The workspaces to choose from: id, name, whether it is this one. Empty if there is but one.
    pub(crate) workspaces: Vec<(WorkspaceId, String, bool)>,
}

impl FromRequestParts<Console> for Me {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let refuse = |oops: Oops| oops.into_response();
        let visit = Visit::from_request_parts(parts, console).await.map_err(refuse)?;
        let operator = match cookies::find(&parts.headers, console.session_cookie()) {
            Some(token) => console.actions.operator(token).await.map_err(|error| refuse(error.into()))?,
            None => None,
        };
        let Some(operator) = operator else {
            let next: String = byte_serialize(visit.path.as_bytes()).collect();
            return Err(see(&format!("{BASE}/sign-in?next={next}")));
        };
        let whence = whence(&visit, &parts.headers);
        Ok(Self { operator: Arc::new(operator), visit, whence, now: console.environment.now() })
    }
}

impl Me {
    /// The operator as one who acts.
    pub(crate) fn actor(&self) -> Actor {
        self.operator.actor(self.whence.clone())
    }

    /// From where and with what they come.
    pub(crate) fn whence(&self) -> &Whence {
        &self.whence
    }

    /// The workspace that they act in.
    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.operator.workspace.id
    }

    /// Whether their role has this privilege.
    pub(crate) fn may(&self, privilege: Privilege) -> bool {
        self.operator.member.role.rights().may(privilege)
    }

    /// Refuses the page unless their role has this privilege.
    pub(crate) fn must(&self, privilege: Privilege) -> Result<(), Oops> {
        self.actor().must(privilege).map_err(Oops::from)
    }

    /// The time zone of the workspace.
    pub(crate) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.operator.workspace.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// When they came.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// A moment as they see it.
    pub(crate) fn when(&self, at: Timestamp) -> When {
        When::new(at, self.now, self.zone())
    }

    /// What surrounds the page at this path.
    pub(crate) async fn around(&self, console: &Console, path: &str) -> Result<(Frame, Side), Oops> {
        let pending = Filter { state: Some(RequestState::Pending), ..Filter::default() };
        let pending = store::access_requests::count(&console.db, self.workspace(), pending).await?;
        let requests = match pending {
            0 => "Requests".to_owned(),
            pending => format!("Requests ({pending})"),
        };
        let links = PAGES
            .iter()
            .filter(|(_, _, privilege)| privilege.is_none_or(|privilege| self.may(privilege)))
            .map(|&(label, href, _)| {
                let label = if href == REQUESTS { requests.as_str() } else { label };
                Link::new(label, href).marked(href == path)
            })
            .collect();
        let mut workspaces = Vec::new();
        if self.operator.memberships.len() > 1 {
            for member in &self.operator.memberships {
                if let Some(workspace) = store::workspaces::find(&console.db, member.workspace).await? {
                    workspaces.push((workspace.id, workspace.name, workspace.id == self.workspace()));
                }
            }
        }
        let person = &self.operator.member.person;
        let name = if person.name.is_empty() { person.email.clone() } else { person.name.clone() };
        let frame = Frame {
            person: Some(Person {
                name,
                email: person.email.clone(),
                acts_for: Some(format!("{}, {}", self.operator.workspace.name, self.operator.member.role)),
                menu: vec![Link::new("Account", "/console/account").marked(path == "/console/account")],
                sign_out: "/console/sign-out".to_owned(),
            }),
            ..frame(self.visit.clone())
        };
        Ok((frame, Side { links, workspaces }))
    }
}

/// `POST /console/workspace`
pub(crate) async fn choose_workspace(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let chosen = fields.text("workspace").parse().map_err(|_| Oops::missing("workspace"))?;
    console.actions.choose_workspace(&me.operator, chosen).await?;
    Ok(see(BASE))
}
