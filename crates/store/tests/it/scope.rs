//! What a token that is restricted to projects reaches.

use model::access::{Role, Scope};
use model::client::{AuthType, Profile};
use model::id::{ClientId, CollectionId, ConnectionId, EndpointId, FolderId, KeyId, ProjectId, RecipeId};
use model::page::Page;
use model::secret::SecretKind;
use model::workspace::{Project, Workspace};
use model::{RecipeKind, Version};
use store::developer_clients::{self, NewDeveloperClient};
use store::recipes::Filter;
use store::{api_keys, clients, collections, connections, endpoints, forwarding, projects, recipes};

use crate::make::{
    ANYWHERE, a_project, a_workspace, an_endpoint, backend, new_client, new_collection, new_key, new_recipe,
};
use crate::support::{Database, LATER, NOON, databases, within};

/// One thing of each kind, in a project.
struct Things {
    project: ProjectId,
    folder: FolderId,
    connection: ConnectionId,
    recipe: RecipeId,
    collection: CollectionId,
    endpoint: EndpointId,
    client: ClientId,
    key: KeyId,
}

async fn things(db: &Database, at: &Workspace, name: &str) -> Things {
    let Project { id: project, folder, .. } = a_project(db, at, name).await;
    let connection =
        within(db, async |tx| connections::insert(tx, at.id, Some(project), name, &backend(), NOON).await);
    let connection = connection.await;
    let new = store::recipes::NewRecipe {
        project: Some(project),
        folder,
        kind: RecipeKind::Proxy,
        connection: Some(connection.id),
        ..new_recipe(at, name, None)
    };
    let recipe = within(db, async |tx| recipes::insert(tx, new, NOON).await).await;
    let (version, token) = (Version::default(), db.secret(SecretKind::Specification));
    let new = store::collections::NewCollection {
        project: Some(project),
        ..new_collection(at, name, &version, name, &token)
    };
    let collection = within(db, async |tx| collections::insert(tx, new, NOON).await).await;
    let endpoint = an_endpoint(db, at, collection, recipe, "quotes").await;
    let new = store::clients::NewClient { project: Some(project), ..new_client(at, name) };
    let client = within(db, async |tx| clients::insert(tx, new, NOON).await).await;
    let profile = Profile { jwt: None, collections: Vec::new() };
    let token = db.secret(SecretKind::Key);
    let new =
        store::api_keys::NewKey { profile: Some((AuthType::Token, &profile)), ..new_key(at, client, &token) };
    let key = within(db, async |tx| api_keys::insert(tx, new, NOON).await).await;
    let connection = connection.id;
    Things { project, folder, connection, recipe, collection, endpoint, client, key }
}

/// A token that is restricted to these projects.
async fn restricted(db: &Database, at: &Workspace, projects: &[ProjectId]) -> Scope {
    let token = db.secret(SecretKind::Management);
    let new = NewDeveloperClient {
        workspace: at.id,
        name: "Restricted",
        role: Role::Admin,
        projects: Some(projects),
        rules: &ANYWHERE,
        expires_at: None,
        token: &token,
    };
    let id = within(db, async |tx| developer_clients::insert(tx, new, NOON).await).await;
    Scope { workspace: at.id, token: Some(id) }
}

/// Whether all of these things are there, or none of them is.
async fn sees(db: &Database, scope: Scope, it: &Things) -> bool {
    let on = &**db;
    let found = [
        projects::find(on, scope, it.project).await.unwrap().is_some(),
        projects::find_folder(on, scope, it.folder).await.unwrap().is_some(),
        connections::find(on, scope, it.connection).await.unwrap().is_some(),
        recipes::find(on, scope, it.recipe).await.unwrap().is_some(),
        collections::find(on, scope, it.collection).await.unwrap().is_some(),
        collections::cors(on, scope, it.collection).await.unwrap().is_some(),
        forwarding::body_limit(on, scope, it.collection).await.unwrap().is_some(),
        endpoints::find(on, scope, it.endpoint).await.unwrap().is_some(),
        forwarding::of_endpoint(on, scope, it.endpoint).await.unwrap().is_some(),
        clients::find(on, scope, it.client).await.unwrap().is_some(),
        clients::limit_of_the_whole(on, scope, it.client).await.unwrap().is_some(),
        api_keys::find(on, scope, it.client, it.key).await.unwrap().is_some(),
        api_keys::find_any(on, scope, it.key).await.unwrap().is_some(),
        !api_keys::list(on, scope, Some(it.client), Page::default()).await.unwrap().rows.is_empty(),
        !endpoints::list(on, scope, Some(it.collection), Page::default()).await.unwrap().is_empty(),
        !clients::list(on, scope, Some(it.project), Page::default()).await.unwrap().rows.is_empty(),
    ];
    assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
    found[0]
}

