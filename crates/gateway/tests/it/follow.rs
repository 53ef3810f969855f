use std::sync::Arc;

use gateway::{Everything, Gate, follow};
use jiff::Timestamp;
use model::document::DocumentFormat;
use model::{
    AuthType, BaseUrl, ClientId, CollectionId, CollectionKind, IpRules, KeyId, Method, PathTemplate,
    RecipeKind, Secret, SecretKind, Version, WorkspaceId,
};
use store::api_keys::NewKey;
use store::clients::NewClient;
use store::collections::NewCollection;
use store::documents::NewDocument;
use store::endpoints::NewEndpoint;
use store::recipes::NewRecipe;
use store::workspaces::NewWorkspace;
use store::{
    Db, Location, MASTER_KEY_BYTES, Settings, Tx, api_keys, changes, clients, collections, connections,
    documents, endpoints, recipes, workspaces,
};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::world::{Peer, World, environment, within};

const NOON: Timestamp = Timestamp::constant(1_750_000_000, 0);

/// A database in a file of its own.
struct Store {
    db: Db,
    _folder: TempDir,
}

impl Store {
    async fn without_tables() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            location: Location::Sqlite(folder.path().join("portico.db")),
            master_key: [7; MASTER_KEY_BYTES],
            environment: environment(),
            connections: 2,
        };
        Self { db: Db::open(settings).await.unwrap(), _folder: folder }
    }

    async fn new() -> Self {
        let store = Self::without_tables().await;
        store.db.migrate().await.unwrap();
        store
    }

    /// Does `work` in a transaction; gives its result and the number of its last change.
    async fn write<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> store::Result<T>) -> (T, i64) {
        let mut tx = self.db.begin().await.unwrap();
        let done = work(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        (done, changes::latest(&self.db).await.unwrap())
    }

    /// A collection `/acme/api-v1` with `GET /things/{id}` in front of `url`, and a client with a key.
    async fn publish(&self, url: &str, token: &Secret) -> (ClientId, KeyId, i64) {
        let base_url = BaseUrl::parse(url).unwrap();
        let path = PathTemplate::parse("/things/{id}").unwrap();
        let specification_token = Secret::issue(SecretKind::Specification, &environment());
        let work = async |tx: &mut Tx| {
            let new = NewWorkspace {
                handle: "acme",
                name: "Acme",
                contact_email: "api@acme.test",
                time_zone: "Europe/Berlin",
            };
            let workspace = workspaces::insert(tx, new, NOON).await?;
            let connection = connections::insert(tx, workspace.id, None, "Backend", &base_url, NOON).await?;
            let new = NewRecipe {
                workspace: workspace.id,
                project: None,
                folder: workspace.root_folder,
                name: "Things",
                description: None,
                kind: RecipeKind::Proxy,
                connection: Some(connection.id),
            };
            let recipe = recipes::insert(tx, new, NOON).await?;
            recipes::set_running(tx, recipe, true, NOON).await?;
            let new = NewCollection {
                workspace: workspace.id,
                project: None,
                name: "API",
                version: &Version::default(),
                handle: "api-v1",
                kind: CollectionKind::Proxy,
                connection: Some(connection.id),
                specification_token: &specification_token,
            };
            let collection = collections::insert(tx, new, NOON).await?;
            let new = NewEndpoint {
                workspace: workspace.id,
                collection,
                recipe,
                name: "Thing",
                description: None,
                method: Method::Get,
                path: &path,
            };
            let endpoint = endpoints::insert(tx, new, NOON).await?;
            let endpoint = endpoints::find(&mut *tx, workspace.id, endpoint).await?.unwrap();
            endpoints::set_active(tx, &endpoint, true, NOON).await?;
            let new = NewClient {
                workspace: workspace.id,
                project: None,
                name: "Consumer",
                description: "",
                email: None,
                auth_type: AuthType::Token,
                jwt: None,
                policy: None,
                portal: None,
                is_legacy: false,
            };
            let client = clients::insert(tx, new, NOON).await?;
            clients::assign(tx, workspace.id, client, &[collection]).await?;
            let rules = IpRules::default();
            let new = NewKey {
                workspace: workspace.id,
                client,
                name: "Key",
                rules: &rules,
                active: true,
                policy: None,
                expires_at: None,
                token,
                oauth_client_id: None,
                profile: None,
            };
            Ok((client, api_keys::insert(tx, new, NOON).await?))
        };
        let ((client, key), seq) = self.write(work).await;
        (client, key, seq)
    }

    /// Gives the collection `GET /rates`, a mock that answers from a document which takes long to read.
    async fn mock_from_a_large_document(&self) -> i64 {
        let workspace = workspaces::find(&self.db, WorkspaceId(1)).await.unwrap().unwrap();
        let (collection, path) = (CollectionId(1), PathTemplate::parse("/rates").unwrap());
        let work = async |tx: &mut Tx| {
            let new = NewRecipe {
                workspace: workspace.id,
                project: None,
                folder: workspace.root_folder,
                name: "Rates",
                description: None,
                kind: RecipeKind::Mock,
                connection: None,
            };
            let recipe = recipes::insert(tx, new, NOON).await?;
            recipes::set_running(tx, recipe, true, NOON).await?;
            let new = NewEndpoint {
                workspace: workspace.id,
                collection,
                recipe,
                name: "Rates",
                description: None,
                method: Method::Get,
                path: &path,
            };
            let endpoint = endpoints::insert(tx, new, NOON).await?;
            let endpoint = endpoints::find(&mut *tx, workspace.id, endpoint).await?.unwrap();
            endpoints::set_active(tx, &endpoint, true, NOON).await?;
            let new = NewDocument {
                format: DocumentFormat::Json,
                entry: None,
                content: large_document(),
                files: Vec::new(),
                openapi_version: "3.1".to_owned(),
                title: "Rates".to_owned(),
                api_version: "1".to_owned(),
                operations: 1,
                digest: "ab".repeat(32),
            };
            let document = documents::insert(tx, collection, new, NOON).await?;
            documents::put_in_force(tx, collection, document, NOON).await
        };
        self.write(work).await.1
    }

    /// Keeps `gate` up to date.
    fn follow(&self, gate: &Arc<Gate>) -> Follower {
        let (stop, stopped) = watch::channel(false);
        Follower { stop, task: tokio::spawn(follow::run(Arc::clone(gate), self.db.clone(), stopped)) }
    }
}

