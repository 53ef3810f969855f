use model::client::Client;
use model::id::CollectionId;
use model::page::Page;
use model::secret::SecretKind;
use store::{Db, Error, api_keys, changes, clients, documents, endpoints, recipes, workspaces};
use tokio::task::JoinSet;

use crate::make::{
    a_client, a_collection, a_recipe, a_workspace, new_client, new_document, new_endpoint, new_key,
    new_recipe, new_workspace, path,
};
use crate::support::{LATER, NOON, databases, within};

#[tokio::test]
async fn what_is_not_committed_is_not_written() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let before = changes::latest(&*db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let id = clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        assert!(
            clients::find(&mut tx, at.id, id).await.unwrap().is_some(),
            "a transaction sees what it wrote"
        );
        assert_eq!(clients::find(&*db, at.id, id).await.unwrap(), None, "nobody else does");
        drop(tx);
        assert_eq!(clients::find(&*db, at.id, id).await.unwrap(), None);
        assert_eq!(changes::latest(&*db).await.unwrap(), before);
        assert_eq!(changes::since(&*db, before, 10).await.unwrap(), []);
        assert_eq!(a_client(&db, &at, "Shop").await, id, "an id that nobody saw is free again");
    }
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_cannot_be_committed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let mut tx = db.begin().await.unwrap();
        clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        let taken = workspaces::insert(&mut tx, new_workspace("main"), NOON).await;
        assert!(matches!(taken, Err(Error::Taken(_))), "{taken:?}");
        assert!(matches!(tx.commit().await, Err(Error::Aborted)));
        assert_eq!(clients::list(&*db, at.id, None, Page::default()).await.unwrap().total, 0);
    }
}

/// Renames the client to the next number.
async fn count_up(db: &Db, client: &Client) {
    let mut tx = db.begin().await.unwrap();
    let mut now = clients::find(&mut tx, client.workspace, client.id).await.unwrap().unwrap().client;
    now.name = (now.name.parse::<u32>().unwrap() + 1).to_string();
    clients::update(&mut tx, &now, LATER).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_read_before_they_write_lose_nothing() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_client(&db, &at, "0").await;
        let client = clients::find(&*db, at.id, id).await.unwrap().unwrap().client;
        let handles = [Db::clone(&db), db.again().await];
        let before = changes::latest(&*db).await.unwrap();
        let mut writers = JoinSet::new();
        for number in 0..20 {
            let (db, client) = (handles[number % 2].clone(), client.clone());
            writers.spawn(async move {
                for _ in 0..10 {
                    count_up(&db, &client).await;
                }
            });
        }
        writers.join_all().await;
        assert_eq!(clients::find(&*db, at.id, id).await.unwrap().unwrap().client.name, "200");
        assert_eq!(changes::latest(&*db).await.unwrap(), before + 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_checked_before_a_write_holds() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let mut writers = JoinSet::new();
        for _ in 0..20 {
            let (db, at, token) = (Db::clone(&db), at.clone(), db.secret(SecretKind::Key));
            writers.spawn(async move {
                let mut tx = db.begin().await.unwrap();
                if api_keys::count(&mut tx, client).await.unwrap() < 7 {
                    api_keys::insert(&mut tx, new_key(&at, client, &token), NOON).await.unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
        writers.join_all().await;
        assert_eq!(api_keys::count(&*db, client).await.unwrap(), 7);
    }
}

/// Statements in two orders: with locks row by row, each would wait for the other.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_write_in_opposite_order_do_not_wait_for_each_other_for_ever() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let collection = a_collection(&db, &at, "quotes").await;
        let recipe = a_recipe(&db, &at, None).await;
        let mut writers = JoinSet::new();
        for first in 0..10 {
            let (db, at) = (Db::clone(&db), at.clone());
            writers.spawn(async move {
                for number in (first..40).step_by(10) {
                    let mut tx = db.begin().await.unwrap();
                    if first % 2 == 0 {
                        let id =
                            documents::insert(&mut tx, collection, new_document("{}"), NOON).await.unwrap();
                        documents::put_in_force(&mut tx, collection, id, NOON).await.unwrap();
                        recipes::insert(&mut tx, new_recipe(&at, "After", None), NOON).await.unwrap();
                    } else {
                        recipes::insert(&mut tx, new_recipe(&at, "Before", None), NOON).await.unwrap();
                        let path = path(&number.to_string());
                        let new = new_endpoint(&at, collection, recipe, &path);
                        endpoints::insert(&mut tx, new, NOON).await.unwrap();
                    }
                    tx.commit().await.unwrap();
                }
            });
        }
        writers.join_all().await;
        assert_eq!(recipes::count(&*db, at.id).await.unwrap().total, 41);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_do_not_wait_for_a_writer() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let mut tx = db.begin().await.unwrap();
        let id = clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        for _ in 0..10 {
            assert_eq!(clients::find(&*db, at.id, id).await.unwrap(), None);
            assert_eq!(changes::latest(&*db).await.unwrap(), 1);
        }
        tx.commit().await.unwrap();
        assert!(clients::find(&*db, at.id, id).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn what_belongs_to_nothing_cannot_be_written() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let mut tx = db.begin().await.unwrap();
        let refused = clients::assign(&mut tx, at.id, client, &[CollectionId(99)]).await;
        assert!(matches!(refused, Err(Error::Failed(_))), "{refused:?}");
        drop(tx);
        assert_eq!(
            within(&db, async |tx| clients::find(tx, at.id, client).await).await.unwrap().collections,
            []
        );
    }
}
