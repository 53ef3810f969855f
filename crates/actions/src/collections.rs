//! Collections and their endpoints.

use model::access::Privilege;
use model::audit::Deed;
use model::collection::{Collection, CollectionKind, Version, handle};
use model::endpoint::{Endpoint, Method, RecipeKind};
use model::id::{CollectionId, ConnectionId, EndpointId, FolderId, ProjectId, RecipeId};
use model::path::PathTemplate;
use model::secret::{Secret, SecretKind};
use serde_json::json;
use store::Tx;
use store::collections::NewCollection;
use store::endpoints::NewEndpoint;
use store::recipes::NewRecipe;

use crate::actor::Subject;
use crate::documents::{Prepared, Source};
use crate::import::ImportResults;
use crate::{Actions, Actor, Error, Faults, Result, text};

/// The most characters of the path of an endpoint that is made by hand.
const PATH_CHARACTERS: usize = 2_048;

/// A collection to be made.
#[derive(Debug, Default)]
pub struct CollectionDraft {
    /// Unique in the workspace together with the version.
    pub name: String,
    /// `1.0` unless given.
    pub version: Option<String>,
    /// The project it is to lie in.
    pub project: Option<ProjectId>,
    /// Where its endpoints forward to; without one they answer from examples.
    pub connection: Option<ConnectionId>,
    /// The base URL of a backend for which a connection is made along with the collection, as it
    /// was typed; not together with a connection.
    pub upstream: Option<String>,
    /// The OpenAPI document that its endpoints are made from.
    pub specification: Option<Source>,
    /// Whether the endpoints made from the document are active at once.
    pub activate: bool,
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The collection.
    pub collection: Collection,
    /// What came of its document, if one was given.
    pub import: Option<ImportResults>,
}

/// An endpoint to be made.
#[derive(Debug, Clone)]
pub struct EndpointDraft {
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// As it was typed; see [`Method`].
    pub method: String,
    /// As it was typed; see [`PathTemplate::parse`].
    pub path: String,
    /// What is to stand behind it; without one a recipe is made that forwards to the collection's
    /// connection or, without that, answers from examples.
    pub recipe: Option<RecipeId>,
}

/// Where in a workspace the parts of a collection go.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) project: Option<ProjectId>,
    pub(crate) folder: FolderId,
    pub(crate) connection: Option<ConnectionId>,
}

impl Place {
    pub(crate) fn recipe_kind(self) -> RecipeKind {
        if self.connection.is_some() { RecipeKind::Proxy } else { RecipeKind::Mock }
    }
}

