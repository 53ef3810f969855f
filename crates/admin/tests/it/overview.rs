//! The first page.

use model::people::MemberRole;

use crate::world::World;

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}}}"#;

#[tokio::test]
async fn an_empty_workspace_says_what_to_do_first() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Owner).await;
    let eve = world.member("eve@example.com", MemberRole::Viewer).await;
    let import = "<a class=\"button main\" href=\"/console/collections/new\">";
    assert!(ada.page("/console").await.contains(import));
    assert!(!eve.page("/console").await.contains(import), "a viewer cannot do it");

    let shop = world.api("Shop", DOCUMENT).await;
    let page = ada.page("/console").await;
    assert!(
        page.contains("Done: ") && page.contains("href=\"/console/portals\">Go to the portals"),
        "{page}"
    );
    world.client("Acme", &[shop], None).await;
    let page = ada.page("/console").await;
    assert!(page.contains("<strong>1</strong> Clients"), "{page}");
    ada.post("/console/collections/1/endpoints/1", &[("deed", "stop")]).await.leads();
    assert!(ada.page("/console").await.contains("1 active endpoint answers 404"));
}
