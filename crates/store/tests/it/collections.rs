use model::change::ChangeKind;
use model::collection::{CollectionKind, Version};
use model::id::CollectionId;
use model::page::Page;
use model::secret::SecretKind;
use store::collections::{self, NewCollection};
use store::{Error, clients, documents, endpoints, recipes};

use crate::make::{
    a_client, a_collection, a_connection, a_document, a_project, a_recipe, a_workspace, an_endpoint,
    announced, new_collection, version,
};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_collection_is_found_by_its_id_and_by_its_specification_token() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let connection = a_connection(&db, &at, "Backend").await;
        let (version, token) = (version("2.1"), db.secret(SecretKind::Specification));
        let new = NewCollection {
            workspace: at.id,
            project: Some(project.id),
            name: "Quote to cash",
            version: &version,
            handle: "quote-to-cash-v2-1",
            kind: CollectionKind::Proxy,
            connection: Some(connection.id),
            specification_token: &token,
        };
        let id = within(&db, async |tx| collections::insert(tx, new, NOON).await).await;
        let by_id = collections::find(&*db, at.id, id).await.unwrap().unwrap();
        let by_token = collections::by_specification_token(&*db, token.digest()).await.unwrap().unwrap();
        for found in [by_id, by_token] {
            assert_eq!((found.id, found.workspace, found.project), (id, at.id, Some(project.id)));
            assert_eq!((found.name.as_str(), found.handle.as_str()), ("Quote to cash", "quote-to-cash-v2-1"));
            assert_eq!((&found.version, found.kind), (&version, CollectionKind::Proxy));
            assert_eq!(found.connection, Some(connection.id));
            assert_eq!(found.specification_token.expose(), token.expose());
            assert_eq!((found.created_at, found.updated_at), (NOON, NOON));
        }
        let unknown = db.secret(SecretKind::Specification).digest();
        assert!(collections::by_specification_token(&*db, unknown).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_specification_token_is_sealed_in_its_column() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let found = collections::find(&*db, at.id, id).await.unwrap().unwrap();
        let token = found.specification_token.expose();
        let [sealed] = &db.texts("select specification_token from collections").await[..] else { panic!() };
        let hex = token.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(!sealed.contains(token) && !sealed.contains(&hex), "{sealed}");
    }
}

#[tokio::test]
async fn equal_tokens_are_sealed_differently() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        a_collection(&db, &at, "quotes").await;
        a_collection(&db, &at, "orders").await;
        let sealed = db.texts("select specification_token from collections").await;
        // The nonce is the first 24 bytes.
        assert_ne!(sealed[0][..48], sealed[1][..48]);
    }
}

#[tokio::test]
async fn a_sealed_token_needs_the_master_key_that_sealed_it() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let stranger = db.with_another_key().await;
        let found = collections::find(&stranger, at.id, id).await;
        assert!(matches!(found, Err(Error::WrongMasterKey)), "{found:?}");
        let listed = collections::list(&stranger, at.id, Page::default()).await;
        assert!(matches!(listed, Err(Error::WrongMasterKey)), "{listed:?}");
    }
}

#[tokio::test]
async fn a_sealed_token_that_was_tampered_with_is_refused() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        for damage in [
            // Of another column, with another last byte, too short, no hex.
            "update collections set specification_token = (select value from settings where name = 'master_key_check')",
            "update collections set specification_token = substr(specification_token, 1, 10)",
            "update collections set specification_token = 'token'",
        ] {
            db.raw(damage).await;
            let found = collections::find(&*db, at.id, id).await;
            assert!(matches!(found, Err(Error::WrongMasterKey)), "{found:?}");
        }
    }
}

#[tokio::test]
async fn a_name_has_each_version_once_in_its_workspace() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (Version::default(), version("2.0"));
        a_collection(&db, &at, "quotes").await;
        let has = async |workspace, name, version| {
            collections::by_name(&*db, workspace, name, version).await.unwrap().is_some()
        };
        assert!(has(at.id, "quotes", &one).await);
        assert!(!has(at.id, "quotes", &two).await);
        assert!(!has(at.id, "Quotes", &one).await);
        assert!(!has(other.id, "quotes", &one).await);

        let token = db.secret(SecretKind::Specification);
        let again = new_collection(&at, "quotes", &one, "quotes-2", &token);
        assert!(is_taken(&db, async |tx| collections::insert(tx, again, NOON).await).await);
        let next = new_collection(&at, "quotes", &two, "quotes-v2", &token);
        within(&db, async |tx| collections::insert(tx, next, NOON).await).await;
        a_collection(&db, &other, "quotes").await;
    }
}

#[tokio::test]
async fn a_handle_is_taken_in_its_own_workspace_only() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        a_collection(&db, &at, "quotes").await;
        let has = async |workspace, handle| collections::has_handle(&*db, workspace, handle).await.unwrap();
        assert!(has(at.id, "quotes").await);
        assert!(!has(at.id, "orders").await);
        assert!(!has(other.id, "quotes").await);
        let found = collections::by_handle(&*db, at.id, "quotes").await.unwrap();
        assert_eq!(found.map(|collection| collection.name).as_deref(), Some("quotes"));
        assert!(collections::by_handle(&*db, other.id, "quotes").await.unwrap().is_none());

        let (version, token) = (Version::default(), db.secret(SecretKind::Specification));
        let again = new_collection(&at, "Other", &version, "quotes", &token);
        assert!(is_taken(&db, async |tx| collections::insert(tx, again, NOON).await).await);
        a_collection(&db, &other, "quotes").await;
    }
}

