use model::page::Page;
use model::people::{CameBy, PortalUser};
use store::portal_users::{self, Filter, NewPortalUser};
use store::{clients, portals};

use crate::make::{a_client, a_portal, a_portal_user, a_workspace};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_portal_user_is_found_changed_and_deleted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let portal = a_portal(&db, &at, "idea").await;
        let (shop, store) = (a_client(&db, &at, "Shop").await, a_client(&db, &at, "Store").await);
        let id = a_portal_user(&db, &at, portal, "Ada@example.com", &[store, shop]).await;
        let user = PortalUser {
            id,
            workspace: at.id,
            portal,
            email: "Ada@example.com".to_owned(),
            name: String::new(),
            came_by: CameBy::Invitation,
            active: true,
            invited_at: Some(NOON),
            last_sign_in_at: None,
            clients: vec![shop, store],
            created_at: NOON,
            updated_at: NOON,
        };
        assert_eq!(portal_users::find(&*db, at.id, id).await.unwrap(), Some(user.clone()));
        assert_eq!(portal_users::find(&*db, other.id, id).await.unwrap(), None);
        let found = portal_users::by_email(&*db, at.id, portal, "ada@EXAMPLE.com").await.unwrap();
        assert_eq!(found, Some(user.clone()));

        let changed = PortalUser {
            email: "ada@example.org".to_owned(),
            name: "Ada".to_owned(),
            active: false,
            invited_at: Some(LATER),
            clients: vec![store],
            ..user
        };
        within(&db, async |tx| portal_users::update(tx, &changed, LATER).await).await;
        within(&db, async |tx| portal_users::signed_in(tx, id, LATER).await).await;
        let after = PortalUser { updated_at: LATER, last_sign_in_at: Some(LATER), ..changed };
        assert_eq!(portal_users::find(&*db, at.id, id).await.unwrap(), Some(after.clone()));

        within(&db, async |tx| clients::delete(tx, store).await).await;
        let alone = portal_users::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!(alone.clients, []);
        within(&db, async |tx| portal_users::delete(tx, id).await).await;
        assert_eq!(portal_users::find(&*db, at.id, id).await.unwrap(), None);
        assert!(clients::find(&*db, at.id, shop).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn an_address_is_taken_in_its_portal_only() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_portal(&db, &at, "one").await, a_portal(&db, &at, "two").await);
        a_portal_user(&db, &at, one, "ada@example.com", &[]).await;
        a_portal_user(&db, &at, two, "ada@example.com", &[]).await;
        let again = || NewPortalUser {
            workspace: at.id,
            portal: one,
            email: "ADA@example.com",
            name: "",
            came_by: CameBy::Jit,
            clients: &[],
        };
        assert!(is_taken(&db, async |tx| portal_users::insert(tx, again(), NOON).await).await);
        let eve = NewPortalUser { email: "eve@example.com", ..again() };
        let id = within(&db, async |tx| portal_users::insert(tx, eve, NOON).await).await;
        let eve = portal_users::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!((eve.came_by, eve.invited_at), (CameBy::Jit, None));
        let taken = PortalUser { email: "Ada@example.com".to_owned(), ..eve };
        assert!(is_taken(&db, async |tx| portal_users::update(tx, &taken, NOON).await).await);
    }
}

#[tokio::test]
async fn portal_users_are_listed_by_portal_client_flag_and_address() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_portal(&db, &at, "one").await, a_portal(&db, &at, "two").await);
        let shop = a_client(&db, &at, "Shop").await;
        let ada = a_portal_user(&db, &at, one, "ada@example.com", &[shop]).await;
        let bob = a_portal_user(&db, &at, one, "bob@example.com", &[]).await;
        let cyd = a_portal_user(&db, &at, two, "cyd@example.com", &[shop]).await;
        let elsewhere = a_portal(&db, &other, "other").await;
        a_portal_user(&db, &other, elsewhere, "ada@example.com", &[]).await;
        let list = async |filter, page| {
            let listed = portal_users::list(&*db, at.id, filter, page).await.unwrap();
            (listed.rows.iter().map(|user| user.id).collect::<Vec<_>>(), listed.total)
        };
        let all = Filter::default();
        assert_eq!(list(all, Page::default()).await, (vec![ada, bob, cyd], 3));
        assert_eq!(list(all, Page::new(2, 2)).await, (vec![cyd], 3));
        assert_eq!(list(Filter { portal: Some(one), ..all }, Page::default()).await, (vec![ada, bob], 2));
        assert_eq!(list(Filter { client: Some(shop), ..all }, Page::default()).await, (vec![ada, cyd], 2));
        let email = Filter { email: Some("CYD@example.com"), ..all };
        assert_eq!(list(email, Page::default()).await, (vec![cyd], 1));
        let user = portal_users::find(&*db, at.id, bob).await.unwrap().unwrap();
        let user = PortalUser { active: false, ..user };
        within(&db, async |tx| portal_users::update(tx, &user, LATER).await).await;
        assert_eq!(list(Filter { active: Some(false), ..all }, Page::default()).await, (vec![bob], 1));
        assert_eq!(list(Filter { active: Some(true), ..all }, Page::default()).await, (vec![ada, cyd], 2));

        within(&db, async |tx| portals::delete(tx, one).await).await;
        assert_eq!(list(all, Page::default()).await, (vec![cyd], 1));
    }
}
