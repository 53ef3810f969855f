use model::change::ChangeKind;
use model::client::{ApiKey, AuthType, Profile};
use model::id::{ClientId, KeyId, WorkspaceId};
use model::page::Page;
use model::secret::SecretKind;
use store::api_keys::{self, NewKey};
use store::{clients, serving};

use crate::make::{
    a_client, a_collection, a_key, a_policy, a_workspace, announced, jwt_rules, new_key, rules,
};
use crate::support::{JUST_LATER, LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_key_is_found_with_its_address_rules() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let rules = rules(&["203.0.113.0/24", "2001:db8::1"], &["106.226.100.3/20"]);
        for active in [true, false] {
            let token = db.secret(SecretKind::Key);
            let new = NewKey { name: "Till", rules: &rules, active, ..new_key(&at, client, &token) };
            let id = within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;
            let expected = ApiKey {
                id,
                client,
                name: "Till".to_owned(),
                auth_type: AuthType::Token,
                oauth_client_id: None,
                policy: None,
                profile: None,
                rules: rules.clone(),
                active,
                expires_at: None,
                generation: 0,
                active_since: NOON,
                last_four: token.expose()[60..].to_owned(),
                created_at: NOON,
                updated_at: NOON,
            };
            assert_eq!(api_keys::find(&*db, at.id, client, id).await.unwrap(), Some(expected));
        }
    }
}

#[tokio::test]
async fn the_table_has_the_digest_of_a_token_not_the_token() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let token = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::insert(tx, new_key(&at, client, &token), NOON).await).await;
        assert_eq!(db.texts("select digest from api_keys").await, [token.digest().to_hex()]);
        let rows = db.texts("select name || digest || last_four || ip_rules from api_keys").await;
        assert!(!rows[0].contains(token.expose()));
    }
}

#[tokio::test]
async fn a_token_belongs_to_one_key() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_client(&db, &at, "One").await, a_client(&db, &other, "Two").await);
        let token = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::insert(tx, new_key(&at, one, &token), NOON).await).await;
        assert!(
            is_taken(&db, async |tx| api_keys::insert(tx, new_key(&other, two, &token), NOON).await).await
        );
        let key = a_key(&db, &other, two).await;
        assert!(is_taken(&db, async |tx| api_keys::refresh(tx, key, &token, None, NOON).await).await);
    }
}

#[tokio::test]
async fn an_update_writes_name_and_address_rules() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (id, bystander) = (a_key(&db, &at, client).await, a_key(&db, &at, client).await);
        let load = async |id| api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap();
        let (before, unchanged) = (load(id).await, load(bystander).await);
        let changed = ApiKey { name: "Till".to_owned(), rules: rules(&["::1"], &[]), ..before };
        within(&db, async |tx| api_keys::update(tx, at.id, &changed, LATER).await).await;
        assert_eq!(load(id).await, ApiKey { updated_at: LATER, ..changed });
        assert_eq!(load(bystander).await, unchanged);
    }
}

#[tokio::test]
async fn an_enabled_key_is_active_since_then_and_a_disabled_one_keeps_the_time() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (id, bystander) = (a_key(&db, &at, client).await, a_key(&db, &at, client).await);
        let load = async |id| api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap();
        let before = load(id).await;
        within(&db, async |tx| api_keys::disable(tx, id, LATER).await).await;
        let disabled = ApiKey { active: false, generation: 1, updated_at: LATER, ..before };
        assert_eq!(load(id).await, disabled);
        assert!(load(bystander).await.active);
        within(&db, async |tx| api_keys::enable(tx, id, LATER).await).await;
        assert_eq!(
            load(id).await,
            ApiKey { active: true, active_since: LATER, updated_at: JUST_LATER, ..disabled }
        );
        assert_eq!(load(bystander).await.active_since, NOON);
    }
}

#[tokio::test]
async fn a_refreshed_key_keeps_its_id_and_forgets_the_former_token() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let id = a_key(&db, &at, client).await;
        let before = api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap();
        let token = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::refresh(tx, id, &token, None, LATER).await).await;
        let after = api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap();
        let last_four = token.last_four();
        assert_eq!(
            after,
            ApiKey { last_four, generation: 1, active_since: LATER, updated_at: LATER, ..before }
        );
        assert_eq!(db.texts("select digest from api_keys").await, [token.digest().to_hex()]);
    }
}

