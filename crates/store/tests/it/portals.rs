use model::page::Page;
use model::portal::Portal;
use store::clients::{self, NewClient};
use store::portals::{self, NewPortal};

use crate::make::{a_collection, a_workspace, new_client};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_portal_is_found_changed_and_deleted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let mut made = Vec::new();
        for (subdomain, published) in [("idea", vec![two, one]), ("empty", vec![])] {
            let new = NewPortal {
                workspace: at.id,
                name: "IDEA Lifestyle",
                subdomain,
                brand_color: "#371093",
                collections: &published,
            };
            made.push(within(&db, async |tx| portals::insert(tx, new, NOON).await).await);
        }
        let portal = Portal {
            id: made[0],
            workspace: at.id,
            name: "IDEA Lifestyle".to_owned(),
            subdomain: "idea".to_owned(),
            brand_color: "#371093".to_owned(),
            collections: vec![one, two],
            created_at: NOON,
            updated_at: NOON,
        };
        assert_eq!(portals::find(&*db, at.id, portal.id).await.unwrap(), Some(portal.clone()));
        assert_eq!(portals::find(&*db, other.id, portal.id).await.unwrap(), None);
        let listed = portals::list(&*db, at.id, Page::default()).await.unwrap();
        assert_eq!((&listed.rows[0], listed.rows[1].collections.len(), listed.total), (&portal, 0, 2));
        assert_eq!(portals::list(&*db, other.id, Page::default()).await.unwrap().total, 0);

        let changed = Portal { name: "Idea".to_owned(), collections: vec![two], ..portal };
        within(&db, async |tx| portals::update(tx, &changed, LATER).await).await;
        let found = portals::find(&*db, at.id, changed.id).await.unwrap();
        assert_eq!(found, Some(Portal { updated_at: LATER, ..changed.clone() }));

        let taken = Portal { subdomain: "empty".to_owned(), ..changed.clone() };
        assert!(is_taken(&db, async |tx| portals::update(tx, &taken, LATER).await).await);
        within(&db, async |tx| portals::delete(tx, changed.id).await).await;
        assert_eq!(portals::find(&*db, at.id, changed.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn subdomains_are_taken_across_workspaces_and_clients_are_counted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let new = |workspace| NewPortal {
            workspace,
            name: "A",
            subdomain: "a",
            brand_color: "#000000",
            collections: &[],
        };
        let id = within(&db, async |tx| portals::insert(tx, new(at.id), NOON).await).await;
        assert!(is_taken(&db, async |tx| portals::insert(tx, new(other.id), NOON).await).await);
        assert_eq!(portals::users(&*db, id).await.unwrap(), 0);
        let client = NewClient { portal: Some(id), ..new_client(&at, "Shop") };
        within(&db, async |tx| clients::insert(tx, client, NOON).await).await;
        assert_eq!(portals::users(&*db, id).await.unwrap(), 1);
    }
}
