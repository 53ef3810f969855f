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
        page.contains("Done: ") && page.contains("href=\"/console/portals/new\">Create portal"),
        "{page}"
    );
    world.client("Acme", &[shop], None).await;
    let page = ada.page("/console").await;
    assert!(page.contains("<strong>1</strong> Clients"), "{page}");
    ada.post("/console/collections/1/endpoints/1", &[("deed", "stop")]).await.leads();
    assert!(ada.page("/console").await.contains("1 active endpoint answers 404"));
}

#[tokio::test]
async fn each_step_leads_to_the_next_until_somebody_can_call() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Owner).await;
    world.api("Shop", DOCUMENT).await;
    // The portal is made with what it shows, and the client with its developer.
    let form = ada.page("/console/portals/new").await;
    assert!(form.contains("APIs that everyone finds there") && form.contains("Shop"), "{form}");
    let portal = [("name", "IDEA Lifestyle"), ("subdomain", "idea"), ("api", "1")];
    let page = ada.done("/console/portals/new", &portal).await;
    assert!(page.contains("Give it its looks, and invite developers."), "{page}");
    let next = "href=\"/console/clients/new?auth=token\">Create client";
    assert!(ada.page("/console").await.contains(next));
    let form = ada.page("/console/clients/new?auth=token").await;
    assert!(form.contains("They are invited to IDEA Lifestyle") && form.contains("name=\"only_portal\""));
    let client = [
        ("auth", "token"),
        ("name", "Acme"),
        ("api", "1"),
        ("only_portal", "1"),
        ("email", "bob@example.com"),
    ];
    let page = ada.done("/console/clients/new", &client).await;
    assert!(page.contains("An invitation is on its way to bob@example.com."), "{page}");
    assert_eq!(world.mailed().await, ["bob@example.com"]);
    let page = ada.page("/console").await;
    assert!(page.contains("Go to the clients") && !page.contains("Choose the portal"), "{page}");
    ada.post("/console/clients/1/keys/new", &[("name", "Production"), ("active", "1")]).await;
    assert!(!ada.page("/console").await.contains("To the first call"));
    // Without an email nobody is invited, though there is a portal.
    let alone = [("auth", "token"), ("name", "Zeta"), ("only_portal", "1"), ("email", "")];
    assert!(!ada.done("/console/clients/new", &alone).await.contains("An invitation is on its way"));
}
