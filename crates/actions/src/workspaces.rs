//! Workspaces.

use model::access::Role;
use model::audit::{By, Deed, Origin};
use model::workspace::{DEFAULT_WORKSPACE, Workspace, is_workspace_handle};
use serde_json::json;
use store::workspaces::NewWorkspace;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A workspace to be made.
#[derive(Debug, Clone)]
pub struct WorkspaceDraft {
    /// The first path segment of its public URLs; unique.
    pub handle: String,
    /// For people.
    pub name: String,
    /// Whom to write to about it.
    pub contact_email: String,
    /// IANA name of its time zone, such as `Europe/Berlin`.
    pub time_zone: String,
}

impl Actions {
    /// The workspace that exists from the first start; made if it is not there yet.
    pub async fn default_workspace(&self) -> Result<Workspace> {
        if let Some(workspace) = store::workspaces::by_handle(&self.db, DEFAULT_WORKSPACE).await? {
            return Ok(workspace);
        }
        let system =
            Origin { by: By::System, name: "first start".to_owned(), address: None, user_agent: None };
        let draft = WorkspaceDraft {
            handle: DEFAULT_WORKSPACE.to_owned(),
            name: "Main".to_owned(),
            contact_email: "admin@localhost".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        match self.create_workspace(system, draft).await {
            // Another process was quicker.
            Err(Error::Conflict { .. }) => {
                let workspace = store::workspaces::by_handle(&self.db, DEFAULT_WORKSPACE).await?;
                workspace.ok_or(Error::Missing("workspace"))
            }
            made => made,
        }
    }

    /// Makes a workspace.
    pub async fn create_workspace(&self, origin: Origin, draft: WorkspaceDraft) -> Result<Workspace> {
        let mut faults = Faults::default();
        if !is_workspace_handle(&draft.handle) {
            faults.add(
                "handle",
                "must be 1 to 63 of `a-z`, `0-9` and `-`, begin and end with a letter or digit, and not be a reserved word",
            );
        }
        let name = text::name("name", &draft.name, &mut faults);
        let contact_email = text::email("contact_email", &draft.contact_email, &mut faults);
        if jiff::tz::TimeZone::get(&draft.time_zone).is_err() {
            faults.add("time_zone", "is not an IANA time zone, such as `Europe/Berlin`");
        }
        faults.check()?;
        let mut tx = self.db.begin().await?;
        if store::workspaces::by_handle(&mut tx, &draft.handle).await?.is_some() {
            return Err(Error::Conflict { field: "handle", message: "is taken; choose another".to_owned() });
        }
        let new = NewWorkspace {
            handle: &draft.handle,
            name: &name,
            contact_email: &contact_email,
            time_zone: &draft.time_zone,
        };
        let workspace = store::workspaces::insert(&mut tx, new, self.environment.now()).await?;
        let actor = Actor { workspace, role: Role::Admin, origin, expected: None, pending: None };
        let subject = Subject { id: actor.workspace.id.0, name: &name };
        self.record(
            &mut tx,
            &actor,
            Deed::WorkspaceCreated,
            subject,
            json!({ "after": { "handle": draft.handle } }),
        )
        .await?;
        actor.commit(tx).await?;
        Ok(actor.workspace)
    }
}
