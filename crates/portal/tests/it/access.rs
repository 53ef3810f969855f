use axum::http::StatusCode;
use model::page::Page;
use store::access_requests::{self, Filter, ListedRequest};

use crate::catalog::SHOP;
use crate::world::World;

const REASON: &str = "Prices in our shop, <b>10</b> calls a day";

async fn pending(world: &World) -> ListedRequest {
    let found =
        access_requests::list(&world.db, world.actor.workspace.id, Filter::default(), Page::default()).await;
    found.unwrap().rows.remove(0)
}

#[tokio::test]
async fn an_api_is_asked_for_approved_and_in_my_apis() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let dialog = browser.page("/apis/shop-v1/request").await;
    assert!(dialog.contains("data-dialog-body") && dialog.contains("Send request"), "{dialog}");

    let sent = browser.post("/apis/shop-v1/request", &[("reason", REASON)]).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/discover"));
    assert!(browser.page("/discover").await.contains("since 3 May; an admin decides"));
    let requests = browser.page("/requests").await;
    assert!(requests.contains("Pending") && requests.contains("&#60;b&#62;10&#60;/b&#62;"), "{requests}");
    // Until then the documentation can be read, but nothing can be tried.
    let page = browser.page("/apis/shop-v1/get-things-id").await;
    assert!(page.contains("You cannot call this API yet") && !page.contains("Execute"));

    let request = pending(&world).await.request;
    assert_eq!(request.reason, REASON);
    world.actions.approve_access(&world.actor, request.id, None).await.unwrap();
    assert!(browser.page("/").await.contains("Shop"));
    assert!(browser.page("/requests").await.contains("Approved"));
}

#[tokio::test]
async fn a_rejection_says_why_and_one_may_ask_again() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    browser.post("/apis/shop-v1/request", &[("reason", "x")]).await;
    let request = pending(&world).await.request.id;
    world.actions.reject_access(&world.actor, request, Some("Use the <i>bank</i>")).await.unwrap();
    let discover = browser.page("/discover").await;
    assert!(
        discover.contains("Rejected") && discover.contains("“Use the &#60;i&#62;bank&#60;/i&#62;”"),
        "{discover}"
    );
    assert!(discover.contains("Ask again"));
    assert_eq!(browser.post("/apis/shop-v1/request", &[("reason", "y")]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.page("/discover").await.contains("Pending"));
}

#[tokio::test]
async fn a_request_without_a_reason_is_sent_back_with_what_to_do() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let answer = browser.post("/apis/shop-v1/request", &[("reason", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("say what you will use it for"), "{}", answer.body);
    assert_eq!(browser.post("/apis/none/request", &[("reason", "x")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_call_is_tried_with_a_credential_of_the_own_key_only() {
    let world = World::new().await;
    let (mine, theirs) = (world.client("Acme", &[]).await, world.client("Evil", &[]).await);
    let ada = world.developer("ada@example.com", &[mine]).await;
    let eve = world.developer("eve@example.com", &[theirs]).await;
    ada.post("/keys/new", &[("name", "Production")]).await;
    let given = ada.post("/try/credential", &[("key", "1")]).await;
    assert_eq!((given.status, given.header("content-type")), (StatusCode::OK, "application/json"));
    assert!(
        given.body.contains("\"header\":\"api-token\"") && given.body.contains("\"seconds\":600"),
        "{}",
        given.body
    );
    assert_eq!(given.header("cache-control"), "no-store");
    assert_eq!(eve.post("/try/credential", &[("key", "1")]).await.status, StatusCode::NOT_FOUND);

    ada.post("/keys/1/deactivate", &[]).await;
    let refused = ada.post("/try/credential", &[("key", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
