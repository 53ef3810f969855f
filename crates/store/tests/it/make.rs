//! Things to test with.

use model::authorities::Authorities;
use model::change::ChangeKind;
use model::client::{AuthType, JwtMethod, JwtRules, Provider, SigningKey};
use model::collection::{CollectionKind, Version};
use model::document::DocumentFormat;
use model::endpoint::{BaseUrl, Connection, Method, RecipeKind};
use model::id::{
    ClientId, CollectionId, DocumentId, EndpointId, KeyId, PolicyId, PortalId, PortalUserId, RecipeId,
};
use model::net::{IpRange, IpRules};
use model::path::PathTemplate;
use model::people::CameBy;
use model::policy::{Limit, RateWindow};
use model::secret::{KeyMaterial, Secret, SecretKind};
use model::workspace::{Project, Workspace};
use store::api_keys::NewKey;
use store::clients::NewClient;
use store::collections::NewCollection;
use store::documents::NewDocument;
use store::endpoints::NewEndpoint;
use store::portal_users::NewPortalUser;
use store::portals::NewPortal;
use store::recipes::NewRecipe;
use store::workspaces::NewWorkspace;
use store::{Db, Result, Tx, changes};
use store::{
    api_keys, clients, collections, connections, documents, endpoints, policies, portal_users, portals,
    projects, recipes, workspaces,
};

use crate::support::{Database, NOON, within};

/// No rule about addresses.
pub(crate) static ANYWHERE: IpRules = IpRules { allow: Vec::new(), deny: Vec::new() };

pub(crate) fn rules(allow: &[&str], deny: &[&str]) -> IpRules {
    let ranges = |texts: &[&str]| texts.iter().map(|text| IpRange::parse(text).unwrap()).collect();
    IpRules { allow: ranges(allow), deny: ranges(deny) }
}

pub(crate) fn path(text: &str) -> PathTemplate {
    PathTemplate::parse(text).unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

pub(crate) fn backend() -> BaseUrl {
    BaseUrl::parse("http://127.0.0.1:8081/api").unwrap()
}

/// The certificate of an authority.
pub(crate) fn authorities() -> Authorities {
    Authorities::parse(include_str!("authority.pem")).unwrap()
}

pub(crate) fn new_workspace(handle: &str) -> NewWorkspace<'_> {
    NewWorkspace { handle, name: "Main", contact_email: "api@example.test", time_zone: "Europe/Berlin" }
}

pub(crate) async fn a_workspace(db: &Db, handle: &str) -> Workspace {
    within(db, async |tx| workspaces::insert(tx, new_workspace(handle), NOON).await).await
}

pub(crate) async fn a_project(db: &Db, at: &Workspace, name: &str) -> Project {
    within(db, async |tx| projects::insert(tx, at.id, at.root_folder, name, None, NOON).await).await.0
}

pub(crate) async fn a_connection(db: &Db, at: &Workspace, name: &str) -> Connection {
    within(db, async |tx| connections::insert(tx, at.id, None, name, &backend(), NOON).await).await
}

pub(crate) fn new_recipe<'a>(
    at: &Workspace,
    name: &'a str,
    connection: Option<&Connection>,
) -> NewRecipe<'a> {
    NewRecipe {
        workspace: at.id,
        project: None,
        folder: at.root_folder,
        name,
        description: None,
        kind: if connection.is_some() { RecipeKind::Proxy } else { RecipeKind::Mock },
        connection: connection.map(|connection| connection.id),
    }
}

/// A recipe that forwards to `connection`, or a mock if there is none.
pub(crate) async fn a_recipe(db: &Db, at: &Workspace, connection: Option<&Connection>) -> RecipeId {
    within(db, async |tx| recipes::insert(tx, new_recipe(at, "Quotes", connection), NOON).await).await
}

pub(crate) fn new_collection<'a>(
    at: &Workspace,
    name: &'a str,
    version: &'a Version,
    handle: &'a str,
    token: &'a Secret,
) -> NewCollection<'a> {
    NewCollection {
        workspace: at.id,
        project: None,
        name,
        version,
        handle,
        kind: CollectionKind::Recipe,
        connection: None,
        specification_token: token,
    }
}

/// A collection in version 1.0 whose handle is its name.
pub(crate) async fn a_collection(db: &Database, at: &Workspace, name: &str) -> CollectionId {
    let (version, token) = (Version::default(), db.secret(SecretKind::Specification));
    let new = new_collection(at, name, &version, name, &token);
    within(db, async |tx| collections::insert(tx, new, NOON).await).await
}

/// A document that was given as JSON, in a single text.
pub(crate) fn new_document(content: &str) -> NewDocument {
    NewDocument {
        format: DocumentFormat::Json,
        entry: None,
        content: content.to_owned(),
        files: Vec::new(),
        openapi_version: "3.1".to_owned(),
        title: "Quotes".to_owned(),
        api_version: "1.4.2".to_owned(),
        operations: 2,
        digest: "ab".repeat(32),
    }
}

