use model::backend::BackendCredential;
use model::change::{Change, ChangeKind};
use model::client::{AuthType, Profile};
use model::cors::{Cors, Origin};
use model::endpoint::{BaseUrl, Connection, Forwarding, Method, RecipeKind};
use model::id::{ClientId, CollectionId, ConnectionId, DocumentId, KeyId, RecipeId};
use model::net::PackedIpRules;
use model::portal::Portal;
use model::secret::KeyMaterial;
use model::secret::SecretKind;
use store::api_keys::NewKey;
use store::clients::NewClient;
use store::portals::NewPortal;
use store::serving::{self, ServedClient, ServedCollection, ServedKey};
use store::{
    api_keys, clients, collections, connections, documents, endpoints, forwarding, portals, recipes,
};

use crate::make::{
    a_client, a_collection, a_connection, a_document, a_key, a_policy, a_recipe, a_workspace, an_endpoint,
    announced, authorities, backend, jwt_rules, new_client, new_key, rules,
};
use crate::support::{Database, LATER, NOON, databases, within};

/// The collection, which is there.
async fn collection(db: &Database, id: CollectionId) -> ServedCollection {
    serving::collection(db, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_served_collection_shows_everything_behind_it() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let connection = a_connection(&db, &at, "Backend").await;
        let (proxy, mock) = (a_recipe(&db, &at, Some(&connection)).await, a_recipe(&db, &at, None).await);
        let id = a_collection(&db, &at, "quotes").await;
        let one = an_endpoint(&db, &at, id, proxy, "quotes/{id}").await;
        let two = an_endpoint(&db, &at, id, mock, "orders").await;
        let document = a_document(&db, id, "openapi: 3.0.3").await;

        let served = collection(&db, id).await;
        assert_eq!((served.id, served.workspace), (id, at.id));
        assert_eq!((served.workspace_handle.as_str(), served.handle.as_str()), ("main", "quotes"));
        assert_eq!(served.document, Some(document));
        assert_eq!(documents::content(&*db, document).await.unwrap().as_deref(), Some("openapi: 3.0.3"));
        assert_eq!(documents::content(&*db, DocumentId(document.0 + 1)).await.unwrap(), None);
        let [first, second] = &served.endpoints[..] else { panic!("{served:?}") };
        assert_eq!((first.id, first.method, first.path.as_str()), (one, Method::Get, "quotes/{id}"));
        assert_eq!((first.recipe, first.kind), (proxy, RecipeKind::Proxy));
        assert_eq!((first.active, first.running, &first.base_url), (false, true, &Some(backend())));
        assert_eq!((second.id, second.recipe, second.kind), (two, mock, RecipeKind::Mock));
        assert_eq!((second.active, second.running, &second.base_url), (false, true, &None));
    }
}

#[tokio::test]
async fn a_served_collection_follows_what_is_switched() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let connection = a_connection(&db, &at, "Backend").await;
        let recipe = a_recipe(&db, &at, Some(&connection)).await;
        let id = a_collection(&db, &at, "quotes").await;
        let endpoint = an_endpoint(&db, &at, id, recipe, "quotes").await;
        let endpoint = endpoints::find(&*db, at.id, endpoint).await.unwrap().unwrap();
        within(&db, async |tx| endpoints::set_active(tx, &endpoint, true, NOON).await).await;
        assert!(collection(&db, id).await.endpoints[0].active);
        within(&db, async |tx| recipes::set_running(tx, recipe, false, NOON).await).await;
        let served = &collection(&db, id).await.endpoints[0];
        assert_eq!((served.active, served.running), (true, false));
        let elsewhere = BaseUrl::parse("https://backend.test:8082").unwrap();
        let password = KeyMaterial::new("open sesame".to_owned());
        let credential = BackendCredential::Basic { user: "portico".to_owned(), password };
        let changed = Connection {
            base_url: elsewhere.clone(),
            authorities: Some(authorities()),
            credential: Some(credential.clone()),
            ..connection
        };
        within(&db, async |tx| connections::update(tx, &changed, NOON).await).await;
        let served = &collection(&db, id).await.endpoints[0];
        assert_eq!((&served.base_url, &served.authorities), (&Some(elsewhere), &Some(authorities())));
        assert_eq!(served.credential, Some(credential));
    }
}

