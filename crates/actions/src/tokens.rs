//! Tokens for the management API, each of a developer API client.

use jiff::Timestamp;
use model::access::{DeveloperClient, Privilege, Role};
use model::audit::Deed;
use model::id::{DeveloperClientId, ProjectId};
use model::net::{IpRange, IpRules};
use model::secret::{Secret, SecretKind};
use serde_json::{Value, json};
use store::Tx;
use store::developer_clients::NewDeveloperClient;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// The most projects that a token is restricted to. Who has more to reach can have the workspace.
pub const TOKEN_PROJECTS: usize = 1_000;

/// A token for the management API to be made.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    /// Unique in the workspace.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The projects that it is to be restricted to; `None` for the whole workspace.
    pub projects: Option<Vec<ProjectId>>,
    /// From where it may be used.
    pub rules: IpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// What is to change about a developer API client; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct TokenPatch {
    /// Unique in the workspace.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<Role>,
    /// The projects that it is to be restricted to; `Some(None)` for the whole workspace.
    pub projects: Option<Option<Vec<ProjectId>>>,
    /// From where alone its token may be used.
    pub allow: Option<Vec<IpRange>>,
    /// When its token stops working.
    pub expires_at: Option<Timestamp>,
}

/// A developer API client and its token, which is shown this once.
#[derive(Debug)]
pub struct IssuedToken {
    /// The developer API client.
    pub client: DeveloperClient,
    /// Its token.
    pub token: Secret,
}

impl Actions {
    /// Makes a token for the management API. Whoever gets it sees it this once.
    pub async fn create_token(&self, actor: &Actor, draft: TokenDraft) -> Result<IssuedToken> {
        actor.must(Privilege::ManageTokens)?;
        let now = self.environment.now();
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        faults.check()?;
        check_end(draft.expires_at, now)?;
        let token = Secret::issue(SecretKind::Management, &self.environment);
        let mut tx = self.db.begin().await?;
        check_projects(&mut tx, actor, draft.projects.as_deref()).await?;
        let new = NewDeveloperClient {
            workspace: actor.workspace.id,
            name: &name,
            role: draft.role,
            projects: draft.projects.as_deref(),
            rules: &draft.rules,
            expires_at: draft.expires_at,
            token: &token,
        };
        let id = store::developer_clients::insert(&mut tx, new, now).await;
        let client = load(&mut tx, actor, unless_taken(id, &name)?).await?;
        let details = json!({ "after": shown(&client) });
        self.record(&mut tx, actor, Deed::TokenCreated, subject(&client), details).await?;
        actor.commit(tx).await?;
        Ok(IssuedToken { client, token })
    }

    /// Changes a developer API client; its token stays.
    pub async fn update_token(
        &self,
        actor: &Actor,
        id: DeveloperClientId,
        patch: TokenPatch,
    ) -> Result<DeveloperClient> {
        actor.must(Privilege::ManageTokens)?;
        let now = self.environment.now();
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        faults.check()?;
        check_end(patch.expires_at, now)?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        if let Some(projects) = &patch.projects {
            check_projects(&mut tx, actor, projects.as_deref()).await?;
        }
        let former = before.clone();
        let client = DeveloperClient {
            name: name.unwrap_or(former.name),
            role: patch.role.unwrap_or(former.role),
            rules: IpRules { allow: patch.allow.unwrap_or(former.rules.allow), deny: former.rules.deny },
            expires_at: patch.expires_at.or(former.expires_at),
            ..before.clone()
        };
        let updated = store::developer_clients::update(&mut tx, &client, now).await;
        unless_taken(updated, &client.name)?;
        if let Some(projects) = &patch.projects {
            store::developer_clients::restrict(&mut tx, id, projects.as_deref()).await?;
        }
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::TokenUpdated, subject(&after), details).await?;
        actor.commit(tx).await?;
        Ok(after)
    }

    /// Gives a developer API client another token. The former one stops working at once.
    pub async fn regenerate_token(&self, actor: &Actor, id: DeveloperClientId) -> Result<IssuedToken> {
        actor.must(Privilege::ManageTokens)?;
        let token = Secret::issue(SecretKind::Management, &self.environment);
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        actor.saw(before.updated_at)?;
        store::developer_clients::regenerate(&mut tx, id, &token, self.environment.now()).await?;
        let client = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&client) });
        self.record(&mut tx, actor, Deed::TokenRegenerated, subject(&client), details).await?;
        actor.commit(tx).await?;
        Ok(IssuedToken { client, token })
    }

    /// Deletes a developer API client. The next call with its token is refused.
    pub async fn delete_token(&self, actor: &Actor, id: DeveloperClientId) -> Result<()> {
        actor.must(Privilege::ManageTokens)?;
        let mut tx = self.db.begin().await?;
        let client = load(&mut tx, actor, id).await?;
        actor.saw(client.updated_at)?;
        store::developer_clients::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&client) });
        self.record(&mut tx, actor, Deed::TokenDeleted, subject(&client), details).await?;
        actor.commit(tx).await
    }
}

async fn load(tx: &mut Tx, actor: &Actor, id: DeveloperClientId) -> Result<DeveloperClient> {
    let client = store::developer_clients::find(tx, actor.workspace.id, id).await?;
    client.ok_or(Error::Missing("developer API client"))
}

/// Refuses projects that are not there, and none: a token that reaches nothing is a mistake.
async fn check_projects(tx: &mut Tx, actor: &Actor, projects: Option<&[ProjectId]>) -> Result<()> {
    let Some(projects) = projects else { return Ok(()) };
    if projects.is_empty() {
        let message = "can't be blank when all_folders is false; give the folders of the projects";
        return Err(Faults::of("folder_ids", message).into());
    }
    if projects.len() > TOKEN_PROJECTS {
        return Err(Faults::of("folder_ids", format!("has more than {TOKEN_PROJECTS} projects")).into());
    }
    for id in projects {
        if store::projects::find(&mut *tx, actor.scope(), *id).await?.is_none() {
            let message = format!("leads to {id}, which is no project here; `GET /api/projects` lists them");
            return Err(Error::Unknown(Faults::of("folder_ids", message)));
        }
    }
    Ok(())
}

fn check_end(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at {
        Some(expiry) if expiry <= now => Err(Error::Refused("expires_at is in the past".to_owned())),
        _ => Ok(()),
    }
}

fn unless_taken<T>(result: store::Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message = format!("`{name}` is taken by another token; choose another name");
            Error::Conflict { field: "name", message }
        }
        other => other.into(),
    })
}

fn subject(client: &DeveloperClient) -> Subject<'_> {
    Subject { id: client.id.0, name: &client.name }
}

/// What the audit trail shows of it: never its token.
fn shown(client: &DeveloperClient) -> Value {
    json!({
        "name": client.name,
        "role": client.role,
        "project_ids": client.projects.as_ref().map(|all| all.iter().map(|one| one.project).collect::<Vec<_>>()),
        "ip_rules": client.rules,
        "expires_at": client.expires_at,
        "last_four": client.last_four,
    })
}
