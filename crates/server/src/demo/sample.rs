//! The sample data: made once, found again at the next start.

use actions::{Actor, ClientDraft, CollectionDraft, ConnectionPatch, JwtDraft, KeyDraft};
use anyhow::{Context as _, Result};
use model::client::AuthType;
use model::collection::{Collection, Version};
use model::id::{ClientId, CollectionId, KeyId, ProjectId};
use model::net::IpRules;
use model::page::Page;
use model::secret::Secret;
use model::workspace::DEFAULT_WORKSPACE;

use super::community::{self, Community, Wishes};
use crate::commands::new_project;
use crate::house::House;

const PROJECT: &str = "Sample shop";
const CATALOG: &str = "Product catalog";
const SHIPPING: &str = "Shipping rates";
const STORES: &str = "Store locator";
const GIFTS: &str = "Gift cards";
const CLIENT: &str = "Sample client";
const KEY: &str = "Sample key";

/// What the demo shows.
pub(super) struct Sample {
    pub(super) catalog_path: String,
    pub(super) shipping_path: String,
    pub(super) stores_path: String,
    pub(super) gifts_path: String,
    pub(super) client: ClientId,
    pub(super) key: KeyId,
    pub(super) token: Secret,
    pub(super) community: Community,
}

/// Makes what is not there yet, leads the catalog to this run's backend, and gives the key a new
/// token, since nobody can tell the old one again.
pub(super) async fn prepare(house: &House, backend: &str) -> Result<Sample> {
    let actor = house.operator(DEFAULT_WORKSPACE, "portico demo").await?;
    let project = project(house, &actor).await?;
    let catalog = match collection(house, &actor, CATALOG).await? {
        Some(catalog) => {
            let connection = catalog.connection.context("the product catalog has lost its connection")?;
            let patch = ConnectionPatch { base_url: Some(backend.to_owned()), ..ConnectionPatch::default() };
            house.actions.update_connection(&actor, connection, patch).await?;
            catalog
        }
        None => {
            let document = include_str!("product-catalog.json");
            publish(house, &actor, project, CATALOG, document, Some(backend)).await?
        }
    };
    let shipping = mock(house, &actor, project, SHIPPING, include_str!("shipping-rates.json")).await?;
    let stores = mock(house, &actor, project, STORES, include_str!("store-locator.json")).await?;
    let gifts = mock(house, &actor, project, GIFTS, include_str!("gift-cards.json")).await?;
    let client = client(house, &actor, project, &[catalog.id, shipping.id]).await?;
    let (key, token) = key(house, &actor, client).await?;
    let path = |collection: &Collection| format!("{}/{}", actor.workspace.handle, collection.handle);
    let published = [catalog.id, shipping.id, stores.id, gifts.id];
    let wishes = Wishes { client, published: &published, wanted: stores.id };
    let community = community::prepare(house, &actor, wishes).await?;
    Ok(Sample {
        catalog_path: path(&catalog),
        shipping_path: path(&shipping),
        stores_path: path(&stores),
        gifts_path: path(&gifts),
        client,
        key,
        token,
        community,
    })
}

/// A collection that answers from its document's examples.
async fn mock(
    house: &House,
    actor: &Actor,
    project: ProjectId,
    name: &str,
    document: &str,
) -> Result<Collection> {
    match collection(house, actor, name).await? {
        Some(found) => Ok(found),
        None => publish(house, actor, project, name, document, None).await,
    }
}

async fn project(house: &House, actor: &Actor) -> Result<ProjectId> {
    match store::projects::by_name(&house.db, actor.workspace.id, PROJECT).await? {
        Some(project) => Ok(project.id),
        None => new_project(&house.actions, actor, PROJECT).await,
    }
}

async fn collection(house: &House, actor: &Actor, name: &str) -> Result<Option<Collection>> {
    Ok(store::collections::by_name(&house.db, actor.workspace.id, name, &Version::default()).await?)
}

async fn publish(
    house: &House,
    actor: &Actor,
    project: ProjectId,
    name: &str,
    document: &str,
    upstream: Option<&str>,
) -> Result<Collection> {
    let draft = CollectionDraft {
        name: name.to_owned(),
        project: Some(project),
        upstream: upstream.map(str::to_owned),
        specification: Some(document.to_owned().into()),
        activate: true,
        ..CollectionDraft::default()
    };
    Ok(house.actions.create_collection(actor, draft).await?.collection)
}

async fn client(
    house: &House,
    actor: &Actor,
    project: ProjectId,
    collections: &[CollectionId],
) -> Result<ClientId> {
    let listed =
        store::clients::list(&house.db, actor.workspace.id, Some(project), Page::default()).await?.rows;
    if let Some(found) = listed.iter().find(|listed| listed.client.name == CLIENT) {
        return Ok(found.client.id);
    }
    let draft = ClientDraft {
        name: CLIENT.to_owned(),
        description: "Calls the sample shop.".to_owned(),
        project: Some(project),
        auth_type: AuthType::Token,
        jwt: JwtDraft::default(),
        policy: None,
        portal: None,
        email: None,
        collections: collections.to_vec(),
    };
    Ok(house.actions.create_client(actor, draft).await?.client.id)
}

async fn key(house: &House, actor: &Actor, client: ClientId) -> Result<(KeyId, Secret)> {
    let listed =
        store::api_keys::list(&house.db, actor.workspace.id, Some(client), Page::default()).await?.rows;
    let issued = match listed.iter().find(|key| key.name == KEY) {
        Some(key) => {
            house.actions.enable_key(actor, client, key.id).await?;
            house.actions.refresh_key(actor, client, key.id, 0).await?
        }
        None => {
            let draft = KeyDraft {
                name: KEY.to_owned(),
                active: true,
                rules: IpRules::default(),
                expires_at: None,
                policy: None,
            };
            house.actions.create_key(actor, client, draft).await?
        }
    };
    Ok((issued.key.id, issued.token))
}
