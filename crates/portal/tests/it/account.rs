//! Sessions, several people of one client, and what the admins give a portal.

use actions::{LogoOf, PortalPatch};
use axum::http::StatusCode;

use crate::world::World;

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let here = world.developer("ada@example.com", &[client]).await;
    let there = world.again("ada@example.com").await;
    let eve = world.developer("eve@example.com", &[client]).await;
    assert!(here.page("/account").await.contains("Sign out everywhere"));
    let answer = here.post("/account/sessions/end", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    for browser in [&here, &there] {
        assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(eve.get("/account").await.status, StatusCode::OK, "nobody else is signed out");
}

#[tokio::test]
async fn people_of_one_client_share_its_keys() {
    let world = World::new().await;
    let (acme, zeta) = (world.client("Acme", &[]).await, world.client("Zeta", &[]).await);
    let ada = world.developer("ada@example.com", &[acme, zeta]).await;
    let eve = world.developer("eve@example.com", &[acme]).await;
    ada.post("/keys/new", &[("name", "Of Acme")]).await;
    assert!(eve.page("/keys").await.contains("Of Acme"));
    // Who acts for several chooses; the others do not see that client at all.
    let zeta = zeta.to_string();
    assert_eq!(ada.post("/account/client", &[("client", zeta.as_str())]).await.status, StatusCode::SEE_OTHER);
    assert!(!ada.page("/keys").await.contains("Of Acme"));
    ada.post("/keys/new", &[("name", "Of Zeta")]).await;
    assert!(!eve.page("/keys").await.contains("Of Zeta"));
    assert_eq!(eve.post("/account/client", &[("client", zeta.as_str())]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_favicon_and_a_support_contact_stand_on_every_page() {
    let world = World::new().await;
    let (actions, actor) = (&world.actions, &world.actor);
    assert!(world.nobody().page("/sign-in").await.contains("href=\"/-/icon1-371093.svg\""));
    let picture = include_bytes!("../../../admin/tests/it/dot.png").to_vec();
    actions.set_logo(actor, LogoOf::Favicon(world.portal), picture).await.unwrap();
    let patch = PortalPatch { support: Some("help@example.com".to_owned()), ..PortalPatch::default() };
    actions.update_portal(actor, world.portal, patch).await.unwrap();
    let page = world.nobody().page("/sign-in").await;
    assert!(page.contains("href=\"mailto:help@example.com\""), "{page}");
    let (_, rest) = page.split_once("rel=\"icon\" href=\"").unwrap();
    let icon = world.nobody().get(rest.split('"').next().unwrap()).await;
    assert_eq!((icon.status, icon.header("content-type")), (StatusCode::OK, "image/png"));
}
