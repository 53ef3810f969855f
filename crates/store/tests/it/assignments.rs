use model::client::AuthType;
use model::page::Page;
use model::portal::{Publication, Visibility};
use store::assignments::{self, Filter};
use store::{clients, portal_users, publications};

use crate::make::{a_client, a_collection, a_portal, a_portal_user, a_workspace};
use crate::support::{databases, within};

#[tokio::test]
async fn what_can_be_assigned_is_told_with_what_is() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (client, portal) = (a_client(&db, &at, "Acme").await, a_portal(&db, &at, "idea").await);
        let mut made = Vec::new();
        for name in ["Beta", "alpha", "100%"] {
            made.push(a_collection(&db, &at, name).await);
        }
        a_collection(&db, &other, "Foreign").await;
        within(&db, async |tx| clients::assign(tx, at.id, client, &[made[1]]).await).await;
        let publication =
            Publication { collection: made[0], visibility: Visibility::Assigned, auto_approve: true };
        within(&db, async |tx| publications::put(tx, portal, publication).await).await;

        let all = Filter::default();
        let (some, chosen) = (Filter { text: Some("0%"), ..all }, Filter { only_chosen: true, ..all });
        for (filter, names) in [
            (all, vec![("100%", false), ("alpha", true), ("Beta", false)]),
            (some, vec![("100%", false)]),
            (chosen, vec![("alpha", true)]),
        ] {
            let found = assignments::to_client(&*db, at.id, client, filter, Page::default()).await.unwrap();
            let rows = found.rows.iter().map(|row| (row.name.as_str(), row.is_assigned)).collect::<Vec<_>>();
            assert_eq!((rows, found.total), (names.clone(), i64::try_from(names.len()).unwrap()));
        }
        for (filter, names) in [
            (all, vec![("100%", None), ("alpha", None), ("Beta", Some(publication))]),
            (some, vec![("100%", None)]),
            (chosen, vec![("Beta", Some(publication))]),
        ] {
            let found = assignments::to_portal(&*db, at.id, portal, filter, Page::default()).await.unwrap();
            let rows = found.rows.iter().map(|row| (row.name.as_str(), row.publication)).collect::<Vec<_>>();
            assert_eq!((rows, found.total), (names.clone(), i64::try_from(names.len()).unwrap()));
        }
    }
}

#[tokio::test]
async fn clients_and_people_are_searched_by_what_stands_in_their_row() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let acme = a_client(&db, &at, "Acme").await;
        a_client(&db, &at, "Zeta").await;
        let filter = clients::Filter { text: Some("cM"), ..clients::Filter::default() };
        let found = clients::search(&*db, at.id, filter, Page::default()).await.unwrap();
        assert_eq!((found.rows[0].client.id, found.rows.len(), found.total), (acme, 1, 1));
        let filter = clients::Filter { auth_type: Some(AuthType::Oauth2), ..filter };
        assert_eq!(clients::search(&*db, at.id, filter, Page::default()).await.unwrap().total, 0);

        let portal = a_portal(&db, &at, "idea").await;
        let ada = a_portal_user(&db, &at, portal, "Ada@example.com", &[]).await;
        a_portal_user(&db, &at, portal, "eve@example.com", &[]).await;
        let filter = portal_users::Filter { text: Some("ADA"), ..portal_users::Filter::default() };
        let found = portal_users::list(&*db, at.id, filter, Page::default()).await.unwrap();
        assert_eq!((found.rows[0].id, found.total), (ada, 1));
    }
}