/// A few megabytes, of which one operation counts.
fn large_document() -> String {
    let schemas: Vec<_> = (0..20_000)
        .map(|number| {
            format!(r#""S{number}":{{"type":"object","properties":{{"a":{{"type":"string"}},"b":{{"type":"integer"}}}}}}"#)
        })
        .collect();
    let schemas = schemas.join(",");
    format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Rates","version":"1"}},"paths":{{"/rates":{{"get":{{"responses":{{"200":{{"description":"","content":{{"application/json":{{"example":[1]}}}}}}}}}}}}}},"components":{{"schemas":{{{schemas}}}}}}}"#
    )
}

struct Follower {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Follower {
    async fn stop(self) {
        self.stop.send_replace(true);
        within(self.task).await.unwrap();
    }
}

/// The status of a call with `token`; the upstream answers if it gets it.
async fn status(world: &World, caller: &mut Peer, token: &Secret) -> u16 {
    let token = token.expose();
    caller
        .write(format!("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n"))
        .await;
    let answered = async {
        let mut upstream = world.upstream.accept().await;
        upstream.head().await;
        upstream.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = caller.answer() => answer.status,
        () = answered => unreachable!("the upstream waits for the answer to arrive"),
    }
}

#[tokio::test]
async fn what_is_written_is_served() {
    let (world, store) = (World::new().await, Store::new().await);
    let gate = world.gateway.gate();
    gate.replace(Everything::default(), 0);
    let tokens = [1, 2].map(|_| Secret::issue(SecretKind::Key, &environment()));
    // Two of one generator would be the same.
    let tokens =
        [tokens[0].expose().to_owned(), tokens[1].expose().replace('0', "1")].map(Secret::from_sealed);
    let follower = store.follow(&gate);
    let mut caller = world.caller().await;

    let (client, key, seq) = store.publish(&world.upstream.url(), &tokens[0]).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &tokens[0]).await, 200);

    let ((), seq) = store.write(async |tx| api_keys::disable(tx, key, NOON).await).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &tokens[0]).await, 401);

    let ((), seq) = store
        .write(async |tx| {
            api_keys::enable(tx, key, NOON).await?;
            api_keys::refresh(tx, key, &tokens[1], None, NOON).await
        })
        .await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &tokens[0]).await, 401);
    assert_eq!(status(&world, &mut caller, &tokens[1]).await, 200);

    let ((), seq) = store.write(async |tx| clients::assign(tx, WorkspaceId(1), client, &[]).await).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &tokens[1]).await, 404);

    let ((), seq) = store.write(async |tx| clients::delete(tx, client).await).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &tokens[1]).await, 401);
    assert_eq!(world.metric("keys"), 0);
    follower.stop().await;
}