#[tokio::test]
async fn how_calls_are_forwarded_is_served_with_the_collection() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let recipe = a_recipe(&db, &at, None).await;
        let id = a_collection(&db, &at, "quotes").await;
        let endpoint = an_endpoint(&db, &at, id, recipe, "quotes").await;
        let served = collection(&db, id).await;
        assert_eq!((served.max_body_bytes, served.endpoints[0].forwarding), (None, Forwarding::default()));
        let wanted = Forwarding { timeout_seconds: Some(240), to_base_url: true };
        let set = async |tx: &mut _| {
            forwarding::set_body_limit(tx, id, Some(100), NOON).await?;
            forwarding::set_of_endpoint(tx, id, endpoint, wanted, NOON).await
        };
        let ((), changes) = announced(&db, set).await;
        assert_eq!(changes, [(ChangeKind::Collection, id.0), (ChangeKind::Collection, id.0)]);
        let served = collection(&db, id).await;
        assert_eq!((served.max_body_bytes, served.endpoints[0].forwarding), (Some(100), wanted));
        assert_eq!(forwarding::body_limit(&*db, at.id, id).await.unwrap(), Some(Some(100)));
        assert_eq!(forwarding::body_limit(&*db, other.id, id).await.unwrap(), None);
        assert_eq!(forwarding::of_endpoint(&*db, at.id, endpoint).await.unwrap(), Some(wanted));
        assert_eq!(forwarding::of_endpoint(&*db, other.id, endpoint).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_document_is_named_for_mock_recipes_only() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let connection = a_connection(&db, &at, "Backend").await;
        let proxy = a_recipe(&db, &at, Some(&connection)).await;
        let mock = a_recipe(&db, &at, None).await;
        let id = a_collection(&db, &at, "quotes").await;
        let one = a_document(&db, id, "one").await;
        let two = a_document(&db, id, "two").await;
        an_endpoint(&db, &at, id, proxy, "quotes").await;
        assert_eq!(collection(&db, id).await.document, None);
        an_endpoint(&db, &at, id, mock, "orders").await;
        assert_eq!(collection(&db, id).await.document, Some(two));
        within(&db, async |tx| documents::put_in_force(tx, id, one, NOON).await).await;
        assert_eq!(collection(&db, id).await.document, Some(one));
    }
}

