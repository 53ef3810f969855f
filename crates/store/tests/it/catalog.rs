use model::SecretKind;
use model::collection::Version;
use model::page::Page;
use model::portal::{Publication, Visibility};
use store::catalog::{self, Reader};
use store::{clients, collections, publications};

use crate::make::{a_client, a_collection, a_portal, a_workspace, new_collection};
use crate::support::{NOON, databases, within};

#[tokio::test]
async fn a_catalog_has_what_the_client_may_call_and_what_the_portal_shows() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (portal, client) = (a_portal(&db, &at, "idea").await, a_client(&db, &at, "Acme").await);
        let mut made = Vec::new();
        for name in ["mine", "shown", "hidden", "kept", "100%"] {
            made.push(a_collection(&db, &at, name).await);
        }
        within(&db, async |tx| clients::assign(tx, at.id, client, &[made[0]]).await).await;
        for (collection, visibility) in [
            (made[1], Visibility::Everyone),
            (made[2], Visibility::Assigned),
            (made[4], Visibility::Everyone),
        ] {
            let publication = Publication { collection, visibility, auto_approve: false };
            within(&db, async |tx| publications::put(tx, portal, publication).await).await;
        }
        let reader = Reader { workspace: at.id, portal, client: Some(client) };
        let names =
            |entries: Vec<catalog::Entry>| entries.into_iter().map(|entry| entry.name).collect::<Vec<_>>();

        let mine = catalog::assigned(&*db, reader, None, Page::default()).await.unwrap();
        assert_eq!((names(mine.rows), mine.total), (vec!["mine".to_owned()], 1));
        let shown = catalog::published(&*db, reader, None, Page::default()).await.unwrap();
        assert_eq!((names(shown.rows), shown.total), (vec!["100%".to_owned(), "shown".to_owned()], 2));
        let found = catalog::published(&*db, reader, Some("HOW"), Page::default()).await.unwrap();
        assert_eq!(names(found.rows), ["shown"]);
        // What stands for others in a pattern stands for itself.
        let found = catalog::published(&*db, reader, Some("0%"), Page::default()).await.unwrap();
        assert_eq!(names(found.rows), ["100%"]);

        for (handle, is_visible) in [("mine", true), ("shown", true), ("hidden", false), ("kept", false)] {
            let found = catalog::visible(&*db, reader, handle).await.unwrap();
            assert_eq!(found.is_some(), is_visible, "{handle}");
        }
        let nobody = Reader { client: None, ..reader };
        assert_eq!(catalog::assigned(&*db, nobody, None, Page::default()).await.unwrap().total, 0);
        assert!(catalog::visible(&*db, nobody, "mine").await.unwrap().is_none());
        assert_eq!(
            names(catalog::versions(&*db, reader, "shown", Page::default()).await.unwrap()),
            ["shown"]
        );
    }
}

#[tokio::test]
async fn versions_that_are_hidden_take_no_room_on_a_page() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let portal = a_portal(&db, &at, "idea").await;
        for (version, visibility) in
            [("1.0", Visibility::Everyone), ("2.0", Visibility::Assigned), ("3.0", Visibility::Assigned)]
        {
            let (number, token) = (Version::parse(version).unwrap(), db.secret(SecretKind::Specification));
            let new = new_collection(&at, "Quotes", &number, version, &token);
            within(&db, async |tx| {
                let collection = collections::insert(tx, new, NOON).await?;
                publications::put(tx, portal, Publication { collection, visibility, auto_approve: false })
                    .await
            })
            .await;
        }
        let reader = Reader { workspace: at.id, portal, client: None };
        let seen = catalog::versions(&*db, reader, "Quotes", Page::new(1, 1)).await.unwrap();
        assert_eq!(seen.iter().map(|entry| &*entry.version).collect::<Vec<_>>(), ["1.0"]);
    }
}
