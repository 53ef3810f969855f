use model::endpoint::{Connection, RecipeKind};
use model::id::ConnectionId;
use model::page::Page;
use model::portal::{Publication, Visibility};
use store::listings::collections::{Filter, State};
use store::listings::{self, standing};
use store::{clients, connections, endpoints, publications, recipes};

use crate::make::{
    a_client, a_collection, a_connection, a_key, a_policy, a_portal, a_portal_user, a_recipe, a_workspace,
    an_endpoint, authorities,
};
use crate::support::{LATER, databases, within};

const ALL: Page = Page { number: 1, size: 100 };

#[tokio::test]
async fn collections_are_listed_with_what_stands_around_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (shop, quotes) = (a_collection(&db, &at, "shop").await, a_collection(&db, &at, "Quotes").await);
        let recipe = a_recipe(&db, &at, None).await;
        let first = an_endpoint(&db, &at, shop, recipe, "/a").await;
        an_endpoint(&db, &at, shop, recipe, "/b/{id}").await;
        within(&db, async |tx| endpoints::set_all_active(tx, shop, &[first], true, LATER).await).await;
        let portal = a_portal(&db, &at, "idea").await;
        let publication =
            Publication { collection: shop, visibility: Visibility::Assigned, auto_approve: true };
        within(&db, async |tx| publications::put(tx, portal, publication).await).await;

        let list = async |text, state| {
            let filter = Filter { text, state };
            let found = listings::collections::list(&*db, at.id, filter, ALL).await.unwrap();
            assert_eq!(found.total, i64::try_from(found.rows.len()).unwrap());
            found.rows
        };
        let all = list(None, State::Any).await;
        assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [quotes, shop], "by name, in any case");
        assert_eq!(
            (all[1].endpoints, all[1].active, &*all[1].portals),
            (2, 1, &["IDEA Lifestyle".to_owned()][..])
        );
        assert_eq!((all[0].endpoints, all[0].portals.len()), (0, 0));
        let names =
            async |text, state| list(text, state).await.into_iter().map(|row| row.name).collect::<Vec<_>>();
        assert_eq!(names(Some("SHO"), State::Any).await, ["shop"]);
        assert_eq!(names(Some("%"), State::Any).await, [""; 0]);
        assert_eq!(names(None, State::Active).await, ["shop"]);
        assert_eq!(names(None, State::Inactive).await, ["Quotes"]);
        assert_eq!(names(None, State::Unpublished).await, ["Quotes"]);
        let page =
            listings::collections::list(&*db, at.id, Filter::default(), Page::new(2, 1)).await.unwrap();
        assert_eq!((page.rows[0].id, page.total), (shop, 2));

        let portals = listings::collections::portals(&*db, at.id, shop, ALL).await.unwrap().rows;
        assert_eq!((portals[0].visibility, portals[0].auto_approve), (Some(Visibility::Assigned), true));
        let portals = listings::collections::portals(&*db, at.id, quotes, ALL).await.unwrap().rows;
        assert_eq!((portals[0].id, portals[0].visibility, portals[0].auto_approve), (portal, None, false));

        let acme = a_client(&db, &at, "Acme").await;
        a_client(&db, &at, "Other").await;
        within(&db, async |tx| clients::assign(tx, at.id, acme, &[shop]).await).await;
        a_key(&db, &at, acme).await;
        let callers = listings::collections::clients(&*db, at.id, shop, ALL).await.unwrap();
        assert_eq!((callers.rows[0].id, callers.rows[0].active_keys, callers.total), (acme, 1, 1));
        assert_eq!(listings::collections::clients(&*db, at.id, quotes, ALL).await.unwrap().total, 0);

        a_portal_user(&db, &at, portal, "ada@example.com", &[acme]).await;
        let found = standing::of(&*db, at.id).await.unwrap();
        assert_eq!((found.collections, found.endpoints, found.stopped), (2, 1, 0));
        assert_eq!((found.portals, found.published, found.developers), (1, 1, 1));
        assert_eq!((found.clients, found.callers, found.keys), (2, 1, 1));
        let other = a_workspace(&db, "other").await;
        assert_eq!(standing::of(&*db, other.id).await.unwrap(), standing::Standing::default());
    }
}

