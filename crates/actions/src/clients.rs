//! API clients.

use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::client::{AuthType, Client};
use model::id::{ClientId, CollectionId, PolicyId, PortalId, ProjectId};
use serde_json::{Value, json};
use store::Tx;
use store::clients::{ListedClient, NewClient};

use crate::actor::Subject;
use crate::authentication::{self, JwtDraft};
use crate::{Actions, Actor, Error, Faults, Result, portal_users, text};

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
    /// What its signed tokens must be like.
    pub jwt: JwtDraft,
    /// How often its keys may call.
    pub policy: Option<PolicyId>,
    /// The portal in which it is to be managed; needs an e-mail address.
    pub portal: Option<PortalId>,
    /// Whom to write to about it; needs a portal.
    pub email: Option<String>,
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
    /// How it authenticates, which cannot change: only what it is already.
    pub auth_type: Option<AuthType>,
    /// What its signed tokens must be like.
    pub jwt: JwtDraft,
    /// How often its keys may call; `Some(None)` takes its policy away.
    pub policy: Option<Option<PolicyId>>,
    /// What it may call.
    pub collections: Option<Vec<CollectionId>>,
}

impl Actions {
    /// Makes a client. One with a portal and an e-mail address is handed over to whoever has it: they
    /// are invited to the portal.
    pub async fn create_client(&self, actor: &Actor, draft: ClientDraft) -> Result<ListedClient> {
        actor.must(Privilege::ManageClients)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let description = text::description("description", &draft.description, &mut faults);
        let email = draft.email.map(|email| text::email("email", &email, &mut faults));
        match (draft.portal, &email) {
            (Some(_), None) => faults.add("email", "is required when api_portal_id is given"),
            (None, Some(_)) => faults.add("api_portal_id", "is required when email is given"),
            _ => {}
        }
        let jwt = draft.jwt.rules(draft.auth_type, None, &mut faults);
        faults.check()?;
        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let (project, _) = self.place(&mut tx, actor, draft.project).await?;
        check_collections(&mut tx, actor, &draft.collections).await?;
        check_policy(&mut tx, actor, draft.policy).await?;
        // Portals belong to the workspace as a whole.
        if let Some(portal) = draft.portal
            && (actor.restricted.is_some()
                || store::portals::find(&mut tx, actor.workspace.id, portal).await?.is_none())
        {
            let message =
                format!("is {portal}, which is no portal here; `GET /api/v2/api_portals` lists them");
            return Err(Error::Unknown(Faults::of("api_portal_id", message)));
        }
        let new = NewClient {
            workspace: actor.workspace.id,
            project,
            name: &name,
            description: &description,
            email: email.as_deref(),
            auth_type: draft.auth_type,
            jwt: jwt.as_ref(),
            policy: draft.policy,
            portal: draft.portal,
            is_legacy: false,
        };
        let id = store::clients::insert(&mut tx, new, now).await?;
        store::clients::assign(&mut tx, actor.scope(), id, &draft.collections).await?;
        let client = load(&mut tx, actor, id).await?;
        let details = json!({ "after": shown(&client) });
        self.record(&mut tx, actor, Deed::ClientCreated, subject(&client.client), details).await?;
        if let (Some(portal), Some(email)) = (draft.portal, email.as_deref()) {
            self.hand_over(&mut tx, actor, portal, id, email).await?;
        }
        actor.commit(tx).await?;
        self.post();
        Ok(client)
    }

    /// Makes a client as the first version of the API knows them: all that it may do stands on its
    /// access profiles.
    pub async fn create_legacy_client(
        &self,
        actor: &Actor,
        name: &str,
        project: Option<ProjectId>,
    ) -> Result<ListedClient> {
        actor.must(Privilege::ManageClients)?;
        let mut faults = Faults::default();
        let name = text::name("name", name, &mut faults);
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let (project, _) = self.place(&mut tx, actor, project).await?;
        let new = NewClient {
            workspace: actor.workspace.id,
            project,
            name: &name,
            description: "",
            email: None,
            auth_type: AuthType::Token,
            jwt: None,
            policy: None,
            portal: None,
            is_legacy: true,
        };
        let id = store::clients::insert(&mut tx, new, self.environment.now()).await?;
        let client = load(&mut tx, actor, id).await?;
        let details = json!({ "after": shown(&client) });
        self.record(&mut tx, actor, Deed::ClientCreated, subject(&client.client), details).await?;
        actor.commit(tx).await?;
        Ok(client)
    }

