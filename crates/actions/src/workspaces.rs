//! Workspaces.

use model::access::{Privilege, Role};
use model::audit::{By, Deed, Origin};
use model::workspace::{DEFAULT_WORKSPACE, Workspace, is_workspace_handle};
use serde_json::{Value, json};
use store::workspaces::NewWorkspace;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// What a handle must be like.
pub(crate) const HANDLE_RULE: &str = "must be 1 to 63 of `a-z`, `0-9` and `-`, begin and end with a letter or digit, and not be a reserved word";

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

/// What is to change about a workspace; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct WorkspacePatch {
    /// For people.
    pub name: Option<String>,
    /// Whom to write to about it.
    pub contact_email: Option<String>,
    /// IANA name of its time zone.
    pub time_zone: Option<String>,
}

impl Actions {
    /// Changes the workspace that the actor is in.
    pub async fn update_workspace(&self, actor: &Actor, patch: WorkspacePatch) -> Result<Workspace> {
        actor.must(Privilege::ManageWorkspace)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let contact_email = patch.contact_email.map(|text| text::email("contact_email", &text, &mut faults));
        let time_zone = patch.time_zone.inspect(|zone| check_zone(zone, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let id = actor.workspace.id;
        let before = store::workspaces::find(&mut tx, id).await?.ok_or(Error::Missing("workspace"))?;
        actor.saw(before.updated_at)?;
        let former = before.clone();
        let after = Workspace {
            name: name.unwrap_or(former.name),
            contact_email: contact_email.unwrap_or(former.contact_email),
            time_zone: time_zone.unwrap_or(former.time_zone),
            ..before.clone()
        };
        store::workspaces::update(&mut tx, &after, self.environment.now()).await?;
        let after = store::workspaces::find(&mut tx, id).await?.ok_or(Error::Missing("workspace"))?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        let subject = Subject { id: id.0, name: &after.name };
        self.record(&mut tx, actor, Deed::WorkspaceUpdated, subject, details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

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
            faults.add("handle", HANDLE_RULE);
        }
        let name = text::name("name", &draft.name, &mut faults);
        let contact_email = text::email("contact_email", &draft.contact_email, &mut faults);
        check_zone(&draft.time_zone, &mut faults);
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
        let actor =
            Actor { workspace, role: Role::Admin, restricted: None, origin, expected: None, pending: None };
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

/// Refuses what is no time zone.
pub(crate) fn check_zone(name: &str, faults: &mut Faults) {
    if jiff::tz::TimeZone::get(name).is_err() {
        faults.add("time_zone", "is not an IANA time zone, such as `Europe/Berlin`");
    }
}

fn shown(workspace: &Workspace) -> Value {
    json!({
        "name": workspace.name,
        "contact_email": workspace.contact_email,
        "time_zone": workspace.time_zone,
    })
}
