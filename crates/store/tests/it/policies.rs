use model::change::ChangeKind;
use model::page::Page;
use model::policy::{Limit, Policy, QuotaWindow, RateWindow};
use store::clients::{self, NewClient};
use store::policies;

use crate::make::{a_client, a_policy, a_workspace, announced, new_client};
use crate::support::{LATER, NOON, databases, is_taken, within};

const RATE: Limit<RateWindow> = Limit { requests: 10, per: RateWindow::Second };
const QUOTA: Limit<QuotaWindow> = Limit { requests: 1_000_000_000, per: QuotaWindow::Days30 };

#[tokio::test]
async fn a_policy_is_found_changed_and_deleted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        for (name, rate_limit, quota) in
            [("A", Some(RATE), None), ("B", None, Some(QUOTA)), ("C", Some(RATE), Some(QUOTA))]
        {
            let insert = async |tx: &mut _| {
                policies::insert(tx, at.id, name, rate_limit.as_ref(), quota.as_ref(), NOON).await
            };
            let id = within(&db, insert).await;
            let name = name.to_owned();
            let policy =
                Policy { id, workspace: at.id, name, rate_limit, quota, created_at: NOON, updated_at: NOON };
            assert_eq!(policies::find(&*db, at.id, id).await.unwrap(), Some(policy.clone()));
            assert_eq!(policies::find(&*db, other.id, id).await.unwrap(), None);
            let changed = Policy { quota: None, name: format!("{}2", policy.name), ..policy };
            let (_, changes) = announced(&db, async |tx| policies::update(tx, &changed, LATER).await).await;
            assert_eq!(changes, [(ChangeKind::Policy, id.0)]);
            let expected = Policy { updated_at: LATER, ..changed };
            assert_eq!(policies::find(&*db, at.id, id).await.unwrap(), Some(expected));
        }
        let listed = policies::list(&*db, at.id, Page::new(2, 2)).await.unwrap();
        assert_eq!((listed.rows.len(), listed.total, &*listed.rows[0].name), (1, 3, "C2"));
        assert_eq!(policies::list(&*db, other.id, Page::default()).await.unwrap().total, 0);
        let id = listed.rows[0].id;
        let (_, changes) = announced(&db, async |tx| policies::delete(tx, id).await).await;
        assert_eq!(changes, [(ChangeKind::Policy, id.0)]);
        assert_eq!(policies::find(&*db, at.id, id).await.unwrap(), None);
        assert_eq!(policies::list(&*db, at.id, Page::default()).await.unwrap().total, 2);
    }
}

#[tokio::test]
async fn names_are_taken_per_workspace() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        a_policy(&db, &at, "A").await;
        a_policy(&db, &other, "A").await;
        assert!(is_taken(&db, async |tx| policies::insert(tx, at.id, "A", None, None, NOON).await).await);
        let second = a_policy(&db, &at, "B").await;
        let second = policies::find(&*db, at.id, second).await.unwrap().unwrap();
        let renamed = Policy { name: "A".to_owned(), ..second };
        assert!(is_taken(&db, async |tx| policies::update(tx, &renamed, NOON).await).await);
    }
}

#[tokio::test]
async fn whoever_has_a_policy_is_counted() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, bystander) = (a_policy(&db, &at, "A").await, a_policy(&db, &at, "B").await);
        for name in ["X", "Y"] {
            let new = NewClient { policy: Some(id), ..new_client(&at, name) };
            within(&db, async |tx| clients::insert(tx, new, NOON).await).await;
        }
        assert_eq!(policies::users(&*db, id).await.unwrap(), 2);
        let whole = a_client(&db, &at, "Z").await;
        within(&db, async |tx| clients::limit_as_a_whole(tx, whole, Some(id), NOON).await).await;
        assert_eq!(policies::users(&*db, id).await.unwrap(), 3);
        assert_eq!(policies::users(&*db, bystander).await.unwrap(), 0);
    }
}
