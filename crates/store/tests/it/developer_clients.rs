use jiff::Timestamp;
use model::access::{DeveloperClient, Role};
use model::secret::{Secret, SecretKind};
use model::workspace::Workspace;
use store::developer_clients::{self, NewDeveloperClient};

use crate::make::{ANYWHERE, a_workspace, announced, rules};
use crate::support::{LATER, NOON, databases, is_taken, within};

fn new<'a>(at: &Workspace, name: &'a str, token: &'a Secret) -> NewDeveloperClient<'a> {
    NewDeveloperClient {
        workspace: at.id,
        name,
        role: Role::Admin,
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
                rules: rules.clone(),
                expires_at,
                last_four: token.last_four(),
                created_at: NOON,
            };
            assert_eq!(developer_clients::by_digest(&*db, token.digest()).await.unwrap(), Some(expected));
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