#[tokio::test]
async fn endpoints_are_listed_with_what_stands_behind_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let shop = a_collection(&db, &at, "shop").await;
        let recipe = a_recipe(&db, &at, None).await;
        let one = an_endpoint(&db, &at, shop, recipe, "/items").await;
        let two = an_endpoint(&db, &at, shop, recipe, "/items/{id}").await;
        within(&db, async |tx| endpoints::set_all_active(tx, shop, &[two], true, LATER).await).await;
        let list = async |text, active| {
            let filter = listings::endpoints::Filter { text, active };
            listings::endpoints::list(&*db, shop, filter, ALL).await.unwrap()
        };
        let all = list(None, None).await;
        assert_eq!((all.total, all.rows[0].id, all.rows[1].id), (2, one, two));
        assert_eq!((&*all.rows[1].path, all.rows[1].kind), ("items/{id}", RecipeKind::Mock));
        assert_eq!(list(Some("/ITEMS/"), None).await.rows[0].id, two);
        assert_eq!(list(None, Some(false)).await.rows[0].id, one);
        assert!(endpoints::stopped_of(&*db, shop).await.unwrap().is_empty());
        within(&db, async |tx| recipes::set_running(tx, recipe, false, LATER).await).await;
        assert_eq!(endpoints::stopped_of(&*db, shop).await.unwrap(), [one, two]);
        let counts = listings::endpoints::count(&*db, at.id, Some(shop)).await.unwrap();
        assert_eq!((counts.total, counts.active, counts.stopped), (2, 1, 1));
        assert_eq!(listings::endpoints::count(&*db, at.id, None).await.unwrap(), counts);
    }
}

#[tokio::test]
async fn connections_and_policies_are_listed_with_who_uses_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let backend = a_connection(&db, &at, "Backend").await;
        a_connection(&db, &at, "another").await;
        let trusting = Connection { authorities: Some(authorities()), ..backend.clone() };
        within(&db, async |tx| connections::update(tx, &trusting, LATER).await).await;
        let shop = a_collection(&db, &at, "shop").await;
        let recipe = a_recipe(&db, &at, Some(&backend)).await;
        an_endpoint(&db, &at, shop, recipe, "/a").await;

        let found = listings::connections::list(&*db, at.id, None, ALL).await.unwrap();
        assert_eq!((found.total, &*found.rows[0].name, &*found.rows[1].name), (2, "another", "Backend"));
        let row = &found.rows[1];
        assert_eq!((row.has_authorities, row.collections, row.endpoints), (true, 0, 1));
        assert!(!found.rows[0].has_authorities);
        let found = listings::connections::list(&*db, at.id, Some("127.0.0.1:8081"), ALL).await.unwrap();
        assert_eq!(found.total, 2, "by address, too");
        let users = listings::connections::collections(&*db, at.id, backend.id, ALL).await.unwrap();
        assert_eq!((users.rows[0].0, users.total), (shop, 1));
        let nobody = listings::connections::collections(&*db, at.id, ConnectionId(99), ALL).await.unwrap();
        assert_eq!(nobody.total, 0);

        let policy = a_policy(&db, &at, "Partners").await;
        let acme = a_client(&db, &at, "Acme").await;
        let client = clients::find(&*db, at.id, acme).await.unwrap().unwrap().client;
        let limited = model::client::Client { policy: Some(policy), ..client };
        within(&db, async |tx| clients::update(tx, &limited, LATER).await).await;
        let found = listings::policies::list(&*db, at.id, Some("PART"), ALL).await.unwrap();
        assert_eq!((found.rows[0].policy.id, found.rows[0].clients, found.rows[0].portals), (policy, 1, 0));
        let users = listings::policies::clients(&*db, at.id, policy, ALL).await.unwrap();
        assert_eq!(users.rows, [(acme, "Acme".to_owned())]);
    }
}