#[tokio::test]
async fn a_large_document_holds_up_nothing_else() {
    let (world, store) = (World::new().await, Store::new().await);
    let gate = world.gateway.gate();
    gate.replace(Everything::default(), 0);
    let token = Secret::issue(SecretKind::Key, &environment());
    let follower = store.follow(&gate);
    let mut caller = world.caller().await;
    let (_, key, seq) = store.publish(&world.upstream.url(), &token).await;
    within(gate.reached(seq)).await;

    store.mock_from_a_large_document().await;
    let ((), seq) = store.write(async |tx| api_keys::disable(tx, key, NOON).await).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &token).await, 401);
    let ((), seq) = store.write(async |tx| api_keys::enable(tx, key, NOON).await).await;
    within(gate.reached(seq)).await;
    assert_eq!(status(&world, &mut caller, &token).await, 200);

    let token = token.expose();
    let call = format!("GET /acme/api-v1/rates HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n");
    let answered = async {
        loop {
            caller.write(&call).await;
            match caller.answer().await {
                answer if answer.status == 200 => break answer,
                answer => assert_eq!(answer.status, 503, "unavailable until it is prepared"),
            }
        }
    };
    assert_eq!(within(answered).await.body, "[1]");
    follower.stop().await;
}

#[tokio::test]
async fn a_follower_that_fell_too_far_behind_reads_everything() {
    let (world, store) = (World::new().await, Store::new().await);
    let gate = world.gateway.gate();
    let token = Secret::issue(SecretKind::Key, &environment());
    gate.replace(Everything::default(), 0);
    let (_, key, _) = store.publish(&world.upstream.url(), &token).await;
    // All but the last change is forgotten, so following them would miss nearly everything.
    store.write(async |tx| api_keys::disable(tx, key, NOON).await).await;
    store.write(async |tx| api_keys::enable(tx, key, NOON).await).await;
    let (_, seq) = store.write(async |tx| changes::trim(tx, 1).await).await;
    let follower = store.follow(&gate);
    within(gate.reached(seq)).await;
    let mut caller = world.caller().await;
    assert_eq!(status(&world, &mut caller, &token).await, 200);
    follower.stop().await;
}

#[tokio::test]
async fn another_database_with_smaller_numbers_is_read_anew() {
    let (world, store) = (World::new().await, Store::new().await);
    let gate = world.gateway.gate();
    gate.replace(Everything::default(), 1_000_000);
    let token = Secret::issue(SecretKind::Key, &environment());
    let (_, _, seq) = store.publish(&world.upstream.url(), &token).await;
    let follower = store.follow(&gate);
    let mut state = gate.watch();
    within(state.wait_for(|state| state.seq == seq)).await.unwrap();
    let mut caller = world.caller().await;
    assert_eq!(status(&world, &mut caller, &token).await, 200);
    follower.stop().await;
}

#[tokio::test]
async fn a_store_that_fails_is_not_an_empty_one() {
    let (world, store) = (World::new().await, Store::without_tables().await);
    let gate = world.gateway.gate();
    let mut state = gate.watch();
    let follower = store.follow(&gate);
    within(state.wait_for(|state| state.error.is_some())).await.unwrap();
    // The snapshot from before is served.
    let mut caller = world.caller().await;
    let token = Secret::from_sealed(crate::world::TOKEN.to_owned());
    assert_eq!(status(&world, &mut caller, &token).await, 200);
    assert!(gate.state().ready);
    // What the store says as soon as it says anything counts.
    store.db.migrate().await.unwrap();
    within(state.wait_for(|state| state.error.is_none())).await.unwrap();
    assert_eq!(status(&world, &mut caller, &token).await, 401);
    follower.stop().await;
}