#[tokio::test]
async fn all_collections_of_all_workspaces_are_served() {
    for db in databases().await {
        assert!(serving::collections(&db).await.unwrap().is_empty());
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_collection(&db, &at, "quotes").await, a_collection(&db, &other, "quotes").await);
        let recipe = a_recipe(&db, &other, None).await;
        an_endpoint(&db, &other, two, recipe, "orders").await;
        let served = serving::collections(&db).await.unwrap();
        let seen: Vec<_> =
            served.iter().map(|c| (c.id, c.workspace_handle.as_str(), c.endpoints.len())).collect();
        assert_eq!(seen, [(one, "main", 0), (two, "other", 1)]);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_served() {
    for db in databases().await {
        assert!(serving::collection(&db, CollectionId(1)).await.unwrap().is_none());
        assert!(serving::client(&db, ClientId(1)).await.unwrap().is_none());
        assert!(serving::key(&db, KeyId(1)).await.unwrap().is_none());
        assert!(serving::clients(&db, ClientId(0), 10).await.unwrap().is_empty());
        assert!(serving::keys(&db, KeyId(0), 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn each_change_names_the_collections_that_it_touches() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let connection = a_connection(&db, &at, "Backend").await;
        let unused = a_connection(&db, &at, "Unused").await;
        let proxy = a_recipe(&db, &at, Some(&connection)).await;
        let second = a_recipe(&db, &at, Some(&connection)).await;
        let mock = a_recipe(&db, &at, None).await;
        let lonely = a_recipe(&db, &at, Some(&unused)).await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let elsewhere = a_collection(&db, &other, "one").await;
        for (collection, recipe, path) in [
            (one, proxy, "a"),
            (one, proxy, "b"),
            (one, mock, "c"),
            (two, second, "a"),
            (elsewhere, mock, "a"),
        ] {
            an_endpoint(&db, &at, collection, recipe, path).await;
        }
        let touched = async |kind, id| {
            let change = Change { seq: 1, kind, id };
            let mut touched = serving::collections_touched_by(&db, &change).await.unwrap();
            touched.sort();
            touched
        };
        assert_eq!(touched(ChangeKind::Workspace, at.id.0).await, [one, two]);
        assert_eq!(touched(ChangeKind::Workspace, other.id.0).await, [elsewhere]);
        assert_eq!(touched(ChangeKind::Collection, two.0).await, [two]);
        assert_eq!(touched(ChangeKind::Collection, 99).await, [CollectionId(99)], "it may be gone");
        assert_eq!(touched(ChangeKind::Recipe, proxy.0).await, [one]);
        assert_eq!(touched(ChangeKind::Recipe, mock.0).await, [one, elsewhere]);
        assert_eq!(touched(ChangeKind::Recipe, lonely.0).await, []);
        assert_eq!(touched(ChangeKind::Recipe, RecipeId(99).0).await, []);
        assert_eq!(touched(ChangeKind::Connection, connection.id.0).await, [one, two]);
        assert_eq!(touched(ChangeKind::Connection, unused.id.0).await, []);
        assert_eq!(touched(ChangeKind::Connection, ConnectionId(99).0).await, []);
        assert_eq!(touched(ChangeKind::Client, 1).await, []);
        assert_eq!(touched(ChangeKind::Key, 1).await, []);
        assert_eq!(touched(ChangeKind::Policy, 1).await, []);
    }
}

#[tokio::test]
async fn a_served_client_knows_what_it_may_call() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let id = a_client(&db, &at, "Shop").await;
        let load = async || serving::client(&db, id).await.unwrap().unwrap();
        let served = load().await;
        assert_eq!((served.id, served.workspace, served.active), (id, at.id, true));
        assert_eq!(served.collections, []);
        within(&db, async |tx| clients::assign(tx, at.id, id, &[two, one]).await).await;
        assert_eq!(load().await.collections, [one, two]);
        db.raw("update clients set active = false").await;
        assert!(!load().await.active);
        within(&db, async |tx| clients::delete(tx, id).await).await;
        assert!(serving::client(&db, id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn clients_are_read_in_portions_each_with_its_own_collections() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let mut expected = Vec::new();
        for (workspace, assigned) in
            [(&at, vec![one, two]), (&other, vec![]), (&at, vec![]), (&at, vec![two]), (&other, vec![one])]
        {
            let client = a_client(&db, workspace, "Shop").await;
            within(&db, async |tx| clients::assign(tx, at.id, client, &assigned).await).await;
            expected.push((client, workspace.id, assigned));
        }
        // A gap in the ids.
        let (gone, ..) = expected.remove(2);
        within(&db, async |tx| clients::delete(tx, gone).await).await;
        for limit in 1..=6 {
            let mut seen = Vec::new();
            let mut after = ClientId(0);
            loop {
                let portion: Vec<ServedClient> = serving::clients(&db, after, limit).await.unwrap();
                let Some(last) = portion.last() else { break };
                assert!(portion.len() <= usize::try_from(limit).unwrap());
                after = last.id;
                seen.extend(portion.into_iter().map(|c| (c.id, c.workspace, c.collections)));
            }
            assert_eq!(seen, expected, "{limit} at a time");
        }
    }
}

#[tokio::test]
async fn a_served_key_is_recognised_by_the_digest_of_its_token() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (token, rules) = (db.secret(SecretKind::Key), rules(&["203.0.113.0/24"], &["203.0.113.7"]));
        let new = NewKey { rules: &rules, ..new_key(&at, client, &token) };
        let id = within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
        let load = async || serving::key(&db, id).await.unwrap().unwrap();

        let served: ServedKey = load().await;
        let packed = PackedIpRules::from(&rules);
        assert_eq!((served.id, served.client, served.active), (id, client, true));
        assert_eq!((served.digest, &served.rules, served.expires_at), (token.digest(), &packed, None));

        within(&db, async |tx| api_keys::disable(tx, id, NOON).await).await;
        assert!(!load().await.active);
        let next = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::refresh(tx, id, &next, None, NOON).await).await;
        assert_eq!(load().await.digest, next.digest());
        db.raw("update api_keys set expires_at = 1750000000000000").await;
        assert_eq!(load().await.expires_at, Some(NOON));
        within(&db, async |tx| api_keys::delete(tx, id).await).await;
        assert!(serving::key(&db, id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn keys_are_read_in_portions() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let mut made = Vec::new();
        for workspace in [&at, &other, &at] {
            let client = a_client(&db, workspace, "Shop").await;
            made.push(a_key(&db, workspace, client).await);
        }
        let portion = async |after, limit| -> Vec<KeyId> {
            let keys = serving::keys(&db, after, limit).await.unwrap();
            keys.into_iter().map(|key| key.id).collect()
        };
        assert_eq!(portion(KeyId(0), 10).await, made);
        assert_eq!(portion(KeyId(0), 2).await, made[..2]);
        assert_eq!(portion(made[1], 2).await, made[2..]);
        assert_eq!(portion(made[2], 2).await, []);
    }
}

#[tokio::test]
async fn policies_are_served_to_those_who_have_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_policy(&db, &at, "A").await, a_policy(&db, &at, "B").await);
        let served = serving::policies(&db).await.unwrap();
        assert_eq!(served.iter().map(|policy| policy.id).collect::<Vec<_>>(), [one, two]);
        assert_eq!(serving::policy(&db, one).await.unwrap().as_ref(), Some(&served[0]));
        assert!(served[0].rate_limit.is_some_and(|limit| limit.requests == 10));
        let new = NewClient { policy: Some(one), ..new_client(&at, "Shop") };
        let client = within(&db, async |tx| clients::insert(tx, new, NOON).await).await;
        let load = async || serving::client(&db, client).await.unwrap().unwrap();
        assert_eq!((load().await.policy, load().await.client_policy), (Some(one), None));
        let (_, changes) =
            announced(&db, async |tx| clients::limit_as_a_whole(tx, client, Some(two), NOON).await).await;
        assert_eq!(changes, [(ChangeKind::Client, client.0)]);
        assert_eq!((load().await.policy, load().await.client_policy), (Some(one), Some(two)));

        let key = a_key(&db, &at, client).await;
        let profile = Profile::default();
        let policy = async |id| serving::key(&db, id).await.unwrap().unwrap().policy;
        assert_eq!(policy(key).await, None);
        for profile in [None, Some((AuthType::Token, &profile))] {
            let token = db.secret(SecretKind::Key);
            let new = NewKey { profile, policy: Some(two), ..new_key(&at, client, &token) };
            let own = within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
            assert_eq!(policy(own).await, Some(two));
            let listed = api_keys::find(&*db, at.id, client, own).await.unwrap().unwrap();
            let changed = model::client::ApiKey { policy: Some(one), ..listed };
            within(&db, async |tx| api_keys::update(tx, at.id, &changed, NOON).await).await;
            assert_eq!(policy(own).await, Some(one));
        }
    }
}

