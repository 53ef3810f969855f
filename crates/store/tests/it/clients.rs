use model::change::ChangeKind;
use model::client::{AuthType, Client, CollectionName, Profile};
use model::id::{ClientId, CollectionId, KeyId};
use model::page::Page;
use model::secret::SecretKind;
use model::workspace::Workspace;
use store::api_keys::NewKey;
use store::clients::{self, NewClient, PolicyName};
use store::{api_keys, serving};

use crate::make::{
    a_client, a_collection, a_key, a_policy, a_project, a_workspace, announced, jwt_rules, new_client,
    new_key,
};
use crate::support::{JUST_LATER, LATER, NOON, databases, within};

#[tokio::test]
async fn a_client_is_active_from_the_start() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let (jwt, policy) = (jwt_rules(), a_policy(&db, &at, "Slow").await);
        for auth_type in [AuthType::Token, AuthType::Jwt, AuthType::Oauth2, AuthType::Oidc] {
            let new = NewClient {
                workspace: at.id,
                project: Some(project.id),
                name: "Shop",
                description: "Sells",
                email: Some("shop@example.test"),
                auth_type,
                jwt: auth_type.is_signed().then_some(&jwt),
                policy: Some(policy),
                portal: None,
                is_legacy: auth_type == AuthType::Oauth2,
            };
            let id = within(&db, async |tx| clients::insert(tx, new, NOON).await).await;
            let found = clients::find(&*db, at.id, id).await.unwrap().unwrap();
            let expected = Client {
                id,
                workspace: at.id,
                project: Some(project.id),
                name: "Shop".to_owned(),
                description: "Sells".to_owned(),
                email: Some("shop@example.test".to_owned()),
                auth_type,
                jwt: auth_type.is_signed().then(|| jwt.clone()),
                policy: Some(policy),
                portal: None,
                is_legacy: auth_type == AuthType::Oauth2,
                logo: None,
                active: true,
                created_at: NOON,
                updated_at: NOON,
            };
            assert_eq!(found.client, expected);
            assert_eq!((found.active_keys, found.total_keys), (0, 0));
            assert_eq!(found.collections, []);
            assert_eq!(found.policies, [PolicyName { id: policy, name: "Slow".to_owned() }]);
        }
    }
}

#[tokio::test]
async fn an_update_writes_what_may_change() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let (id, bystander) = (a_client(&db, &at, "Shop").await, a_client(&db, &at, "Bystander").await);
        let before = clients::find(&*db, at.id, id).await.unwrap().unwrap().client;
        let changed = Client {
            name: "Store".to_owned(),
            description: "Sells more".to_owned(),
            email: Some("store@example.test".to_owned()),
            project: Some(project.id),
            policy: Some(a_policy(&db, &at, "Slow").await),
            jwt: Some(jwt_rules()),
            ..before.clone()
        };
        within(&db, async |tx| clients::update(tx, &changed, LATER).await).await;
        let after = clients::find(&*db, at.id, id).await.unwrap().unwrap().client;
        assert_eq!(after, Client { updated_at: LATER, ..changed });

        within(&db, async |tx| clients::update(tx, &before, LATER).await).await;
        let after = clients::find(&*db, at.id, id).await.unwrap().unwrap().client;
        assert_eq!(after, Client { updated_at: JUST_LATER, ..before });
        assert_eq!(clients::find(&*db, at.id, bystander).await.unwrap().unwrap().client.name, "Bystander");
    }
}

#[tokio::test]
async fn clients_are_listed_oldest_first_by_project_and_page() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let project = a_project(&db, &at, "Orders").await;
        let mut made = Vec::new();
        for (name, project) in [("C", None), ("A", Some(project.id)), ("B", None)] {
            let new = NewClient { project, ..new_client(&at, name) };
            made.push(within(&db, async |tx| clients::insert(tx, new, NOON).await).await);
        }
        a_client(&db, &other, "D").await;
        let list = async |project, page| {
            let listed = clients::list(&*db, at.id, project, page).await.unwrap();
            (listed.rows.iter().map(|row| row.client.id).collect::<Vec<_>>(), listed.total)
        };
        assert_eq!(list(None, Page::default()).await, (made.clone(), 3));
        assert_eq!(list(Some(project.id), Page::default()).await, (vec![made[1]], 1));
        assert_eq!(list(None, Page::new(2, 2)).await, (vec![made[2]], 3));
        assert_eq!(list(None, Page::new(3, 2)).await, (vec![], 3));
    }
}

