use jiff::Timestamp;
use model::page::Page;
use store::{Db, Error, Location, Result, clients, collections, endpoints};

use crate::make::{a_client, a_collection, a_recipe, a_workspace, an_endpoint, new_client};
use crate::support::{Database, MASTER_KEY, NOON, databases, environment, open, url_of};

async fn open_sqlite(path: impl Into<std::path::PathBuf>) -> Result<Db> {
    open(Location::Sqlite(path.into()), MASTER_KEY, environment(1)).await
}

async fn open_postgres(url: &str) -> Error {
    let opened = open(Location::Postgres(url.to_owned()), MASTER_KEY, environment(1)).await;
    opened.err().expect("there is no such database")
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.db");
    std::fs::write(&path, "Dear diary, ".repeat(1000)).unwrap();
    let error = open_sqlite(&path).await.err().unwrap();
    assert!(matches!(error, Error::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("restore it from a backup"));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("Dear diary"), "it was left alone");
}

#[tokio::test]
async fn a_file_whose_pages_were_overwritten_is_called_damaged() {
    let [db, _] = databases().await;
    let at = a_workspace(&db, "main").await;
    for _ in 0..50 {
        a_client(&db, &at, &"Shop".repeat(100)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    db.backup(&path).await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    let checked = match open_sqlite(&path).await {
        Ok(copy) => copy.check().await,
        Err(error) => Err(error),
    };
    assert!(matches!(checked, Err(Error::Damaged(_))), "{checked:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_called_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing/portico.db"), folder.path().to_owned()] {
        let error = open_sqlite(path).await.err().unwrap();
        assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_database_that_another_process_writes_for_long_is_called_locked() {
    for db in databases().await {
        let elsewhere = db.again().await;
        let held = elsewhere.begin().await.unwrap();
        let error = db.begin().await.err().unwrap();
        assert!(matches!(error, Error::Locked), "{error:?}");
        drop(held);
        a_workspace(&db, "main").await;
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_called_unreachable_with_the_reason() {
    // Taken and given back, so that nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = open_postgres(&format!("postgres://portico:hidden@127.0.0.1:{port}/portico")).await;
    let Error::Unreachable(text) = error else { panic!("{error:?}") };
    assert!(text.contains("refused") && !text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn a_database_or_user_that_is_not_there_is_called_unreachable() {
    let error = open_postgres(&url_of("portico_no_such_database")).await;
    let Error::Unreachable(text) = error else { panic!("{error:?}") };
    assert!(text.contains("portico_no_such_database"), "{text}");

    let mut url = url::Url::parse(&url_of("postgres")).unwrap();
    url.set_username("portico_nobody").unwrap();
    let error = open_postgres(url.as_str()).await;
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_says_so_on_writing() {
    let [_, db] = databases().await;
    let at = a_workspace(&db, "main").await;
    db.raw("do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$").await;
    let replica = db.again().await;
    assert!(clients::list(&replica, at.id, None, Page::default()).await.is_ok());
    let error = async {
        let mut tx = replica.begin().await?;
        clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await
    };
    let error = error.await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_went_away_is_called_unreachable_and_taken_up_again() {
    let [_, db] = databases().await;
    let at = a_workspace(&db, "main").await;
    let mut tx = db.begin().await.unwrap();
    db.raw("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()").await;
    let error = clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    drop(tx);
    a_client(&db, &at, "Shop").await;
    assert_eq!(clients::list(&*db, at.id, None, Page::default()).await.unwrap().total, 1);
}

async fn is_unreadable<T: std::fmt::Debug>(
    db: &Database,
    damage: &'static str,
    read: impl Future<Output = Result<T>>,
) {
    db.raw(damage).await;
    let read = read.await;
    assert!(matches!(read, Err(Error::Unreadable(_))), "{damage}: {read:?}");
}

#[tokio::test]
async fn a_row_that_no_version_wrote_is_never_taken_for_a_missing_one() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        let collection = a_collection(&db, &at, "quotes").await;
        let recipe = a_recipe(&db, &at, None).await;
        let endpoint = an_endpoint(&db, &at, collection, recipe, "quotes").await;
        let client = clients::find(&*db, at.id, client);
        is_unreadable(&db, "update clients set auth_type = 'telepathy'", client).await;
        let found = endpoints::find(&*db, at.id, endpoint);
        is_unreadable(&db, "update endpoints set method = 'BREW'", found).await;
        let found = endpoints::find(&*db, at.id, endpoint);
        is_unreadable(&db, "update endpoints set method = 'GET', path = '{'", found).await;
        let found = collections::find(&*db, at.id, collection);
        is_unreadable(&db, "update collections set version = '?'", found).await;
        let time = store::workspaces::find(&*db, at.id);
        assert!(Timestamp::from_microsecond(i64::MAX).is_err());
        is_unreadable(&db, "update workspaces set created_at = 9223372036854775807", time).await;
    }
}