#[tokio::test]
async fn a_specification_token_is_taken_everywhere() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (version, token) = (Version::default(), db.secret(SecretKind::Specification));
        let first = new_collection(&at, "quotes", &version, "quotes", &token);
        within(&db, async |tx| collections::insert(tx, first, NOON).await).await;
        let second = new_collection(&other, "orders", &version, "orders", &token);
        assert!(is_taken(&db, async |tx| collections::insert(tx, second, NOON).await).await);
    }
}

#[tokio::test]
async fn collections_are_listed_oldest_first_and_page_by_page() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let mut made = Vec::new();
        for name in ["c", "a", "b"] {
            made.push(a_collection(&db, &at, name).await);
        }
        let page = async |workspace, number| -> Vec<CollectionId> {
            let rows = collections::list(&*db, workspace, Page::new(number, 2)).await.unwrap();
            rows.into_iter().map(|row| row.id).collect()
        };
        assert_eq!(page(at.id, 1).await, made[..2]);
        assert_eq!(page(at.id, 2).await, made[2..]);
        assert_eq!(page(at.id, 3).await, []);
        assert_eq!(page(other.id, 1).await, []);
        let handles = collections::handles(&*db, at.id, &made).await.unwrap();
        for id in &made {
            let collection = collections::find(&*db, at.id, *id).await.unwrap().unwrap();
            assert_eq!(handles.get(id), Some(&collection.handle));
        }
        assert!(collections::handles(&*db, other.id, &made).await.unwrap().is_empty());
        assert!(collections::handles(&*db, at.id, &[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_collection_of_another_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let id = a_collection(&db, &at, "quotes").await;
        assert!(collections::find(&*db, other.id, id).await.unwrap().is_none());
        assert!(collections::find(&*db, at.id, CollectionId(99)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn collections_are_announced() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (version, token) = (Version::default(), db.secret(SecretKind::Specification));
        let new = new_collection(&at, "quotes", &version, "quotes", &token);
        let (id, changes) = announced(&db, async |tx| collections::insert(tx, new, NOON).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, id.0)]);
    }
}

#[tokio::test]
async fn a_collection_is_changed_and_its_recipes_follow_its_connection() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, bystander) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let (old, new) = (a_connection(&db, &at, "Old").await, a_connection(&db, &at, "New").await);
        let moved = a_recipe(&db, &at, Some(&old)).await;
        let (elsewhere, mock) = (a_recipe(&db, &at, Some(&old)).await, a_recipe(&db, &at, None).await);
        an_endpoint(&db, &at, id, moved, "a").await;
        an_endpoint(&db, &at, id, mock, "b").await;
        an_endpoint(&db, &at, bystander, elsewhere, "a").await;
        let reconnect = async |tx: &mut _| collections::reconnect(tx, at.id, id, old.id, new.id, LATER).await;
        let (_, changes) = announced(&db, reconnect).await;
        assert_eq!(changes, [(ChangeKind::Recipe, moved.0)]);
        let connection = async |recipe| recipes::find(&*db, at.id, recipe).await.unwrap().unwrap().connection;
        assert_eq!(connection(moved).await, Some(new.id));
        assert_eq!((connection(elsewhere).await, connection(mock).await), (Some(old.id), None));

        let mut collection = collections::find(&*db, at.id, id).await.unwrap().unwrap();
        collection.name = "first".to_owned();
        (collection.kind, collection.connection) = (CollectionKind::Proxy, Some(new.id));
        let (_, changes) = announced(&db, async |tx| collections::update(tx, &collection, LATER).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, id.0)]);
        let found = collections::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!(
            (&*found.name, found.kind, found.connection),
            ("first", CollectionKind::Proxy, Some(new.id))
        );
        assert_eq!((&*found.handle, found.updated_at), ("one", LATER));
    }
}

#[tokio::test]
async fn a_deleted_collection_takes_its_endpoints_and_is_forgotten() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, kept) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let recipe = a_recipe(&db, &at, None).await;
        an_endpoint(&db, &at, id, recipe, "a").await;
        let document = a_document(&db, id, "{}").await;
        let client = a_client(&db, &at, "Shop").await;
        within(&db, async |tx| clients::assign(tx, at.id, client, &[id, kept]).await).await;
        let (_, changes) = announced(&db, async |tx| collections::delete(tx, id).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, id.0)]);
        assert!(collections::find(&*db, at.id, id).await.unwrap().is_none());
        assert_eq!(endpoints::list(&*db, at.id, None, Page::default()).await.unwrap(), []);
        let left = clients::find(&*db, at.id, client).await.unwrap().unwrap().collections;
        assert_eq!(left.iter().map(|collection| collection.id).collect::<Vec<_>>(), [kept]);
        assert_eq!(documents::content(&*db, document).await.unwrap(), None);
        assert!(recipes::find(&*db, at.id, recipe).await.unwrap().is_some());
    }
}