#[tokio::test]
async fn each_listed_client_has_its_own_collections_and_keys() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let mut made = Vec::new();
        for (name, assigned) in [("A", vec![two, one]), ("B", vec![]), ("C", vec![two])] {
            let client = a_client(&db, &at, name).await;
            within(&db, async |tx| clients::assign(tx, at.id, client, &assigned).await).await;
            made.push(client);
        }
        a_key(&db, &at, made[0]).await;
        let disabled = a_key(&db, &at, made[0]).await;
        within(&db, async |tx| api_keys::disable(tx, disabled, NOON).await).await;
        a_key(&db, &at, made[2]).await;

        let name = |id, name: &str| CollectionName { id, name: name.to_owned() };
        let expected = [
            (made[0], 1, 2, vec![name(one, "one"), name(two, "two")]),
            (made[1], 0, 0, vec![]),
            (made[2], 1, 1, vec![name(two, "two")]),
        ];
        for size in [1, 2, 100] {
            let mut seen = Vec::new();
            for number in 1..=3 {
                let page = clients::list(&*db, at.id, None, Page::new(number, size)).await.unwrap();
                seen.extend(
                    page.rows
                        .into_iter()
                        .map(|row| (row.client.id, row.active_keys, row.total_keys, row.collections)),
                );
            }
            assert_eq!(seen, expected, "{size} a page");
        }
        for (id, active, total, collections) in expected {
            let found = clients::find(&*db, at.id, id).await.unwrap().unwrap();
            assert_eq!(
                (found.active_keys, found.total_keys, found.collections),
                (active, total, collections)
            );
        }
    }
}

#[tokio::test]
async fn an_assignment_replaces_the_one_before() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let (client, bystander) = (a_client(&db, &at, "Shop").await, a_client(&db, &at, "Bystander").await);
        let assigned = async |client| -> Vec<CollectionId> {
            let found = clients::find(&*db, at.id, client).await.unwrap().unwrap();
            found.collections.into_iter().map(|collection| collection.id).collect()
        };
        within(&db, async |tx| clients::assign(tx, at.id, bystander, &[one]).await).await;
        for (wanted, expected) in [
            (vec![one], vec![one]),
            (vec![two, one, two], vec![one, two]),
            (vec![two], vec![two]),
            (vec![], vec![]),
        ] {
            within(&db, async |tx| clients::assign(tx, at.id, client, &wanted).await).await;
            assert_eq!(assigned(client).await, expected);
        }
        assert_eq!(assigned(bystander).await, [one]);
    }
}

