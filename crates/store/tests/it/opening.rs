use model::page::Page;
use model::secret::SecretKind;
use store::{Db, Error, Location, api_keys, changes, clients, collections};
use tokio::sync::oneshot;

use crate::make::{a_client, a_collection, a_key, a_workspace, new_client, new_key};
use crate::support::{MASTER_KEY, MIGRATIONS, NOON, databases, empty_databases, environment, open};

#[test]
fn a_location_is_a_file_or_a_url() {
    let sqlite = |path: &str| Ok(Location::Sqlite(path.into()));
    assert_eq!("sqlite:portico.db".parse(), sqlite("portico.db"));
    assert_eq!("sqlite:/var/lib/portico.db".parse(), sqlite("/var/lib/portico.db"));
    assert_eq!("sqlite:///var/lib/portico.db".parse(), sqlite("/var/lib/portico.db"));
    assert_eq!("sqlite://portico.db".parse(), sqlite("portico.db"));
    for url in ["postgres://u:p@db.test:5433/portico", "postgresql://db.test/portico", "postgres://db.test"] {
        assert_eq!(url.parse(), Ok(Location::Postgres(url.to_owned())));
    }
    for text in [
        "",
        "sqlite:",
        "sqlite://",
        "portico.db",
        "mysql://u@h/d",
        "postgres",
        "postgres://h:port/d",
        "POSTGRES",
    ] {
        let fault = text.parse::<Location>().unwrap_err().to_string();
        assert!(fault.contains("sqlite:PATH") && fault.contains("postgres://USER"), "{fault}");
    }
}

#[test]
fn a_location_never_shows_a_password() {
    for (url, shown) in [
        ("postgres://u:hidden@db.test:5433/portico", "postgres://db.test:5433/portico"),
        ("postgresql://u:hidden@db.test/portico?sslmode=require", "postgres://db.test/portico"),
        ("postgres://u:hid%40den@db.test/portico", "postgres://db.test/portico"),
        ("postgres://u:hid@den@db.test/portico", "postgres://db.test/portico"),
        ("postgres://u:hid:den@db.test/portico", "postgres://db.test/portico"),
        ("postgres://db.test/portico?user=u&password=hidden", "postgres://db.test/portico"),
        ("postgres://db.test/portico?user=u&password=hid@den", "postgres://db.test/portico"),
        ("postgres://u:12?hid@db.test/portico", "postgres://u:12"),
        ("postgres://[::1]:5432/portico", "postgres://[::1]:5432/portico"),
        ("postgres://db.test", "postgres://db.test"),
    ] {
        let location: Location = url.parse().unwrap();
        let (display, debug) = (location.to_string(), format!("{location:?}"));
        assert_eq!(display, shown);
        assert!(!debug.contains("hid") && !debug.contains("den"), "{debug}");
    }
    assert_eq!(Location::Sqlite("/a/b.db".into()).to_string(), "sqlite:/a/b.db");
}

#[tokio::test]
async fn a_database_describes_itself_without_a_password() {
    for db in databases().await {
        let text = db.describe();
        match db.location() {
            Location::Sqlite(path) => assert_eq!(text, format!("SQLite, {}", path.display())),
            Location::Postgres(url) => {
                let url = url::Url::parse(&url).unwrap();
                let (host, port) = (url.host_str().unwrap(), url.port().unwrap_or(5432));
                assert_eq!(text, format!("PostgreSQL, {host}:{port}{}", url.path()));
            }
        }
    }
}