    /// Changes a client. Another e-mail address hands it over to somebody else.
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
        actor.saw(before.client.updated_at)?;
        let auth_type = before.client.auth_type;
        if patch.auth_type.is_some_and(|given| given != auth_type) {
            return Err(Error::Refused(
                "auth_type cannot change once a client is made; make another client".to_owned(),
            ));
        }
        let mut faults = Faults::default();
        let jwt = patch.jwt.rules(auth_type, before.client.jwt.as_ref(), &mut faults);
        faults.check()?;
        if let Some(policy) = patch.policy {
            check_policy(&mut tx, actor, policy).await?;
        }
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
            jwt,
            policy: patch.policy.unwrap_or(former.policy),
            ..before.client.clone()
        };
        store::clients::update(&mut tx, &client, self.environment.now()).await?;
        let changed = patch.collections.filter(|given| !is_what_it_may_call(&before, given));
        if let Some(collections) = changed {
            if before.client.is_legacy {
                return Err(Error::Refused(
                    "the collections of a legacy client stand on its access profiles; change them there"
                        .to_owned(),
                ));
            }
            check_collections(&mut tx, actor, &collections).await?;
            store::clients::assign(&mut tx, actor.scope(), id, &collections).await?;
            // What somebody asked for and has now needs no decision any more.
            let (by, now) = (actor.origin.name.as_str(), self.environment.now());
            store::access_requests::settle(&mut tx, id, &collections, by, now).await?;
        }
        if let Some((portal, former, email)) = portal_users::moved(&before.client, &client) {
            if actor.restricted.is_some() {
                return Err(Error::Refused(
                    "a token that is restricted to projects does not hand clients over; leave email as it is"
                        .to_owned(),
                ));
            }
            if let Some(former) = former {
                self.take_back(&mut tx, actor, portal, id, former).await?;
            }
            self.hand_over(&mut tx, actor, portal, id, email).await?;
        }
        let after = load(&mut tx, actor, id).await?;
        let details = json!({ "before": shown(&before), "after": shown(&after) });
        self.record(&mut tx, actor, Deed::ClientUpdated, subject(&after.client), details).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(after)
    }

    /// Gives a client a policy for all its keys together, beside the one for each of them; `None` takes it
    /// away.
    pub async fn limit_client_as_a_whole(
        &self,
        actor: &Actor,
        id: ClientId,
        policy: Option<PolicyId>,
    ) -> Result<Timestamp> {
        actor.must(Privilege::ManageClients)?;
        let mut tx = self.db.begin().await?;
        let client = load(&mut tx, actor, id).await?;
        actor.saw(client.client.updated_at)?;
        check_policy(&mut tx, actor, policy).await?;
        let before = store::clients::limit_of_the_whole(&mut tx, actor.scope(), id).await?.flatten();
        store::clients::limit_as_a_whole(&mut tx, id, policy, self.environment.now()).await?;
        let details =
            json!({ "before": { "client_policy_id": before }, "after": { "client_policy_id": policy } });
        self.record(&mut tx, actor, Deed::ClientUpdated, subject(&client.client), details).await?;
        let updated_at = load(&mut tx, actor, id).await?.client.updated_at;
        actor.commit(tx).await?;
        Ok(updated_at)
    }

    /// Deletes a client with its keys, which stop working at once.
    pub async fn delete_client(&self, actor: &Actor, id: ClientId) -> Result<()> {
        actor.must(Privilege::ManageClients)?;
        let mut tx = self.db.begin().await?;
        let client = load(&mut tx, actor, id).await?;
        actor.saw(client.client.updated_at)?;
        store::clients::delete(&mut tx, id).await?;
        if let Some(logo) = client.client.logo {
            store::logos::remove_unused(&mut tx, logo).await?;
        }
        let details = json!({ "before": shown(&client) });
        self.record(&mut tx, actor, Deed::ClientDeleted, subject(&client.client), details).await?;
        actor.commit(tx).await
    }
}

pub(crate) async fn load(tx: &mut Tx, actor: &Actor, id: ClientId) -> Result<ListedClient> {
    store::clients::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("API client"))
}

/// Whether these are the collections that a client may call already.
fn is_what_it_may_call(client: &ListedClient, given: &[CollectionId]) -> bool {
    client.collections.iter().all(|collection| given.contains(&collection.id))
        && given.iter().all(|id| client.collections.iter().any(|collection| collection.id == *id))
}

/// Refuses a policy that is not there.
pub(crate) async fn check_policy(tx: &mut Tx, actor: &Actor, policy: Option<PolicyId>) -> Result<()> {
    let Some(id) = policy else { return Ok(()) };
    if store::policies::find(tx, actor.workspace.id, id).await?.is_some() {
        return Ok(());
    }
    let message = format!("is {id}, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    Err(Error::Unknown(Faults::of("api_policy_id", message)))
}

/// Refuses collections that are not there.
pub(crate) async fn check_collections(
    tx: &mut Tx,
    actor: &Actor,
    collections: &[CollectionId],
) -> Result<()> {
    for id in collections {
        if store::collections::find(&mut *tx, actor.scope(), *id).await?.is_none() {
            let message =
                format!("has {id}, which is no collection here; `GET /api/api_collections` lists them");
            return Err(Error::Unknown(Faults::of("api_collection_ids", message)));
        }
    }
    Ok(())
}

pub(crate) fn subject(client: &Client) -> Subject<'_> {
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
        "jwt": authentication::shown(client.jwt.as_ref()),
        "api_policy_id": client.policy,
        "api_portal_id": client.portal,
        "is_legacy": client.is_legacy,
        "api_collection_ids": listed.collections.iter().map(|collection| collection.id).collect::<Vec<_>>(),
    })
}