#[tokio::test]
async fn a_client_of_another_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let project = a_project(&db, &at, "Orders").await;
        let new = NewClient { project: Some(project.id), ..new_client(&at, "Shop") };
        let id = within(&db, async |tx| clients::insert(tx, new, NOON).await).await;
        assert_eq!(clients::find(&*db, other.id, id).await.unwrap(), None);
        let collection = a_collection(&db, &at, "one").await;
        within(&db, async |tx| clients::assign(tx, at.id, id, &[collection]).await).await;
        let of =
            async |at: &Workspace, ids: &[ClientId]| clients::collections(&*db, at.id, ids).await.unwrap();
        assert_eq!(of(&at, &[id]).await.get(&id), Some(&vec![collection]));
        assert!(of(&other, &[id]).await.is_empty());
        assert!(of(&at, &[]).await.is_empty());
        for project in [None, Some(project.id)] {
            let listed = clients::list(&*db, other.id, project, Page::default()).await.unwrap();
            assert_eq!((listed.rows, listed.total), (vec![], 0));
        }
        assert_eq!(clients::find(&*db, at.id, ClientId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_deleted_client_takes_its_keys_and_assignments_along() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let collection = a_collection(&db, &at, "one").await;
        let (client, bystander) = (a_client(&db, &at, "Shop").await, a_client(&db, &at, "Bystander").await);
        for client in [client, bystander] {
            within(&db, async |tx| clients::assign(tx, at.id, client, &[collection]).await).await;
        }
        let key = a_key(&db, &at, client).await;
        let kept = a_key(&db, &at, bystander).await;
        within(&db, async |tx| clients::delete(tx, client).await).await;

        assert_eq!(clients::find(&*db, at.id, client).await.unwrap(), None);
        assert_eq!(api_keys::count(&*db, client).await.unwrap(), 0);
        assert!(serving::key(&db, key).await.unwrap().is_none());
        let rest = api_keys::list(&*db, at.id, None, Page::default()).await.unwrap();
        assert_eq!(rest.rows.iter().map(|key| key.id).collect::<Vec<_>>(), [kept]);
        assert_eq!(
            db.texts("select cast(client_id as text) from client_collections").await,
            [bystander.to_string()]
        );
    }
}

#[tokio::test]
async fn the_ids_of_deleted_clients_and_keys_are_never_used_again() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let key = a_key(&db, &at, client).await;
        within(&db, async |tx| clients::delete(tx, client).await).await;
        let next = a_client(&db, &at, "Shop").await;
        assert!(next > client);
        let next_key = a_key(&db, &at, next).await;
        assert!(next_key > key);
        within(&db, async |tx| api_keys::delete(tx, next_key).await).await;
        assert!(a_key(&db, &at, next).await > next_key);
    }
}

#[tokio::test]
async fn whatever_happens_to_a_client_is_announced() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let collection = a_collection(&db, &at, "one").await;
        a_client(&db, &at, "First").await;
        let (id, changes) =
            announced(&db, async |tx| clients::insert(tx, new_client(&at, "Shop"), NOON).await).await;
        let once = [(ChangeKind::Client, id.0)];
        assert_eq!(changes, once);
        let client = clients::find(&*db, at.id, id).await.unwrap().unwrap().client;
        assert_eq!(announced(&db, async |tx| clients::update(tx, &client, NOON).await).await.1, once);
        assert_eq!(
            announced(&db, async |tx| clients::assign(tx, at.id, id, &[collection]).await).await.1,
            once
        );

        let mut keys: Vec<KeyId> = Vec::new();
        for _ in 0..2 {
            let token = db.secret(SecretKind::Key);
            keys.push(
                within(&db, async |tx| api_keys::insert(tx, new_key(&at, id, &token), NOON).await).await,
            );
        }
        let (_, changes) = announced(&db, async |tx| clients::delete(tx, id).await).await;
        let expected =
            [(ChangeKind::Key, keys[0].0), (ChangeKind::Key, keys[1].0), (ChangeKind::Client, id.0)];
        assert_eq!(changes, expected);
    }
}

#[tokio::test]
async fn a_client_shows_what_its_access_profiles_have() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        a_client(&db, &at, "Bystander").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let policy = a_policy(&db, &at, "Slow").await;
        for (collections, policy) in
            [(vec![two], None), (vec![one, two], Some(policy)), (vec![], Some(policy))]
        {
            let profile = Profile { jwt: None, collections };
            let token = db.secret(SecretKind::Key);
            let profile = Some((AuthType::Token, &profile));
            let new = NewKey { profile, policy, ..new_key(&at, client, &token) };
            within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
        }
        let listed = clients::list(&*db, at.id, None, Page::default()).await.unwrap().rows;
        let ids: Vec<_> = listed[0].collections.iter().map(|collection| collection.id).collect();
        assert_eq!(ids, [one, two]);
        assert_eq!(listed[0].policies, [PolicyName { id: policy, name: "Slow".to_owned() }]);
        assert_eq!((listed[1].collections.len(), listed[1].policies.len()), (0, 0));
    }
}
