use jiff::Timestamp;
use model::access::{DeveloperClient, Role};
use model::page::Page;
use model::secret::{Secret, SecretKind};
use model::workspace::Workspace;
use store::developer_clients::{self, NewDeveloperClient};

use crate::make::{ANYWHERE, a_workspace, announced, rules};
use crate::support::{JUST_LATER, LATER, NOON, databases, is_taken, within};

fn new<'a>(at: &Workspace, name: &'a str, token: &'a Secret) -> NewDeveloperClient<'a> {
    NewDeveloperClient {
        workspace: at.id,
        name,
        role: Role::Admin,
        projects: None,
        rules: &ANYWHERE,
        expires_at: None,
        token,
    }
}

#[tokio::test]
async fn a_token_is_found_by_its_digest_alone() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let rules = rules(&["203.0.113.7"], &["2001:db8::/32"]);
        let cases: [(Role, Option<Timestamp>); 3] =
            [(Role::Admin, None), (Role::Publisher, Some(LATER)), (Role::Viewer, None)];
        for (role, expires_at) in cases {
            let token = db.secret(SecretKind::Management);
            let new =
                NewDeveloperClient { role, expires_at, rules: &rules, ..new(&at, role.as_str(), &token) };
            let id = within(&db, async |tx| developer_clients::insert(tx, new, NOON).await).await;
            let expected = DeveloperClient {
                id,
                workspace: at.id,
                name: role.to_string(),
                role,
                projects: None,
                rules: rules.clone(),
                expires_at,
                last_four: token.last_four(),
                issued_at: NOON,
                created_at: NOON,
                updated_at: NOON,
            };
            let found = developer_clients::by_digest(&*db, token.digest()).await.unwrap();
            assert_eq!(found, Some((expected, at.clone())));
        }
        let unknown = db.secret(SecretKind::Management).digest();
        assert_eq!(developer_clients::by_digest(&*db, unknown).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_table_has_the_digest_of_a_management_token_not_the_token() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let token = db.secret(SecretKind::Management);
        within(&db, async |tx| developer_clients::insert(tx, new(&at, "CI", &token), NOON).await).await;
        assert_eq!(db.texts("select digest from developer_clients").await, [token.digest().to_hex()]);
        let rows =
            db.texts("select name || role || digest || last_four || ip_rules from developer_clients").await;
        let digits = token.expose().trim_start_matches("portico_");
        assert!(!rows[0].contains(digits));
    }
}

#[tokio::test]
async fn a_tokens_name_is_taken_in_its_own_workspace_and_the_token_everywhere() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let [one, two, three] = [(); 3].map(|()| db.secret(SecretKind::Management));
        within(&db, async |tx| developer_clients::insert(tx, new(&at, "CI", &one), NOON).await).await;
        assert!(
            is_taken(&db, async |tx| developer_clients::insert(tx, new(&at, "CI", &two), NOON).await).await
        );
        assert!(
            is_taken(&db, async |tx| developer_clients::insert(tx, new(&other, "CD", &one), NOON).await)
                .await
        );
        within(&db, async |tx| developer_clients::insert(tx, new(&other, "CI", &three), NOON).await).await;
    }
}

#[tokio::test]
async fn the_gateway_need_not_know_of_management_tokens() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let token = db.secret(SecretKind::Management);
        let insert = async |tx: &mut _| developer_clients::insert(tx, new(&at, "CI", &token), NOON).await;
        assert_eq!(announced(&db, insert).await.1, []);
    }
}

#[tokio::test]
async fn a_management_token_is_listed_changed_regenerated_and_deleted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let mut ids = Vec::new();
        for name in ["CI", "CD"] {
            let token = db.secret(SecretKind::Management);
            ids.push(
                within(&db, async |tx| developer_clients::insert(tx, new(&at, name, &token), NOON).await)
                    .await,
            );
        }
        let load = async || developer_clients::find(&*db, at.id, ids[0]).await.unwrap().unwrap();
        let listed = developer_clients::list(&*db, at.id, Page::new(1, 1)).await.unwrap();
        assert_eq!((listed.rows, listed.total), (vec![load().await], 2));
        assert_eq!(developer_clients::list(&*db, other.id, Page::default()).await.unwrap().total, 0);
        assert_eq!(developer_clients::find(&*db, other.id, ids[0]).await.unwrap(), None);

        let changed = DeveloperClient {
            name: "Build".to_owned(),
            role: Role::Viewer,
            rules: rules(&["203.0.113.7"], &[]),
            expires_at: Some(LATER),
            ..load().await
        };
        within(&db, async |tx| developer_clients::update(tx, &changed, LATER).await).await;
        let changed = DeveloperClient { updated_at: LATER, ..changed };
        assert_eq!(load().await, changed);
        let taken = DeveloperClient { name: "CD".to_owned(), ..changed.clone() };
        assert!(is_taken(&db, async |tx| developer_clients::update(tx, &taken, LATER).await).await);

        let token = db.secret(SecretKind::Management);
        within(&db, async |tx| developer_clients::regenerate(tx, ids[0], &token, LATER).await).await;
        let expected = DeveloperClient {
            last_four: token.last_four(),
            issued_at: LATER,
            updated_at: JUST_LATER,
            ..changed
        };
        let found = developer_clients::by_digest(&*db, token.digest()).await.unwrap();
        assert_eq!(found, Some((expected, at.clone())));
        within(&db, async |tx| developer_clients::delete(tx, ids[0]).await).await;
        assert_eq!(developer_clients::by_digest(&*db, token.digest()).await.unwrap(), None);
        assert_eq!(developer_clients::list(&*db, at.id, Page::default()).await.unwrap().total, 1);
    }
}
