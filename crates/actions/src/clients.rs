//! API clients.

use model::access::Privilege;
use model::audit::Deed;
use model::client::{AuthType, Client};
use model::id::{ClientId, CollectionId, ProjectId};
use serde_json::{Value, json};
use store::Tx;
use store::clients::{ListedClient, NewClient};

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// A client to be made.
#[derive(Debug, Clone)]
pub struct ClientDraft {
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// The project it is to lie in.
    pub project: Option<ProjectId>,
    /// How it authenticates; cannot change later.
    pub auth_type: AuthType,
    /// What it may call.
    pub collections: Vec<CollectionId>,
}

/// What is to change about a client; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ClientPatch {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The project it is to lie in.
    pub project: Option<ProjectId>,
    /// Whom to write to about it.
    pub email: Option<String>,
    /// What it may call.
    pub collections: Option<Vec<CollectionId>>,
}

impl Actions {
    /// Makes a client.
    pub async fn create_client(&self, actor: &Actor, draft: ClientDraft) -> Result<ListedClient> {
        actor.must(Privilege::ManageClients)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let description = text::description("description", &draft.description, &mut faults);
        faults.check()?;
        if draft.auth_type != AuthType::Token {
            return Err(Error::Refused(
                "auth_type other than `token` is not supported by this version; use `token`".to_owned(),
            ));
        }
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let (project, _) = self.place(&mut tx, actor, draft.project).await?;
        check_collections(&mut tx, actor, &draft.collections).await?;
        let new = NewClient {
            workspace: actor.workspace.id,
            project,
            name: &name,
            description: &description,
            email: None,
            auth_type: draft.auth_type,
        };
        let id = store::clients::insert(&mut tx, new, now).await?;
        store::clients::assign(&mut tx, id, &draft.collections).await?;
        let client = load(&mut tx, actor, id).await?;
        let details = json!({ "after": shown(&client) });
        self.record(&mut tx, actor, Deed::ClientCreated, subject(&client.client), details).await?;
        tx.commit().await?;
        Ok(client)
    }

    /// Changes a client.
    pub async fn update_client(
        &self,
        actor: &Actor,
        id: ClientId,
        patch: ClientPatch,
    ) -> Result<ListedClient> {
        actor.must(Privilege::ManageClients)?;
        let mut faults = Faults::default();
        let name = patch.name.map(|name| text::name("name", &name, &mut faults));
        let description = patch.description.map(|text| text::description("description", &text, &mut faults));
        let email = patch.email.map(|email| text::email("email", &email, &mut faults));
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        let project = match patch.project {
            Some(project) => self.place(&mut tx, actor, Some(project)).await?.0,
            None => before.client.project,
        };
        let former = before.client.clone();
        let client = Client {
            name: name.unwrap_or(former.name),
            description: description.unwrap_or(former.description),
            email: email.or(former.email),
            project,
            ..before.client.clone()
        };
        store::clients::update(&mut tx, &client, self.environment.now()).await?;
        if let Some(collections) = patch.collections {
            check_collections(&mut tx, actor, &collections).await?;
            store::clients::assign(&mut tx, id, &collections).await?;
        }
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::ClientUpdated, subject(&after.client), details).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Deletes a client with its keys, which stop working at once.
    pub async fn delete_client(&self, actor: &Actor, id: ClientId) -> Result<()> {
        actor.must(Privilege::ManageClients)?;
        let mut tx = self.db.begin().await?;
        let client = load(&mut tx, actor, id).await?;
        store::clients::delete(&mut tx, id).await?;
        let details = json!({ "before": shown(&client) });
        self.record(&mut tx, actor, Deed::ClientDeleted, subject(&client.client), details).await?;
        Ok(tx.commit().await?)
    }
}

async fn load(tx: &mut Tx, actor: &Actor, id: ClientId) -> Result<ListedClient> {
    store::clients::find(tx, actor.workspace.id, id).await?.ok_or(Error::Missing("API client"))
}

async fn check_collections(tx: &mut Tx, actor: &Actor, collections: &[CollectionId]) -> Result<()> {
    for id in collections {
        if store::collections::find(&mut *tx, actor.workspace.id, *id).await?.is_none() {
            let message =
                format!("has {id}, which is no collection here; `GET /api/api_collections` lists them");
            return Err(Faults::of("api_collection_ids", message).into());
        }
    }
    Ok(())
}

fn subject(client: &Client) -> Subject<'_> {
    Subject { id: client.id.0, name: &client.name }
}

fn shown(listed: &ListedClient) -> Value {
    let client = &listed.client;
    json!({
        "name": client.name,
        "description": client.description,
        "email": client.email,
        "project_id": client.project,
        "auth_type": client.auth_type,
        "api_collection_ids": listed.collections.iter().map(|collection| collection.id).collect::<Vec<_>>(),
    })
}