#[tokio::test]
async fn pages_that_may_call_are_served_with_the_collection() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let cors = Cors { origins: vec![Origin::Any], max_age: 5, ..Cors::default() };
        let set = async |tx: &mut _| collections::set_cors(tx, one, Some(&cors), NOON).await;
        assert_eq!(announced(&db, set).await.1, [(ChangeKind::Collection, one.0)]);
        assert_eq!(collection(&db, one).await.cors.as_ref(), Some(&cors));
        assert_eq!(collections::cors(&*db, at.id, one).await.unwrap(), Some(Some(cors)));
        assert_eq!(collections::cors(&*db, at.id, two).await.unwrap(), Some(None));
        assert_eq!(collections::cors(&*db, at.id, CollectionId(99)).await.unwrap(), None);
        within(&db, async |tx| collections::set_cors(tx, one, None, NOON).await).await;
        assert_eq!(collection(&db, one).await.cors, None);

        let changed = |ids: &[CollectionId]| -> Vec<_> {
            ids.iter().map(|id| (ChangeKind::Collection, id.0)).collect()
        };
        let (subdomain, brand_color) = ("idea", "#371093");
        let new = NewPortal { workspace: at.id, name: "Idea", subdomain, brand_color, collections: &[one] };
        let (id, changes) = announced(&db, async |tx| portals::insert(tx, new, NOON).await).await;
        assert_eq!(changes, changed(&[one]));
        assert_eq!(collection(&db, one).await.portals, ["idea"]);
        let portal = portals::find(&*db, at.id, id).await.unwrap().unwrap();
        let portal = Portal { collections: vec![two], ..portal };
        let (_, changes) = announced(&db, async |tx| portals::update(tx, &portal, NOON).await).await;
        assert_eq!(changes, changed(&[one, two]));
        assert!(collection(&db, one).await.portals.is_empty());
        let (_, changes) = announced(&db, async |tx| portals::delete(tx, id).await).await;
        assert_eq!(changes, changed(&[two]));
        assert!(collection(&db, two).await.portals.is_empty());
    }
}