#[tokio::test]
async fn a_new_database_lacks_every_migration_until_it_is_migrated() {
    for db in empty_databases().await {
        assert_eq!(db.pending_migrations().await.unwrap(), MIGRATIONS.iter().count());
        db.migrate().await.unwrap();
        assert_eq!(db.pending_migrations().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_database_that_cannot_tell_its_migrations_is_not_taken_for_a_new_one() {
    for db in databases().await {
        db.raw("alter table _sqlx_migrations rename column version to number").await;
        assert!(db.pending_migrations().await.is_err());
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        db.migrate().await.unwrap();
        db.again().await.migrate().await.unwrap();
        assert!(clients::find(&*db, at.id, client).await.unwrap().is_some());
        assert_eq!(db.pending_migrations().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_may_migrate_at_once() {
    for db in empty_databases().await {
        let nodes = [db.again().await, db.again().await, db.again().await, db.again().await];
        let (a, b, c, d) =
            tokio::join!(nodes[0].migrate(), nodes[1].migrate(), nodes[2].migrate(), nodes[3].migrate());
        for done in [a, b, c, d] {
            done.unwrap();
        }
        assert_eq!(db.pending_migrations().await.unwrap(), 0);
        a_workspace(&db, "main").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_make_the_same_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let start = async || {
            let location = Location::Sqlite(folder.path().join("portico.db"));
            let db = open(location, MASTER_KEY, environment(1)).await?;
            db.migrate().await
        };
        let (a, b, c, d) = tokio::join!(start(), start(), start(), start());
        for done in [a, b, c, d] {
            done.unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_keeps_to_the_master_key_that_it_was_made_with() {
    for db in empty_databases().await {
        db.migrate().await.unwrap();
        let stranger = db.with_another_key().await;
        assert!(matches!(stranger.migrate().await, Err(Error::WrongMasterKey)));
        db.migrate().await.unwrap();
    }
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused_each_time() {
    for db in databases().await {
        db.raw(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (9999, 'tomorrow', true, '', 0)",
        )
        .await;
        for _ in 0..3 {
            let Err(Error::Schema(text)) = db.migrate().await else { panic!("it was accepted") };
            assert!(text.contains("9999") && text.contains("newer"), "{text}");
        }
        // Nothing is left locked for others.
        assert!(matches!(db.again().await.migrate().await, Err(Error::Schema(_))));
    }
}

#[tokio::test]
async fn a_migration_that_is_not_the_one_we_know_is_refused() {
    for db in databases().await {
        db.raw("update _sqlx_migrations set checksum = '' where version = 1").await;
        let Err(Error::Schema(text)) = db.migrate().await else { panic!("it was accepted") };
        assert!(text.contains("migration 1 "), "{text}");
    }
}

#[tokio::test]
async fn a_database_gives_a_sign_of_life_once_it_is_migrated() {
    for db in empty_databases().await {
        assert!(db.ping().await.is_err());
        db.migrate().await.unwrap();
        db.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_sound_database_passes_its_check() {
    for db in databases().await {
        db.check().await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_holds_everything_and_opens_with_the_same_key() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let client = a_client(&db, &at, "Shop").await;
        a_key(&db, &at, client).await;
        let collection = a_collection(&db, &at, "quotes").await;
        let copy = db.copied().await;
        copy.migrate().await.unwrap();
        copy.check().await.unwrap();
        let all = Page::default();
        assert_eq!(
            clients::list(&*copy, at.id, None, all).await.unwrap(),
            clients::list(&*db, at.id, None, all).await.unwrap()
        );
        let [of_copy, of_db] = [&*copy, &*db].map(async |db| {
            collections::find(db, at.id, collection).await.unwrap().unwrap().specification_token
        });
        assert_eq!(of_copy.await.expose(), of_db.await.expose());
        assert_eq!(changes::latest(&*copy).await.unwrap(), changes::latest(&*db).await.unwrap());
        // It is a database of its own from here on.
        assert!(a_client(&copy, &at, "Shop").await > client);
        assert_eq!(clients::list(&*db, at.id, None, all).await.unwrap().total, 1);
    }
}

/// Makes clients with one key each, every pair in a transaction, until told to stop.
async fn write_pairs(db: Db, at: model::workspace::Workspace, mut stop: oneshot::Receiver<()>) -> i64 {
    let environment = environment(6);
    let mut pairs = 0;
    while stop.try_recv().is_err() {
        // Lets the backup have the machine now and then.
        tokio::task::yield_now().await;
        let token = model::secret::Secret::issue(SecretKind::Key, &environment);
        let mut tx = db.begin().await.unwrap();
        let client = clients::insert(&mut tx, new_client(&at, "Shop"), NOON).await.unwrap();
        api_keys::insert(&mut tx, new_key(&at, client, &token), NOON).await.unwrap();
        tx.commit().await.unwrap();
        pairs += 1;
    }
    pairs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_others_write_is_consistent() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (stop, stopped) = oneshot::channel();
        let writer = tokio::spawn(write_pairs(Db::clone(&db), at.clone(), stopped));
        while changes::latest(&*db).await.unwrap() < 20 {
            tokio::task::yield_now().await;
        }
        let copy = db.copied().await;
        stop.send(()).unwrap();
        let pairs = writer.await.unwrap();
        copy.check().await.unwrap();
        let copied = clients::list(&*copy, at.id, None, Page::default()).await.unwrap();
        let keys = api_keys::list(&*copy, at.id, None, Page::default()).await.unwrap();
        assert!(copied.total >= 9 && copied.total <= pairs, "{} of {pairs}", copied.total);
        assert_eq!(keys.total, copied.total);
        assert!(copied.rows.iter().all(|row| row.total_keys == 1));
        assert_eq!(changes::latest(&*copy).await.unwrap(), 1 + 2 * copied.total);
    }
}

#[tokio::test]
async fn a_backup_finds_a_password_that_stands_in_the_query() {
    let [_, db] = databases().await;
    let Location::Postgres(url) = db.location() else { unreachable!("the second is PostgreSQL") };
    let mut url = url::Url::parse(&url).unwrap();
    // A server that trusts everyone takes any.
    let password = url.password().unwrap_or("any").to_owned();
    url.set_password(None).unwrap();
    url.query_pairs_mut().append_pair("password", &password);
    let db = open(Location::Postgres(url.into()), MASTER_KEY, environment(1)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    db.backup(&folder.path().join("backup")).await.unwrap();
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    for db in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup");
        std::fs::write(&target, "precious").unwrap();
        let refused = db.backup(&target).await.unwrap_err();
        assert!(matches!(refused, Error::Backup(_)) && refused.to_string().contains("exists"), "{refused}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_says_so() {
    for db in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let refused = db.backup(&folder.path().join("missing/backup")).await.unwrap_err();
        assert!(matches!(refused, Error::Backup(_)), "{refused:?}");
    }
}
