//! Workspaces that another one manages: those of an operator's customers.

use model::access::Privilege;
use model::audit::Deed;
use model::id::WorkspaceId;
use model::workspace::{ManagedWorkspace, Workspace, is_workspace_handle};
use serde_json::{Value, json};
use store::Tx;
use store::workspaces::NewWorkspace;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text, workspaces};

/// A managed workspace to be made.
#[derive(Debug, Clone)]
pub struct ManagedDraft {
    /// For people.
    pub name: String,
    /// Whom to write to about it.
    pub contact_email: String,
    /// What the operator calls it.
    pub external_id: Option<String>,
    /// IANA name of its time zone; the operator's unless given.
    pub time_zone: Option<String>,
    /// The first path segment of its public URLs; made from the name unless given.
    pub handle: Option<String>,
}

/// What is to change about a managed workspace; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ManagedPatch {
    /// For people.
    pub name: Option<String>,
    /// Whom to write to about it.
    pub contact_email: Option<String>,
    /// What the operator calls it.
    pub external_id: Option<String>,
    /// IANA name of its time zone.
    pub time_zone: Option<String>,
}

impl Actions {
    /// Makes a workspace that the actor's manages.
    pub async fn create_managed(&self, actor: &Actor, draft: ManagedDraft) -> Result<ManagedWorkspace> {
        actor.must(Privilege::ManageManaged)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let contact_email = text::email("notification_email", &draft.contact_email, &mut faults);
        let external_id = draft.external_id.map(|id| text::name("external_id", &id, &mut faults));
        let time_zone = draft.time_zone.unwrap_or_else(|| actor.workspace.time_zone.clone());
        workspaces::check_zone(&time_zone, &mut faults);
        if draft.handle.as_deref().is_some_and(|handle| !is_workspace_handle(handle)) {
            faults.add("handle", workspaces::HANDLE_RULE);
        }
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let handle = match draft.handle {
            Some(handle) if store::workspaces::by_handle(&mut tx, &handle).await?.is_some() => {
                let message = format!("`{handle}` is taken; choose another one");
                return Err(Error::Conflict { field: "handle", message });
            }
            Some(handle) => handle,
            None => free_handle(&mut tx, &name).await?,
        };
        let new = NewWorkspace {
            handle: &handle,
            name: &name,
            contact_email: &contact_email,
            time_zone: &time_zone,
        };
        let made = store::workspaces::insert(&mut tx, new, self.environment.now()).await?;
        let operator = actor.workspace.id;
        let put = store::managed::put(&mut tx, operator, made.id, external_id.as_deref()).await;
        unless_taken(put, external_id.as_deref())?;
        let managed = load(&mut tx, actor, made.id).await?;
        let details = json!({ "after": shown(&managed) });
        self.record(&mut tx, actor, Deed::WorkspaceCreated, subject(&managed), details).await?;
        actor.commit(tx).await?;
        Ok(managed)
    }

    /// Changes a workspace that the actor's manages.
    pub async fn update_managed(
        &self,
        actor: &Actor,
        id: WorkspaceId,
        patch: ManagedPatch,
    ) -> Result<ManagedWorkspace> {
        actor.must(Privilege::ManageManaged)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let contact_email =
            patch.contact_email.map(|text| text::email("notification_email", &text, &mut faults));
        let external_id = patch.external_id.map(|id| text::name("external_id", &id, &mut faults));
        let time_zone = patch.time_zone.inspect(|zone| workspaces::check_zone(zone, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.workspace.updated_at)?;
        let former = before.workspace.clone();
        let workspace = Workspace {
            name: name.unwrap_or(former.name),
            contact_email: contact_email.unwrap_or(former.contact_email),
            time_zone: time_zone.unwrap_or(former.time_zone),
            ..before.workspace.clone()
        };
        store::workspaces::update(&mut tx, &workspace, self.environment.now()).await?;
        let external_id = external_id.or(before.external_id.clone());
        let put = store::managed::put(&mut tx, actor.workspace.id, id, external_id.as_deref()).await;
        unless_taken(put, external_id.as_deref())?;
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::WorkspaceUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Deletes a workspace that the actor's manages, with all that is in it: its keys stop working at
    /// once.
    pub async fn delete_managed(&self, actor: &Actor, id: WorkspaceId) -> Result<()> {
        actor.must(Privilege::ManageManaged)?;
        let mut tx = self.db.begin().await?;
        let managed = load(&mut tx, actor, id).await?;
        actor.saw(managed.workspace.updated_at)?;
        let its_own = model::page::Page::new(1, 1);
        if store::managed::list(&mut tx, id, its_own).await?.total > 0 {
            let message = "this workspace manages others; delete them first";
            return Err(Error::Refused(message.to_owned()));
        }
        store::workspaces::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&managed) });
        self.record(&mut tx, actor, Deed::WorkspaceDeleted, subject(&managed), details).await?;
        actor.commit(tx).await
    }
}

/// A handle from a name, with a number where it is taken.
async fn free_handle(tx: &mut Tx, name: &str) -> Result<String> {
    let mut slug: String = name
        .to_lowercase()
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    // Room for a number.
    slug.truncate(50);
    let slug = slug.trim_end_matches('-');
    let slug = if is_workspace_handle(slug) { slug.to_owned() } else { format!("w-{slug}") };
    let slug = slug.trim_end_matches('-');
    let mut handle = slug.to_owned();
    let mut next = 2;
    while store::workspaces::by_handle(&mut *tx, &handle).await?.is_some() {
        handle = format!("{slug}-{next}");
        next += 1;
    }
    Ok(handle)
}

async fn load(tx: &mut Tx, actor: &Actor, id: WorkspaceId) -> Result<ManagedWorkspace> {
    store::managed::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("managed user"))
}

fn unless_taken<T>(result: store::Result<T>, external_id: Option<&str>) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message =
                format!("`{}` is another managed user; choose another one", external_id.unwrap_or_default());
            Error::Conflict { field: "external_id", message }
        }
        other => other.into(),
    })
}

fn subject(managed: &ManagedWorkspace) -> Subject<'_> {
    Subject { id: managed.workspace.id.0, name: &managed.workspace.name }
}

fn shown(managed: &ManagedWorkspace) -> Value {
    let workspace = &managed.workspace;
    json!({
        "name": workspace.name,
        "handle": workspace.handle,
        "contact_email": workspace.contact_email,
        "time_zone": workspace.time_zone,
        "external_id": managed.external_id,
    })
}