#[tokio::test]
async fn a_refreshed_key_has_its_former_token_for_a_while_unless_it_is_disabled() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let tokens = [(); 3].map(|()| db.secret(SecretKind::Key));
        let id =
            within(&db, async |tx| api_keys::insert(tx, new_key(&at, client, &tokens[0]), NOON).await).await;
        let load = async || serving::key(&db, id).await.unwrap().unwrap();
        assert_eq!((load().await.former, load().await.generation), (None, 0));
        let graceful = async |token| {
            within(&db, async |tx| api_keys::refresh_with_grace(tx, id, token, LATER, NOON).await).await;
        };
        graceful(&tokens[1]).await;
        let served = load().await;
        assert_eq!((served.digest, served.former), (tokens[1].digest(), Some((tokens[0].digest(), LATER))));
        assert_eq!(served.generation, 1);
        within(&db, async |tx| api_keys::refresh(tx, id, &tokens[2], None, NOON).await).await;
        assert_eq!((load().await.former, load().await.generation), (None, 2));
        graceful(&tokens[0]).await;
        within(&db, async |tx| api_keys::disable(tx, id, NOON).await).await;
        assert_eq!((load().await.former, load().await.generation), (None, 4));
    }
}

#[tokio::test]
async fn rules_of_signed_tokens_are_served_with_those_who_have_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (plain, client) = (a_client(&db, &at, "Shop").await, a_client(&db, &at, "Till").await);
        let listed = clients::find(&*db, at.id, client).await.unwrap().unwrap().client;
        let signing = model::Client { jwt: Some(jwt_rules()), ..listed };
        within(&db, async |tx| clients::update(tx, &signing, NOON).await).await;
        let served = serving::clients(&db, ClientId(0), 10).await.unwrap();
        let rules: Vec<_> = served.iter().map(|client| client.jwt.as_deref().cloned()).collect();
        assert_eq!(rules, [None, Some(jwt_rules())]);
        let profile = Profile { jwt: Some(jwt_rules()), collections: Vec::new() };
        let (one, two) = (db.secret(SecretKind::Key), db.secret(SecretKind::Key));
        let new = NewKey { profile: Some((AuthType::Jwt, &profile)), ..new_key(&at, plain, &one) };
        within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
        let new = NewKey { oauth_client_id: Some("abc"), ..new_key(&at, plain, &two) };
        within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
        let served = serving::keys(&db, KeyId(0), 10).await.unwrap();
        let rules: Vec<_> = served.iter().map(|key| key.jwt.as_deref().cloned()).collect();
        assert_eq!(rules, [Some(jwt_rules()), None]);
        assert_eq!(served[1].oauth_client_id.as_deref(), Some("abc"));
    }
}