/// Puts a document in force that consists of this text.
pub(crate) async fn a_document(db: &Db, collection: CollectionId, content: &str) -> DocumentId {
    within(db, async |tx| {
        let id = documents::insert(tx, collection, new_document(content), NOON).await?;
        documents::put_in_force(tx, collection, id, NOON).await?;
        Ok(id)
    })
    .await
}

pub(crate) fn new_endpoint<'a>(
    at: &Workspace,
    collection: CollectionId,
    recipe: RecipeId,
    path: &'a PathTemplate,
) -> NewEndpoint<'a> {
    NewEndpoint {
        workspace: at.id,
        collection,
        recipe,
        name: "Read a quote",
        description: None,
        method: Method::Get,
        path,
    }
}

/// An endpoint that answers `GET`, inactive as all are at first.
pub(crate) async fn an_endpoint(
    db: &Db,
    at: &Workspace,
    collection: CollectionId,
    recipe: RecipeId,
    text: &str,
) -> EndpointId {
    let path = path(text);
    within(db, async |tx| endpoints::insert(tx, new_endpoint(at, collection, recipe, &path), NOON).await)
        .await
}

pub(crate) fn new_client<'a>(at: &Workspace, name: &'a str) -> NewClient<'a> {
    NewClient {
        workspace: at.id,
        project: None,
        name,
        description: "",
        email: None,
        auth_type: AuthType::Token,
        jwt: None,
        policy: None,
        portal: None,
        is_legacy: false,
    }
}

pub(crate) async fn a_client(db: &Db, at: &Workspace, name: &str) -> ClientId {
    within(db, async |tx| clients::insert(tx, new_client(at, name), NOON).await).await
}

/// A portal that publishes nothing yet.
pub(crate) async fn a_portal(db: &Db, at: &Workspace, subdomain: &str) -> PortalId {
    let new = NewPortal {
        workspace: at.id,
        name: "IDEA Lifestyle",
        subdomain,
        brand_color: "#371093",
        collections: &[],
    };
    within(db, async |tx| portals::insert(tx, new, NOON).await).await
}

/// A portal user who acts for these clients.
pub(crate) async fn a_portal_user(
    db: &Db,
    at: &Workspace,
    portal: PortalId,
    email: &str,
    clients: &[ClientId],
) -> PortalUserId {
    let new =
        NewPortalUser { workspace: at.id, portal, email, name: "", came_by: CameBy::Invitation, clients };
    within(db, async |tx| portal_users::insert(tx, new, NOON).await).await
}

/// Rules in which everything is said.
pub(crate) fn jwt_rules() -> JwtRules {
    let material = KeyMaterial::new("a shared secret".to_owned());
    JwtRules {
        key: Some(SigningKey { method: JwtMethod::Hmac, material }),
        provider: Some(Provider::Jwks("https://id.example.test/keys".to_owned())),
        access_profile_claim: Some("client_id".to_owned()),
        required_claims: vec!["exp".to_owned(), "iss".to_owned()],
        allowed_issuers: vec!["https://id.example.test".to_owned()],
        allowed_audiences: vec!["https://api.example.test".to_owned()],
    }
}

/// A policy of ten calls in a minute.
pub(crate) async fn a_policy(db: &Db, at: &Workspace, name: &str) -> PolicyId {
    let rate = Limit { requests: 10, per: RateWindow::Minute };
    within(db, async |tx| policies::insert(tx, at.id, name, Some(&rate), None, NOON).await).await
}

pub(crate) fn new_key<'a>(at: &Workspace, client: ClientId, token: &'a Secret) -> NewKey<'a> {
    NewKey {
        workspace: at.id,
        client,
        name: "Key",
        rules: &ANYWHERE,
        active: true,
        policy: None,
        expires_at: None,
        token,
        oauth_client_id: None,
        profile: None,
    }
}

/// An active key that may be used from anywhere.
pub(crate) async fn a_key(db: &Database, at: &Workspace, client: ClientId) -> KeyId {
    let token = db.secret(SecretKind::Key);
    within(db, async |tx| api_keys::insert(tx, new_key(at, client, &token), NOON).await).await
}

/// What `work` announced, after it is committed.
pub(crate) async fn announced<T>(
    db: &Db,
    work: impl AsyncFnOnce(&mut Tx) -> Result<T>,
) -> (T, Vec<(ChangeKind, i64)>) {
    let before = changes::latest(db).await.unwrap();
    let done = within(db, work).await;
    let changes = changes::since(db, before, 100).await.unwrap();
    (done, changes.into_iter().map(|change| (change.kind, change.id)).collect())
}