impl Actions {
    /// Makes a collection, with the endpoints of its document if one is given. All or nothing,
    /// but for single operations that cannot be served, which the results name.
    pub async fn create_collection(&self, actor: &Actor, draft: CollectionDraft) -> Result<Created> {
        actor.must(Privilege::CreateCollection)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let version = match &draft.version {
            None => Version::default(),
            Some(given) => Version::parse(given).unwrap_or_else(|| {
                faults.add(
                    "version",
                    "must be 1 to 10 letters, digits, `.`, `-` or `_`, a letter or digit first",
                );
                Version::default()
            }),
        };
        let prepared = match draft.specification {
            None => None,
            // Before the transaction, which nobody else can write beside.
            Some(source) => self
                .read_document(source)
                .await
                .map_err(|fault| faults.add("openapi_spec.content", format!("cannot be read: {fault}")))
                .ok(),
        };
        faults.check()?;
        let upstream =
            draft.upstream.as_deref().map(|text| crate::connections::read("upstream", text)).transpose()?;

        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let (project, folder) = self.place(&mut tx, actor, draft.project).await?;
        let mut connection = self.connection(&mut tx, actor, draft.connection).await?;
        if store::collections::by_name(&mut tx, actor.workspace.id, &name, &version).await?.is_some() {
            let message =
                format!("`{version}` of `{name}` exists; give this collection another version or name");
            return Err(Error::Conflict { field: "version", message });
        }
        if let Some(upstream) = &upstream {
            let place = Place { project, folder, connection };
            let name = format!("{name} {version}");
            connection = Some(self.connect(&mut tx, actor, place, &name, upstream).await?.id);
        }
        let handle = free_handle(&mut tx, actor, &name, &version).await?;
        let token = Secret::issue(SecretKind::Specification, &self.environment);
        let new = NewCollection {
            workspace: actor.workspace.id,
            project,
            name: &name,
            version: &version,
            handle: &handle,
            kind: if connection.is_some() { CollectionKind::Proxy } else { CollectionKind::Recipe },
            connection,
            specification_token: &token,
        };
        let id = store::collections::insert(&mut tx, new, now).await?;
        let import = match prepared {
            Some(Prepared { document, operations, results, .. }) => {
                let document = store::documents::insert(&mut tx, id, document, now).await?;
                store::documents::put_in_force(&mut tx, id, document, now).await?;
                let place = Place { project, folder, connection };
                let operations: Vec<_> = operations.iter().collect();
                self.serve(&mut tx, actor, id, place, &operations, draft.activate).await?;
                Some(results)
            }
            None => None,
        };
        let collection = store::collections::find(&mut tx, actor.scope(), id).await?;
        let collection = collection.ok_or(Error::Missing("API collection"))?;
        let deed = if import.is_some() { Deed::CollectionImported } else { Deed::CollectionCreated };
        let details = json!({ "after": {
            "version": version.as_str(),
            "handle": collection.handle,
            "project_id": project,
            "proxy_connection_id": connection,
            "endpoints": import.as_ref().map(ImportResults::served),
        } });
        self.record(&mut tx, actor, deed, Subject { id: id.0, name: &name }, details).await?;
        actor.commit(tx).await?;
        Ok(Created { collection, import })
    }

    /// Adds an endpoint, inactive, to a collection.
    pub async fn create_endpoint(
        &self,
        actor: &Actor,
        collection: CollectionId,
        draft: EndpointDraft,
    ) -> Result<Endpoint> {
        actor.must(Privilege::CreateCollection)?;
        let mut faults = Faults::default();
        let name = text::name("name", &draft.name, &mut faults);
        let description = draft.description.map(|text| text::description("description", &text, &mut faults));
        let method = draft.method.parse::<Method>().map_err(|fault| faults.add("method", fault.to_string()));
        if draft.path.chars().count() > PATH_CHARACTERS {
            faults.add("path", format!("is too long; use at most {PATH_CHARACTERS} characters"));
        }
        let path = PathTemplate::parse(&draft.path).map_err(|fault| faults.add("path", fault.to_string()));
        let (Ok(method), Ok(path)) = (method, path) else { return Err(faults.into()) };
        faults.check()?;

        let now = self.environment.now();
        let mut tx = self.db.begin().await?;
        let collection = store::collections::find(&mut tx, actor.scope(), collection).await?;
        let collection = collection.ok_or(Error::Missing("API collection"))?;
        if store::endpoints::has_shape(&mut tx, collection.id, method, &path).await? {
            let message = format!("`{path}` with method {method} would match the calls of another endpoint");
            return Err(Error::Conflict { field: "path", message });
        }
        let recipe = match draft.recipe {
            Some(recipe) => {
                if store::recipes::find(&mut tx, actor.scope(), recipe).await?.is_none() {
                    let message =
                        format!("is {recipe}, which is no recipe here; `GET /api/recipes` lists them");
                    return Err(Error::Unknown(Faults::of("flow_id", message)));
                }
                recipe
            }
            None => {
                let (project, folder) = self.place(&mut tx, actor, collection.project).await?;
                let place = Place { project, folder, connection: collection.connection };
                self.make_recipe(&mut tx, actor, place, &name, None).await?
            }
        };
        let new = NewEndpoint {
            workspace: actor.workspace.id,
            collection: collection.id,
            recipe,
            name: &name,
            description: description.as_deref(),
            method,
            path: &path,
        };
        let id = store::endpoints::insert(&mut tx, new, now).await?;
        let endpoint = load(&mut tx, actor, id).await?;
        let details = json!({ "after": {
            "api_collection_id": collection.id, "method": method, "path": path.as_str(), "flow_id": recipe,
        } });
        self.record(&mut tx, actor, Deed::EndpointCreated, subject(&endpoint), details).await?;
        actor.commit(tx).await?;
        Ok(endpoint)
    }