#[tokio::test]
async fn a_refresh_does_not_enable_a_key() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let id = a_key(&db, &at, client).await;
        let token = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::disable(tx, id, NOON).await).await;
        within(&db, async |tx| api_keys::refresh(tx, id, &token, None, LATER).await).await;
        assert!(!api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap().active);
    }
}

#[tokio::test]
async fn a_deleted_key_is_gone() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (id, kept) = (a_key(&db, &at, client).await, a_key(&db, &at, client).await);
        within(&db, async |tx| api_keys::delete(tx, id).await).await;
        assert_eq!(api_keys::find(&*db, at.id, client, id).await.unwrap(), None);
        assert!(api_keys::find(&*db, at.id, client, kept).await.unwrap().is_some());
        assert_eq!(api_keys::count(&*db, client).await.unwrap(), 1);
        assert!(serving::key(&db, id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn keys_are_listed_oldest_first_by_client_and_page() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_client(&db, &at, "One").await, a_client(&db, &at, "Two").await);
        let mut made = Vec::new();
        for client in [one, two, one] {
            made.push(a_key(&db, &at, client).await);
        }
        let elsewhere = a_client(&db, &other, "Three").await;
        a_key(&db, &other, elsewhere).await;
        let list = async |client, page| {
            let listed = api_keys::list(&*db, at.id, client, page).await.unwrap();
            (listed.rows.iter().map(|key| key.id).collect::<Vec<_>>(), listed.total)
        };
        assert_eq!(list(None, Page::default()).await, (made.clone(), 3));
        assert_eq!(list(Some(one), Page::default()).await, (vec![made[0], made[2]], 2));
        assert_eq!(list(Some(ClientId(99)), Page::default()).await, (vec![], 0));
        assert_eq!(list(None, Page::new(2, 2)).await, (vec![made[2]], 3));
        assert_eq!(list(Some(one), Page::new(3, 1)).await, (vec![], 2));
        assert_eq!(list(Some(elsewhere), Page::default()).await, (vec![], 0));
        assert_eq!(api_keys::count(&*db, one).await.unwrap(), 2);
        assert_eq!(api_keys::count(&*db, ClientId(99)).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn pages_of_a_long_list_are_where_counting_would_find_them() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let owners = [
            (&at, a_client(&db, &at, "One").await),
            (&at, a_client(&db, &at, "Two").await),
            (&other, a_client(&db, &other, "Three").await),
        ];
        let make = async |count: usize| {
            let mut made = Vec::new();
            let mut tx = db.begin().await.unwrap();
            for (at_its, client) in owners.iter().cycle().take(count) {
                let token = db.secret(SecretKind::Key);
                let id = api_keys::insert(&mut tx, new_key(at_its, *client, &token), NOON).await.unwrap();
                made.extend((at_its.id == at.id).then_some(id));
            }
            tx.commit().await.unwrap();
            made
        };
        let is_listed = async |made: &[KeyId]| {
            for size in [100, 100, 37] {
                for number in 1..=made.len() / size + 2 {
                    let page = Page::new(number as i64, size as i64);
                    let listed = api_keys::list(&*db, at.id, None, page).await.unwrap();
                    let ids: Vec<_> = listed.rows.iter().map(|key| key.id).collect();
                    let expected: Vec<_> =
                        made.iter().copied().skip((number - 1) * size).take(size).collect();
                    assert_eq!((ids, listed.total), (expected, made.len() as i64), "page {number} of {size}");
                }
            }
        };
        is_listed(&[]).await;
        let mut made = make(330).await;
        is_listed(&made).await;
        for place in [199, 100, 99, 50, 0] {
            let id = made.remove(place);
            within(&db, async |tx| api_keys::delete(tx, id).await).await;
            is_listed(&made).await;
        }
        made.extend(make(150).await);
        is_listed(&made).await;
        // Whoever writes sees what they wrote.
        let gone = made.remove(7);
        let page = Page::new(3, 100);
        let listed = within(&db, async |tx| {
            api_keys::delete(tx, gone).await?;
            api_keys::list(tx, at.id, None, page).await
        })
        .await;
        assert_eq!((listed.rows[0].id, listed.total), (made[200], made.len() as i64));
    }
}