/// How many things of each kind there are; each list is as long as it says.
async fn counts(db: &Database, scope: Scope, root: FolderId) -> [usize; 9] {
    let (on, page) = (&**db, Page::default());
    let clients = clients::list(on, scope, None, page).await.unwrap();
    let keys = api_keys::list(on, scope, None, page).await.unwrap();
    let connections = connections::list(on, scope, page).await.unwrap();
    let recipes = recipes::list(on, scope, Filter::default(), page).await.unwrap().len();
    let lengths = [clients.rows.len(), keys.rows.len(), connections.rows.len(), recipes];
    let counted = recipes::count(on, scope).await.unwrap().total;
    let totals = [clients.total, keys.total, connections.total, counted];
    assert_eq!(totals.map(|total| usize::try_from(total).unwrap()), lengths);
    [
        lengths[0],
        lengths[1],
        lengths[2],
        recipes,
        collections::list(on, scope, page).await.unwrap().len(),
        endpoints::list(on, scope, None, page).await.unwrap().len(),
        projects::list(on, scope, page).await.unwrap().len(),
        projects::list_folders(on, scope, Some(root), page).await.unwrap().len(),
        projects::list_nested_folders(on, scope, root, page).await.unwrap().len(),
    ]
}

#[tokio::test]
async fn nothing_outside_of_a_tokens_projects_exists_for_it() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (north, south) = (things(&db, &at, "north").await, things(&db, &at, "south").await);
        let whole = Scope::from(at.id);
        let scope = restricted(&db, &at, &[north.project]).await;
        assert!(sees(&db, scope, &north).await && !sees(&db, scope, &south).await);
        assert!(sees(&db, whole, &north).await && sees(&db, whole, &south).await);
        assert_eq!(counts(&db, scope, at.root_folder).await, [1; 9]);
        assert_eq!(counts(&db, whole, at.root_folder).await, [2; 9]);
        // What lies in no project.
        assert!(projects::find_folder(&*db, scope, at.root_folder).await.unwrap().is_none());

        // One with a project more, and one with none left.
        let id = scope.token.unwrap();
        let both = [north.project, south.project];
        within(&db, async |tx| developer_clients::restrict(tx, id, Some(&both)).await).await;
        assert_eq!(counts(&db, scope, at.root_folder).await, [2; 9]);
        let kept = developer_clients::find(&*db, at.id, id).await.unwrap().unwrap();
        let named: Vec<_> =
            kept.projects.unwrap().into_iter().map(|one| (one.project, one.folder, one.name)).collect();
        let one = |it: &Things, name: &str| (it.project, it.folder, name.to_owned());
        assert_eq!(named, [one(&north, "north"), one(&south, "south")]);
        within(&db, async |tx| developer_clients::restrict(tx, id, Some(&[])).await).await;
        assert_eq!(counts(&db, scope, at.root_folder).await, [0; 9]);
        let kept = developer_clients::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!(kept.projects, Some(Vec::new()));
    }
}

#[tokio::test]
async fn a_token_whose_projects_are_deleted_reaches_nothing() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (empty, south) = (a_project(&db, &at, "empty").await, things(&db, &at, "south").await);
        let scope = restricted(&db, &at, &[empty.id]).await;
        within(&db, async |tx| projects::delete(tx, &empty).await).await;
        assert_eq!(counts(&db, scope, at.root_folder).await, [0; 9]);
        assert!(!sees(&db, scope, &south).await);
    }
}

#[tokio::test]
async fn what_a_token_does_not_see_it_does_not_change() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (north, south) = (things(&db, &at, "north").await, things(&db, &at, "south").await);
        let whole = Scope::from(at.id);
        let scope = restricted(&db, &at, &[north.project]).await;
        let both = [north.collection, south.collection];

        // A client of one project may call collections of two.
        within(&db, async |tx| clients::assign(tx, whole, north.client, &both).await).await;
        let named = async |scope| {
            let client = clients::find(&*db, scope, north.client).await.unwrap().unwrap();
            client.collections.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!((named(scope).await, named(whole).await), (vec![north.collection], both.to_vec()));
        let of_clients = clients::collections(&*db, scope, &[north.client]).await.unwrap();
        assert_eq!(of_clients[&north.client], [north.collection]);
        within(&db, async |tx| clients::assign(tx, scope, north.client, &[]).await).await;
        assert_eq!((named(scope).await, named(whole).await), (Vec::new(), vec![south.collection]));

        // So may an access profile.
        let mut key = api_keys::find_any(&*db, whole, north.key).await.unwrap().unwrap();
        key.profile.as_mut().unwrap().collections = both.to_vec();
        within(&db, async |tx| api_keys::update(tx, whole, &key, LATER).await).await;
        let named = async |scope| {
            let key = api_keys::find_any(&*db, scope, north.key).await.unwrap().unwrap();
            key.profile.unwrap().collections
        };
        assert_eq!(named(scope).await, [north.collection]);
        let seen = api_keys::find_any(&*db, scope, north.key).await.unwrap().unwrap();
        within(&db, async |tx| api_keys::update(tx, scope, &seen, LATER).await).await;
        assert_eq!(named(whole).await, both);

        // A recipe of another project stays where it is.
        an_endpoint(&db, &at, north.collection, south.recipe, "others").await;
        let (from, to) = (south.connection, north.connection);
        let moved = async |scope: Scope| {
            within(&db, async |tx| {
                collections::reconnect(tx, scope, north.collection, from, to, LATER).await
            })
            .await;
            recipes::find(&*db, whole, south.recipe).await.unwrap().unwrap().connection
        };
        assert_eq!((moved(scope).await, moved(whole).await), (Some(from), Some(to)));
    }
}