    /// Lets an endpoint be called. Its recipe must be started.
    pub async fn enable_endpoint(&self, actor: &Actor, id: EndpointId) -> Result<()> {
        self.toggle_endpoint(actor, id, true).await
    }

    /// Lets an endpoint be called no longer.
    pub async fn disable_endpoint(&self, actor: &Actor, id: EndpointId) -> Result<()> {
        self.toggle_endpoint(actor, id, false).await
    }

    async fn toggle_endpoint(&self, actor: &Actor, id: EndpointId, active: bool) -> Result<()> {
        actor.must(Privilege::ToggleEndpoints)?;
        let mut tx = self.db.begin().await?;
        let endpoint = load(&mut tx, actor, id).await?;
        actor.saw(endpoint.updated_at)?;
        if active {
            let recipe = store::recipes::find(&mut tx, actor.workspace.id, endpoint.recipe).await?;
            if !recipe.is_some_and(|recipe| recipe.running) {
                let message = format!("is {}, a recipe that must be started first", endpoint.recipe);
                return Err(Faults::of("flow_id", message).into());
            }
        }
        if endpoint.active == active {
            return Ok(());
        }
        store::endpoints::set_active(&mut tx, &endpoint, active, self.environment.now()).await?;
        let deed = if active { Deed::EndpointEnabled } else { Deed::EndpointDisabled };
        self.record(&mut tx, actor, deed, subject(&endpoint), json!({})).await?;
        actor.commit(tx).await
    }

    /// Makes the recipe that stands behind a new endpoint, started.
    pub(crate) async fn make_recipe(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        place: Place,
        name: &str,
        description: Option<&str>,
    ) -> Result<RecipeId> {
        let new = NewRecipe {
            workspace: actor.workspace.id,
            project: place.project,
            folder: place.folder,
            name,
            description,
            kind: place.recipe_kind(),
            connection: place.connection,
        };
        Ok(store::recipes::insert(tx, new, self.environment.now()).await?)
    }

    async fn connection(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        given: Option<ConnectionId>,
    ) -> Result<Option<ConnectionId>> {
        let Some(id) = given else { return Ok(None) };
        match store::connections::find(tx, actor.scope(), id).await? {
            Some(_) => Ok(Some(id)),
            None => {
                let message = format!("is {id}, which is no connection here");
                Err(Error::Unknown(Faults::of("proxy_connection_id", message)))
            }
        }
    }
}

/// The handle that the name and version give, with `-2`, `-3` … where it is taken.
async fn free_handle(tx: &mut Tx, actor: &Actor, name: &str, version: &Version) -> Result<String> {
    let plain = handle(name, version);
    let mut candidate = plain.clone();
    let mut next = 2;
    while store::collections::has_handle(&mut *tx, actor.workspace.id, &candidate).await? {
        candidate = format!("{plain}-{next}");
        next += 1;
    }
    Ok(candidate)
}

async fn load(tx: &mut Tx, actor: &Actor, id: EndpointId) -> Result<Endpoint> {
    store::endpoints::find(tx, actor.scope(), id).await?.ok_or(Error::Missing("API endpoint"))
}

fn subject(endpoint: &Endpoint) -> Subject<'_> {
    Subject { id: endpoint.id.0, name: &endpoint.name }
}