#[tokio::test]
async fn a_key_of_another_client_or_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_client(&db, &at, "One").await, a_client(&db, &at, "Two").await);
        let key = a_key(&db, &at, one).await;
        assert_eq!(api_keys::find(&*db, at.id, two, key).await.unwrap(), None);
        assert_eq!(api_keys::find(&*db, other.id, one, key).await.unwrap(), None);
        assert_eq!(api_keys::find(&*db, at.id, one, KeyId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn whatever_happens_to_a_key_is_announced() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let first = a_client(&db, &at, "First").await;
        a_key(&db, &at, first).await;
        let client = a_client(&db, &at, "Shop").await;
        let token = db.secret(SecretKind::Key);
        let insert = async |tx: &mut _| api_keys::insert(tx, new_key(&at, client, &token), NOON).await;
        let (id, changes) = announced(&db, insert).await;
        let once = [(ChangeKind::Key, id.0)];
        assert_eq!(changes, once);
        let key = api_keys::find(&*db, at.id, client, id).await.unwrap().unwrap();
        let next = db.secret(SecretKind::Key);
        assert_eq!(announced(&db, async |tx| api_keys::update(tx, at.id, &key, NOON).await).await.1, once);
        assert_eq!(announced(&db, async |tx| api_keys::disable(tx, id, NOON).await).await.1, once);
        assert_eq!(announced(&db, async |tx| api_keys::enable(tx, id, NOON).await).await.1, once);
        assert_eq!(
            announced(&db, async |tx| api_keys::refresh(tx, id, &next, None, NOON).await).await.1,
            once
        );
        assert_eq!(announced(&db, async |tx| api_keys::delete(tx, id).await).await.1, once);
    }
}

#[tokio::test]
async fn an_access_profile_goes_its_own_way() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let policy = a_policy(&db, &at, "Slow").await;
        within(&db, async |tx| clients::assign(tx, at.id, client, &[one]).await).await;
        let follower = a_key(&db, &at, client).await;
        let profile = Profile { jwt: Some(jwt_rules()), collections: vec![two, one] };
        let token = db.secret(SecretKind::Key);
        let own = Some((AuthType::Jwt, &profile));
        let new = NewKey { profile: own, policy: Some(policy), ..new_key(&at, client, &token) };
        let id = within(&db, async |tx| api_keys::insert(tx, new, NOON).await).await;

        let load = async || api_keys::find_any(&*db, at.id, id).await.unwrap().unwrap();
        let key = load().await;
        let sorted = Profile { collections: vec![one, two], ..profile };
        assert_eq!((key.auth_type, &key.profile), (AuthType::Jwt, &Some(sorted.clone())));
        assert_eq!(key.policy, Some(policy));
        let listed = api_keys::list(&*db, at.id, Some(client), Page::default()).await.unwrap().rows;
        assert_eq!(listed.iter().map(|key| key.id).collect::<Vec<_>>(), [follower, id]);
        assert_eq!((&listed[0].profile, &listed[1].profile), (&None, &Some(sorted)));
        assert!(
            !db.texts("select jwt_key from api_keys where jwt_key is not null").await[0].contains("shared")
        );
        let served = serving::keys(&db, KeyId(0), 10).await.unwrap();
        assert_eq!((served[0].auth_type, &served[0].collections), (AuthType::Token, &None));
        assert_eq!((served[1].auth_type, &served[1].collections), (AuthType::Jwt, &Some(vec![one, two])));

        let changed = ApiKey {
            auth_type: AuthType::Oauth2,
            oauth_client_id: Some("abc".to_owned()),
            policy: None,
            profile: Some(Profile { jwt: None, collections: vec![two] }),
            ..key
        };
        within(&db, async |tx| api_keys::update(tx, at.id, &changed, LATER).await).await;
        assert_eq!(load().await, ApiKey { updated_at: LATER, ..changed.clone() });
        let token = db.secret(SecretKind::Key);
        within(&db, async |tx| api_keys::refresh(tx, id, &token, Some("def"), LATER).await).await;
        assert_eq!(load().await.oauth_client_id.as_deref(), Some("def"));
        within(&db, async |tx| api_keys::refresh(tx, id, &token, None, LATER).await).await;
        assert_eq!(load().await.oauth_client_id.as_deref(), Some("def"));
        assert_eq!(serving::key(&db, id).await.unwrap().unwrap().collections, Some(vec![two]));
        assert_eq!(api_keys::find_any(&*db, WorkspaceId(99), id).await.unwrap(), None);
    }
}
