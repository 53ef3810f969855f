use model::access_request::{AccessRequest, RequestState};
use model::page::Page;
use store::access_requests::{self, Filter, ListedRequest, NewAccessRequest};

use crate::make::{a_client, a_collection, a_portal, a_portal_user, a_workspace};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_request_is_pending_once_until_it_is_decided() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (portal, shop) = (a_portal(&db, &at, "idea").await, a_client(&db, &at, "Shop").await);
        let collection = a_collection(&db, &at, "quotes").await;
        let user = a_portal_user(&db, &at, portal, "ada@example.com", &[shop]).await;
        let new = || NewAccessRequest {
            workspace: at.id,
            portal,
            user,
            client: shop,
            collection,
            reason: "To sell",
        };
        let id = within(&db, async |tx| access_requests::insert(tx, new(), NOON).await).await;
        let listed = ListedRequest {
            request: AccessRequest {
                id,
                workspace: at.id,
                portal,
                user,
                client: shop,
                collection,
                reason: "To sell".to_owned(),
                state: RequestState::Pending,
                note: None,
                decided_by: None,
                created_at: NOON,
                decided_at: None,
            },
            email: "ada@example.com".to_owned(),
            client: "Shop".to_owned(),
            collection: "quotes".to_owned(),
            version: "1.0".to_owned(),
        };
        assert_eq!(access_requests::find(&*db, at.id, id).await.unwrap(), Some(listed.clone()));
        assert_eq!(access_requests::find(&*db, other.id, id).await.unwrap(), None);
        assert!(is_taken(&db, async |tx| access_requests::insert(tx, new(), NOON).await).await);

        let no = async |tx: &mut _| {
            let by = Some("eve@example.com");
            access_requests::decide(tx, id, RequestState::Rejected, by, Some("Why?"), LATER).await
        };
        within(&db, no).await;
        let request = access_requests::find(&*db, at.id, id).await.unwrap().unwrap().request;
        let decided = AccessRequest {
            state: RequestState::Rejected,
            note: Some("Why?".to_owned()),
            decided_by: Some("eve@example.com".to_owned()),
            decided_at: Some(LATER),
            ..listed.request
        };
        assert_eq!(request, decided);

        let again = within(&db, async |tx| access_requests::insert(tx, new(), LATER).await).await;
        let settled =
            within(&db, async |tx| access_requests::settle(tx, shop, &[collection], "token", LATER).await)
                .await;
        assert_eq!(settled, 1);
        let request = access_requests::find(&*db, at.id, again).await.unwrap().unwrap().request;
        assert_eq!((request.state, request.decided_by.as_deref()), (RequestState::Approved, Some("token")));
        let kept = access_requests::find(&*db, at.id, id).await.unwrap().unwrap().request;
        assert_eq!(kept.state, RequestState::Rejected);
    }
}

#[tokio::test]
async fn requests_are_listed_newest_first_by_what_they_are_about() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (portal, shop) = (a_portal(&db, &at, "idea").await, a_client(&db, &at, "Shop").await);
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let user = a_portal_user(&db, &at, portal, "ada@example.com", &[shop]).await;
        let mut made = Vec::new();
        for collection in [one, two] {
            let new =
                NewAccessRequest { workspace: at.id, portal, user, client: shop, collection, reason: "" };
            made.push(within(&db, async |tx| access_requests::insert(tx, new, NOON).await).await);
        }
        let approve = async |tx: &mut _| {
            access_requests::decide(tx, made[0], RequestState::Approved, None, None, LATER).await
        };
        within(&db, approve).await;
        let list = async |filter, page| {
            let listed = access_requests::list(&*db, at.id, filter, page).await.unwrap();
            (listed.rows.iter().map(|row| row.request.id).collect::<Vec<_>>(), listed.total)
        };
        let all = Filter::default();
        assert_eq!(list(all, Page::default()).await, (vec![made[1], made[0]], 2));
        assert_eq!(list(all, Page::new(2, 1)).await, (vec![made[0]], 2));
        let pending = Filter { state: Some(RequestState::Pending), ..all };
        assert_eq!(list(pending, Page::default()).await, (vec![made[1]], 1));
        let about_one = Filter { collection: Some(one), portal: Some(portal), user: Some(user), ..all };
        assert_eq!(list(about_one, Page::default()).await, (vec![made[0]], 1));
        let of_client = Filter { client: Some(shop), ..all };
        assert_eq!(access_requests::count(&*db, at.id, of_client).await.unwrap(), 2);
        assert_eq!(access_requests::count(&*db, other.id, all).await.unwrap(), 0);
    }
}
